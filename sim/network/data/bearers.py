"""Release 99 bearers: a flow holds one for as long as its size takes, unless its phone is shed."""

from sim.compilation.kernels import entry, kernel
from sim.engine.pools import give_place
from sim.engine.wheel import schedule, wheel_of
from sim.network.clockwork import clockwork_of
from sim.network.data.flows import complete, lose
from sim.network.data.state import data_of
from sim.network.data.uses import page_address
from sim.network.kinds import Kind, Owner
from sim.network.movement.journeys import set_out
from sim.network.movement.state import OF_A_FLOW
from sim.network.radio.phones import admit_bearer, disconnect, own
from sim.network.radio.state import radio_of
from sim.tables import FlowOutcome, Refusal

ADMITTED = -1
"""In place of the outcome of a flow that is refused."""

_BEARER_END = int(Kind.BEARER_END)
_OWNER = int(Owner.BEARER)
_NO_COVERAGE = int(Refusal.NO_COVERAGE)

_OUTCOME_OF_REFUSED = tuple(
    int(FlowOutcome.__members__.get(f"REFUSED_{cause.name}", FlowOutcome.REFUSED_NO_COVERAGE))
    for cause in Refusal
)
"""What becomes of a flow that is refused for each cause."""

_OUTCOME_OF_SHED = tuple(
    int(FlowOutcome.__members__.get(f"CUT_{cause.name}", FlowOutcome.CUT_NO_COVERAGE))
    for cause in Refusal
)
"""What becomes of a flow whose phone is shed for each cause: for lack of cover, of power, or of its station."""


@kernel
def begin_on_bearer(state: int, time_s: float, flow: int) -> int:
    """Begin a flow on the first bearer that is admitted; return ADMITTED, or its outcome."""
    data = data_of(state)
    rules, record, one = data.rules[0], data.flow_row[flow], data.flows[flow]
    first = rules.n_down if record.is_up else 0
    last = first + (rules.n_up if record.is_up else rules.n_down)
    phone, bearer = -1 - _NO_COVERAGE, first
    while phone < 0 and bearer < last:
        service = rules.first_bearer + bearer
        phone = admit_bearer(state, time_s, record.cell_idx, one.place, service)
        bearer += 1
    if phone < 0:
        return _OUTCOME_OF_REFUSED[-1 - phone]
    taken = data.bearers[bearer - 1]
    record.bearer_idx = bearer
    one.rate_bps = taken.up_bps if record.is_up else taken.down_bps
    one.phone = phone
    address = page_address(record.index, record.page)
    own(state, phone, _OWNER, flow, record.entity, address, 0, True)
    set_out(state, time_s, phone, one.line, OF_A_FLOW)
    clockwork_of(state).cursor[0].n_open += 1
    end_s = time_s + record.size_bit / one.rate_bps
    schedule(wheel_of(state), end_s, _BEARER_END, record.entity, address, flow)
    return ADMITTED


@kernel
def _release(state: int, time_s: float, flow: int) -> None:
    """Release the bearer of a flow, and count what it carried."""
    data, window_s = data_of(state), clockwork_of(state).rules[0].window_s
    record, one = data.flow_row[flow], data.flows[flow]
    disconnect(state, time_s, one.phone)
    one.phone = -1
    here, rate_bps = data.cells[record.cell_idx], one.rate_bps
    measured_s = max(0.0, min(time_s, window_s) - max(record.time_s, 0.0))
    here.bearer_s += measured_s
    here.bearer_bit += rate_bps * measured_s
    here.run_bit += rate_bps * (time_s - record.time_s)
    record.carried_bit = min(record.size_bit, rate_bps * (time_s - record.time_s))


@entry
def on_bearer_end(state: int, time_s: float, payload: int, address: int) -> None:  # noqa: ARG001
    """End a flow on a bearer; of one that was shed only the place is still held."""
    data, flow = data_of(state), payload
    clockwork_of(state).cursor[0].n_open -= 1
    if data.flows[flow].phone >= 0:
        _release(state, time_s, flow)
        complete(state, time_s, flow)
    else:
        give_place(data.free, flow)


@entry
def on_shed(state: int, time_s: float, payload: int, address: int) -> None:
    """Cut the flow whose phone, the payload, is shed for a cause, the address; an event of it stays in the wheel."""
    flow = radio_of(state).phones[payload].owner
    _release(state, time_s, flow)
    lose(state, flow, time_s, _OUTCOME_OF_SHED[address])
