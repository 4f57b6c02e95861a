"""Sites that the user gave, in the scenario or in a table beside it, brought onto the grid."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sim.errors import Problem, WorldError
from sim.scenario.messages import given
from sim.scenario.schema import Scenario
from sim.scenario.territory import Network, Site
from sim.world.csv_table import MAX_PROBLEMS
from sim.world.grid import Grid
from sim.world.site_files import SiteFile, read_site_file
from sim.world.standing import stand_at

SAME_PLACE_M = 1.0
"""Sites of a file nearer than this are one site written twice (assumption). [m]"""


@dataclass(frozen=True)
class StandingSite:
    """A site with its place."""

    where: str  # where the user wrote it
    site: Site  # what the user wrote
    x_m: float  # and y_m: place in the grid's metres [m]
    y_m: float
    square_idx: int  # square in which it stands


@dataclass(frozen=True)
class ListedSites:
    """Sites that a scenario and its files list."""

    # sites of each network: those of the scenario, then those of its file
    standing: list[list[StandingSite]]
    notes: tuple[str, ...]  # what was assumed of them


def list_sites(scenario: Scenario, folder: Path, grid: Grid) -> ListedSites:
    """
    Return the sites that a scenario and its tables list.

    Parameters
    ----------
    scenario : Scenario
        Scenario.
    folder : Path
        Where its tables lie.
    grid : Grid
        Squares.

    Returns
    -------
    ListedSites
        Sites and notes.

    Raises
    ------
    WorldError
        If a file is wrong, a name or a place is used twice or a site lies outside the region.
    """
    problems: list[Problem] = []
    listed: list[list[StandingSite]] = []
    notes: list[str] = []
    for network, table in zip(scenario.networks, read_tables(scenario, folder), strict=True):
        listed.append([])
        of_file: list[StandingSite] = []
        for i, (where, site) in enumerate(table.rows):
            standing = _stand(where, site, grid)
            if isinstance(standing, Problem):
                problems.append(standing)
                continue
            listed[-1].append(standing)
            if i >= len(network.sites):
                of_file.append(standing)
        problems.extend(_same_places(of_file))
        notes += [*table.notes, *_notes(network, of_file, grid)]
    if problems:
        raise WorldError(*shorten(problems))
    return ListedSites(listed, tuple(notes))


def _same_places(sites: Sequence[StandingSite]) -> Iterator[Problem]:
    """Yield sites of a file that stand where another one stands."""
    if len(sites) < 2:
        return
    from scipy.spatial import cKDTree

    places = np.array([(site.x_m, site.y_m) for site in sites])
    found = cKDTree(places).query(places, k=2)
    away_m, others = np.asarray(found[0]), np.asarray(found[1])
    told: set[int] = set()
    for i in np.flatnonzero(away_m[:, 1] <= SAME_PLACE_M).tolist():
        other = int(others[i, 0]) if others[i, 0] != i else int(others[i, 1])
        later, earlier = max(i, other), min(i, other)
        if later not in told:
            told.add(later)
            message = (
                f"stands within {SAME_PLACE_M:g} m of {sites[earlier].where}: a network has one site at a place; "
                "leave one out"
            )
            yield Problem(sites[later].where, message)


def _notes(network: Network, sites: Sequence[StandingSite], grid: Grid) -> Iterator[str]:
    """Yield what was assumed of the sites of a file."""
    n_low = sum(site.site.antenna_height_m is None for site in sites)
    if n_low:
        yield (
            f"{n_low:,} of {len(sites):,} sites of {network.name} in {network.sites_file} have no antenna_height_m: "
            f"{network.equipment.antenna_height_m:g} m are assumed"
        )
    x_m, y_m = (np.array([getattr(site, key) for site in sites]) for key in ("x_m", "y_m"))
    n_beside = int((grid.square_of(x_m, y_m) < 0).sum()) if sites else 0
    if n_beside:
        yield (
            f"{n_beside:,} sites of {network.name} in {network.sites_file} stand just outside the region's squares: "
            "the nearest square is taken for theirs"
        )


def read_tables(scenario: Scenario, folder: Path) -> list[SiteFile]:
    """
    Return the sites that a scenario and its tables list, before they are brought onto a grid.

    Parameters
    ----------
    scenario : Scenario
        Scenario.
    folder : Path
        Where its tables lie.

    Returns
    -------
    list of SiteFile
        Sites by network: those of the scenario, then those of its file.

    Raises
    ------
    WorldError
        If a table is wrong, or a name is used twice.
    """
    problems: list[Problem] = []
    listed: list[SiteFile] = []
    first_use: dict[str, str] = {}
    for network in scenario.networks:
        named = [
            (f"networks[{network.name}].sites[{i}]", site) for i, site in enumerate(network.sites)
        ]
        notes: tuple[str, ...] = ()
        if network.sites_file is not None:
            try:
                table = read_site_file(folder / network.sites_file, network)
            except WorldError as error:
                problems.extend(error.problems)
            else:
                named += table.rows
                notes = table.notes
        listed.append(SiteFile(named, notes))
        for where, site in named:
            if site.name in first_use:
                shown = given(site.name)
                message = f"name = {shown}: already that of {first_use[site.name]}; rename one"
                problems.append(Problem(where, message))
            first_use.setdefault(site.name, where)
    if problems:
        raise WorldError(*shorten(problems))
    return listed


def shorten(problems: Sequence[Problem]) -> list[Problem]:
    """Return the first problems and how many more there are."""
    if len(problems) <= MAX_PROBLEMS:
        return list(problems)
    more = Problem("", f"and {len(problems) - MAX_PROBLEMS} more problems like these")
    return [*problems[:MAX_PROBLEMS], more]


def _stand(where: str, site: Site, grid: Grid) -> StandingSite | Problem:
    """Return a site on the grid, or why it cannot stand."""
    place = stand_at(where, site, grid)
    return place if isinstance(place, Problem) else StandingSite(where, site, *place)
