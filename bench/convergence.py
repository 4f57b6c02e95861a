"""How results depend on the time between updates of all powers: `python -m bench.convergence`, some minutes."""

from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray

from bench.soft import grid_scenario
from sim.network.records import Records
from sim.network.replication import run_network
from sim.radio.coverage import compute_coverage
from sim.stats.intervals import mean_interval
from sim.tables import BLOCKED, Outcome
from sim.world.build import build_world

UPDATES_S = (8.0, 4.0, 2.0, 1.0, 0.5, 0.25, 0.125)
"""Times between updates; the last is what the others are compared with."""

_SERVICE = {
    "name": "voice",
    "rate_bps": 64_000.0,
    "uplink_eb_n0_db": 2.0,
    "downlink_eb_n0_db": 5.0,
}
_N_CELLS, _CALLS, _MEAN_S = 9, 12.0, 60.0


def measures(records: Records) -> list[float]:
    """
    Return what is compared.

    Parameters
    ----------
    records : Records
        A replication.

    Returns
    -------
    list of float
        Shares of attempts blocked and without coverage and of answered calls dropped [%], mean noise rise [dB], mean
        power of a cell [W].
    """
    attempts, cells = records["attempts"], records["radio_cells"]
    outcome = attempts["outcome"][attempts["time_s"].astype(np.float64) >= 0.0]
    n_dropped = int((outcome == int(Outcome.DROPPED)).sum())
    n_answered = n_dropped + int((outcome == int(Outcome.COMPLETED)).sum())
    return [
        100.0 * float(np.isin(outcome, BLOCKED).mean()),
        100.0 * float((outcome == int(Outcome.NO_COVERAGE)).mean()),
        100.0 * n_dropped / n_answered,
        float(cells["noise_rise_db"].astype(np.float64).mean()),
        float(cells["power_w"].astype(np.float64).mean()),
    ]


def measure(update_s: float, duration_h: float, n_replications: int) -> NDArray[np.float64]:
    """
    Run nine cells with calls of 64 kbit/s, of whom some are refused.

    Parameters
    ----------
    update_s : float
        Time between updates. [s]
    duration_h : float
        Simulated time. [h]
    n_replications : int
        Replications.

    Returns
    -------
    (replication, measure) ndarray of float64
        As in `measures`.
    """
    scenario = grid_scenario(
        _N_CELLS, _CALLS, duration_h, _MEAN_S, services=[_SERVICE], power_update_s=update_s
    )
    world = build_world(scenario, Path())
    coverage = compute_coverage(scenario, world)
    runs = [run_network(scenario, world, coverage, number) for number in range(n_replications)]
    return np.array([measures(records) for records in runs])


def table(duration_h: float, n_replications: int) -> list[str]:
    """
    Return the differences from the shortest time between updates, call by call the same calls.

    Parameters
    ----------
    duration_h : float
        Simulated time. [h]
    n_replications : int
        Replications, 2 or more.

    Returns
    -------
    list of str
        Lines of Markdown.
    """
    found = {update_s: measure(update_s, duration_h, n_replications) for update_s in UPDATES_S}
    finest = found[UPDATES_S[-1]]
    lines = [
        "| update every | blocked [%] | no coverage [%] | dropped [%] | noise rise [dB] | power [W] |",
        "|---:|---:|---:|---:|---:|---:|",
    ]
    for update_s, values in found.items():
        cells = [f"{value:.3f}" for value in values.mean(axis=0)]
        if values is not finest:
            for i, change in enumerate((values - finest).T):
                interval = mean_interval(change)
                half = float(interval.high or 0.0) - float(interval.value or 0.0)
                cells[i] = f"{change.mean():+.3f} ± {half:.3f}"
        lines.append(f"| {update_s:g} s | {' | '.join(cells)} |")
    return lines


@click.command(help="Compare times between updates of all powers, on the same calls.")
@click.option("--hours", type=click.FloatRange(0.01), default=20.0, show_default=True)
@click.option("--replications", type=click.IntRange(2), default=10, show_default=True)
def main(hours: float, replications: int) -> None:
    """
    Measure and print.

    Parameters
    ----------
    hours : float
        Simulated time. [h]
    replications : int
        Replications.
    """
    click.echo("\n".join(table(hours, replications)))


if __name__ == "__main__":
    main()
