"""Section `traffic`: who calls when, and for how long."""

from typing import Literal

from pydantic import Field

from sim.scenario.data_section import Data, Messages
from sim.scenario.sections import Name, Section, Share

DAILY_PROFILE = (
    0.05, 0.03, 0.02, 0.02, 0.03, 0.10, 0.30, 0.50, 0.65, 0.80, 0.85, 0.80,
    0.70, 0.65, 0.65, 0.70, 0.75, 0.80, 0.90, 1.00, 0.95, 0.75, 0.40, 0.15,
)  # fmt: skip
"""Relative intents in each hour of the day: morning plateau, evening peak 19 to 21 h, trough 2 to 5 h (assumption
after facts 5, diurnal, from memory)."""


class Holding(Section):
    """The law of a conversation's length."""

    law: Literal["lognormal", "exponential", "fixed", "truncated_log_logistic"] = Field(
        default="lognormal", description="law of the length"
    )
    mean_s: float = Field(
        default=100.0,
        gt=0.0,
        le=86_400.0,
        description="mean of every law but truncated_log_logistic (facts 5: 100 s) [s]",
    )
    median_s: float = Field(
        default=60.0,
        gt=0.0,
        le=86_400.0,
        description="truncated_log_logistic: median before truncation (assumption) [s]",
    )
    cv: float = Field(
        default=1.4,
        gt=0.0,
        le=10.0,
        description="lognormal: coefficient of variation (facts 5) [1]",
    )
    shape: float = Field(
        default=2.0, gt=0.5, le=20.0, description="truncated_log_logistic: shape (assumption) [1]"
    )
    max_s: float = Field(
        default=14_400.0,
        gt=0.0,
        le=604_800.0,
        description="truncated_log_logistic: longest call (assumption) [s]",
    )


class SourceHolding(Holding):
    """The law of a Poisson source's holding time: exponential unless said otherwise."""

    law: Literal["lognormal", "exponential", "fixed", "truncated_log_logistic"] = Field(
        default="exponential", description="law of the length"
    )


class Profile(Section):
    """How intents spread over the day and the week."""

    daily: tuple[float, ...] = Field(
        default=DAILY_PROFILE,
        min_length=24,
        max_length=24,
        description="relative intents in each hour of the day; the largest is the busy hour [1]",
    )
    weekly: tuple[float, ...] = Field(
        default=(1.0,) * 7,
        min_length=7,
        max_length=7,
        description="relative intents of Monday to Sunday (assumption: all alike) [1]",
    )


class Ringing(Section):
    """From the alerting of the called phone to its answer."""

    p_answer: Share = Field(
        default=0.85,
        description="probability that a free, reached phone is answered in the end (assumption) [1]",
    )
    mean_s: float = Field(
        default=8.0,
        ge=0.0,
        le=600.0,
        description="mean time to answer, exponential (assumption) [s]",
    )
    timeout_s: float = Field(
        default=45.0, gt=0.0, le=600.0, description="the network ends the ringing (assumption) [s]"
    )
    patience_mean_s: float = Field(
        default=60.0,
        gt=0.0,
        le=3_600.0,
        description="mean patience of the caller, exponential (assumption) [s]",
    )


class Destination(Section):
    """Whom a subscriber calls."""

    other_network_share: Share = Field(
        default=0.1,
        description="share of intents to other networks, by their lines (assumption) [1]",
    )
    fixed_share: Share = Field(
        default=0.05, description="share of intents to fixed lines (assumption) [1]"
    )
    same_province_share: Share = Field(
        default=0.8,
        description="share of the other intents to a subscriber of the own province, "
        "where the called network has one (assumption) [1]",
    )


class Redial(Section):
    """Callers who try again."""

    probability: Share = Field(
        default=0.0,
        description="probability that an attempt without conversation is tried again [1]",
    )
    delay_mean_s: float = Field(
        default=60.0,
        gt=0.0,
        le=86_400.0,
        description="mean delay of the next attempt, exponential (assumption) [s]",
    )
    max_redials: int = Field(
        default=3, ge=0, le=15, description="most redials of one intent (assumption)"
    )


class Voice(Section):
    """Telephone calls of subscribers."""

    holding: Holding = Holding()
    ringing: Ringing = Ringing()
    destination: Destination = Destination()
    redial: Redial = Redial()
    p_phone_off: Share = Field(
        default=0.0,
        description="probability that the called phone is switched off (assumption) [1]",
    )
    video_share: Share = Field(
        default=0.0,
        description="share of the calls between mobile phones that are video calls, a service `video`; with "
        "`radio.capacity: channels` all are alike (assumption) [1]",
    )


class Source(Section):
    """Poisson calls from infinitely many sources, holding one channel in each of the named cells."""

    name: Name = Field(description="name of the source")
    offered_erl: float = Field(
        gt=0.0, le=100_000.0, description="intensity times mean holding time [erl]"
    )
    holding: SourceHolding = SourceHolding()
    cells: tuple[str, ...] = Field(
        min_length=1, max_length=2, description="cells in which each call holds one channel"
    )
    service: Name = Field(
        default="voice",
        description="`radio.capacity: wcdma`: service of the calls; phones stand in squares where the cell is first, "
        "all squares alike",
    )


class Traffic(Section):
    """All traffic."""

    erl_per_line: float = Field(
        default=0.013,
        ge=0.0,
        le=1.0,
        description="conversation per line in the busy hour, both ends of mobile-to-mobile calls counted "
        "(facts 5: 0.011 to 0.017) [erl]",
    )
    profile: Profile = Profile()
    voice: Voice = Voice()
    sources: tuple[Source, ...] = Field(
        default=(), max_length=10_000, description="Poisson sources"
    )
    data: Data = Data()
    messages: Messages = Messages()
