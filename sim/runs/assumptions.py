"""Which keys of a scenario decide that attempts end as they do, and which of these rest on an assumption."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sim.scenario.fields import Shape, walk
from sim.scenario.resolve import LoadedScenario
from sim.scenario.schema import Scenario
from sim.tables import OUTCOMES, Outcome

ASSUMPTION, NO_SOURCE = "assumption", "no source"
"""On what a value may rest that is no document."""


@dataclass(frozen=True, slots=True)
class _Key:
    """A key that decides, where it has an effect."""

    path: str  # such as `networks[].n_sites`
    counts: Callable[[Scenario], bool] = lambda _scenario: True  # whether it has an effect


def _has_channels(scenario: Scenario) -> bool:
    return scenario.radio.capacity == "channels"


def _is_soft(scenario: Scenario) -> bool:
    return scenario.radio.capacity == "wcdma"


def _has_exchanges(scenario: Scenario) -> bool:
    return scenario.fixed.source != "none"


def _registers(scenario: Scenario) -> bool:
    return scenario.traffic.registrations.is_on


_REACH = (
    _Key("radio.min_rscp_dbm", lambda scenario: scenario.radio.path_loss.model != "disc"),
    _Key("radio.path_loss.radius_km", lambda scenario: scenario.radio.path_loss.model == "disc"),
    _Key("networks[].n_sites"),
    _Key("networks[].sold_within_km"),
    _Key("networks[].sites_off[].share"),
    _Key("radio.wcdma.min_ec_io_db", _is_soft),
)
_CHANNELS = _Key("networks[].equipment.n_channels", _has_channels)
_POWER = (
    _Key("radio.wcdma.max_power_to_pilot_db", _is_soft),
    _Key("radio.wcdma.orthogonality", _is_soft),
    _Key("radio.wcdma.link_power_to_pilot_db", _is_soft),
)
_STAFF = (
    _Key("switching.manual.patience_mean_s"),
    _Key("switching.manual.work_factor"),
    _Key("fixed.exchanges[].positions_by_hour"),
    _Key("fixed.exchanges[].n_positions"),
    _Key(
        "switching.manual.staffed_for_calls_per_line", lambda one: one.fixed.source == "generated"
    ),
    _Key("switching.manual.staffed_occupancy", lambda one: one.fixed.source == "generated"),
)

DECIDED_BY: Mapping[Outcome, tuple[_Key, ...]] = {
    Outcome.DROPPED: (_Key("radio.wcdma.uplink_cap_db", _is_soft), *_POWER),
    Outcome.NO_COVERAGE: _REACH,
    Outcome.BLOCKED_UPLINK: (
        _Key("radio.wcdma.max_noise_rise_db", _is_soft),
        _Key("radio.wcdma.phone_max_power_dbm", _is_soft),
    ),
    Outcome.BLOCKED_DOWNLINK: _POWER,
    Outcome.BLOCKED_CODE: (_Key("radio.wcdma.code_capacity", _is_soft),),
    Outcome.BLOCKED_CHANNEL: (_CHANNELS,),
    Outcome.BLOCKED_CHANNEL_ELEMENT: (_Key("radio.wcdma.n_channel_elements", _is_soft),),
    Outcome.BLOCKED_TRUNK: (_Key("switching.trunk_groups[].n_circuits"),),
    Outcome.CALLEE_BUSY: (
        _Key("traffic.erl_per_line"),
        _Key("fixed.traffic.p_busy", _has_exchanges),
    ),
    Outcome.CALLEE_OFF: (_Key("traffic.voice.p_phone_off"),),
    Outcome.CALLEE_NO_COVERAGE: _REACH,
    Outcome.CALLEE_BLOCKED: (
        _CHANNELS,
        *_POWER,
        _Key("traffic.messages.n_signalling_channels", _registers),
    ),
    Outcome.NO_ANSWER: (
        _Key("traffic.voice.ringing.p_answer"),
        _Key("traffic.voice.ringing.timeout_s"),
    ),
    Outcome.CALLER_ABANDONED: (
        _Key("traffic.voice.ringing.patience_mean_s"),
        _Key("traffic.voice.ringing.p_answer"),
    ),
    Outcome.PATCH_ABANDONED: _STAFF,
    Outcome.PATCH_REFUSED: (_Key("switching.manual.max_waiting"), *_STAFF),
    Outcome.PATCH_NO_CORD: (_Key("switching.manual.n_cords"),),
    Outcome.PATCH_WRONG: (_Key("switching.manual.p_wrong"),),
    Outcome.PATCH_CUT_OFF: (_Key("switching.manual.p_cut_off"),),
    Outcome.STATION_DOWN: (_Key("networks[].sites_off[].share"),),
    Outcome.TICKET_EXPIRED: (_Key("switching.manual.ticket_expiry_min"),),
}
"""Keys that decide most how often an outcome comes about; the others follow from routes and prices alone."""


def assumptions(loaded: LoadedScenario) -> dict[str, list[dict[str, Any]]]:
    """Return by outcome what decides it and rests on no document: `key`, `value` where there is one, and `ground`."""
    shapes = dict(walk(Shape("section", section=Scenario)))
    found: dict[str, list[dict[str, Any]]] = {}
    for outcome, keys in DECIDED_BY.items():
        for key in keys:
            if key.counts(loaded.scenario):
                found.setdefault(OUTCOMES[outcome], []).extend(_grounds(loaded, key.path, shapes))
    return {name: entries for name, entries in found.items() if entries}


def _grounds(
    loaded: LoadedScenario, path: str, shapes: Mapping[str, Shape]
) -> Iterator[dict[str, Any]]:
    """Yield on what a key rests that is no document: once for each ground, whatever item of a list it is of."""
    places = [one for one in _places(loaded.scenario, path) if one[1] is not None]
    grounds: dict[str, list[tuple[str, object]]] = {}
    for place, value in places:
        if ground := _ground(loaded, place, value, shapes[path]):
            grounds.setdefault(ground, []).append((place, value))
    for ground, members in grounds.items():
        values = {value for _, value in members if isinstance(value, int | float)}
        key = members[0][0] if len(places) == 1 else path
        is_one = len(values) == 1 and len(members) == len(places)
        yield {"key": key, "value": values.pop() if is_one else None, "ground": ground}


def _places(scenario: Scenario, path: str) -> Iterator[tuple[str, object]]:
    """Yield the path of each item and its value."""
    items: list[tuple[str, object]] = [("", scenario)]
    for step in path.split("."):
        name = step.removesuffix("[]")
        below = [(f"{at}.{name}".removeprefix("."), getattr(one, name)) for at, one in items]
        if step != name:
            below = [
                (f"{at}[{getattr(item, 'name', None) or index}]", item)
                for at, members in below
                for index, item in enumerate(members)
            ]
        items = below
    yield from items


def _ground(loaded: LoadedScenario, place: str, value: object, shape: Shape) -> str:
    """Return on what a value rests; empty where a document is named."""
    evidence = loaded.evidence.get(place)
    source = evidence.source if evidence else ""
    if not source and value == shape.default:
        return ASSUMPTION if "assumption" in shape.documents else ""
    if not source:
        return NO_SOURCE
    return ASSUMPTION if source.startswith("assumption") else ""
