"""A quick look at a scenario: coarse, short, one replication, and said to be so wherever it is shown."""

from collections.abc import Sequence
from pathlib import Path

from sim.scenario.load import load_scenario

COARSER = 2.0
"""Squares of a preview have sides so many times as long."""

MOST_H, MOST_WARMUP_H = 0.25, 0.1
"""Longest window, and longest time before it, of a preview. [h]"""

SUFFIX = "_preview"
"""End of the name of a preview, and of the folder of its results."""

_MOST_NAME = 48


def preview_overrides(name_or_path: str | Path, overrides: Sequence[str] = ()) -> tuple[str, ...]:
    """
    Return what makes a preview of a scenario.

    Parameters
    ----------
    name_or_path : str or Path
        Name of a scenario, or path of its file.
    overrides : sequence of str
        `PATH=VALUE` texts.

    Returns
    -------
    tuple of str
        The overrides, and those of the preview: a name of its own, squares twice as wide where the country has more
        than a few, a quarter of an hour at most, one replication.

    Raises
    ------
    ScenarioError
        If the scenario cannot be used.
    """
    scenario = load_scenario(name_or_path, overrides).scenario
    run, name = scenario.run, scenario.name[: _MOST_NAME - len(SUFFIX)]
    more = [
        f"name={name}{SUFFIX}",
        "run.is_preview=true",
        "run.replications=1",
        f"run.duration_h={min(run.duration_h, MOST_H):g}",
        f"run.warmup_h={min(scenario.warmup_h, MOST_WARMUP_H):g}",
    ]
    if scenario.region.source != "plain":
        more.append(f"grid.resolution_m={COARSER * scenario.grid.resolution_m:g}")
    return (*overrides, *more)
