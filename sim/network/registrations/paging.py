"""Which signalling channels are free, and how a phone is called in every cell of its location area."""

from sim.compilation.kernels import kernel
from sim.engine.pools import change
from sim.engine.wheel import schedule, wheel_of
from sim.network.clockwork import clockwork_of
from sim.network.kinds import Kind
from sim.network.registrations.state import registrations_of

_SIGNALLING_END = int(Kind.SIGNALLING_END)


@kernel
def has_channel(state: int, cell: int) -> bool:
    """Say whether a cell has a signalling channel free; where phones do not register, only messages ask for them."""
    registrations = registrations_of(state)
    if registrations.rules[0].is_on == 0:
        return True
    one, held = registrations.cells[cell], registrations.held
    n_busy = one.n_messages + held[cell].value + held[one.area].value
    return n_busy < registrations.rules[0].n_signalling


@kernel
def send_paging(state: int, time_s: float, cell: int, is_answered: bool) -> None:
    """Page a phone of a cell in every cell of its location area: paging has the first claim on the channels."""
    registrations, window_s = registrations_of(state), clockwork_of(state).rules[0].window_s
    if registrations.rules[0].is_on == 0:
        return
    area = registrations.cells[cell].area
    if 0.0 <= time_s < window_s:
        registrations.n_paged[area] += 1
        registrations.cells[cell].n_unanswered += not is_answered
    change(registrations.held[area], 1.0, time_s, window_s)
    number = registrations.n_sent[area]
    registrations.n_sent[area] = number + 1
    end_s = time_s + registrations.rules[0].paging_s
    schedule(wheel_of(state), end_s, _SIGNALLING_END, area, number, area)
