"""What of handovers counts where, and flows between cells over several replications."""

import numpy as np

from sim.runs.measures.movement import _counted, _published
from sim.runs.measures.subject import Finished
from sim.tables import BEST, CELL_PAIRS, DONE, Refusal
from sim.tables.movement import ADDED, HARD, REPLACED


def test_changes_of_the_best_cell_are_no_handovers_and_flows_are_no_calls():
    rows = [
        (HARD, DONE, 0), (HARD, Refusal.CHANNEL, 1), (ADDED, DONE, 2), (REPLACED, DONE, 1),
        (BEST, DONE, 0), (BEST, DONE, 2), (ADDED, Refusal.CODE, 2),
    ]  # fmt: skip
    kind, refusal, side = (np.array(column) for column in zip(*rows, strict=True))
    counted = _counted({"kind": kind, "refusal": refusal, "side": side})
    assert {name: int(values.sum()) for name, values in counted.items()} == {
        "attempts": 5, "failures": 2, "made": 2, "changes": 3, "call_changes": 2,
    }  # fmt: skip


def test_flows_between_cells_are_means_over_all_replications():
    class World:
        cells = type("Cells", (), {"name": ("a", "b", "c")})

    def pairs(*rows):
        names = ("from_idx", "to_idx", "attempts", "failures", "changes")
        return dict(zip(names, np.array(rows, float).T, strict=True))

    kept = {CELL_PAIRS.name: [pairs((0, 1, 4, 1, 2)), pairs((0, 1, 2, 0, 0), (2, 0, 6, 3, 1))]}
    table = _published(Finished(None, World, None, kept))[CELL_PAIRS.name].to_pydict()
    assert table == {
        "from_cell": ["a", "c"],
        "to_cell": ["b", "a"],
        "attempts": [3.0, 3.0],
        "failures": [0.5, 1.5],
        "changes": [1.0, 0.5],
    }
