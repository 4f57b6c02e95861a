"""
The table of docs/radio.md beside what was published of 2011 and 2012: discs, the radio out of doors and behind walls.

    python -m tools.coverage_table --worlds 20 --jobs 2 --out results
    python -m tools.coverage_table --set grid.resolution_m=1000 --set networks[koryolink].placement.rule=demand
"""

import argparse
from pathlib import Path

from sim.runs import run_coverage
from sim.runs.result import RunResult
from sim.scenario.load import load_scenario

PUBLISHED = {"koryolink_2011": (13.6, 92.0), "koryolink_2012": (14.0, 94.0)}
"""Shares of area and people (S6 and S30 of the scenarios). [%]"""

INDOOR_LOSS_DB = 14.0
"""
Median loss into a traditional building at 2.14 GHz.

References
----------
ITU-R P.2109-1, section 3: 12.64 + 3.72 lg f + 0.96 (lg f)^2, f in GHz, is 13.97 dB.
"""

NETWORK = "koryolink"


def rows(
    scenario: str, overrides: list[str], n_worlds: int, jobs: int | None, out: Path
) -> list[str]:
    """
    Return the rows of one scenario.

    Parameters
    ----------
    scenario : str
        One of `PUBLISHED`.
    overrides : list of str
        `PATH=VALUE` texts.
    n_worlds : int
        Worlds that are drawn.
    jobs : int or None
        Processes; None for as many as cores and memory allow.
    out : Path
        Folder of all results.

    Returns
    -------
    list of str
        Rows in Markdown.
    """
    loaded = load_scenario(scenario, overrides).scenario
    n_sites = next(one.n_sites for one in loaded.networks if one.name == NETWORK)
    indoors = f"radio.min_rscp_dbm={loaded.radio.min_rscp_dbm + INDOOR_LOSS_DB:g}"
    outside, inside = (
        run_coverage(
            scenario, [*overrides, *more], replications=n_worlds, jobs=jobs, out=out, progress=True
        )
        for more in ([], [indoors])
    )
    area, people = PUBLISHED[scenario]
    name = f"{scenario}, {n_sites:,} sites"
    return [
        f"| {name} | published | {area:g} % | {people:g} % | | |",
        _row(name, f"discs of {loaded.radio.planner_radius_km:g} km", outside, "planner_"),
        _row(name, f"radio, out of doors, {loaded.radio.min_rscp_dbm:g} dBm", outside, ""),
        _row(name, f"radio, behind {INDOOR_LOSS_DB:g} dB of walls", inside, ""),
    ]


def _row(name: str, what: str, result: RunResult, kind: str) -> str:
    """Return a row of shares of area and people, for discs of towns and counties too."""
    measures = ["area", "population", *(["town", "county"] if kind else [])]
    texts = [_share(result, f"coverage.{kind}{one}_share") for one in measures]
    return f"| {name} | {what} | {' | '.join([*texts, '', ''][:4])} |"


def _share(result: RunResult, measure: str) -> str:
    """Return a share with its interval, in per cent."""
    found = result.measure(measure, NETWORK)
    if found.value is None:
        return ""
    if found.low is None or found.high is None:
        return f"{100.0 * found.value:.1f} %"
    return f"{100.0 * found.value:.1f} ± {50.0 * (found.high - found.low):.1f} %"


def main() -> None:
    """Compute coverage and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    parser.add_argument("--worlds", type=int, default=20)
    parser.add_argument("--jobs", type=int)
    parser.add_argument("--set", action="append", default=[], metavar="PATH=VALUE")
    parser.add_argument("--out", type=Path, default=Path("results"))
    given = parser.parse_args()
    print("| network | map | area | people | towns with a site | people of counties with a site |")
    print("|---|---|---:|---:|---:|---:|")
    for scenario in PUBLISHED:
        for row in rows(scenario, given.set, given.worlds, given.jobs, given.out):
            print(row, flush=True)


if __name__ == "__main__":
    main()
