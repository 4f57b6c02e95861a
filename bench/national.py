"""The national scenario, stage by stage, over numbers of lines and of sites."""

import gc
import json
import math
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.stages import REST, STAGE_NAMES, Stopwatch
from sim.report.draw import draw_figures
from sim.runs.run import run_scenario

SCENARIO = "national_2022"
LINES = {"koryolink": 3_000_000, "kang_song": 3_750_000}
SITES = {"koryolink": 450, "kang_song": 600}
"""Lines and sites of the networks as the scenario has them."""

N_LINES, N_SITES = sum(LINES.values()), sum(SITES.values())
FULL = ((500_000, 1_000_000, 2_000_000, 4_000_000, N_LINES), N_SITES, (250, 500, 1000, 2000, 4000))
QUICK = ((20_000, 60_000), 60, (30, 60))
"""Numbers of lines, the sites that go with them, and numbers of sites, at the most lines. QUICK is a trial."""

SUMS = {
    "set-up": ("scenario", "world", "coverage"),
    "replication": ("loop set-up", "traffic", "operators", "loop", "records", "measures"),
    "total": STAGE_NAMES,
}
"""Sums of stages: what all replications share, one of them up to its measures, and all with files and figures."""

_URBAN_KM, _RURAL_KM, _N_CHANNELS = 1.0, 5.0, 60


@dataclass(frozen=True)
class Point:
    """
    One size of the scenario.

    Attributes
    ----------
    axis : str
        What varies, `lines` or `sites`.
    n_lines, n_sites : int
        Lines and sites of both networks together.
    """

    axis: str
    n_lines: int
    n_sites: int


@dataclass(frozen=True)
class Trip:
    """
    One run of the scenario.

    Attributes
    ----------
    point : Point
        Its size.
    repeat : int
        Number of the repeat, from 1.
    clock : str
        Clock of the times.
    n_attempts, n_events : int
        Attempts and machine events, warm-up included.
    spent_s : dict of str to float
        Time by stage. [s]
    """

    point: Point
    repeat: int
    clock: str
    n_attempts: int
    n_events: int
    spent_s: dict[str, float]

    def time_s(self, what: str) -> float:
        """
        Return the time of a stage, or of one of SUMS.

        Parameters
        ----------
        what : str
            Name of the stage or sum.

        Returns
        -------
        float
            Time. [s]
        """
        return sum(self.spent_s[name] for name in SUMS.get(what, (what,)))

    @property
    def hour_s(self) -> float:
        """
        Time after the set-up, without figures.

        Returns
        -------
        float
            Time. [s]
        """
        return self.time_s("total") - self.time_s("set-up") - self.spent_s["figures"]

    @property
    def calls_per_s(self) -> float:
        """
        Rate of attempts in the compiled loop alone.

        Returns
        -------
        float
            Rate. [1/s]
        """
        return self.n_attempts / self.spent_s["loop"]


def points(lines: tuple[int, ...], n_sites: int, sites: tuple[int, ...]) -> list[Point]:
    """
    Return the sizes to be measured.

    Parameters
    ----------
    lines : tuple of int
        Numbers of lines.
    n_sites : int
        Sites while the lines vary.
    sites : tuple of int
        Numbers of sites, at the most lines.

    Returns
    -------
    list of Point
        Sizes.
    """
    return [
        *(Point("lines", n, n_sites) for n in lines),
        *(Point("sites", max(lines), n) for n in sites),
    ]


def overrides(point: Point) -> list[str]:
    """
    Return what makes the scenario of a size.

    Lines and sites keep their split between the networks. Spacings shrink where more sites are to be placed, and a
    cell has as many channels as keep the channels of the country, so that about the same calls are refused.

    Parameters
    ----------
    point : Point
        Size.

    Returns
    -------
    list of str
        `PATH=VALUE` texts.
    """
    shrink = min(1.0, math.sqrt(N_SITES / point.n_sites))
    n_channels = max(1, round(_N_CHANNELS * N_SITES / point.n_sites))
    texts = []
    for name in LINES:
        path = f"networks[{name}]"
        texts += [
            f"{path}.n_subscribers={round(point.n_lines * LINES[name] / N_LINES)}",
            f"{path}.n_sites={round(point.n_sites * SITES[name] / N_SITES)}",
            f"{path}.placement.urban_spacing_km={_URBAN_KM * shrink:.4f}",
            f"{path}.placement.rural_spacing_km={_RURAL_KM * shrink:.4f}",
            f"{path}.equipment.n_channels={n_channels}",
        ]
    return texts


def measure_trip(point: Point, repeat: int, clock: str, more: Sequence[str] = ()) -> Trip:
    """
    Run the scenario once, one replication, into a folder that is thrown away.

    Parameters
    ----------
    point : Point
        Size.
    repeat : int
        Number of the repeat.
    clock : str
        One of the stopwatch's clocks.
    more : sequence of str
        Further `PATH=VALUE` texts.

    Returns
    -------
    Trip
        What it took.
    """
    gc.collect()
    watch, texts = Stopwatch(clock), [*overrides(point), *more]
    with tempfile.TemporaryDirectory(prefix="patchcell-bench-") as folder:
        with watch.watch_stages(), watch.stage(REST):
            result = run_scenario(SCENARIO, texts, replications=1, out=Path(folder))
        with watch.stage("figures"):
            draw_figures(result.folder)
        manifest = json.loads((result.folder / "manifest.json").read_text(encoding="utf-8"))
    n_attempts = int(manifest["n_attempts_with_warmup"])
    return Trip(point, repeat, clock, n_attempts, int(manifest["n_events"]), watch.spent_s)


def measure_national(
    sizes: list[Point], n_repeats: int, clock: str, is_quick: bool, tell: Callable[[str], None]
) -> list[Trip]:
    """
    Run the scenario in every size, over and over.

    Parameters
    ----------
    sizes : list of Point
        Sizes.
    n_repeats : int
        Repeats.
    clock : str
        One of the stopwatch's clocks.
    is_quick : bool
        Whether the run that goes before them, uncounted, to warm everything up is left out.
    tell : callable
        Told what is going on.

    Returns
    -------
    list of Trip
        Every size in every repeat.
    """
    if not is_quick:
        tell("national scenario: warm up")
        measure_trip(sizes[0], 0, clock)
    trips = []
    for repeat in range(1, n_repeats + 1):
        for point in sizes:
            size = f"{point.n_lines:,} lines, {point.n_sites:,} sites"
            tell(f"national scenario: repeat {repeat} of {n_repeats}, {size}")
            trips.append(measure_trip(point, repeat, clock))
    return trips
