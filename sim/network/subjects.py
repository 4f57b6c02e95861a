"""The registry of subjects: what the network is made of."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from sim.engine.pools import make_room_check
from sim.engine.rooms import Layout, State
from sim.engine.wheel import Wheel, make_wheel
from sim.network.clockwork import Clockwork, make_clockwork
from sim.network.data.build import make_data
from sim.network.data.records import data_records
from sim.network.data.state import Data
from sim.network.lines import Lines, make_lines
from sim.network.messages.build import make_messages
from sim.network.messages.state import Messages
from sim.network.movement.build import begin as begin_movement
from sim.network.movement.build import give_places, make_movement
from sim.network.movement.records import movement_records
from sim.network.movement.state import Movement
from sim.network.radio.build import begin, make_radio
from sim.network.radio.records import radio_records
from sim.network.radio.state import Radio
from sim.network.registrations.build import begin as begin_registrations
from sim.network.registrations.build import make_registrations, registration_records
from sim.network.registrations.state import Registrations
from sim.network.servers import Servers, make_servers, server_records
from sim.network.trunks.circuits import make_routes
from sim.network.trunks.fixed_lines import FixedLines, make_fixed_lines
from sim.network.trunks.ways import Trunks, make_trunks
from sim.network.voice.records import voice_records
from sim.network.voice.state import N_CALLS, Calls, make_calls
from sim.radio.coverage import Coverage
from sim.scenario.schema import Scenario
from sim.switching.routes import Routes
from sim.tables import Columns
from sim.units import SECONDS_PER_HOUR, hours_to_seconds
from sim.world.build import World

_WHEEL_SPAN_S = 300.0  # most calls end within a round of the wheel
_MAX_BUCKETS = 1 << 20
_OF_MOVEMENT = 8  # events that phones on their way may add


@dataclass
class Setting:
    """Of what a replication is set up."""

    scenario: Scenario  # scenario
    world: World  # world
    coverage: Coverage  # coverage of the world
    replication: int  # number of the replication
    state: State  # live state; rooms are put into it in the order of the registry
    intents_per_h: float  # intents expected in the busiest hour [1/h]
    bucket_s: float | None = None  # width of the wheel's buckets; it never changes a result [s]
    routes: Routes | None = None  # routes over the live trunk groups, when there are any


class Subject(NamedTuple):
    """Something that the network is made of."""

    name: str  # name
    room: Any  # its live state
    make: Callable[[Setting], Any]  # makes the room at the begin of a replication
    begin: Callable[[Setting], None] | None = None  # puts its first events into the wheel
    # returns what is to be known of it at the end, and refuses if something is still held
    records: Callable[[State], dict[str, Columns]] | None = None
    # called when there is room for more of something
    grown: Callable[[State], None] | None = None


def _make_wheel(setting: Setting) -> Wheel:
    """Make a wheel with some events a bucket: fewer, wider buckets stay in the processor's cache."""
    scenario = setting.scenario
    mean_gap_s = SECONDS_PER_HOUR / (setting.intents_per_h + 1.0)
    suits_s = scenario.run.bucket_factor * min(10.0, max(1e-4, 4.0 * mean_gap_s))
    width_s = setting.bucket_s or suits_s
    n_buckets = 1 << max(4, math.ceil(math.log2(_WHEEL_SPAN_S / width_s)))
    # At an update of the powers each cell may put the next end of a flow into the wheel.
    n_cells = len(setting.world.cells)
    n_spare = n_cells + 4 if scenario.traffic.data.is_wanted else 1
    n_spare += _OF_MOVEMENT if scenario.traffic.is_moving else 0
    # When sites change, each cell puts the next registration of either kind into it; whoever is called is paged.
    n_spare += 2 * n_cells + 4 if scenario.traffic.registrations.is_on else 0
    origin_s = -hours_to_seconds(scenario.warmup_h)
    return make_wheel(
        origin_s, width_s, min(n_buckets, _MAX_BUCKETS), max(N_CALLS, n_spare), n_spare
    )


def _make_trunks(setting: Setting) -> Trunks:
    scenario, exchanges = setting.scenario, setting.world.exchanges
    setting.routes = make_routes(
        exchanges,
        scenario.switching.max_detour,
        setting.state,
        len(setting.world.cells),
        hours_to_seconds(scenario.run.duration_h),
    )
    return make_trunks(scenario, exchanges, setting.routes)


SUBJECTS = (
    Subject("wheel", Wheel, _make_wheel),
    Subject("clockwork", Clockwork, lambda s: make_clockwork(s.scenario, s.world, s.replication)),
    Subject("lines", Lines, lambda s: make_lines(s.scenario, s.world, s.coverage)),
    Subject(
        "servers", Servers, lambda s: make_servers(s.scenario, s.world), records=server_records
    ),
    Subject("voice", Calls, lambda s: make_calls(s.scenario, s.world), records=voice_records),
    Subject("trunks", Trunks, _make_trunks),
    Subject("fixed_lines", FixedLines, lambda s: make_fixed_lines(s.scenario, s.world)),
    Subject(
        "radio",
        Radio,
        lambda s: make_radio(s.scenario, s.world, s.coverage, 2 * N_CALLS),
        begin=lambda s: begin(s.state, s.scenario),
        records=radio_records,
    ),
    Subject(
        "movement",
        Movement,
        lambda s: make_movement(s.scenario, s.world),
        begin=lambda s: begin_movement(s.state),
        grown=give_places,
        records=movement_records,
    ),
    Subject("data", Data, lambda s: make_data(s.scenario, s.world), records=data_records),
    Subject("messages", Messages, lambda s: make_messages(s.scenario, s.world)),
    Subject(
        "registrations",
        Registrations,
        lambda s: make_registrations(s.scenario, s.world),
        begin=lambda s: begin_registrations(s.state, s.scenario, s.world, s.coverage),
        records=registration_records,
    ),
)
"""Every subject, in the order in which their rooms are made."""

LAYOUT = Layout(*(subject.room for subject in SUBJECTS))
"""The rooms of the network."""

has_room = make_room_check(LAYOUT)
