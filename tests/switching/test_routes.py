"""Routes: the stated order, detours, reserved circuits, and graphs that are not connected."""

import networkx as nx
import pytest

from sim.switching.routes import Routes, TrunkGroup
from tests.switching.desks import trunks

SQUARE = trunks(
    ("a", "b", 1, {}), ("b", "d", 1, {}), ("a", "c", 1, {}), ("c", "d", 1, {}), ("b", "c", 1, {})
)


def names(choices):
    return [(choice.group.name, choice.to, choice.is_first) for choice in choices]


def test_fewest_groups_first_then_order_then_name():
    graph = trunks(
        ("a", "d", 1, {"name": "z", "order": 1}),
        ("a", "d", 1, {"name": "y", "order": 2}),
        ("a", "b", 1, {}),
        ("b", "d", 1, {}),
    )
    assert names(Routes(graph).choices((), "a", "d")) == [
        ("z", "d", True), ("y", "d", False), ("a-b", "b", False)
    ]  # fmt: skip


def test_equal_lengths_go_by_name():
    assert names(Routes(SQUARE).choices((), "a", "d")) == [
        ("a-b", "b", True), ("a-c", "c", False)
    ]  # fmt: skip


def test_a_call_does_not_come_back():
    routes = Routes(SQUARE)
    assert names(routes.choices(["a"], "b", "d")) == [("b-d", "d", True), ("b-c", "c", False)]
    assert names(routes.choices(["a", "b"], "c", "d")) == [("c-d", "d", True)]


def test_detours_are_limited():
    ring = trunks(*((a, b, 1, {}) for a, b in ("ab", "bc", "cd", "de", "ea")))
    assert names(Routes(ring, max_detour=1).choices((), "a", "b")) == [("a-b", "b", True)]
    assert names(Routes(ring, max_detour=3).choices((), "a", "b")) == [
        ("a-b", "b", True), ("a-e", "e", False)
    ]  # fmt: skip


def test_a_graph_that_is_not_connected_is_reported():
    graph = trunks(("a", "b", 1, {}), ("b", "c", 1, {}), ("x", "y", 1, {}))
    graph.add_node("alone")
    routes = Routes(graph)
    assert routes.islands == (frozenset("abc"), frozenset("xy"), frozenset(["alone"]))
    assert routes.report() == (
        "x, y: no trunk group to a and 2 more; calls between them end as no_route\n"
        "alone: no trunk group to a and 2 more; calls between them end as no_route"
    )
    assert routes.choices((), "a", "y") == ()
    assert routes.choices((), "alone", "a") == ()
    assert Routes(SQUARE).report() == ""


@pytest.mark.parametrize("kind", [nx.DiGraph, nx.MultiDiGraph])
def test_directions_are_refused(kind):
    with pytest.raises(ValueError, match="has directions"):
        Routes(kind())


def test_mistakes_are_named():
    graph = nx.Graph()
    graph.add_edge("a", "b")
    with pytest.raises(ValueError, match="trunk group a-b: must have the attribute n_circuits"):
        Routes(graph)
    with pytest.raises(ValueError, match="trunk group a-a: must join two exchanges"):
        Routes(trunks(("a", "a", 1, {})))
    with pytest.raises(ValueError, match="n_circuits = 1, n_reserved = 2"):
        Routes(trunks(("a", "b", 1, {"n_reserved": 2})))


def test_the_order_of_the_users_edges_does_not_matter():
    edges = [("a", "b", 1, {}), ("b", "d", 1, {}), ("a", "c", 1, {}), ("c", "d", 1, {})]
    one, other = (Routes(trunks(*some)) for some in (edges, edges[::-1]))
    assert [group.name for group in one.groups] == [group.name for group in other.groups]
    assert names(one.choices((), "a", "d")) == names(other.choices((), "a", "d"))


def test_reserved_circuits_and_integrals():
    group = TrunkGroup(0, "t", 3, 1, (10.0, 110.0))
    freed = []
    group.on_free.append(freed.append)
    assert group.seize(0.0, is_first_choice=True)
    assert group.seize(20.0, is_first_choice=False)
    assert not group.seize(30.0, is_first_choice=False)
    assert group.seize(30.0, is_first_choice=True)
    assert not group.seize(40.0, is_first_choice=True)
    group.wait(1)
    group.release(60.0)
    assert freed == [group]
    assert (group.n_seized, group.n_refused) == (2, 2)  # the first was before the window
    assert group.busy.area(110.0) == 10.0 + 2 * 10.0 + 3 * 30.0 + 2 * 50.0
    assert group.full.area(110.0) == 30.0
    assert group.busy.most == 3
    assert group.busy.mean(500.0) == pytest.approx(2.2)


def test_a_group_without_circuits_is_always_full():
    group = TrunkGroup(0, "t", 0, 0, (0.0, 10.0))
    assert not group.seize(5.0, is_first_choice=True)
    assert group.full.mean(10.0) == 1.0


def test_nobody_is_told_of_a_circuit_for_which_nobody_waits():
    group = TrunkGroup(0, "t", 1, 0, (0.0, 10.0))
    freed = []
    group.on_free.append(freed.append)
    for by in (1, -1):
        group.wait(by)
    assert group.seize(0.0, is_first_choice=True)
    group.release(1.0)
    assert freed == []


def test_exchanges_without_transit_are_ends_only():
    routes = Routes(SQUARE, no_transit=["b"])
    assert names(routes.choices((), "a", "d")) == [("a-c", "c", True)]
    assert names(routes.choices((), "a", "b")) == [("a-b", "b", True), ("a-c", "c", False)]
    leaf = trunks(("a", "b", 1, {}), ("b", "x", 1, {}), ("a", "c", 1, {}))
    assert Routes(leaf, no_transit=["b"]).choices((), "c", "x") == ()
    assert names(Routes(leaf, no_transit=["b"]).choices((), "b", "x")) == [("b-x", "x", True)]
