"""The bare loss workload in Ciw."""

from time import perf_counter

import ciw
import numpy as np
from numpy.typing import NDArray

from bench.workload import N_CHANNELS, Calls, Tally


class _Gaps(ciw.dists.Distribution):  # type: ignore[misc]  # Ciw has no types
    """Times between the calls of one cell, one after the other."""

    def __init__(self, times_s: NDArray[np.float64]) -> None:
        self._gaps_s = iter(np.diff(times_s, prepend=0.0).tolist())

    def __deepcopy__(self, _memo: object) -> "_Gaps":
        return self

    def sample(self, t: float | None = None, ind: object = None) -> float:  # noqa: ARG002  Ciw's names
        return next(self._gaps_s, float("inf"))


class _Holds(ciw.dists.Distribution):  # type: ignore[misc]
    """Holding times, addressed by the number of the call."""

    def __init__(self, holds_s: NDArray[np.float64]) -> None:
        self._holds_s = holds_s.tolist()

    def __deepcopy__(self, _memo: object) -> "_Holds":
        return self

    def sample(self, t: float | None = None, ind: ciw.Individual = None) -> float:  # noqa: ARG002
        return float(self._holds_s[ind.id_number - 1])


def _simulate(calls: Calls, cells: list[int]) -> tuple[ciw.Simulation, float]:
    """Simulate some cells in one network; return it and the wall time, set-up of the network apart."""
    wanted = np.isin(calls.cell_idx, cells)
    times_s, cell_idx = calls.time_s[wanted], calls.cell_idx[wanted]
    holds = _Holds(calls.hold_s[wanted])
    n = len(cells)
    network = ciw.create_network(
        arrival_distributions=[_Gaps(times_s[cell_idx == cell]) for cell in cells],
        service_distributions=[holds] * n,
        number_of_servers=[N_CHANNELS] * n,
        queue_capacities=[0] * n,
        routing=ciw.routing.NetworkRouting([ciw.routing.Leave() for _ in cells]),
    )
    simulation = ciw.Simulation(network)
    begin_s = perf_counter()
    simulation.simulate_until_max_time(calls.until_s)
    return simulation, perf_counter() - begin_s


def _count(simulation: ciw.Simulation, cells: list[int], calls: Calls, tally: Tally) -> None:
    """Add up Ciw's own records of the calls; that is not in the wall time."""
    for record in simulation.get_all_records(only=["service", "rejection"]):
        cell = cells[record.node - 1]
        tally.n_attempts[cell] += 1
        if record.record_type == "rejection":
            tally.n_losses[cell] += 1
        else:
            tally.busy_server_s[cell] += record.service_end_date - record.service_start_date
    for node in simulation.transitive_nodes:  # calls that still hold a channel
        for individual in node.all_individuals:
            tally.n_attempts[cells[node.id_number - 1]] += 1
            held_s = calls.until_s - individual.service_start_date
            tally.busy_server_s[cells[node.id_number - 1]] += held_s


def _tally(calls: Calls, groups: list[list[int]]) -> Tally:
    n = calls.n_cells
    tally = Tally(np.zeros(n, np.int64), np.zeros(n, np.int64), np.zeros(n), 0.0)
    wall_s = 0.0
    for cells in groups:
        simulation, took_s = _simulate(calls, cells)
        _count(simulation, cells, calls, tally)
        wall_s += took_s
    return Tally(tally.n_attempts, tally.n_losses, tally.busy_server_s, wall_s)


def run_ciw_by_cell(calls: Calls) -> Tally:
    """
    Simulate one cell after the other, each in a network of its own: the best case for Ciw.

    Parameters
    ----------
    calls : Calls
        Workload.

    Returns
    -------
    Tally
        Counts and wall time.
    """
    return _tally(calls, [[cell] for cell in range(calls.n_cells)])


def run_ciw(calls: Calls) -> Tally:
    """
    Simulate all cells in one network.

    Parameters
    ----------
    calls : Calls
        Workload.

    Returns
    -------
    Tally
        Counts and wall time.
    """
    return _tally(calls, [list(range(calls.n_cells))])
