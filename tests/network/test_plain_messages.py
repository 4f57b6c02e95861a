"""The oracle of sizes, pages and short messages, against their laws; the product has no part in it."""

import math

import numpy as np
import pytest

from sim.scenario.traffic_section import Size
from sim.tables.outcomes import MESSAGE_OUTCOMES, MessageOutcome
from tests.oracle.data_scenarios import LETTERS, LETTERS_AND_CHANNELS
from tests.oracle.messages import PlainMessages
from tests.oracle.scenarios import world_of
from tests.oracle.sessions import n_pages
from tests.oracle.sizes import size_bit
from tests.oracle.voice import Oracle

LAWS = [
    {"law": "exponential"},
    {"law": "hyperexponential", "cv": 3.0},
    {"law": "lognormal", "cv": 2.0, "max_bit": 4e6},
    {"law": "lognormal", "cv": 1.0, "max_bit": 1e6},
    {"law": "truncated_pareto", "shape": 1.2},
    {"law": "truncated_pareto", "shape": 1.0, "max_bit": 3e7},
]


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law["law"])
def test_sizes_have_the_mean_and_the_variation_of_their_law(law):
    size = Size(mean_bit=5e5, **law)
    # Over the middle of equal parts of [0, 1], finer towards 1, where the large ones are.
    v = (np.arange(10_000) + 0.5) / 10_000
    u, weight = 1.0 - (1.0 - v) ** 3, 3.0 * (1.0 - v) ** 2
    sizes = np.array([size_bit(size, one) for one in u])
    assert (np.diff(sizes) > 0.0).all()
    assert (sizes * weight).mean() == pytest.approx(5e5, rel=1e-4)
    if "max_bit" in law:
        assert size_bit(size, 1.0 - 1e-15) == pytest.approx(law["max_bit"], rel=1e-2)
    if law["law"] == "hyperexponential":
        assert (sizes**2 * weight).mean() == pytest.approx(10.0 * 5e5**2, rel=1e-3)


def test_pages_are_geometric():
    draws = (np.arange(100_000) + 0.5) / 100_000
    pages = np.array([n_pages(4.0, v) for v in draws])
    for n in range(1, 8):
        assert (pages == n).mean() == pytest.approx(0.25 * 0.75 ** (n - 1), abs=2e-5)
    assert n_pages(1.0, 0.999) == 1
    assert n_pages(1000.0, 1.0 - 2.0**-53) == 32_767


def test_messages_take_the_times_of_the_rules():
    oracle = Oracle(LETTERS_AND_CHANNELS, *world_of(LETTERS_AND_CHANNELS), 0)
    oracle.run()
    validity_s = 3600.0 * LETTERS["validity_h"]
    seen = set()
    for one in oracle.messages.ended:
        seen.add(MESSAGE_OUTCOMES[one.outcome])
        is_submitted = one.outcome in (MessageOutcome.DELIVERED, MessageOutcome.EXPIRED)
        assert math.isnan(one.submitted_s) != is_submitted
        last_s = one.time_s + max(0, one.n_submits - 1) * 10.0
        if is_submitted:
            assert one.submitted_s == pytest.approx(last_s + 4.0, abs=1e-9)
            assert 1 <= one.n_tries <= 1 + validity_s // 60.0
            tried_s = one.submitted_s + (one.n_tries - 1) * 60.0
            assert tried_s <= one.time_s + validity_s
            is_delivered = one.outcome == MessageOutcome.DELIVERED
            end_s = tried_s + 4.0 if is_delivered else one.time_s + validity_s
            assert one.end_s == pytest.approx(end_s, abs=1e-9)
        else:
            assert one.end_s == pytest.approx(last_s, abs=1e-9)
            assert one.n_tries == 0
    assert seen == set(MESSAGE_OUTCOMES)
    assert [one.end_s for one in oracle.messages.ended] == sorted(
        one.end_s for one in oracle.messages.ended
    )
    assert max(one.n_submits for one in oracle.messages.ended) == 3


def test_networks_of_receivers_have_their_shares():
    one = LETTERS_AND_CHANNELS
    messages = PlainMessages(Oracle(one, *world_of(one), 0))
    draws = (np.arange(30_000) + 0.5) / 30_000
    found = [messages.destination_of(1, u) for u in draws]
    shares = np.bincount(found, minlength=3) / len(draws)
    np.testing.assert_allclose(shares, [0.6 * 200 / 201, 0.4, 0.6 / 201], atol=1e-4)
