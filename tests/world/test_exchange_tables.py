"""Exchanges and trunk groups from tables and graphs beside the scenario."""

from dataclasses import fields
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pytest

from sim.errors import WorldError
from sim.world.build import build_world
from sim.world.exchange_files import read_graph
from sim.world.exchanges import Exchanges

PLAIN: dict[str, Any] = {
    "region": {"source": "plain", "width_km": 10, "height_km": 10},
    "grid": {"resolution_m": 500},
    "population": {"total": 0},
    "networks": [{"name": "red", "n_subscribers": 0}, {"name": "blue", "n_subscribers": 0}],
    "subscribers": {"classes": [{"name": "resident", "share": 1.0}]},
}
EXCHANGES: list[dict[str, Any]] = [
    {"name": "town", "n_lines": 9_000, "x_km": 5.0, "y_km": 5.0},
    {"name": "hill", "is_manual": True, "n_lines": 420, "x_km": 1.5, "y_km": 9.0, "n_cords": 9},
    {"name": "vale", "is_manual": True, "n_lines": 30, "n_positions": 3, "working": "delay"},
]
GROUPS: list[tuple[str, str, dict[str, int]]] = [
    ("red", "fixed", {"n_circuits": 60, "n_reserved": 0, "order": 0}),
    ("blue", "town", {"n_circuits": 30, "n_reserved": 2, "order": 1}),
    ("hill", "town", {"n_circuits": 6, "n_reserved": 0, "order": 0}),
    ("vale", "hill", {"n_circuits": 2, "n_reserved": 0, "order": 3}),
]
COLUMNS = ("name", "is_manual", "n_lines", "x_km", "y_km", "n_positions", "n_cords", "working")


@pytest.fixture(scope="module")
def plain(make_scenario):
    """Return a maker of the exchanges of a plain with a given fixed network."""

    def make(folder: Path, groups=(), **fixed: Any) -> Exchanges:
        switching = {"trunk_groups": list(groups)}
        fixed = {"source": "given", **fixed}
        return build_world(
            make_scenario(**PLAIN, fixed=fixed, switching=switching), folder
        ).exchanges

    return make


def message_of(make, *args: Any, **sections: Any) -> str:
    with pytest.raises(WorldError) as caught:
        make(*args, **sections)
    return str(caught.value)


def write_tables(folder: Path) -> None:
    rows = [",".join(str(one.get(column, "")) for column in COLUMNS) for one in EXCHANGES]
    (folder / "exchanges.csv").write_text("\n".join([",".join(COLUMNS), *rows]), "utf-8")
    rows = [f"{a},{b},{','.join(map(str, sizes.values()))}" for a, b, sizes in GROUPS]
    (folder / "trunks.csv").write_text(
        "\n".join(["a,b,n_circuits,n_reserved,order", *rows]), "utf-8"
    )


def as_graph() -> "nx.Graph[str]":
    graph = nx.Graph()
    graph.add_nodes_from((one["name"], {k: v for k, v in one.items() if k != "name"}) for one in EXCHANGES)  # fmt: skip
    graph.add_edges_from(GROUPS)
    return graph


def write_graph(folder: Path, text: str) -> Path:
    path = folder / "net.graphml"
    path.write_text(text, "utf-8")
    return path


def assert_same(one: Exchanges, other: Exchanges) -> None:
    for whole in (lambda e: e, lambda e: e.trunks):
        for field in fields(whole(one)):
            if field.name != "trunks":
                np.testing.assert_array_equal(
                    getattr(whole(one), field.name), getattr(whole(other), field.name)
                )


def test_list_table_and_graph_give_the_same_exchanges(plain, tmp_path):
    write_tables(tmp_path)
    nx.write_graphml(as_graph(), tmp_path / "net.graphml")
    groups = [{"between": [a, b], **sizes} for a, b, sizes in GROUPS]
    listed = plain(tmp_path, groups, exchanges=EXCHANGES)
    assert listed.trunks.name == ("red-fixed", "blue-town", "hill-town", "vale-hill")
    assert_same(
        listed, plain(tmp_path, exchanges_file="exchanges.csv", trunk_groups_file="trunks.csv")
    )
    drawn = plain(tmp_path, graph_file="net.graphml")
    # A graph without direction has its edges in the order of their nodes.
    assert sorted(drawn.trunks.name) == ["hill-vale", "red-fixed", "town-blue", "town-hill"]
    for field in fields(listed):
        if field.name != "trunks":
            np.testing.assert_array_equal(getattr(drawn, field.name), getattr(listed, field.name))
    ends = [
        {
            (frozenset((a, b)), n, reserved, order)
            for a, b, n, reserved, order in zip(
                t.a, t.b, t.n_circuits, t.n_reserved, t.order, strict=True
            )
        }
        for t in (listed.trunks, drawn.trunks)
    ]
    assert ends[0] == ends[1]


def test_a_directed_graph_keeps_ends_and_order(plain, tmp_path):
    graph = nx.MultiDiGraph()
    graph.add_nodes_from(("red", "fixed", "blue"))
    graph.add_nodes_from(as_graph().nodes(data=True))
    graph.add_edges_from(GROUPS)
    nx.write_graphml(graph, tmp_path / "net.graphml")
    write_tables(tmp_path)
    drawn = plain(tmp_path, graph_file="net.graphml")
    assert drawn.trunks.name == ("red-fixed", "blue-town", "hill-town", "vale-hill")
    assert_same(
        drawn, plain(tmp_path, exchanges_file="exchanges.csv", trunk_groups_file="trunks.csv")
    )


def test_lists_tables_and_graphs_stand_together_in_that_order(plain, tmp_path):
    write_tables(tmp_path)
    graph = nx.Graph()
    graph.add_node("crag", n_lines=7)
    graph.add_node("hill_side")
    graph.add_edge("crag", "hill_side", n_circuits=4)
    nx.write_graphml(graph, tmp_path / "net.graphml")
    exchanges = plain(
        tmp_path,
        [{"between": ["first", "crag"], "n_circuits": 5}],
        exchanges=[{"name": "first"}],
        exchanges_file="exchanges.csv",
        trunk_groups_file="trunks.csv",
        graph_file="net.graphml",
    )
    assert exchanges.name[2:] == ("first", "town", "hill", "vale", "crag", "hill_side")
    assert exchanges.trunks.name[:2] == ("first-crag", "red-fixed")
    assert exchanges.trunks.name[-1] == "crag-hill_side"
    assert exchanges.trunks.b[1] == exchanges.gateway_idx == 2


GRAPH = """\
<graphml xmlns="http://graphml.graphdrawing.org/xmlns">
  <key id="d0" for="node" attr.name="name" attr.type="string"/>
  <key id="d1" for="node" attr.name="n_lines" attr.type="int"><default>50</default></key>
  <key id="d2" for="node" attr.name="is_manual" attr.type="boolean"/>
  <key id="d3" for="edge" attr.name="n_circuits" attr.type="int"><default>30</default></key>
  <key id="d4" for="node" attr.name="colour" attr.type="string"/>
  <graph edgedefault="undirected">
    <node id="n0"><data key="d0">town</data></node>
    <node id="n1"><data key="d0">hill</data><data key="d1">7</data><data key="d2">true</data></node>
    <edge id="e" source="n0" target="n1"/>
  </graph>
</graphml>
"""


def test_names_and_defaults_of_a_graph(tmp_path):
    exchanges, groups = read_graph(write_graph(tmp_path, GRAPH), {"fixed"})
    assert [one.model_dump(exclude_defaults=True) for _, one in exchanges] == [
        {"name": "town", "n_lines": 50},
        {"name": "hill", "n_lines": 7, "is_manual": True},
    ]
    assert groups[0][1].between == ("town", "hill")
    assert groups[0][1].n_circuits == 30


def test_two_edges_of_one_identifier_are_two(plain, tmp_path):
    edge = '<edge id="e" source="n0" target="n1"/>'
    write_graph(tmp_path, GRAPH.replace(edge, edge * 2))
    assert "this pair has a group already" in message_of(plain, tmp_path, graph_file="net.graphml")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (">7<", ">many<", "node 'n1': n_lines = 'many': must be a whole number, 0 to 10000000"),
        (">true<", ">maybe<", "node 'n1': is_manual = 'maybe': must be true or false"),
        (">hill<", ">Hill<", "node 'n1': name = 'Hill': must be a lower-case letter, then letters "
                             "a-z, digits or underscores, 48 characters at most"),
        ('"d1">7', '"d4">red', "node 'n1': 'colour': unknown; allowed are name, is_manual, n_lines, province, x_km, "
                               "y_km, longitude_deg, latitude_deg, n_positions, n_cords, working"),
        (">30<", ">-1<", "edge 'n0' to 'n1': n_circuits = '-1': must be a whole number, 0 to 1000000"),
        ("<default>30</default>", "", "edge 'n0' to 'n1': n_circuits: missing; every trunk group needs it"),
        ('target="n1"', 'target="n2"', "an edge ends at 'n2', which is no node; add the node"),
        ('node id="n1"', 'node id="n0"', "node 'n0' is there twice; give each node an id of its own"),
        ('node id="n1"', "node", "the identifier is missing; give each node an id of its own"),
        ("</graphml>", "", "is no XML (no element found: line 13, column 0); save the graph as GraphML"),
        ('key="d2"', 'key="d9"', "is no GraphML that can be read (Bad GraphML data: no key d9)"),
        ('<edge id="e"', '<hyperedge/><edge id="e"',
         "is no GraphML that can be read (GraphML reader doesn't support hyperedges)"),
    ],
)  # fmt: skip
def test_bad_graphs_are_explained(old, new, message, tmp_path):
    assert old in GRAPH
    path = write_graph(tmp_path, GRAPH.replace(old, new))
    told = message_of(read_graph, path, {"fixed"}).splitlines()
    assert told[0] == f"{path}: {message}"


def test_a_graph_without_nodes_or_none_at_all_is_explained(tmp_path):
    path = write_graph(tmp_path, "<graphml/>")
    assert "has no nodes; needs a graphml with a graph" in message_of(read_graph, path, ())
    assert "none.graphml: cannot be read (No such file or directory); graph_file must name" in (
        message_of(read_graph, tmp_path / "none.graphml", ())
    )
    nodes = "".join(f'<node id="n{i}"/>' for i in range(5_001))
    path = write_graph(tmp_path, f"<graphml><graph>{nodes}</graph></graphml>")
    assert message_of(read_graph, path, ()) == f"{path}: has 5,001 nodes; must be at most 5,000"


def test_every_problem_of_all_files_is_told(plain, tmp_path):
    (tmp_path / "e.csv").write_text("name,n_lines\nTown,5\nhill,lots\n", "utf-8")
    (tmp_path / "t.csv").write_text("a,n_circuits\nhill,5\n", "utf-8")
    write_graph(tmp_path, GRAPH.replace(">7<", ">-7<"))
    files = {"exchanges_file": "e.csv", "trunk_groups_file": "t.csv", "graph_file": "net.graphml"}
    at = f"{tmp_path}/"
    assert message_of(plain, tmp_path, **files).splitlines() == [
        f"{at}e.csv:2: name = 'Town': must be a lower-case letter, then letters a-z, digits or "
        "underscores, 48 characters at most",
        f"{at}e.csv:3: n_lines = 'lots': must be a whole number, 0 to 10000000",
        f"{at}t.csv:1: column 'b': missing; every trunk group needs it",
        f"{at}net.graphml: node 'n1': n_lines = '-7': must be a whole number, 0 to 10000000",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("exchanges", "trunks", "message"),
    [
        ("name\n", None, "e.csv:1: no exchanges; needs a header of name, is_manual"),
        ("n_lines\n5\n", None, "e.csv:1: column 'name': missing; every exchange needs it"),
        ("name,size\na,5\n", None, "e.csv:1: column 'size': unknown; allowed are name, is_manual"),
        ("name\na\n\na\n", None, "e.csv:4: name = 'a': already that of {at}e.csv:2; rename one"),
        ("name\nblue\n", None, "e.csv:2: name = 'blue': already that of networks[blue]; rename one"),
        ("name,x_km,y_km\na,50,5\n", None, "e.csv:2: x_km = 50, y_km = 5: outside the region; the"),
        ("name,province\na,KP-01\n", None, "e.csv:2: province = 'KP-01': unknown in the region; pro"),
        ("name\n" + "".join(f"a{i}\n" for i in range(5_001)), None, "e.csv: more than 5,000 exchang"),
        ("name\na\n", "a,b,n_circuits\na,c,1\n", "t.csv:2: 'c': unknown network or exchange; networ"),
        ("name\na\n", "a,b,n_circuits\na,red,1\nred,a,2\n", "t.csv:3: between [\"red\", \"a\"]: this "
                                                         "pair has a group already, {at}t.csv:2; le"),
        ("name\na\n", "a,b,n_circuits,n_reserved\na,red,1,2\n", "t.csv:2: n_reserved = 2: must be at m"),
        ("name\na\n", "a,b,n_circuits\na,red,\n", "t.csv:2: n_circuits: missing; every trunk group "),
    ],
)  # fmt: skip
def test_bad_tables_are_explained(exchanges, trunks, message, plain, tmp_path):
    (tmp_path / "e.csv").write_text(exchanges, "utf-8")
    files = {"exchanges_file": "e.csv"}
    if trunks is not None:
        (tmp_path / "t.csv").write_text(trunks, "utf-8")
        files["trunk_groups_file"] = "t.csv"
    at = f"{tmp_path}/"
    assert message_of(plain, tmp_path, **files).startswith(at + message.replace("{at}", at))


def test_missing_tables_are_explained(plain, tmp_path):
    files = {"exchanges_file": "none.csv", "trunk_groups_file": "none.csv"}
    lines = message_of(plain, tmp_path, **files).splitlines()
    assert lines[0].endswith("exchanges_file must name a CSV beside the scenario")
    assert lines[1].endswith("trunk_groups_file must name a CSV beside the scenario")


def test_operators_from_a_table_may_not_be_none(plain, tmp_path):
    (tmp_path / "e.csv").write_text("name,is_manual,n_positions\na,yes,0\n", "utf-8")
    told = message_of(plain, tmp_path, exchanges_file="e.csv")
    assert told.endswith("e.csv:2: n_positions = 0: must be 1 or more of a manual exchange")
