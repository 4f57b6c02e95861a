"""
The tables of events: what happens in the loop, and who handles it.

A line names the handler, an entry (state, time_s, payload, address). Events of equal time come in the order of the
table; intents, which have a table of their own, come after all events.
"""

from enum import IntEnum
from importlib import import_module
from typing import Any, Self


class _Handled(IntEnum):
    """Numbers in the order of a table, each with its handler."""

    handler: str

    def __new__(cls, handler: str) -> Self:
        number = len(cls.__members__)
        member = int.__new__(cls, number)
        member._value_ = number
        member.handler = handler
        return member


class Kind(_Handled):
    """
    Kinds of machine events in the wheel; payload and address are those of `schedule`.

    A server that is released is free for whoever calls at the same instant: releases come early.
    """

    POWER_UPDATE = "radio.update:on_update"
    COVERAGE_SAMPLE = "radio.breathing:on_sample"
    RELEASE_OF_SOURCE = "voice.calls:on_release"
    RELEASE = "voice.calls:on_release"
    ANSWER = "voice.calls:on_answer"
    REDIAL = "voice.attempts:on_redial"
    REDIAL_OF_FIXED = "voice.attempts:on_fixed_redial"
    CHANNEL_FREE = "movement.channels:on_channel_free"
    STEP = "movement.steps:on_step"
    LOOK = "movement.steps:on_look"
    BEARER_END = "data.bearers:on_bearer_end"
    FLOW_END = "data.flows:on_flow_end"
    PAGE = "data.sessions:on_page"
    MESSAGE_STEP = "messages.steps:on_step"
    SIGNALLING_END = "registrations.steps:on_end"
    REGISTRATION = "registrations.steps:on_registration"


class Intent(_Handled):
    """Kinds of intents; payload is the row of the subscriber, or the number of the source or the exchange."""

    OF_A_SOURCE = "voice.attempts:on_source_call"
    OF_A_SUBSCRIBER = "voice.attempts:on_intent"
    OF_A_FIXED_LINE = "voice.attempts:on_intent"
    OF_A_SESSION = "data.sessions:on_page"
    OF_A_DATA_SOURCE = "data.sessions:on_source_flow"
    OF_A_MESSAGE = "messages.steps:on_message"


class Owner(_Handled):
    """Whose a phone on the radio is. Its handler is told of one that is shed: payload the phone, address the cause."""

    CALL = "voice.calls:on_shed"
    BEARER = "data.bearers:on_shed"


class Notice(_Handled):
    """Who is told of what happens to something: a phone, or a flow on its way, the payload; the address is 0."""

    DISCONNECTED_ON_ITS_WAY = "movement.steps:on_disconnected"
    FLOW_HEARS_OTHERS = "data.on_the_way:on_renew"
    FLOW_IS_LOST = "data.on_the_way:on_lost"


class Pending(_Handled):
    """Rows that wait until there is room for them, and who writes the next one; payload and address are 0."""

    SHED_CALL = "voice.calls:write_shed_row"
    LOST_FLOW = "data.flows:write_lost_flow"


def handlers(table: type[_Handled]) -> list[Any]:
    """Return the handlers of a table in its order."""
    found = []
    for member in table:
        module, _, name = member.handler.partition(":")
        handler = getattr(import_module(f"sim.network.{module}"), name, None)
        if handler is None:
            message = f"{table.__name__}.{member.name}: there is no handler {member.handler}"
            raise TypeError(message)
        found.append(handler)
    return found
