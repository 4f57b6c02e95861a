"""Trunk groups whose circuits compiled calls and calls patched by hand share."""

from collections.abc import Callable
from typing import Any

from sim.engine.rooms import State
from sim.network.servers import Groups, Servers, give_circuit, take_circuit
from sim.switching.routes import Routes, TrunkGroup, Window
from sim.world.exchanges import Exchanges


class SharedTrunkGroup(TrunkGroup):
    """
    A trunk group whose state is that of the compiled loop.

    Parameters
    ----------
    number : int
        Number of the group among the routes.
    name : str
        Name.
    trunk : int
        Number of the group in the world.
    state : State
        Live state.
    n_cells : int
        Cells.
    window : tuple of 2 float
        Begin and end of the measured window. [s]

    Attributes
    ----------
    trunk : int
        Number of the group in the world.
    """

    def __init__(
        self, number: int, name: str, trunk: int, state: State, n_cells: int, window: Window
    ) -> None:
        self.trunk, self._server, self._state = trunk, n_cells + trunk, state
        self._groups: Groups = state[Servers].groups
        one = self._groups[self._server]
        super().__init__(number, name, int(one["capacity"]), int(one["n_reserved"]), window)

    def is_free(self, is_first_choice: bool) -> bool:
        """Say whether a call would get a circuit."""
        one = self._groups[self._server]
        n_kept = 0 if is_first_choice else one["n_reserved"]
        return bool(one["capacity"] - one["n_busy"] > n_kept)

    def seize(self, time_s: float, is_first_choice: bool) -> bool:
        """Seize a circuit if there is one."""
        return bool(take_circuit(self._state.address, self._server, is_first_choice, time_s))

    def release(self, time_s: float) -> None:
        """Release a circuit."""
        give_circuit(self._state.address, self._server, time_s)
        self.tell_free()

    def wait(self, by: int) -> None:
        """Count those who wait for a circuit, and let the loop say when one is released."""
        super().wait(by)
        self._groups["is_awaited"][self._server] = self.n_waiting > 0

    def take_freed(self) -> bool:
        """Say whether the loop has released a circuit for which somebody waited, and forget it."""
        is_freed = bool(self._groups["is_freed"][self._server])
        self._groups["is_freed"][self._server] = 0
        return is_freed


def make_routes(
    exchanges: Exchanges, max_detour: int, state: State, n_cells: int, window_s: float
) -> Routes:
    """Return the routes of a world, over the live trunk groups of a replication."""

    def _make(number: int, name: str, edge: dict[str, Any], window: Window) -> TrunkGroup:
        return SharedTrunkGroup(number, name, int(edge["number"]), state, n_cells, window)

    make: Callable[[int, str, dict[str, Any], Window], TrunkGroup] = _make
    window = (0.0, window_s)
    return Routes(exchanges.graph(), max_detour, window, ends_of_ways(exchanges), make)


def ends_of_ways(exchanges: Exchanges) -> tuple[str, ...]:
    """
    Return the nodes at which calls begin or end, but through which none passes.

    Parameters
    ----------
    exchanges : Exchanges
        Nodes and trunk groups.

    Returns
    -------
    tuple of str
        Switching centres, and the exchange that stands for the whole fixed network.
    """
    return exchanges.name[: exchanges.n_centres + (not exchanges.is_simulated)]
