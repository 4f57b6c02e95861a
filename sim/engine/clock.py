"""
A SimPy environment whose machine events run in a compiled loop.

Human and institutional events are ordinary SimPy processes. Before each of them the loop runs every machine event
that is due earlier; at equal times the SimPy event comes first. Without a loop the clock is a plain SimPy
environment.
"""

import math
from collections.abc import Callable
from heapq import heappop, heappush
from typing import Any, Protocol

import simpy
from simpy.events import NORMAL, URGENT, Event, EventPriority, Timeout


class MachineLoop(Protocol):
    """What a clock asks of a loop of machine events."""

    def advance(self, until_s: float) -> float | None:
        """
        Run machine events in their order.

        Time up to which the clock may move: `until_s` when nothing earlier is left, or the time at which the loop
        stopped because a call needs a human; None when nothing was due [s].
        """

    def hand_over(self) -> None:
        """Give what needs a human to SimPy processes; the clock stands at the time that `advance` returned."""

    def next_time_s(self) -> float:
        """
        Return when the next machine event is due.

        Time of the next machine event, infinite when there is none [s].
        """


def put_at(
    env: simpy.Environment, event: Event, time_s: float, priority: EventPriority = NORMAL
) -> None:
    """
    Let an event that has a value happen at a time, to the last bit.

    SimPy's own `schedule` adds a delay to the present time, and the sum may be rounded.

    Parameters
    ----------
    env : simpy.Environment
        Clock, or any environment.
    event : Event
        Event, not yet scheduled.
    time_s : float
        When it happens, now or later. [s]
    priority : EventPriority
        Its place among events of that time.
    """
    heappush(env._queue, (time_s, priority, next(env._eid), event))


class Later(Timeout):
    """
    Something that happens later, unless it is called off.

    Parameters
    ----------
    env : simpy.Environment
        Clock, or any environment.
    delay_s : float
        After which time it happens. [s]
    act : callable
        What happens.
    subject : Any
        To what it happens.

    Attributes
    ----------
    is_off : bool
        Whether it is called off: then nothing happens, and a clock does not even stop for it.
    """

    def __init__(
        self, env: simpy.Environment, delay_s: float, act: Callable[[Any], None], subject: object
    ) -> None:
        super().__init__(env, delay_s)
        self.is_off = False
        self._act, self._subject = act, subject
        self.callbacks = [self._happen]

    def _happen(self, _: Event) -> None:
        if not self.is_off:
            self._act(self._subject)


class Clock(simpy.Environment):
    """
    A SimPy environment with a loop of machine events underneath.

    Parameters
    ----------
    initial_time : float
        Time at which the clock begins. [s]
    loop : MachineLoop, optional
        The loop; without one the clock is a plain SimPy environment.
    """

    def __init__(self, initial_time: float = 0, loop: MachineLoop | None = None) -> None:
        super().__init__(initial_time)
        self._loop = loop
        self._is_running = False

    def attach(self, loop: MachineLoop) -> None:
        """
        Put a loop of machine events under the clock.

        Parameters
        ----------
        loop : MachineLoop
            The loop.

        Raises
        ------
        ValueError
            If the clock has a loop already.
        """
        if self._loop is not None:
            message = "the clock has a loop already; make another clock"
            raise ValueError(message)
        self._loop = loop

    def detach(self) -> None:
        """Let go of the loop and of all the memory that it holds; what is left is a plain SimPy environment."""
        self._loop = None

    def at(self, time_s: float, *, is_first: bool = False) -> Event:
        """
        Return an event at a time of the clock, to the last bit.

        A timeout adds its delay to the present time, and the sum may be rounded; this event may not.

        Parameters
        ----------
        time_s : float
            When the event happens, now or later. [s]
        is_first : bool
            Whether it happens before others of that time, whenever these were made.

        Returns
        -------
        Event
            Event for a process to yield.

        Raises
        ------
        ValueError
            If the time has passed.
        """
        if not time_s >= self._now:  # NaN is neither before nor after
            message = f"time_s = {time_s}: must not be before the present time {self._now}"
            raise ValueError(message)
        event = Event(self)
        event._ok = True
        event._value = None
        put_at(self, event, time_s, URGENT if is_first else NORMAL)
        return event

    def schedule(
        self, event: Event, priority: EventPriority = NORMAL, delay: simpy.core.SimTime = 0
    ) -> None:
        """Schedule an event as SimPy does, but refuse a delay that is NaN, neither before nor after any other."""
        if math.isnan(delay):
            message = f"a delay of {delay} s: must be a number, 0 or more"
            raise ValueError(message)
        super().schedule(event, priority, delay)

    def _human_s(self) -> float:
        """Return when the next SimPy event is due; those that are called off are dropped."""
        queue = self._queue
        while queue:
            event = queue[0][3]
            if type(event) is not Later or not event.is_off:
                return queue[0][0]
            heappop(queue)
        return math.inf

    def peek(self) -> float:
        """
        Return when the next event of either kind is due.

        Time of the next event, infinite when there is none [s].
        """
        human_s = self._human_s()
        return human_s if self._loop is None else min(human_s, self._loop.next_time_s())

    def run(self, until: simpy.core.SimTime | Event | None = None) -> Any:  # noqa: ANN401  # as SimPy has it
        """
        Run events of both kinds.

        Parameters
        ----------
        until : float or Event, optional
            Time before whose events the clock stops, or event after which it does; without it, when nothing is left.

        Returns
        -------
        Any
            Value of the event, None for a time. As in SimPy, an error of a process is raised.
        """
        self._is_running = True
        try:
            return super().run(until)
        finally:
            self._is_running = False

    def step(self) -> None:
        """
        Run the machine events that are due before the next SimPy event; where there are none, run that event.

        As in SimPy, a step does nothing that is due later than `peek` allows: a loop `while clock.peek() < t` around it
        stops before the SimPy events at `t`. Within `run`, which looks at no time between two steps, the SimPy event
        follows in the same step.

        Raises
        ------
        EmptySchedule
            If there is no event of either kind.
        """
        human_s, loop = self._human_s(), self._loop
        reached_s = None if loop is None else loop.advance(human_s)
        if loop is None or reached_s is None:
            super().step()
        elif reached_s < human_s:
            self._now = max(self._now, reached_s)
            loop.hand_over()
        elif self._is_running and self._queue:
            super().step()
