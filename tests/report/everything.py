"""A small run with everything on, made once for all tests that look at it."""

from pathlib import Path

from sim.runs import run_scenario
from tests.sharing import made_once

EVERYTHING = Path(__file__).resolve().parents[1] / "baseline" / "everything.yaml"


def make_everything(out: Path) -> None:
    """Run it."""
    run_scenario(EVERYTHING, out=out)


def everything(factory) -> Path:
    """Return its results folder, which nobody may change."""
    once = made_once(factory, "all_figures_everything", make_everything)
    (folder,) = (
        path.parent for path in once.glob("*/*/manifest.json") if "latest" not in str(path)
    )
    return folder
