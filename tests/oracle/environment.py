"""A SimPy environment in which the order of simultaneous events is said explicitly."""

from heapq import heappush

import simpy
from simpy.events import URGENT, Event

(
    CHANGE, POWER_UPDATE, COVERAGE_SAMPLE, RELEASE_OF_SOURCE, RELEASE, ANSWER, REDIAL, REDIAL_OF_FIXED, CHANNEL_FREE,
    STEP, LOOK, END_OF_BEARER, END_OF_FLOW, PAGE, MESSAGE, SIGNALLING_END, REGISTRATION,
    CALL_OF_SOURCE, INTENT, INTENT_OF_FIXED, SESSION, FLOW_OF_SOURCE, INTENT_OF_MESSAGE,
) = range(23)  # fmt: skip


class OracleEnvironment(simpy.Environment):
    """SimPy whose ties in time are broken by (kind, entity, address); new processes start at once."""

    def schedule(self, event, priority=1, delay=0):
        rank = (-1, 0, 0) if priority == URGENT else (99, 0, 0)
        heappush(self._queue, (self._now + delay, rank, next(self._eid), event))

    def at(self, time_s, kind, entity, address):
        event = Event(self)
        event._ok = True
        event._value = None
        heappush(self._queue, (time_s, (kind, entity, address), next(self._eid), event))
        return event

    def go_on(self, event):
        """Let who waits for the event go on before anything else happens."""
        event._ok = True
        event._value = None
        self.schedule(event, URGENT)
