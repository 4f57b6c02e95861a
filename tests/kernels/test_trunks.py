"""Ways between exchanges as plain Python: kinds of routes, choices, and circuits: all of them or none."""

from types import SimpleNamespace

import numpy as np
import pytest

from sim.compilation.kernels import IS_PLAIN

if not IS_PLAIN:
    pytest.skip(
        "kernels are not plain Python here: set NUMBA_DISABLE_JIT=1", allow_module_level=True
    )

from sim.errors import ModelRangeError
from sim.network.servers import Servers
from sim.network.trunks import ways
from sim.network.trunks.circuits import make_routes
from sim.network.trunks.fixed_lines import FixedLines, make_fixed_lines
from sim.network.trunks.ways import (
    AUTOMATIC,
    BARRED,
    BY_HAND,
    CONNECTED,
    MAX_WAY,
    NO_ROUTE,
    NO_TRUNK,
    Trunks,
    first_group,
    make_trunks,
    release_way,
    route_between,
    seize_way,
    trunks_of,
)
from sim.tables import Outcome
from sim.world.exchanges import Exchanges
from sim.world.exchanges import Trunks as Groups
from tests.kernels.call_states import (
    A_B,
    A_T,
    B_T,
    L_T,
    M_T,
    N_CELLS,
    WINDOW_S,
    A,
    B,
    Country,
    L,
    M,
    T,
    trunks,
)

ALL = np.arange(5)
NONE_EACH = [0, 0, 0, 0, 0]


def seized(country, origin, destination, time_s=1.0):
    """Seize a way; return the trunk groups up to the end of the way, or the outcome of a call that gets none."""
    outcome = seize_way(country.at, origin, destination, time_s)
    way = country.trunks.way.tolist()
    return way[: way.index(-1)] if outcome == CONNECTED else Outcome(outcome)


def fill(country, *groups, n_free=0):
    for group in groups:
        one = country.groups[N_CELLS + group]
        one["n_busy"] = one["capacity"] - n_free


def counts(country):
    groups = country.groups[N_CELLS:]
    return groups["n_seized_originating"].tolist(), groups["n_refused_originating"].tolist()


# --- kinds of routes


@pytest.mark.parametrize(
    ("origin", "destination", "mode", "route"),
    [
        (A, B, 0, AUTOMATIC), (L, M, 0, AUTOMATIC), (L, T, 0, AUTOMATIC), (T, T, 0, NO_TRUNK),
        (L, L, 0, NO_TRUNK), (A, B, 1, BY_HAND), (A, B, 2, BARRED), (L, L, 1, BY_HAND),
        (L, L, 2, BARRED),
    ],
)  # fmt: skip
def test_a_route_is_as_the_mode_and_both_ends_say(origin, destination, mode, route):
    country = Country()
    assert route_between(trunks_of(country.at), origin, destination, mode) == route


def test_a_manual_exchange_at_either_end_or_on_the_way_lets_operators_work_the_call():
    country = Country()
    country.trunks.is_manual[M] = 1
    country.trunks.has_manual[0, 2] = 1  # from A to T, but not back
    view = trunks_of(country.at)
    found = {ends: route_between(view, *ends, 0) for ends in ((M, L), (L, M), (M, M), (L, T))}
    assert found == {(M, L): BY_HAND, (L, M): BY_HAND, (M, M): BY_HAND, (L, T): AUTOMATIC}
    # A leaf is where its neighbour is.
    assert route_between(view, A, L, 0) == BY_HAND
    assert route_between(view, L, A, 0) == AUTOMATIC


def test_there_is_no_route_where_no_way_leads_though_a_manual_caller_asks_an_operator():
    country = Country()
    country.trunks.start[1, 2] = -2
    country.trunks.is_manual[M] = 1
    view = trunks_of(country.at)
    assert route_between(view, B, T, 0) == NO_ROUTE
    assert route_between(view, B, L, 0) == NO_ROUTE
    # Not even to a manual exchange.
    assert route_between(view, B, M, 0) == NO_ROUTE
    assert route_between(view, T, B, 0) == AUTOMATIC
    country.trunks.is_manual[B] = 1
    assert route_between(view, B, T, 0) == BY_HAND


@pytest.mark.parametrize(
    ("origin", "destination", "group"),
    [(A, B, A_B), (B, A, A_B), (A, T, A_T), (A, L, A_T), (L, A, L_T), (L, M, L_T), (T, M, M_T)],
)
def test_the_first_group_is_that_of_the_leaf_or_of_the_first_choice(origin, destination, group):
    assert first_group(trunks_of(Country().at), origin, destination) == group


# --- ways


@pytest.mark.parametrize(
    ("origin", "destination", "way"),
    [
        (A, B, [A_B]), (B, T, [B_T]), (L, M, [L_T, M_T]), (L, T, [L_T]), (T, M, [M_T]),
        (L, A, [L_T, A_T]), (B, M, [B_T, M_T]),
    ],
)  # fmt: skip
def test_a_way_leads_over_first_choices_while_they_are_free(origin, destination, way):
    country = Country()
    assert seized(country, origin, destination) == way
    assert country.busy == ([0] * 4, [int(group in way) for group in ALL])
    assert counts(country) == ([int(group in way) for group in ALL], NONE_EACH)
    release_way(country.at, country.trunks.way, 5.0)
    assert country.busy == ([0] * 4, NONE_EACH)
    assert country.groups["busy"]["sum_s"][N_CELLS:].tolist() == [4.0 * (g in way) for g in ALL]


def test_a_call_that_finds_its_first_choice_full_goes_over_the_next():
    country = Country()
    fill(country, A_B)
    assert seized(country, A, B) == [A_T, B_T]
    assert counts(country) == ([0, 1, 1, 0, 0], [1, 0, 0, 0, 0])
    # A shorter way afterwards ends where it ends.
    assert seized(country, A, T) == [A_T]


def test_a_call_that_was_turned_away_gets_no_reserved_circuit_from_then_on():
    country = Country()
    country.groups["n_reserved"][N_CELLS:] = [1, 1, 1, 1, 1]
    fill(country, A_B)
    # Of each other group one circuit is free, the reserved one: not for this call.
    fill(country, A_T, B_T, n_free=1)
    assert seized(country, A, B) == Outcome.BLOCKED_TRUNK
    assert counts(country) == ([0, 0, 0, 0, 0], [1, 1, 0, 0, 0])
    # With two free on the first group of the detour it is refused at the next one, and gives back what it has.
    fill(country, A_T, n_free=2)
    assert seized(country, A, B) == Outcome.BLOCKED_TRUNK
    assert counts(country) == ([0, 1, 0, 0, 0], [2, 1, 1, 0, 0])
    assert country.busy[1] == [10, 8, 9, 0, 0]
    # A call of first choice gets the last circuit.
    fill(country, A_T, n_free=1)
    assert seized(country, A, T) == [A_T]


def test_the_last_group_keeps_its_reserve_from_a_call_that_was_turned_away_before():
    country = Country()
    country.groups["n_reserved"][N_CELLS + L_T] = 1
    fill(country, L_T, n_free=1)
    fill(country, A_T)
    assert seized(country, A, L) == Outcome.BLOCKED_TRUNK
    assert counts(country) == ([1, 0, 1, 0, 0], [0, 1, 0, 1, 0])
    assert country.busy[1] == [0, 10, 0, 9, 0]
    fill(country, L_T, n_free=2)
    assert seized(country, A, L) == [A_B, B_T, L_T]


@pytest.mark.parametrize(
    ("full", "origin", "destination", "n_seized", "n_refused"),
    [
        # At the first of three groups, in the middle, and at the last.
        ([L_T], L, A, [0, 0, 0, 0, 0], [0, 0, 0, 1, 0]),
        ([A_T], L, A, [0, 0, 0, 1, 0], [0, 1, 0, 0, 0]),
        ([M_T], L, M, [0, 0, 0, 1, 0], [0, 0, 0, 0, 1]),
        ([M_T], B, M, [0, 0, 1, 0, 0], [0, 0, 0, 0, 1]),
        ([A_B, B_T], A, B, [0, 1, 0, 0, 0], [1, 0, 1, 0, 0]),
    ],
)
def test_a_call_holds_all_circuits_of_its_way_or_none(
    full, origin, destination, n_seized, n_refused
):
    country = Country()
    fill(country, *full)
    before = country.busy
    assert seized(country, origin, destination) == Outcome.BLOCKED_TRUNK
    assert counts(country) == (n_seized, n_refused)
    assert country.busy == before


def test_a_state_without_a_choice_is_a_dead_end():
    country = Country()
    # At A, to B: over T alone, from where nothing leads on.
    country.state.put(trunks([[(A_T, 1, 1)], []], start=[[-1, 0, -2], [-2, -1, -2], [-2, -2, -1]]))
    assert seized(country, A, B) == Outcome.NO_ROUTE
    assert country.busy[1] == NONE_EACH
    assert counts(country) == ([0, 1, 0, 0, 0], NONE_EACH)


def test_the_loop_is_told_of_circuits_that_a_blocked_call_gives_back_to_whoever_waits():
    country = Country()
    country.groups["is_awaited"][N_CELLS + L_T] = 1
    fill(country, M_T)
    assert seized(country, L, M) == Outcome.BLOCKED_TRUNK
    assert country.cursor["is_freed"] == 1
    assert country.groups["is_freed"].tolist() == [0] * 7 + [1, 0]


def test_a_way_is_released_up_to_its_end():
    country = Country()
    fill(country, *ALL)
    way = np.full(MAX_WAY, -1, np.int16)
    way[:2] = L_T, M_T
    way[3] = A_B  # left over from a longer way
    release_way(country.at, way, 1.0)
    assert country.busy[1] == [10, 10, 10, 9, 9]
    # A way that fills all places is released whole.
    way[:] = A_B
    country.groups["n_busy"][N_CELLS + A_B] = MAX_WAY
    release_way(country.at, way, 2.0)
    assert country.busy[1][A_B] == 0


def test_circuits_outside_the_window_are_held_but_not_counted():
    country = Country()
    assert seized(country, A, B, time_s=-1.0) == [A_B]
    assert seized(country, A, B, time_s=WINDOW_S) == [A_B]
    assert counts(country) == (NONE_EACH, NONE_EACH)
    assert country.busy[1] == [2, 0, 0, 0, 0]


# --- the world of the same country, laid out


def exchanges(manual=(), joined=((A, B), (A, T), (B, T), (L, T), (M, T)), is_simulated=True):
    """The exchanges of the country; L stands first in the alphabet, and A and B are switching centres."""
    names = ("a", "b", "t", "l", "m")
    n, n_groups = len(names), len(joined)
    numbers = np.arange(n_groups, dtype=np.int32)
    groups = Groups(
        name=tuple(f"{names[a]}-{names[b]}" for a, b in joined),
        a=np.array([a for a, _ in joined], np.int32),
        b=np.array([b for _, b in joined], np.int32),
        n_circuits=np.full(n_groups, 10, np.int32),
        n_reserved=numbers % 2,
        order=np.zeros(n_groups, np.int32),
    )
    found = Exchanges(
        name=names, n_centres=2, gateway_idx=T,
        is_manual=np.isin(np.arange(n), list(manual)),
        province_idx=np.array([255, 255, 0, 1, 1], np.uint8),
        x_m=np.zeros(n), y_m=np.zeros(n),
        n_lines=np.array([0, 0, 10, 30, 20] if is_simulated else [0] * n, np.int32),
        n_operators=np.zeros((n, 24), np.int32), n_cords=np.zeros(n, np.int32),
        works_with_tickets=np.zeros(n, bool), trunks=groups,
    )  # fmt: skip
    assert found.is_simulated == is_simulated
    return found


def scenario(*between):
    return SimpleNamespace(
        networks=[SimpleNamespace(name="a", n_subscribers=3), SimpleNamespace(name="b", n_subscribers=1)],
        switching=SimpleNamespace(interconnect=between),
    )  # fmt: skip


def interconnect(between, mode, price_ratio, price_elasticity, avoidance_share):
    return SimpleNamespace(
        between=between, mode=mode, price_ratio=price_ratio, price_elasticity=price_elasticity,
        avoidance_share=avoidance_share,
    )  # fmt: skip


def laid_out(country, *between, max_detour=2, **world):
    """Lay the ways of a world out over the trunk groups of a country, and put them into its state."""
    where = exchanges(**world)
    routes = make_routes(where, max_detour, country.state, N_CELLS, WINDOW_S)
    country.state.put(make_trunks(scenario(*between), where, routes))
    return where, routes


@pytest.mark.parametrize("origin", range(5))
@pytest.mark.parametrize("destination", range(5))
def test_ways_that_are_laid_out_are_those_written_by_hand(origin, destination):
    for full in ([], [A_B], [A_T], [B_T], [L_T]):
        if full == [A_T] and origin == A and destination >= T:
            continue  # by hand there is a way over B, but no call passes through a switching centre
        countries = [Country(), Country()]
        laid_out(countries[1])
        found = []
        for country in countries:
            fill(country, *full)
            view = trunks_of(country.at)
            route = route_between(view, origin, destination, 0)
            assert route == (NO_TRUNK if origin == destination else AUTOMATIC)
            if route == AUTOMATIC:
                group = first_group(view, origin, destination)
                found.append((group, seized(country, origin, destination)))
        assert found[:1] == found[1:]


def test_no_call_passes_through_a_switching_centre():
    country = Country()
    laid_out(country)
    fill(country, A_T)
    assert seized(country, A, T) == Outcome.BLOCKED_TRUNK
    assert counts(country) == (NONE_EACH, [0, 1, 0, 0, 0])


def test_leaves_have_no_states_of_their_own():
    country = Country()
    laid_out(country)
    assert country.trunks.only_group.tolist() == [-1, -1, -1, L_T, M_T]
    assert country.trunks.core.tolist() == [0, 1, 2, 2, 2]
    assert country.trunks.start.diagonal().tolist() == [-1, -1, -1]
    assert not country.trunks.has_manual.any()
    assert country.trunks.way.tolist() == [-1] * MAX_WAY


def test_a_country_in_two_parts_has_no_way_between_them():
    country = Country()
    laid_out(country, joined=((A, B), (L, T), (M, T)))
    view = trunks_of(country.at)
    assert route_between(view, A, B, 0) == AUTOMATIC
    assert route_between(view, A, L, 0) == NO_ROUTE
    assert route_between(view, L, M, 0) == AUTOMATIC


def test_operators_work_a_call_that_may_lead_over_a_manual_exchange():
    country = Country()
    laid_out(country, manual=[T])
    view = trunks_of(country.at)
    # The second choice from A to B leads over T.
    assert [route_between(view, *ends, 0) for ends in ((A, B), (A, L), (L, M), (T, T))] == [
        BY_HAND
    ] * 4
    laid_out(country, manual=[T], max_detour=0)
    assert route_between(trunks_of(country.at), A, B, 0) == AUTOMATIC


def test_networks_say_how_calls_between_them_are_worked_and_what_they_cost():
    country = Country()
    laid_out(
        country,
        interconnect(("a", "b"), "manual", 4.0, 0.5, 0.25),
        interconnect(("b", "fixed"), "barred", 1.0, 2.0, 0.0),
    )
    assert country.trunks.mode.tolist() == [[0, 1, 0], [1, 0, 2], [0, 2, 0]]
    assert country.trunks.talk_factor.tolist() == [
        [1.0, 0.5, 1.0],
        [0.5, 1.0, 1.0],
        [1.0, 1.0, 1.0],
    ]
    assert country.trunks.avoidance.tolist() == [[0.0, 0.25, 0.0], [0.25, 0.0, 0.0], [0.0] * 3]


def test_more_ways_than_can_be_laid_out_are_refused(monkeypatch):
    monkeypatch.setattr(ways, "_MAX_STATES", 3)
    with pytest.raises(ModelRangeError, match="gives more than 3 ways between the exchanges"):
        laid_out(Country())


def test_the_circuits_of_a_route_are_those_of_the_loop():
    country = Country(capacity=2)
    country.groups["n_reserved"][N_CELLS:] = [0, 1, 0, 1, 0]
    _, routes = laid_out(country)
    group = next(one for one in routes.groups if one.trunk == L_T)
    assert (group.name, group.n_circuits, group.n_reserved) == ("l-t", 2, 1)
    assert group.is_free(False)
    assert group.seize(1.0, is_first_choice=False)
    assert not group.is_free(False)
    assert not group.seize(1.0, is_first_choice=False)
    assert group.is_free(True)
    assert group.seize(1.0, is_first_choice=True)
    assert not group.is_free(True)
    assert country.busy[1] == [0, 0, 0, 2, 0]
    heard = []
    group.on_free.append(heard.append)
    group.release(2.0)
    assert heard == []
    # Somebody waits: the loop says when it releases one, and is asked once.
    group.wait(1)
    assert country.groups["is_awaited"].tolist() == [0] * 7 + [1, 0]
    release_way(country.at, np.array([L_T] + [-1] * (MAX_WAY - 1), np.int16), 3.0)
    assert (group.take_freed(), group.take_freed()) == (True, False)
    assert country.busy[1][L_T] == 0
    group.seize(4.0, is_first_choice=True)
    group.release(5.0)
    assert heard == [group]
    group.wait(-1)
    assert not country.state[Servers].groups["is_awaited"].any()


def test_fixed_lines_stand_province_by_province():
    where = exchanges()
    world = SimpleNamespace(exchanges=where, provinces=["p", "q"])
    found = make_fixed_lines(scenario(), world)
    by_hand = Country().state[FixedLines]
    for name in ("node", "n_before", "first", "province_idx"):
        assert getattr(found, name).tolist() == getattr(by_hand, name).tolist()
        assert getattr(found, name).dtype == getattr(by_hand, name).dtype
    assert found.network_share.tolist() == [0.75, 1.0]


def test_trunks_written_by_hand_are_as_declared():
    country = Country()
    assert country.state[Trunks].choice["group"].tolist() == [
        A_B, A_T, B_T, A_T, A_B, B_T, A_B, B_T, A_T, B_T, A_T, B_T,
    ]  # fmt: skip
