"""
How long a network must have run until it carries what it carries in the long run.

A run begins empty. After the time w it lacks what was begun before and would still hold resources: of Poisson calls of
lengths S the share E[max(S - w, 0)] / E[S] of the carried traffic, which is the probability that the residual life of a
call in progress is longer than w. So the law of the lengths says how long the warm-up must be.

Most of what is begun in it is over long before the window. So calls that would be over before its last part, in which
the network settles, are not made: with them or without, as many are in progress when it begins, but for those that
would have been refused. Of the share B that is refused B times the missing share of that part is too many in the end.

References
----------
D. R. Cox, "Renewal Theory" (1962), section 5.2: the residual life in equilibrium.
W. A. Massey and W. Whitt, "Networks of infinite-server queues with nonstationary Poisson input", Queueing Systems 13
(1993) 183-250: the mean number of busy servers at any time.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from sim.scenario.radio_section import Radio
from sim.scenario.traffic_section import DataSource, Holding, Ringing, Traffic, Use

MOST_MISSING = 0.003
"""
Share of the carried traffic that may still be missing when the measured window begins (house default). [1]

Blocking follows it one to three times as steeply, which stays within a tenth of the intervals of a national hour.
"""

MOST_REFUSED = 0.05
"""Share of attempts that may be refused before a network that settles so long begins too full (house default). [1]"""

MOST_WARMUP_H = 168
"""Longest warm-up. [h]"""

_STEPS_PER_H = 20
"""Warm-ups are of whole steps of three minutes."""

_S_PER_H = 3600.0
_RINGING_POINTS = 32
_STEPS = 2000


@dataclass(frozen=True, slots=True)
class Missing:
    """What a warm-up leaves out."""

    share: float  # of the carried traffic, when the measured window begins [1]
    of: str  # of which traffic it is greatest; empty where there is none


def missing_after(traffic: Traffic, radio: Radio, *, has_lines: bool, warmup_h: float) -> Missing:
    """Return how much of the traffic is missing after a warm-up from an empty network, of the kind that lacks most."""
    warmup_s = warmup_h * _S_PER_H
    kinds = _kinds(traffic, radio, has_lines=has_lines)
    shares = [(kind.missing(warmup_s), kind.name) for kind in kinds]
    return Missing(*max(shares, default=(0.0, "")))


def short_warmup(
    traffic: Traffic, radio: Radio, *, has_lines: bool, warmup_h: float
) -> tuple[str, str]:
    """Return what is missing after a warm-up that is too short, and what to do; both empty where it is not."""
    missing = missing_after(traffic, radio, has_lines=has_lines, warmup_h=warmup_h)
    if missing.share <= MOST_MISSING:
        return "", ""
    least_h = warmup_h_of(traffic, radio, has_lines=has_lines)
    least = missing_after(traffic, radio, has_lines=has_lines, warmup_h=least_h)
    share = f"{100.0 * missing.share:.2g} % of the {missing.of}"
    return (
        f"begins with {share} missing, since the network was empty at first",
        f"leave it out or say auto, which is {least_h:g} h and leaves {100.0 * least.share:.2g} %"
        if least_h > warmup_h
        else "no longer warm-up is allowed: shorten what lasts so long",
    )


def warmup_h_of(traffic: Traffic, radio: Radio, *, has_lines: bool) -> float:
    """
    Return the least warm-up after which no more than `MOST_MISSING` of any traffic is missing.

    Warm-up, of whole steps of three minutes [h].
    """
    return _least_h(_kinds(traffic, radio, has_lines=has_lines), MOST_MISSING)


def settle_h_of(traffic: Traffic, radio: Radio, *, has_lines: bool) -> float:
    """
    Return the least last part of a warm-up in which everything has to be simulated.

    So many of the calls in progress when it begins are over when it ends, and so many of those that will be tried again
    have been, that what refusals would have thinned is no more than `MOST_MISSING` of the traffic. Length, of whole
    steps of three minutes [h].
    """
    kinds = _kinds(traffic, radio, has_lines=has_lines)
    calls = tuple(kind for kind in kinds if isinstance(kind, _Call))
    again = (_Redial(traffic.voice.redial.delay_mean_s),) if has_lines else ()
    return _least_h((*calls, *again), MOST_MISSING / MOST_REFUSED)


@dataclass(frozen=True)
class _Call:
    """Calls of one law: of lines they ring before they last."""

    name: str
    holding: Holding
    ringing: Ringing | None

    def missing(self, after_s: float) -> float:
        """Return the share of the time they hold resources that is later than so long after their begin."""
        begins_s = _answers_s(self.ringing)
        left = sum(_left_s(self.holding, after_s - begin_s) for begin_s in begins_s)
        return left / sum(_left_s(self.holding, -begin_s) for begin_s in begins_s)


@dataclass(frozen=True)
class _Session:
    """
    Sessions of one use, a geometric number of pages.

    The time from page to page is taken for exponential. Then a share q exp(-w / (m T)) of the pages comes later than w
    after the first, with m pages of mean distance T and q = 1 - 1 / m.
    """

    name: str
    pages_mean: float
    between_s: float

    def missing(self, after_s: float) -> float:
        """Return the share of the pages that come later than so long after the first."""
        more = 1.0 - 1.0 / self.pages_mean
        if more <= 0.0 or self.between_s <= 0.0:
            return 0.0
        return more * math.exp(-after_s / (self.pages_mean * self.between_s))


@dataclass(frozen=True)
class _Transfer:
    """Flows that last as long as over the slowest bearer, on the mean; taken for exponential."""

    name: str
    mean_s: float

    def missing(self, after_s: float) -> float:
        """Return the share of their time that is later than so long after their begin."""
        return math.exp(-after_s / self.mean_s) if self.mean_s > 0.0 else 0.0


@dataclass(frozen=True)
class _Redial:
    """Callers who try again, after a delay that is exponential."""

    delay_mean_s: float

    def missing(self, after_s: float) -> float:
        """Return the share of those who tried in vain at the begin that will try again still later."""
        return math.exp(-after_s / self.delay_mean_s) if self.delay_mean_s > 0.0 else 0.0


_Kind = _Call | _Session | _Transfer


@cache
def _least_h(kinds: tuple[_Kind | _Redial, ...], most: float) -> float:
    """Return the least time in whole steps after which no more than a share is missing of each kind."""

    def is_enough(n_steps: int) -> bool:
        after_s = n_steps * _S_PER_H / _STEPS_PER_H
        return all(kind.missing(after_s) <= most for kind in kinds)

    low, high = 0, MOST_WARMUP_H * _STEPS_PER_H
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if is_enough(middle) else (middle + 1, high)
    return low / _STEPS_PER_H


def _kinds(traffic: Traffic, radio: Radio, *, has_lines: bool) -> tuple[_Kind, ...]:
    """Return what of the traffic is alike; of messages nothing lasts."""
    of_lines = _of_lines(traffic, radio) if has_lines else ()
    return (*dict.fromkeys((*of_lines, *_of_sources(traffic, radio))),)


def _of_sources(traffic: Traffic, radio: Radio) -> Iterator[_Kind]:
    for source in traffic.sources:
        yield _Call("calls of sources", source.holding, None)
    for flows in traffic.data.sources:
        mean_s = flows.size.mean_bit / _slowest_bps(flows, radio)
        yield _Transfer("flows of sources", mean_s)


def _of_lines(traffic: Traffic, radio: Radio) -> Iterator[_Kind]:
    """Yield calls, and sessions of each use, pages of which take as long as over the slowest bearer."""
    if traffic.erl_per_line > 0.0:
        yield _Call("calls of lines", traffic.voice.holding, traffic.voice.ringing)
    for use in traffic.data.uses:
        if use.sessions_per_line_h > 0.0:
            transfer_s = use.size.mean_bit / _slowest_bps(use, radio)
            between_s = use.reading_mean_s + transfer_s
            yield _Session(f"sessions of {use.name}", use.pages_mean, between_s)
            yield _Transfer(f"flows of {use.name}", transfer_s)


def _slowest_bps(use: Use | DataSource, radio: Radio) -> float:
    bearers = (
        [one.downlink_rate_bps for one in radio.wcdma.downlink_bearers]
        if use.direction == "down"
        else [one.uplink_rate_bps for one in radio.wcdma.uplink_bearers]
    )
    return min(bearers, default=math.inf)


def _answers_s(ringing: Ringing | None) -> list[float]:
    """Return quantiles of the time to answer of calls that are answered before the network ends the ringing."""
    if ringing is None or ringing.mean_s == 0.0:
        return [0.0]
    kept = -math.expm1(-ringing.timeout_s / ringing.mean_s)
    places = ((i + 0.5) / _RINGING_POINTS for i in range(_RINGING_POINTS))
    return [-ringing.mean_s * math.log1p(-kept * place) for place in places]


def _left_s(holding: Holding, after_s: float) -> float:
    """Return E[max(S - after, 0)] of a holding time."""
    if after_s < 0.0:
        return _left_s(holding, 0.0) - after_s
    if holding.law == "truncated_log_logistic":
        return _left_of_log_logistic_s(holding, after_s)
    mean_s = holding.mean_s
    if holding.law == "fixed":
        return max(mean_s - after_s, 0.0)
    if holding.law == "exponential":
        return mean_s * math.exp(-after_s / mean_s)
    if after_s == 0.0:
        return mean_s
    variance = math.log1p(holding.cv**2)
    deviation = math.sqrt(variance)
    at = (math.log(mean_s / after_s) - variance / 2.0) / deviation
    return max(mean_s * _normal(at + deviation) - after_s * _normal(at), 0.0)


def _normal(x: float) -> float:
    """Return the probability of a standard normal draw below x."""
    return 0.5 * math.erfc(-x / math.sqrt(2.0))


def _left_of_log_logistic_s(holding: Holding, after_s: float) -> float:
    """Return the integral of the tail by Simpson's rule, of steps that grow from its begin."""
    length_s = holding.max_s - after_s
    if length_s <= 0.0:
        return 0.0
    kept = _log_logistic(holding, holding.max_s)
    total = 0.0
    for i in range(_STEPS + 1):
        place = i / _STEPS
        tail = 1.0 - _log_logistic(holding, after_s + length_s * place**2) / kept
        weight = 1.0 if i in (0, _STEPS) else 2.0 + 2.0 * (i % 2)
        total += weight * tail * 2.0 * place * length_s
    return total / (3.0 * _STEPS)


def _log_logistic(holding: Holding, at_s: float) -> float:
    if at_s <= 0.0:
        return 0.0
    return 1.0 / (1.0 + math.pow(at_s / holding.median_s, -holding.shape))
