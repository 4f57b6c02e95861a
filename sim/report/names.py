"""What figures call measures and outcomes: words in place of their names in tables, in units of short numbers."""

from dataclasses import dataclass

OUTCOMES = {
    "completed": "completed",
    "dropped": "dropped",
    "patch_cut_off": "cut off by operator",
    "no_coverage": "caller",
    "callee_no_coverage": "called phone",
    "blocked_uplink": "uplink",
    "blocked_downlink": "downlink",
    "blocked_code": "codes",
    "blocked_channel": "channels",
    "blocked_channel_element": "channel elements",
    "blocked_trunk": "circuits",
    "no_route": "no route",
    "callee_blocked": "called phone",
    "callee_busy": "busy",
    "callee_off": "switched off",
    "no_answer": "no answer",
    "caller_abandoned": "caller hung up",
    "patch_abandoned": "caller gave up",
    "patch_refused": "too many waited",
    "patch_no_cord": "no cord",
    "patch_wrong": "wrong number",
    "ticket_expired": "ticket expired",
    "barred": "barred",
    "quota_exhausted": "no minutes left",
    "exchange_down": "exchange",
    "station_down": "station",
    "in_progress": "in progress",
}
"""Each outcome beneath the name of its class."""

CLASSES = {
    "answered": "lost\nin talk",
    "not covered": "not\ncovered",
    "blocked": "blocked",
    "not taken up": "not taken\nup",
    "not patched": "not\npatched",
    "not allowed": "not\nallowed",
    "out of service": "out of\nservice",
    "not ended": "not\nended",
}
"""Each class of outcomes; of the answered calls only those that were lost are shown."""

MEASURES = {
    "voice.intents": "wishes to call",
    "voice.attempts": "attempts",
    "voice.calls": "answered calls",
    "voice.completed_per_h": "completed calls [1/h]",
    "voice.blocking": "attempts blocked [%]",
    "voice.dropping": "answered calls dropped [%]",
    "voice.failure": "attempts failed, for any cause [%]",
    "voice.network_failure": "attempts failed in the network [%]",
    "voice.offered_erl": "offered traffic [erl]",
    "voice.carried_erl": "carried traffic [erl]",
    "voice.leg_blocking": "legs refused [%]",
    "cell.utilisation": "channels, or power, in use [%]",
    "exchange.arrived": "calls that waited for an operator",
    "exchange.operators": "operators on duty, mean",
    "exchange.wait_s": "mean wait for an operator [s]",
    "exchange.wait_p95_s": "95 % wait for an operator less than [s]",
    "exchange.abandonment": "calls lost while they waited [%]",
    "exchange.occupancy": "operators' time at work [%]",
    "exchange.setup_s": "mean set-up by hand [s]",
    "coverage.time_share": "people covered, share of time [%]",
    "coverage.area_share": "area covered [%]",
    "coverage.population_share": "people covered [%]",
    "coverage.planner_area_share": "area in planner's discs [%]",
    "coverage.planner_population_share": "people in planner's discs [%]",
    "coverage.planner_town_share": "towns with a site [%]",
    "coverage.planner_county_share": "people of counties with a site [%]",
    "coverage.overlap": "cells within 5 dB of the best",
    "coverage.distance_km": "effective radius of a site's area, mean [km]",
    "coverage.distance_p05_km": "5 % of the sites' areas have a radius below [km]",
    "coverage.distance_p50_km": "half of the sites' areas have a radius below [km]",
    "coverage.distance_p95_km": "95 % of the sites' areas have a radius below [km]",
    "data.sessions": "data sessions",
    "data.flows": "data flows",
    "data.requested_bit": "data asked for [Gbit]",
    "data.carried_bit": "data carried [Gbit]",
    "data.blocked_share": "flows refused [%]",
    "data.cut_share": "flows cut [%]",
    "data.throughput_bps": "throughput of a flow, mean [kbit/s]",
    "data.throughput_median_bps": "half of the flows get at most [kbit/s]",
    "data.throughput_p05_bps": "5 % of the flows get at most [kbit/s]",
    "data.time_throughput_bps": "throughput of a user who waits [kbit/s]",
    "data.time_throughput_median_bps": "half of the time is spent at most at [kbit/s]",
    "data.time_throughput_p05_bps": "5 % of the time is spent at most at [kbit/s]",
    "sms.sent": "short messages sent",
    "sms.delivered": "short messages delivered [%]",
    "handover.attempts": "handovers asked for",
    "handover.failure": "handovers refused [%]",
    "handover.per_call": "handovers made, for each connected phone",
    "handover.best_changes_per_call": "changes of the best cell, for each connected phone",
    "handover.legs": "legs of a phone, mean over time",
    "movement.dropped": "phones lost on their way [%]",
    "movement.mean_displacement_m": "displacement of a phone on its way, mean [m]",
    "movement.steps": "squares or cells that a phone on its way comes into",
    "sms.delivery_s": "mean time to delivery [s]",
    "sms.delivery_p95_s": "95 % delivered within [s]",
    "registrations.per_h": "location updates [1/h]",
    "registrations.refused_share": "location updates refused at the first try [%]",
    "registrations.given_up_share": "location updates given up [%]",
    "registrations.attached": "phones attached together",
    "registrations.attach_s": "mean time to attach [s]",
    "registrations.attach_p95_s": "95 % attached within [s]",
    "registrations.attach_tries": "tries to attach, mean",
    "paging.per_h": "phones paged [1/h]",
    "paging.unanswered_share": "phones paged without a channel to answer [%]",
    "signalling.registrations_share": "signalling channels held by registrations [%]",
    "signalling.paging_share": "signalling channels held by paging [%]",
    "signalling.messages_share": "signalling channels held by messages [%]",
    "emergency.attempts": "emergency attempts",
    "emergency.no_coverage_share": "emergency attempts without cover [%]",
    "trunk.blocking": "calls refused a circuit [%]",
}
MEASURES |= {f"voice.outcome.{outcome}": f"attempts: {said}" for outcome, said in OUTCOMES.items()}
MEASURES |= {
    f"voice.outcome_share.{outcome}": f"attempts: {said} [%]" for outcome, said in OUTCOMES.items()
}
MEASURES |= {
    f"voice.outcome_class_share.{name.replace(' ', '_')}": f"attempts: all {name} [%]"
    for name in CLASSES
}
"""Each measure, with the unit in which it is drawn."""

_FACTORS = {"[%]": 100.0, "[kbit/s]": 1e-3, "[Gbit]": 1e-9}
_OF_ALL = ("any", "both", "neither")


@dataclass(frozen=True)
class Shown:
    """How a measure is drawn."""

    title: str  # what it is called, with its unit
    factor: float  # from the unit of tables to the one that is drawn

    @property
    def is_share(self) -> bool:
        """Return whether it is drawn in per cent."""
        return self.title.endswith("[%]")


def shown(measure: str, unit: str) -> Shown:
    """Return how a measure is drawn; one that has no words here by its name and unit."""
    title = MEASURES.get(measure) or (measure if unit in ("", "1") else f"{measure} [{unit}]")
    return Shown(title, _FACTORS.get(title.rpartition(" ")[2], 1.0) if measure in MEASURES else 1.0)


def plain(code: str) -> str:
    """Return the name of a choice as people write it."""
    return code.replace("_", " ")


def place(code: str) -> str:
    """Return the name of a network or a trunk group with capitals; codes that have some stay as they are."""
    if code in _OF_ALL:
        return code
    return plain(code).title() if code.islower() else code
