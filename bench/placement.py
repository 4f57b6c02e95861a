"""
Rules that place sites beside a greedy optimum on the computed coverage: `python -m bench.placement`.

The optimum chooses from candidates in cities, in towns and along corridors, denser than any rule may place them, the
sites whose medians serve most people: no rule knows as much. Shadowing is left out of all.
"""

import heapq

import click
import numpy as np
from numpy.typing import NDArray

from sim.radio.site_reach import squares_of_sites
from sim.scenario.load import load_scenario
from sim.world.build import World, build_world

SCENARIO, NETWORK = "koryolink_2011", "koryolink"
PLACEMENT = f"networks[{NETWORK}].placement."
CANDIDATES = [f"{PLACEMENT}rule=history", f"{PLACEMENT}town_spacing_km=1.5"]
RULES = {
    "history": [f"{PLACEMENT}rule=history"],
    "demand": [
        f"{PLACEMENT}rule=demand",
        f"{PLACEMENT}urban_spacing_km=2",
        f"{PLACEMENT}county_seat_share=0.1",
        f"networks[{NETWORK}].rural_weight=1",
    ],
    "discs of 3.5 km": [f"{PLACEMENT}rule=coverage", f"{PLACEMENT}radius_km=3.5"],
    "discs of 5 km": [f"{PLACEMENT}rule=coverage"],
}

Squares = NDArray[np.int32]


def greedy(served: list[Squares], people: NDArray[np.int64], n_sites: int) -> list[int]:
    """
    Return the sites that serve most people, one after the other.

    Parameters
    ----------
    served : list of (square,) ndarray of int32
        Squares that each site serves.
    people : (square,) ndarray of int64
        People of each square.
    n_sites : int
        How many are chosen.

    Returns
    -------
    list of int
        Sites in the order of choice.
    """
    left = people.copy()
    bounds = [(-int(left[own].sum()), site) for site, own in enumerate(served)]
    heapq.heapify(bounds)
    chosen: list[int] = []
    while bounds and len(chosen) < n_sites:
        bound, site = heapq.heappop(bounds)
        gain = int(left[served[site]].sum())
        if gain == -bound:
            chosen.append(site)
            left[served[site]] = 0
        else:
            heapq.heappush(bounds, (-gain, site))
    return chosen


def _shares(world: World, served: list[Squares]) -> str:
    """Return shares of area and people that are served."""
    is_served = np.zeros(world.grid.n_squares, np.bool_)
    for own in served:
        is_served[own] = True
    people = world.population.astype(np.float64)
    return f"{100.0 * is_served.mean():.1f} | {100.0 * people[is_served].sum() / people.sum():.1f}"


def _served(overrides: list[str], n_sites: int, least_dbm: float) -> tuple[World, list[Squares]]:
    """Return a world with so many sites, and the squares that each serves."""
    loaded = load_scenario(SCENARIO, [*overrides, f"networks[{NETWORK}].n_sites={n_sites}"])
    world = build_world(loaded.scenario, loaded.folder, with_lines=False)
    return world, squares_of_sites(loaded.scenario, world, least_dbm)


@click.command()
@click.option("--sites", "n_sites", default=341, show_default=True)
@click.option("--candidates", "n_candidates", default=2_500, show_default=True)
@click.option("--least-dbm", default=-105.2, show_default=True)
@click.option("--set", "overrides", multiple=True, metavar="PATH=VALUE")
def main(n_sites: int, n_candidates: int, least_dbm: float, overrides: tuple[str, ...]) -> None:
    """Print what sites serve by each rule, and by a greedy optimum on their coverage."""
    click.echo(f"| {n_sites:,} sites, {least_dbm:g} dBm | area [%] | people [%] |")
    click.echo("|---|---:|---:|")
    for name, rule in RULES.items():
        world, served = _served([*overrides, *rule], n_sites, least_dbm)
        click.echo(f"| {name} | {_shares(world, served)} |")
    world, served = _served([*overrides, *CANDIDATES], n_candidates, least_dbm)
    chosen = greedy(served, world.population.astype(np.int64), n_sites)
    click.echo(f"| greedy optimum on coverage | {_shares(world, [served[k] for k in chosen])} |")


if __name__ == "__main__":
    main()
