"""Rotas from a table beside the scenario; what is wrong with one is told in tests/scenario/malformed."""

import numpy as np
import pytest

from sim.errors import WorldError
from sim.world.build import build_world

EXCHANGES = [
    {"name": "town", "n_lines": 900},
    {"name": "hill", "is_manual": True, "n_positions": 3},
    {"name": "vale", "is_manual": True, "positions_by_hour": [1] * 12 + [2] * 12},
]
PLAIN = {
    "region": {"source": "plain", "width_km": 10, "height_km": 10},
    "grid": {"resolution_m": 500},
    "population": {"total": 0},
    "networks": [{"name": "red", "n_subscribers": 0}],
    "subscribers": {"classes": [{"name": "resident", "share": 1.0}]},
}


def operators_of(make_scenario, folder, rotas_file=None):
    fixed = {"source": "given", "exchanges": EXCHANGES, "rotas_file": rotas_file}
    exchanges = build_world(make_scenario(**PLAIN, fixed=fixed), folder).exchanges
    return dict(zip(exchanges.name, exchanges.n_operators.tolist(), strict=True))


def test_hours_of_a_table_are_in_place_of_the_exchanges_own(make_scenario, tmp_path):
    before = operators_of(make_scenario, tmp_path)
    rows = ["exchange,hour,n_operators", "hill,8,7", "vale,0,0", "hill,20,9", ""]
    (tmp_path / "rotas.csv").write_text("\n".join(rows), encoding="utf-8")
    after = operators_of(make_scenario, tmp_path, "rotas.csv")
    expected = {name: list(hours) for name, hours in before.items()}
    expected["hill"][8], expected["hill"][20], expected["vale"][0] = 7, 9, 0
    assert after == expected
    assert not np.any(after["town"])
    assert before["hill"] != after["hill"]


def test_a_table_that_is_not_there(make_scenario, tmp_path):
    with pytest.raises(WorldError, match="rotas_file must name a CSV beside the scenario"):
        operators_of(make_scenario, tmp_path, "none.csv")
