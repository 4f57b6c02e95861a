"""What a user's extension sees of the network, and what it may change."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from operator import index as whole
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from simpy.events import ProcessGenerator

from sim.engine.clock import Clock
from sim.engine.rooms import State
from sim.network.clockwork import Clockwork
from sim.network.data.state import Data
from sim.network.outages.on_air import SitesOnAir
from sim.network.servers import Servers, set_capacity
from sim.scenario.messages import did_you_mean
from sim.scenario.schema import Scenario
from sim.streams import extension_stream, uniform
from sim.switching.switchboards import Switchboards
from sim.units import hours_to_seconds
from sim.world.build import World

Change = tuple[float, str, str, float]
"""Time [s], what was changed, of what, and the new value."""

_Kind = TypeVar("_Kind", bound=np.generic)
_MAX_SERVERS = 2**31 - 1
_stream_of = lru_cache(maxsize=256)(extension_stream)


class NetworkControl:
    """
    The network as an extension sees it: places, channels, circuits and draws, at the present time of the clock.

    Sites, cells, networks and trunk groups are numbered from 0 in the order of their names.

    Parameters
    ----------
    clock : Clock
        Clock of the replication.
    scenario : Scenario
        Scenario.
    world : World
        World.
    state : State
        Live state of the replication.
    on_air : SitesOnAir
        Which sites are on the air.
    boards : Switchboards, optional
        Manual exchanges, where there are any.

    Attributes
    ----------
    network_names, site_names, cell_names, trunk_names : tuple of str
        Names, in the order of their numbers.
    site_x_m, site_y_m : (site,) ndarray of float64
        Where the sites stand, in metres east and north. [m]
    site_of_cell, network_of_cell : (cell,) ndarray of int64
        Number of the site and of the network of each cell.
    network_of_site : (site,) ndarray of int64
        Number of the network of each site.
    window_s : float
        Length of the measured window, which begins at time 0. [s]
    province_codes : tuple of str
        Codes of the provinces, in the order of their numbers.
    province_of_site : (site,) ndarray of int64
        Number of the province in which each site stands.
    square_x_m, square_y_m : (square,) ndarray of float64
        Middle of each square of the ground, in metres east and north. [m]
    square_people : (square,) ndarray of int64
        People who live in each square.
    province_of_square : (square,) ndarray of int64
        Number of the province of each square.
    exchange_names : tuple of str
        Names of the manual exchanges.
    trace : list of tuple
        What was changed so far: time, what, of what, and the new value.
    """

    def __init__(
        self,
        clock: Clock,
        scenario: Scenario,
        world: World,
        state: State,
        on_air: SitesOnAir,
        boards: Switchboards | None = None,
    ) -> None:
        sites, cells = world.sites, world.cells
        self.network_names = world.network_names
        self.site_names = sites.name
        self.cell_names = cells.name
        self.trunk_names = world.exchanges.trunks.name
        self.site_x_m = _kept(sites.x_m, np.float64)
        self.site_y_m = _kept(sites.y_m, np.float64)
        self.site_of_cell = _kept(cells.site_idx, np.int64)
        self.network_of_cell = _kept(cells.network_idx, np.int64)
        self.network_of_site = _kept(sites.network_idx, np.int64)
        self.window_s = hours_to_seconds(scenario.run.duration_h)
        self.province_codes = world.provinces.code
        self.province_of_site = _kept(sites.province_idx, np.int64)
        self.square_x_m = _kept(world.grid.x_m, np.float64)
        self.square_y_m = _kept(world.grid.y_m, np.float64)
        self.square_people = _kept(world.population, np.int64)
        self.province_of_square = _kept(world.grid.province_idx, np.int64)
        self._boards = {} if boards is None else boards.exchanges
        self.exchange_names = tuple(self._boards)
        self.trace: list[Change] = []
        self._start = datetime.fromisoformat(scenario.run.start)
        self._lines = world.subscribers
        self._clock = clock
        self._state = state
        self._on_air = on_air
        self._groups = state[Servers].groups
        self._most = self._groups["capacity"].copy()

    @property
    def most_servers(self) -> NDArray[np.int32]:
        """Return the most channels and circuits that there have been."""
        return self._most.copy()

    def cells_of_site(self, site: int) -> tuple[int, ...]:
        """Return the cells of a site."""
        _check("site", site, len(self.site_names))
        return tuple(np.flatnonzero(self.site_of_cell == site).tolist())

    def n_channels(self, cell: int) -> int:
        """Return the channels of a cell."""
        return int(self._groups["capacity"][self._cell(cell)])

    def n_busy(self, cell: int) -> int:
        """Return the busy channels of a cell."""
        return int(self._groups["n_busy"][self._cell(cell)])

    def n_free(self, cell: int) -> int:
        """Return the free channels of a cell."""
        return max(0, self.n_channels(cell) - self.n_busy(cell))

    def set_channels(self, cell: int, n: int) -> None:
        """
        Give a cell another number of channels from now on.

        Calls in progress keep theirs until they end. A call at this very time finds the new number.
        """
        self._set(self._cell(cell), n)
        self._note("channels", self.cell_names[cell], n)

    def local_time(self) -> datetime:
        """Return the local date and time of the present."""
        return self._start + timedelta(seconds=float(self._clock.now))

    def n_lines_within(self, network: int, x_m: float, y_m: float, radius_m: float) -> int:
        """Return how many simulated lines of a network live in squares whose middle is within a distance of a point."""
        if any(math.isnan(value) for value in (x_m, y_m, radius_m)):
            message = f"x_m = {x_m}, y_m = {y_m}, radius_m = {radius_m}: must be numbers"
            raise ValueError(message)
        own = self._lines.square_idx[self._lines.network_idx == network]
        away_m = np.hypot(self.square_x_m - x_m, self.square_y_m - y_m)
        return int(np.count_nonzero((away_m <= radius_m)[own]))

    def n_flows(self, cell: int) -> int:
        """Return the data flows over HSDPA that a cell shares its intervals among."""
        cells = self._state[Data].cells
        cell = self._cell(cell)
        return int(cells["flows"]["value"][cell]) if len(cells) else 0

    def n_operators(self, exchange: str) -> int:
        """Return the operators on duty at a manual exchange."""
        return sum(position.is_on_duty for position in self._board(exchange).positions)

    def set_operators(self, exchange: str, n: int) -> None:
        """
        Let so many operators be on duty at a manual exchange from now on, until its rota says otherwise.

        Who goes off duty ends the task in hand. There are at most as many as its rota has at any hour: a position
        has a line in the results, and none is added while the simulation runs.
        """
        board = self._board(exchange)
        board.staff(_check("n", n, len(board.positions) + 1))
        self._note("operators", exchange, n)

    def _board(self, exchange: str) -> Any:  # noqa: ANN401  # an exchange of switchboards
        if exchange not in self._boards:
            hint = did_you_mean(exchange, self.exchange_names, "manual exchanges")
            message = f"there is no manual exchange {exchange!r}; {hint}"
            raise ValueError(message)
        return self._boards[exchange]

    def _note(self, what: str, of_what: str, value: float) -> None:
        """Keep what was changed, for the results."""
        self.trace.append((float(self._clock.now), what, of_what, float(value)))

    def n_circuits(self, trunk: int) -> int:
        """Return the circuits of a trunk group."""
        return int(self._groups["capacity"][self._trunk(trunk)])

    def n_busy_circuits(self, trunk: int) -> int:
        """Return the busy circuits of a trunk group."""
        return int(self._groups["n_busy"][self._trunk(trunk)])

    def set_circuits(self, trunk: int, n: int) -> None:
        """Give a trunk group another number of circuits from now on, as `set_channels` does with a cell."""
        self._set(self._trunk(trunk), n)
        self._note("circuits", self.trunk_names[trunk], n)

    def site(self, name: str) -> "SiteControl":
        """Return a site by its name."""
        if name not in self.site_names:
            message = f"there is no site {name!r}; {did_you_mean(name, self.site_names, 'sites')}"
            raise ValueError(message)
        return SiteControl(self, self.site_names.index(name))

    def is_off_air(self, site: int) -> bool:
        """Return whether a site is off the air."""
        return bool(self._on_air.is_off[_check("site", site, len(self.site_names))])

    def take_off_air(self, *sites: int) -> None:
        """
        Take sites off the air from now on; several at once take no more time than one.

        They send no pilot and serve nobody: their calls are cut (`station_down`), and whoever calls from now on finds
        the cells of other sites, or none.
        """
        self._switch(sites, is_off=True)

    def put_on_air(self, *sites: int) -> None:
        """Let sites that were taken off the air be back from now on; those that the scenario has off stay off."""
        self._switch(sites, is_off=False)

    def _switch(self, sites: Sequence[int], *, is_off: bool) -> None:
        checked = [_check("site", site, len(self.site_names)) for site in sites]
        self._on_air.set_off(checked, float(self._clock.now), is_off=is_off)
        for site in checked:
            self._note("on the air", self.site_names[site], not self._on_air.is_off[site])

    def draw(self, name: str, entity: int, index: int) -> float:
        """
        Return the uniform draw at an address.

        The same address gives the same draw whatever else happens, and another draw in another replication. Names
        have streams of their own: no draw of a call is touched.
        """
        rules = self._state[Clockwork].rules[0]
        seed, replication = int(rules["seed"]), int(rules["replication"])
        entity, index = _check("entity", entity, 2**32), _check("index", index, 2**63)
        return float(uniform(seed, replication, _stream_of(name), entity, index))

    def _cell(self, cell: int) -> int:
        return _check("cell", cell, len(self.cell_names))

    def _trunk(self, trunk: int) -> int:
        return len(self.cell_names) + _check("trunk", trunk, len(self.trunk_names))

    def _set(self, group: int, n: int) -> None:
        capacity = _check("n", n, _MAX_SERVERS + 1)
        set_capacity(self._state.address, group, capacity, float(self._clock.now))
        self._most[group] = max(self._most[group], capacity)


@dataclass(frozen=True, slots=True)
class SiteControl:
    """A site as an extension sees it."""

    network: NetworkControl  # network to which it belongs
    number: int  # number of the site

    @property
    def cells(self) -> tuple[int, ...]:
        """Return the numbers of its cells."""
        return self.network.cells_of_site(self.number)

    @property
    def is_off(self) -> bool:
        """Return whether it is off the air."""
        return self.network.is_off_air(self.number)

    def off(self) -> None:
        """Take it off the air from now on, as `NetworkControl.take_off_air` does."""
        self.network.take_off_air(self.number)

    def on(self) -> None:
        """Let it be back, as `NetworkControl.put_on_air` does."""
        self.network.put_on_air(self.number)


Extension = Callable[[Clock, NetworkControl], Iterable[ProcessGenerator]]
"""Returns the SimPy processes that a user adds to a replication."""


def _kept(values: NDArray[Any], dtype: type[_Kind]) -> NDArray[_Kind]:
    """Return a copy that nobody can write to."""
    copy = values.astype(dtype)
    copy.flags.writeable = False
    return copy


def _check(name: str, value: int, below: int) -> int:
    """Return a whole number from 0 to below a limit."""
    if not 0 <= whole(value) < below:
        message = f"{name} = {value}: must be 0 to {below - 1}"
        raise ValueError(message)
    return whole(value)
