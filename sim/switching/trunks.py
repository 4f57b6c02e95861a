"""Trunk groups: circuits between two exchanges, with a reserve for calls of first choice."""

from collections.abc import Callable

from sim.switching.ledger import Level


class TrunkGroup:
    """
    Circuits between two exchanges, worked in both directions.

    Parameters
    ----------
    number : int
        Number of the group.
    name : str
        Name, such as `a-b`.
    n_circuits : int
        Circuits, 0 or more.
    n_reserved : int
        Circuits that must stay free when a call seizes one of a group that is not its first choice.
    window : tuple of 2 float
        Begin and end of the measured window. [s]

    Attributes
    ----------
    number : int
        Number of the group.
    name : str
        Name.
    n_circuits, n_reserved : int
        Circuits, and those kept for calls of first choice.
    busy : Level
        Circuits in use.
    full : Level
        1 while every circuit is in use, else 0.
    n_seized, n_refused : int
        Calls of first choice and others that got a circuit or none, in the window.
    on_free : list of callable
        Called with the group after each release while somebody waits for it.
    n_waiting : int
        How many wait for a circuit of the group.
    """

    def __init__(
        self,
        number: int,
        name: str,
        n_circuits: int,
        n_reserved: int,
        window: tuple[float, float],
    ) -> None:
        if not 0 <= n_reserved <= n_circuits:
            message = (
                f"trunk group {name}: n_circuits = {n_circuits}, n_reserved = {n_reserved}: "
                "must be 0 or more, and no more reserved than there are"
            )
            raise ValueError(message)
        self.number, self.name = number, name
        self.n_circuits, self.n_reserved = n_circuits, n_reserved
        self.busy, self.full = Level(window), Level(window)
        self.n_seized = self.n_refused = 0
        self.on_free: list[Callable[[TrunkGroup], None]] = []
        self.n_waiting = 0
        self._window = window
        if n_circuits == 0:
            self.full.change(window[0], 1)

    def is_free(self, is_first_choice: bool) -> bool:
        """Say whether a call would get a circuit."""
        n_kept = 0 if is_first_choice else self.n_reserved
        return self.n_circuits - self.busy.n > n_kept

    def seize(self, time_s: float, is_first_choice: bool) -> bool:
        """Seize a circuit if there is one."""
        counts = self._window[0] <= time_s < self._window[1]
        if not self.is_free(is_first_choice):
            self.n_refused += counts
            return False
        self.n_seized += counts
        self.busy.change(time_s, 1)
        if self.busy.n == self.n_circuits:
            self.full.change(time_s, 1)
        return True

    def release(self, time_s: float) -> None:
        """
        Release a circuit.

        Parameters
        ----------
        time_s : float
            When. [s]
        """
        if self.busy.n == self.n_circuits:
            self.full.change(time_s, -1)
        self.busy.change(time_s, -1)
        self.tell_free()

    def tell_free(self) -> None:
        """Tell those who wait that a circuit is free."""
        if self.n_waiting:
            for tell in self.on_free:
                tell(self)

    def wait(self, by: int) -> None:
        """
        Count those who wait for a circuit.

        Parameters
        ----------
        by : int
            1 for one more, -1 for one less.
        """
        self.n_waiting += by
