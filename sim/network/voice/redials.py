"""
Where it is decided whether a call that failed is tried again, and when.

Who is in a call by then forgoes it: `on_redial` of `attempts.py`.
"""

from typing import Any

from sim.compilation.kernels import kernel
from sim.engine.wheel import schedule, wheel_of
from sim.network.clockwork import clockwork_of
from sim.network.kinds import Kind
from sim.network.voice.state import calls_of
from sim.streams import STREAM_REDIAL, exponential_quantile, uniform_pair
from sim.tables import FIXED_ENTITY, OF_FIXED_LINE, OF_SOURCE, Outcome
from sim.traffic.calls import REDIAL_SHIFT

_Record = Any
"""A row of ATTEMPTS in compiled code."""

_COMPLETED = int(Outcome.COMPLETED)
_NO_COVERAGE = int(Outcome.NO_COVERAGE)
_BARRED = int(Outcome.BARRED)
_REDIAL = int(Kind.REDIAL)
_REDIAL_OF_FIXED = int(Kind.REDIAL_OF_FIXED)


@kernel(inline=True)
def may_redial(outcome: int) -> bool:
    """Who sees no network does not dial again from the same square, nor does who may not call."""
    return outcome != _COMPLETED and outcome != _NO_COVERAGE and outcome != _BARRED


@kernel
def redial_later(state: int, time_s: float, record: _Record, row: int) -> None:
    """
    Let the caller of an attempt that has failed try again later, or not; row -1 is somebody at a fixed line.

    A Poisson source is nobody: its calls are independent of what became of others.
    """
    if record.is_source == OF_SOURCE:
        return
    run, rules = clockwork_of(state).rules[0], calls_of(state).rules[0]
    root, redial, entity = record.index, record.redial, record.entity
    if redial >= rules.max_redials or rules.redial_probability == 0.0:
        return
    address = root + (redial << REDIAL_SHIFT)
    u, v = uniform_pair(run.seed, run.replication, STREAM_REDIAL, entity, address)
    if u < rules.redial_probability:
        again_s = time_s + rules.redial_delay_mean_s * exponential_quantile(v)
        following = root + ((redial + 1) << REDIAL_SHIFT)
        if record.is_source == OF_FIXED_LINE:
            node = entity - FIXED_ENTITY
            schedule(wheel_of(state), again_s, _REDIAL_OF_FIXED, entity, following, node)
        else:
            schedule(wheel_of(state), again_s, _REDIAL, entity, following, row)
