"""Rotas, and the laws of task times."""

from itertools import islice

import numpy as np
import pytest

from sim.streams import STREAM_OPERATOR_CLEAR
from sim.switching.draws import draws_of_extension, draws_of_key, task_address, task_stream
from sim.switching.plan import ExchangePlan, Rota, around_the_clock
from sim.switching.tasks import Law, Task, TaskTimes, exponential, fixed, lognormal

DAY_AND_NIGHT = Rota((1,) * 7 + (3,) * 11 + (2,) * 6, begin_hour=17.5)


def test_positions_by_hour():
    times_h = [0.0, 0.4999, 0.5, 6.4999, 6.5, 13.5, 24.0, -11.0]
    staffed = [DAY_AND_NIGHT.n_at(hour * 3600.0) for hour in times_h]
    assert staffed == [3, 3, 2, 2, 1, 3, 3, 1]


def test_changes_are_where_the_number_or_the_shift_changes():
    changes = list(islice(DAY_AND_NIGHT.changes(0.0), 5))
    assert changes == [
        (0.5 * 3600.0, 2, False), (6.5 * 3600.0, 1, True), (13.5 * 3600.0, 3, False),
        (14.5 * 3600.0, 3, True), (22.5 * 3600.0, 3, True),
    ]  # fmt: skip
    assert list(around_the_clock(4).changes(0.0)) == []


def test_rotas_that_cannot_be_are_refused():
    with pytest.raises(ValueError, match="must be 24 numbers"):
        Rota((1,) * 23)
    with pytest.raises(ValueError, match="shift_h = 5: must divide 24"):
        Rota((1,) * 24, shift_h=5)
    with pytest.raises(ValueError, match="the rota staffs 3"):
        ExchangePlan("a", DAY_AND_NIGHT, n_positions=2)


@pytest.mark.parametrize("law", [fixed(3.0), exponential(3.0), lognormal(3.0, 0.5)])
def test_laws_have_their_means(law):
    p = (np.arange(20_000) + 0.5) / 20_000
    times_s = np.array([law.time_s(float(one)) for one in p])
    assert times_s.mean() == pytest.approx(3.0, rel=1e-3)  # midpoints of 20,000 equal shares
    if law.kind == "lognormal":
        assert times_s.std() / times_s.mean() == pytest.approx(0.5, rel=0.01)


def test_laws_that_cannot_be_are_refused():
    with pytest.raises(ValueError, match="kind = 'normal'"):
        Law("normal", 1.0)
    with pytest.raises(ValueError, match="must be 0 or more"):
        fixed(-1.0)
    with pytest.raises(ValueError, match="more than 0 of a lognormal law"):
        lognormal(0.0, 1.0)
    with pytest.raises(ValueError, match=r"incoming: must have a law for Task\.ANSWER"):
        TaskTimes({Task.ANSWER: fixed(1.0)}, {})


def test_addresses_of_tasks_are_apart():
    found = {
        task_address(address, hop, repetition)
        for address in (0, 1, 2**56 - 1)
        for hop in range(16)
        for repetition in range(8)
    }
    assert len(found) == 3 * 16 * 8
    assert max(found) < 2**63
    assert task_stream(Task.CLEAR) == STREAM_OPERATOR_CLEAR


def test_draws_of_an_extension_are_its_own():
    asked = []

    def network_draw(name, entity, index):
        asked.append((name, entity, index))
        return 0.5

    assert draws_of_extension(network_draw, "desk")(70, 3, 4) == 0.5
    assert asked == [("desk.operator_70", 3, 4)]
    assert draws_of_key(1, 2)(70, 3, 4) == draws_of_key(1, 2)(70, 3, 4)
    assert draws_of_key(1, 2)(70, 3, 4) != draws_of_key(1, 3)(70, 3, 4)
