"""Phones that hold something of the radio: a channel of a cell, or what soft capacity admits."""

from sim.compilation.kernels import call_handler, entry, kernel
from sim.engine.pools import give_place, take_place
from sim.engine.wheel import schedule, wheel_of
from sim.network.clockwork import clockwork_of, next_number
from sim.network.kinds import Kind, Notice
from sim.network.radio.admission import ADMITTED, admit, leave
from sim.network.radio.state import Radio, radio_of
from sim.network.servers import is_free, refuse, release, seize_channel, servers_of
from sim.tables import Refusal

_NO_COVERAGE = int(Refusal.NO_COVERAGE)
_CHANNEL = int(Refusal.CHANNEL)
_CHANNEL_FREE = int(Kind.CHANNEL_FREE)
_ON_ITS_WAY = int(Notice.DISCONNECTED_ON_ITS_WAY)


@entry
def connect(state: int, time_s: float, direction: int, cell: int, place: int, service: int) -> int:
    """Connect a phone of a call, whose first-ranked cell is known; return it, or `-1 - refusal`.

    `direction` is ORIGINATING or TERMINATING. The phone is to be told whose it is (`own`).
    """
    radio, servers = radio_of(state), servers_of(state)
    window_s = clockwork_of(state).rules[0].window_s
    if servers.groups[cell].is_off or (radio.rules[0].is_soft and place < 0):
        return -1 - _NO_COVERAGE
    phone = _take(radio, cell, place, service)
    refusal = _CHANNEL
    if radio.rules[0].is_soft:
        is_measured = 0.0 <= time_s < window_s
        if is_free(servers, cell):
            refusal = admit(state, time_s, phone, place, service, is_measured)
        if refusal != ADMITTED:
            if is_measured:
                radio.refusals[cell, refusal] += 1
            if refusal != _NO_COVERAGE:
                refuse(servers, cell, direction, time_s, window_s)
            return _give_up(radio, phone, refusal)
    if not seize_channel(servers, cell, direction, time_s, window_s):
        return _give_up(radio, phone, _CHANNEL)
    radio.phones[phone].has_channel = 1
    return phone


@entry
def admit_bearer(state: int, time_s: float, cell: int, place: int, service: int) -> int:
    """Connect a phone of a flow with soft capacity: it takes no channel, and is counted nowhere; see `connect`."""
    radio = radio_of(state)
    if servers_of(state).groups[cell].is_off or place < 0:
        return -1 - _NO_COVERAGE
    phone = _take(radio, cell, place, service)
    refusal = admit(state, time_s, phone, place, service, False)
    return phone if refusal == ADMITTED else _give_up(radio, phone, refusal)


@entry
def disconnect(state: int, time_s: float, phone: int) -> None:
    """Let a phone release what it holds, and be free; nothing happens when it is negative."""
    if phone < 0:
        return
    radio = radio_of(state)
    row = radio.phones[phone]
    if row.mover >= 0:
        call_handler(clockwork_of(state).on_notice[_ON_ITS_WAY], state, time_s, phone, 0)
        row.mover = -1
    if row.has_channel:
        release_channel(state, time_s, row.cell)
    if radio.rules[0].is_soft:
        leave(state, time_s, phone)
    _give(radio, phone)


@kernel
def release_channel(state: int, time_s: float, cell: int) -> None:
    """Release a channel of a cell, and tell who waits for one."""
    servers = servers_of(state)
    release(servers, cell, time_s, clockwork_of(state).rules[0].window_s)
    if servers.groups[cell].is_awaited:
        tell_of_channel(state, time_s, cell)


@kernel
def tell_of_channel(state: int, time_s: float, cell: int) -> None:
    """Let those who wait for a channel be told that there is one, unless they are to be told already."""
    group = servers_of(state).groups[cell]
    if group.is_awaited == 1:
        group.is_awaited = 2
        schedule(wheel_of(state), time_s, _CHANNEL_FREE, 0, next_number(state), cell)


@kernel
def _take(radio: Radio, cell: int, place: int, service: int) -> int:
    """Take a phone that belongs to nobody yet and holds nothing."""
    phone = take_place(radio.free)
    row = radio.phones[phone]
    row.cell, row.place, row.service = cell, place, service
    row.n_legs, row.has_channel, row.may_be_shed = 0, 0, 0
    row.owner, row.mover = -1, -1
    return phone


@kernel
def _give(radio: Radio, phone: int) -> None:
    """Let a phone that holds nothing be free."""
    row = radio.phones[phone]
    row.cell, row.owner, row.has_channel, row.may_be_shed = -1, -1, 0, 0
    give_place(radio.free, phone)


@kernel
def _give_up(radio: Radio, phone: int, refusal: int) -> int:
    """Let a phone be free that was refused, and return what stands in its place."""
    _give(radio, phone)
    return -1 - refusal


@kernel
def own(
    state: int,
    phone: int,
    owner_kind: int,
    owner: int,
    entity: int,
    address: int,
    side: int,
    may_be_shed: bool,
) -> None:
    """Say whose a phone is, and by which entity, address and side phones that are alike are shed first."""
    row = radio_of(state).phones[phone]
    row.owner_kind, row.owner = owner_kind, owner
    row.entity, row.address, row.side = entity, address, side
    row.may_be_shed = 1 if may_be_shed else 0


@kernel
def place_of(state: int, row: int) -> int:
    """Return the place of a line for the radio; -1 where cells have channels, or for no line."""
    radio = radio_of(state)
    if radio.rules[0].is_soft == 0 or row < 0:
        return -1
    return radio.place_of_line[row]


@kernel
def source_place(state: int, cell: int, u: float) -> int:
    """Return where a draw puts the phone of a Poisson source: all squares where its cell is the first are alike."""
    if radio_of(state).rules[0].is_soft == 0:
        return -1
    first, places = radio_of(state).source_first, radio_of(state).source_places
    n = first[cell + 1] - first[cell]
    if n == 0:  # the cell is off the air
        return -1
    return places[first[cell] + min(n - 1, int(u * n))]
