"""Called lines, as operators find them: engaged or free, and whether anybody answers."""

import math
from typing import Protocol

from sim.streams import (
    STREAM_OPERATOR_CALLER_GONE,
    STREAM_OPERATOR_LINE_ANSWER,
    STREAM_OPERATOR_LINE_BUSY,
    STREAM_OPERATOR_LINE_RING,
)
from sim.switching.calls import PatchCall
from sim.switching.draws import Draw
from sim.switching.tasks import Law, exponential
from sim.tables import Outcome


class Lines(Protocol):
    """What an exchange asks of the lines at its end of a call."""

    def seize(self, call: PatchCall) -> Outcome | None:
        """
        Test the called line, and hold it if it is free.

        Why the line cannot be rung, such as `Outcome.CALLEE_BUSY`; None when it is held now.
        """

    def ring_s(self, call: PatchCall) -> float:
        """Return how long it rings until somebody answers. Time, infinite when nobody does [s]."""

    def release(self, call: PatchCall) -> None:
        """Release the called line."""

    def hang_up(self, call: PatchCall) -> None:
        """Let the caller hang up, to be called back for a ticket."""

    def is_caller_there(self, call: PatchCall) -> bool:
        """Say whether the caller answers when called back for a ticket."""


class AddressedLines:
    """
    Lines without a memory, each call's fate drawn at the address of the call.

    Parameters
    ----------
    draw : Draw
        Draws.
    p_busy : float
        Probability that the called line is engaged. [1]
    p_answer : float
        Probability that a called line that rings is answered. [1]
    ring : Law
        Law of the time that it rings until then; 10 s (assumption) unless given.
    p_caller_gone : float
        Probability that a caller who is called back does not answer. [1]
    """

    def __init__(
        self,
        draw: Draw,
        p_busy: float = 0.0,
        p_answer: float = 1.0,
        ring: Law | None = None,
        p_caller_gone: float = 0.0,
    ) -> None:
        self._draw = draw
        self._p_busy, self._p_answer, self._p_caller_gone = p_busy, p_answer, p_caller_gone
        self._ring = exponential(10.0) if ring is None else ring

    def seize(self, call: PatchCall) -> Outcome | None:
        """Test the called line. `Outcome.CALLEE_BUSY`, or None."""
        is_busy = self._is_so(STREAM_OPERATOR_LINE_BUSY, call, self._p_busy)
        return Outcome.CALLEE_BUSY if is_busy else None

    def ring_s(self, call: PatchCall) -> float:
        """
        Return how long it rings until somebody answers.

        Parameters
        ----------
        call : PatchCall
            Call.

        Returns
        -------
        float
            Time, infinite when nobody does. [s]
        """
        if not self._is_so(STREAM_OPERATOR_LINE_ANSWER, call, self._p_answer):
            return math.inf
        return self._ring.time_s(self._draw(STREAM_OPERATOR_LINE_RING, call.entity, call.index))

    def release(self, call: PatchCall) -> None:
        """
        Do nothing: these lines have no memory.

        Parameters
        ----------
        call : PatchCall
            Call.
        """

    def hang_up(self, call: PatchCall) -> None:
        """
        Do nothing: these lines have no memory.

        Parameters
        ----------
        call : PatchCall
            Call.
        """

    def is_caller_there(self, call: PatchCall) -> bool:
        """Say whether the caller answers when called back."""
        return not self._is_so(STREAM_OPERATOR_CALLER_GONE, call, self._p_caller_gone)

    def _is_so(self, stream: int, call: PatchCall, p: float) -> bool:
        if p <= 0.0 or p >= 1.0:
            return p >= 1.0
        return self._draw(stream, call.entity, call.index) < p
