"""Trunk groups against exact results: overflow to alternate routes, reserved circuits, calls over several groups."""

import math

import numpy as np
import pytest

from sim.stats.theory import erlang_b
from sim.switching.tasks import exponential
from tests.switching.desks import (
    CASES,
    N_REPLICATIONS,
    UNLIMITED,
    blocking_agrees,
    loss_agrees,
    mean_agrees,
    n_completed,
    replicate,
    trunks,
)

MEAN_S = 100.0
TALK = exponential(MEAN_S)


def first_and_second(n_first, n_second, is_detour):
    """Calls from a to b overflow to another group, which is beside the first one or leads over c."""
    first = ("a", "b", n_first, {"name": "first", "order": 0})
    if not is_detour:
        return trunks(first, ("a", "b", n_second, {"name": "second", "order": 1}))
    return trunks(
        first,
        ("a", "c", n_second, {"name": "second"}),
        ("c", "b", UNLIMITED, {"name": "third"}),
    )


class Looks:
    """Somebody who looks at the second group now and then, and notes how far from a mean it is used."""

    def __init__(self, mean, warmup_s):
        self.mean, self.warmup_s = mean, warmup_s
        self.squares = []  # of each replication

    def begin(self, env, boards, _replication):
        env.process(self._look(env, boards.routes.groups[1], []))

    def _look(self, env, group, squares):
        self.squares.append(squares)
        yield env.timeout(self.warmup_s)
        while True:
            squares.append((group.busy.n - self.mean) ** 2)
            yield env.timeout(MEAN_S / 4.0)


@pytest.mark.parametrize(
    ("case_id", "n_holding_times"),
    [
        ("overflow_A5_N8", 300),
        pytest.param("overflow_A10_N10", 200, marks=pytest.mark.slow),
        pytest.param("overflow_A20_N18", 400, marks=pytest.mark.slow),
    ],
)
def test_mean_and_variance_of_overflow(case_id, n_holding_times):
    """Kosten (1937), Riordan: what overflows, were there circuits for all of it on the alternate route."""
    given, expected = CASES[case_id]["inputs"], CASES[case_id]["expected"]
    warmup_s, length_s = 20.0 * MEAN_S, n_holding_times * MEAN_S
    end_s = warmup_s + length_s

    def found(n_more):
        looks = Looks(expected["mean"], warmup_s)
        runs = replicate(
            [],
            [(given["A"] / MEAN_S, "a", "b", TALK, {})],
            end_s,
            warmup_s,
            first_and_second(given["N"] + n_more, UNLIMITED, is_detour=True),
            begin=looks.begin,
        )
        assert n_completed(runs) > 0.85 * N_REPLICATIONS * given["A"] * n_holding_times
        groups = [run.routes.groups[1] for run in runs]
        return [
            blocking_agrees(runs, 0, expected["mean"] / given["A"]),
            mean_agrees([group.busy.mean(end_s) for group in groups], expected["mean"]),
            mean_agrees([np.mean(squares) for squares in looks.squares], expected["variance"]),
        ]

    assert found(0) == [True, True, True]
    assert found(1) == [False, False, False]


@pytest.mark.parametrize(
    "is_detour",
    [pytest.param(False, marks=pytest.mark.slow), True],
    ids=["beside", "over_another_exchange"],
)
def test_two_trunk_groups_in_turn(is_detour):
    case = CASES["overflow_twostage_A10_10+5"]
    given, expected = case["inputs"], case["expected"]

    def found(n_more):
        warmup_s = 20.0 * MEAN_S
        runs = replicate(
            [],
            [(given["A"] / MEAN_S, "a", "b", TALK, {})],
            warmup_s + 160.0 * MEAN_S,
            warmup_s,
            first_and_second(given["N1"] + n_more, given["N2"], is_detour),
        )
        assert n_completed(runs) > 0.85 * N_REPLICATIONS * given["A"] * 160.0
        return [
            blocking_agrees(runs, 0, expected["P_overflow_primary"]),
            blocking_agrees(runs, 1, expected["blocking_seen_by_overflow"]),
            loss_agrees(runs, "a", expected["P_lost_total"]),
        ]

    assert all(found(0))
    assert not any(found(1))
    assert expected["P_lost_total"] == pytest.approx(erlang_b(given["A"], 15))


def test_circuits_kept_for_calls_of_first_choice():
    """Exact birth and death: all calls while more circuits are free than are kept, then those of first choice only."""
    n_circuits, n_reserved, direct_erl, other_erl = 8, 2, 4.0, 3.0

    def exact(kept):
        weights = [1.0]
        for busy in range(n_circuits):
            both = n_circuits - busy > kept
            weights.append(weights[-1] * (direct_erl + other_erl * both) / (busy + 1))
        p = np.array(weights) / sum(weights)
        return p[-1], p[n_circuits - kept :].sum()

    def found(kept):
        graph = trunks(
            ("a", "b", 0, {}),
            ("a", "c", 1000, {}),
            ("c", "b", n_circuits, {"n_reserved": kept}),
        )
        runs = replicate(
            [],
            [
                (direct_erl / MEAN_S, "c", "b", TALK, {}),
                (other_erl / MEAN_S, "a", "b", TALK, {}),
            ],
            25_000.0,
            2000.0,
            graph,
        )
        assert n_completed(runs) > 0.5 * N_REPLICATIONS * (direct_erl + other_erl) * 230.0
        direct, rerouted = exact(n_reserved)
        return [
            loss_agrees(runs, "c", direct),
            loss_agrees(runs, "a", rerouted),
        ]

    assert found(n_reserved) == [True, True]
    assert found(0) == [False, False]
    assert math.isclose(exact(0)[0], erlang_b(direct_erl + other_erl, n_circuits))


# Exchanges that the groups join, and those that the calls of each route join. A call of the triangle holds two of three
# groups: each joins an exchange of its own to the one in the middle.
NETWORKS = {
    "lossnet_triangle_C10": (("ma", "mb", "mc"), ("ab", "bc", "ca")),
    "lossnet_tandem_mix": (("ab", "bc", "cd"), ("ac", "bd", "da")),
}


def network_runs(case_id, n_more, n_holding_times):
    given = CASES[case_id]["inputs"]
    links, ends = NETWORKS[case_id]
    warmup_s = 20.0 * MEAN_S
    runs = replicate(
        [],
        [
            (erl / MEAN_S, origin, destination, TALK, {})
            for (origin, destination), erl in zip(ends, given["a"], strict=True)
        ],
        warmup_s + n_holding_times * MEAN_S,
        warmup_s,
        trunks(*((a, b, n + n_more, {}) for (a, b), n in zip(links, given["C"], strict=True))),
    )
    assert n_completed(runs) > 0.75 * N_REPLICATIONS * sum(given["a"]) * n_holding_times
    return runs


@pytest.mark.parametrize(
    "case_id",
    ["lossnet_triangle_C10", pytest.param("lossnet_tandem_mix", marks=pytest.mark.slow)],
)
def test_calls_over_several_groups(case_id):
    """Kelly (1986): the product form, and not Erlang's fixed point, which is higher."""
    given, expected = CASES[case_id]["inputs"], CASES[case_id]["expected"]
    origins = [origin for origin, _ in NETWORKS[case_id][1]]
    exact = dict(zip(origins, expected["exact_route_blocking"], strict=True))

    def found(runs):
        return [loss_agrees(runs, origin, blocking) for origin, blocking in exact.items()]

    runs = network_runs(case_id, 0, 200)
    assert found(runs) == [True, True, True]
    of_all = np.average(expected["efpa_route_blocking"], weights=given["a"])
    assert not loss_agrees(runs, origins, of_all)
    assert found(network_runs(case_id, 1, 200)) == [False, False, False]
