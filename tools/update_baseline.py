"""
Write what a run of the small scenario with everything on gives: `make baseline REASON="why the numbers have changed"`.

`tests/baseline/everything.json` holds the mean of every measure along its whole axes, and the reasons of all that
changed it. A test compares a run with it, so that no change of results goes unseen; who changes results on purpose
says why here.
"""

import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow.parquet as pq

from sim.runs import run_scenario
from sim.tables import ALL, AXES

FOLDER = Path(__file__).resolve().parents[1] / "tests" / "baseline"
SCENARIO, BASELINE = FOLDER / "everything.yaml", FOLDER / "everything.json"

_TOO_MANY = ("cell", "province")  # axes that are left out but for their sums


def measured(out: Path) -> dict[str, float | None]:
    """Run the scenario; return every measure by its name and what of its axes is not all."""
    result = run_scenario(SCENARIO, out=out)
    found = {}
    for row in pq.read_table(result.folder / "measures.parquet").to_pylist():
        if all(row[axis] == ALL for axis in _TOO_MANY):
            along = [row[axis.name] for axis in AXES if row[axis.name] != ALL]
            found[" ".join([row["measure"], *along])] = row["value"]
    return found


def baseline() -> dict[str, Any]:
    """Return the baseline: `reasons`, the latest last, and `measures`."""
    return dict(json.loads(BASELINE.read_text(encoding="utf-8")))


def main() -> int:
    """Run the scenario and write the baseline."""
    reason = " ".join(sys.argv[1:]).strip()
    if not reason:
        print('say why: make baseline REASON="..."')
        return 2
    reasons = baseline()["reasons"] if BASELINE.is_file() else []
    with TemporaryDirectory() as folder:
        kept = {"reasons": [*reasons, reason], "measures": measured(Path(folder))}
    BASELINE.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    print(f"{BASELINE.name}: {len(kept['measures'])} measures")
    return 0


if __name__ == "__main__":
    sys.exit(main())
