"""Section `traffic`: who calls when and for how long, data sessions and short messages."""

import math
from typing import Literal

from sim.scenario.journeys_section import Dwell, Journeys, Ride
from sim.scenario.places_section import SecondPlace
from sim.scenario.sections import ASSUMED, HOUSE, LOCAL_TIME, Name, Section, Share, key

# A key is a row, as wide as prose may be.
# fmt: off


class Size(Section):
    """The law of a flow's size; `mean_bit` is the mean of every law, truncation included."""

    law: Literal["fixed", "exponential", "hyperexponential", "lognormal", "truncated_pareto"] = key(
        "law of the size", "lognormal", source=ASSUMED)
    mean_bit: float = key("mean, truncation included", 800_000.0, "(0, 1e12]", "bit", "assumption: 100 kB")
    cv: float = key(
        "lognormal: coefficient of variation before truncation; hyperexponential: with balanced means, more than 1",
        2.0, "(0, 20]", "1", ASSUMED)
    shape: float = key(
        "truncated_pareto: shape", 1.2, "(0.5, 20]", "1",
        "M. E. Crovella, A. Bestavros: 1.0 to 1.3 for files of the web")
    max_bit: float = key(
        "lognormal, truncated_pareto: greatest size", 80_000_000.0, "(0, 1e15]", "bit", "assumption: 10 MB")


class Use(Section):
    """What phones do with data: sessions of pages, each page a flow."""

    name: Name = key("name of the use", evidence=False)
    direction: Literal["down", "up"] = key("whether the phone receives or sends", "down", source=HOUSE)
    devices: tuple[Name, ...] = key("devices that have it; all when empty", (), length="[0, 16]")
    classes: tuple[Name, ...] = key("classes of subscribers that have it; all when empty", (), length="[0, 16]")
    sessions_per_line_h: float = key("sessions of each of their lines in the busy hour", within="[0, 60]", unit="1/h")
    pages_mean: float = key("mean number of pages of a session, geometric", 1.0, "[1, 1000]", "1", ASSUMED)
    reading_mean_s: float = key(
        "mean time from the end of a page to the next, exponential", 30.0, "[0, 3600]", "s", ASSUMED)
    size: Size = Size()


class DataSource(Section):
    """Poisson flows to phones of one cell, from infinitely many users."""

    name: Name = key("name of the source", evidence=False)
    cell: str = key(
        "first-ranked cell of the phones, which stand in squares where it is the first, all squares alike")
    direction: Literal["down", "up"] = key("whether the phones receive or send", "down", source=HOUSE)
    offered_bps: float = key("intensity of flows times mean size", within="(0, 1e12]", unit="bit/s")
    hsdpa_category: int = key(
        "HS-DSCH category of the phones, of 3GPP TS 25.306; 0 without HSDPA", 6, "[0, 12]", source=ASSUMED)
    peak_rate_bps: float | None = key(
        "greatest rate of each flow; none when absent", None, "(0, 1000000000]", "bit/s")
    weight: float = key("weight in the sharing of the cell", 1.0, "(0, 1000]", "1", HOUSE)
    size: Size = Size()


class Data(Section):
    """Data of subscribers and of Poisson sources."""

    uses: tuple[Use, ...] = key("what phones do with data", (), length="[0, 16]")
    sources: tuple[DataSource, ...] = key("Poisson sources of flows", (), length="[0, 1000]")

    @property
    def is_wanted(self) -> bool:
        """Return whether anybody asks for data."""
        return bool(self.uses or self.sources)


class Messages(Section):
    """Short messages, stored and forwarded."""

    per_line_h: float = key(
        "messages of a line in the busy hour", 0.0, "[0, 60]", "1/h",
        "house default: nobody writes; New Focus International: 20 free a month, nothing else is published")
    n_signalling_channels: int = key(
        "messages that a cell sends or receives at once", 8, "[1, 10000]", source=ASSUMED)
    transfer_s: float = key(
        "time for which a message holds signalling capacity: set-up, and 160 characters", 3.0, "(0, 60]", "s",
        "assumption; 3GPP TS 34.108: 3.4 kbit/s")
    submit_retry_s: float = key(
        "time after which a phone that got no capacity tries again", 30.0, "(0, 3600]", "s", ASSUMED)
    max_submits: int = key("tries of the sender's phone", 3, "[1, 20]", source=ASSUMED)
    retry_s: float = key("time between two tries of the message centre to deliver", 600.0, "[1, 86400]", "s", ASSUMED)
    validity_h: float = key("time after which a message is thrown away", 24.0, "(0, 168]", "h", ASSUMED)
    phone_state_s: float = key(
        "time for which a phone stays off or on; off with probability `traffic.voice.p_phone_off`", 1_800.0,
        "[1, 86400]", "s", ASSUMED)
    during_calls: bool = key("whether phones in a call receive messages", False, source=ASSUMED)
    same_network_share: Share = key(
        "share of messages within the own network; the others go by lines", 0.9, source=ASSUMED)

    @property
    def is_wanted(self) -> bool:
        """Return whether anybody sends messages."""
        return self.per_line_h > 0.0


class Storm(Section):
    """Phones that attach together, as when the lights go on again."""

    at: str = key("local begin, as 2022-11-16 19:30", pattern=LOCAL_TIME, evidence=False)
    share: Share = key("share of the phones that are served", 1.0, source=ASSUMED)
    within_s: float = key("time within which their first tries come, evenly", 60.0, "[0, 86400]", "s", ASSUMED)


class Registrations(Section):
    """Idle phones: location updates and paging, on the signalling channels of `traffic.messages`."""

    is_on: bool = key("whether phones register, and are paged", False, source=HOUSE)
    areas: Literal["province", "sites"] = key(
        "location areas of a network: its sites of a province, or groups of neighbouring sites", "province",
        source=ASSUMED)
    sites_per_area: int = key("areas: sites: sites of an area at most", 50, "[1, 10000]", source=ASSUMED)
    period_h: float = key(
        "time between two periodic updates of a phone, 0 for none", 3.0, "[0, 25.5]", "h",
        "assumption; 3GPP TS 24.008: T3212, 0.1 to 25.5 h")
    moving_share: Share = key("share of the phones that are on the way", 0.03, source=ASSUMED)
    speed_m_s: float = key("their speed, in all directions alike", 3.0, "[0, 100]", "m/s", "assumption: bicycles")
    crossings_per_line_h: float | None = key(
        "updates of a phone since it crosses the border of its area; by moving_share, speed_m_s and the borders of the "
        "areas when absent", None, "[0, 60]", "1/h")
    transfer_s: float = key(
        "time for which a registration holds a signalling channel", 2.0, "(0, 60]", "s",
        "assumption: set-up, authentication and a new temporary identity at 3.4 kbit/s (3GPP TS 34.108)")
    paging_s: float = key(
        "time for which a page holds a signalling channel, in each cell of the area", 0.014, "(0, 60]", "s",
        "assumption: 48 bits, a fifth of a block of 10 ms at 24 kbit/s, at 3.4 kbit/s")
    retry_s: float = key(
        "time after which a phone that got no channel tries again", 15.0, "(0, 3600]", "s", "3GPP TS 24.008: T3211")
    max_tries: int = key(
        "tries of a phone, which then waits for the next occasion; phones that attach together go on until served",
        4, "[1, 250]", source="3GPP TS 24.008: section 4.4.4.9")
    attach_within_s: float = key(
        "time within which phones attach whose site is back on the air, or that another area serves since one is off",
        60.0, "[0, 86400]", "s", ASSUMED)
    storms: tuple[Storm, ...] = key("phones that attach together", (), length="[0, 100]")


DAILY_PROFILE = (
    0.05, 0.03, 0.02, 0.02, 0.03, 0.10, 0.30, 0.50, 0.65, 0.80, 0.85, 0.80,
    0.70, 0.65, 0.65, 0.70, 0.75, 0.80, 0.90, 1.00, 0.95, 0.75, 0.40, 0.15,
)  # fmt: skip
"""Relative intents in each hour of the day: morning plateau, evening peak 19 to 21 h, trough 2 to 5 h (assumption,
remembered of prepaid networks of Africa and Asia)."""


class Holding(Section):
    """The law of a conversation's length."""

    law: Literal["lognormal", "exponential", "fixed", "truncated_log_logistic"] = key(
        "law of the length", "lognormal", source="assumption: as calls of many users together")
    mean_s: float = key(
        "mean of every law but truncated_log_logistic", 100.0, "(0, 86400]", "s",
        "Legit Writing: 80 to 100 s in textbooks; MTS: 132 s")
    median_s: float = key("truncated_log_logistic: median before truncation", 60.0, "(0, 86400]", "s", ASSUMED)
    cv: float = key(
        "lognormal: coefficient of variation", 1.4, "(0, 10]", "1", "assumption: 1.2 to 1.5 for means of 60 to 120 s")
    shape: float = key("truncated_log_logistic: shape", 2.0, "(0.5, 20]", "1", ASSUMED)
    max_s: float = key("truncated_log_logistic: longest call", 14_400.0, "(0, 604800]", "s", ASSUMED)


class SourceHolding(Holding):
    """The law of a Poisson source's holding time: exponential unless said otherwise."""

    law: Literal["lognormal", "exponential", "fixed", "truncated_log_logistic"] = key(
        "law of the length", "exponential", source="house default: as the formulas of traffic theory")


class Profile(Section):
    """How intents spread over the day and the week."""

    daily: tuple[float, ...] = key(
        "relative intents in each hour of the day; the largest is the busy hour", DAILY_PROFILE, unit="1",
        source="assumption: morning plateau, evening peak 19 to 21 h, trough 2 to 5 h, remembered of prepaid "
        "networks of Africa and Asia", length="[24, 24]")
    shape: Literal["linear", "steps"] = key(
        "how the rate goes within an hour: linear between full and half hours, or constant, with steps at full hours",
        "linear", source=HOUSE)
    weekly: tuple[float, ...] = key(
        "relative intents of Monday to Sunday", (1.0,) * 7, unit="1", source="assumption: all alike", length="[7, 7]")


class Ringing(Section):
    """From the alerting of the called phone to its answer."""

    p_answer: Share = key("probability that a free, reached phone is answered in the end", 0.85, source=ASSUMED)
    mean_s: float = key("mean time to answer, exponential", 8.0, "[0, 600]", "s", ASSUMED)
    timeout_s: float = key("the network ends the ringing", 45.0, "(0, 600]", "s", ASSUMED)
    patience_mean_s: float = key("mean patience of the caller, exponential", 60.0, "(0, 3600]", "s", ASSUMED)


class Destination(Section):
    """Whom a subscriber calls."""

    other_network_share: Share = key("share of intents to other networks, by their lines", 0.1, source=ASSUMED)
    fixed_share: Share = key("share of intents to fixed lines", 0.05, source=ASSUMED)
    same_province_share: Share = key(
        "share of the other intents to a subscriber of the own province, where the called network has one", 0.8,
        source=ASSUMED)


class Redial(Section):
    """Callers who try again."""

    probability: Share = key(
        "probability that an attempt without conversation is tried again", 0.0,
        source="house default: nobody tries again")
    delay_mean_s: float = key("mean delay of the next attempt, exponential", 60.0, "(0, 86400]", "s", ASSUMED)
    max_redials: int = key("most redials of one intent", 3, "[0, 15]", source=ASSUMED)


class Voice(Section):
    """Telephone calls of subscribers."""

    holding: Holding = Holding()
    ringing: Ringing = Ringing()
    destination: Destination = Destination()
    redial: Redial = Redial()
    p_phone_off: Share = key("probability that the called phone is switched off", 0.0, source=ASSUMED)
    emergency_share: Share = key(
        "share of the intents of subscribers to the emergency number, a fixed line of their province", 0.0,
        source=ASSUMED)
    video_share: Share = key(
        "share of the calls between mobile phones that are video calls, a service `video`; with `radio.capacity: "
        "channels` all are alike", 0.0, source=ASSUMED)


class Source(Section):
    """Poisson calls from infinitely many sources, holding one channel in each of the named cells."""

    name: Name = key("name of the source", evidence=False)
    offered_erl: float = key("intensity times mean holding time", within="(0, 100000]", unit="erl")
    holding: SourceHolding = SourceHolding()
    cells: tuple[str, ...] = key(
        "cells in which each call holds one channel; absent for a source that rides", (), length="[0, 2]",
        evidence=False)
    service: Name = key(
        "`radio.capacity: wcdma`: service of the calls; phones stand in squares where the cell is first, all "
        "squares alike", "voice", source=HOUSE, evidence=False)
    dwell: Dwell | None = key(
        "`radio.capacity: channels`: how its phones go from cell to cell; they stay where absent", None)
    ride: Ride | None = key("from where its phones call, if they ride", None)


class Traffic(Section):
    """All traffic."""

    erl_per_line: float = key(
        "conversation per line in the busy hour, both ends of mobile-to-mobile calls counted", 0.013, "[0, 1]", "erl",
        "assumption: 240 minutes a month of 30 days, one tenth in the busy hour; Cisco Articles: 0.029 planned for "
        "400 minutes; Erlang.com: 0.02 on average, measured")
    profile: Profile = Profile()
    voice: Voice = Voice()
    sources: tuple[Source, ...] = key("Poisson sources", (), length="[0, 10000]")
    data: Data = Data()
    messages: Messages = Messages()
    places: tuple[SecondPlace, ...] = key(
        "kinds of places where lines are by the hour, beside their homes; everybody stays at home when empty", (),
        length="[0, 16]")
    journeys: Journeys = Journeys()
    registrations: Registrations = Registrations()

    @property
    def is_moving(self) -> bool:
        """Return whether any phone moves while it is connected."""
        return self.journeys.is_on or any(one.dwell or one.ride for one in self.sources)

    def most_on_the_way(self, lines: float) -> int:
        """
        Return for how many phones on their way there is room at first: half as many more as there are on average.

        Parameters
        ----------
        lines : float
            Lines that are simulated.

        Returns
        -------
        int
            Phones, 0 where nobody moves.
        """
        if not self.is_moving:
            return 0
        phones = lines * self.erl_per_line * math.fsum(mode.share for mode in self.journeys.modes)
        phones += math.fsum(one.offered_erl for one in self.sources if one.dwell or one.ride)
        return 64 + math.ceil(1.5 * phones)
