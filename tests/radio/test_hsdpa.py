"""What a flow gets over HSDPA: reference cases, the tables against their standard, and directions."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numba import njit

from sim.radio.hsdpa import (
    block_error_rate,
    cqi_tables,
    flow_rate_bps,
    least_snr_db,
    least_snrs_db,
    scheduling_gain,
)
from sim.scenario.hsdpa_categories import MAX_CQI, greatest_rate_bps
from tests.reference_cases import reference_cases

CASES = reference_cases("hsdpa")
TABLES = cqi_tables()
CATEGORIES = st.integers(1, 12)
SNRS_DB = st.floats(-40.0, 60.0)
TARGETS = st.floats(0.001, 0.9)
CHIPS_PER_INTERVAL_AND_CODE = 480  # symbols of spreading factor 16 in 2 ms


def pairs(prefix):
    ids = [i for i in CASES if i.startswith(prefix)]
    assert ids, f"no reference case begins with {prefix}"
    return pytest.mark.parametrize(
        ("given_", "expected"),
        [(CASES[i]["inputs"], CASES[i]["expected"]) for i in ids],
        ids=ids,
    )


def rate_bps(category, snr_db, n_codes=15, target=0.1, max_transmissions=4):
    least_db = least_snrs_db(target)
    return flow_rate_bps(*TABLES[:3], least_db, category, snr_db, n_codes, max_transmissions)


def awgn_cqi(snr_db: float) -> int:
    """
    Return the CQI of an SNR by the plain mapping of SEACORN, for comparison.

    References
    ----------
    Brouwer et al. (2004), the formula from memory.

    CQI, 0 up to -16 dB, 30 from 14 dB on, floor(SNR / 1.02 + 16.62) between.
    """
    if snr_db <= -16.0:
        return 0
    return MAX_CQI if snr_db >= 14.0 else math.floor(snr_db / 1.02 + 16.62)


def linear_gain(n: int) -> float:
    """
    Return the gain of serving the best of the moment where the rate is proportional to the SNR.

    References
    ----------
    Berggren and Jantti (2004).
    """
    return math.fsum(1.0 / k for k in range(1, n + 1))


def greatest_cqi(snr_db, target):
    """By the words of the rule: the greatest of 1 to 30 whose error rate is at most the target."""
    fitting = [c for c in range(1, MAX_CQI + 1) if block_error_rate(snr_db, c) <= target]
    return max(fitting, default=0)


@pairs("hsdpa_cqi_")
def test_blocks_and_codes_of_a_category(given_, expected):
    first, _, last = given_["category"].removeprefix("cat").partition("-")
    assert [row["cqi"] for row in expected["rows"]] == list(range(1, 31))
    interval_s = given_["tti_ms"] / 1000.0
    for category in range(int(first), int(last or first) + 1):
        for row in expected["rows"]:
            cqi, block_bit = row["cqi"], row["tbs"]
            assert TABLES.block_bit[category, cqi] == block_bit
            assert TABLES.n_codes[category, cqi] == row["codes"]
            assert block_bit / interval_s == row["kbps"] * 1000.0
            per_symbol = {"QPSK": 2, "16QAM": 4}[row["modulation"]]
            channel_bit = CHIPS_PER_INTERVAL_AND_CODE * per_symbol * row["codes"]
            assert (block_bit + 24) / channel_bit == pytest.approx(row["code_rate"], abs=5e-5)
            lowest = TABLES.lowest_cqi[category, cqi]
            assert block_bit == TABLES.block_bit[category, lowest]
            # What the phone asks to be sent with less power is what it could not use.
            assert cqi - lowest == -row["delta_dB"]
        greatest = max(row["kbps"] for row in expected["rows"])
        assert TABLES.most_bps[category] == greatest * 1000.0


def test_every_category_has_its_case():
    named = [CASES[i]["inputs"]["category"] for i in CASES if i.startswith("hsdpa_cqi_")]
    assert sorted(named) == ["1-6", "10", "11-12", "7-8", "9"]


def test_blocks_lie_on_the_grid_of_sizes():
    # 3GPP TS 25.321, annex A
    grid = {125 + 12 * k for k in range(40)}
    grid |= {math.floor(296 * (2085 / 2048) ** k) for k in range(40, 254)}
    used = {int(one) for one in TABLES.block_bit[1:, 1:].flat}
    assert used <= grid
    assert 17_300 not in grid  # CQI 26 of an early version, a slip


def test_a_phone_without_hsdpa_and_a_cqi_of_0_have_nothing():
    for table in TABLES[:3]:
        assert not table[0].any()
        assert not table[:, 0].any()
        assert table[1:, 1:].all()
    assert TABLES.distance[0] == TABLES.most_bps[0] == 0
    assert rate_bps(0, 40.0) == 0.0


def test_distance_of_blocks():
    # 3GPP TS 25.306, table 5.1a
    assert TABLES.distance.tolist() == [0, 3, 3, 2, 2, 1, 1, 1, 1, 1, 1, 2, 1]


def test_tables_are_monotone():
    for category in range(1, 13):
        for table in (TABLES.block_bit, TABLES.n_codes, TABLES.lowest_cqi):
            assert (np.diff(table[category]) >= 0).all()
        codes, blocks = TABLES.n_codes[category, 1:], TABLES.block_bit[category, 1:]
        # More codes carry more: the greatest CQI whose codes are free has the greatest block that fits.
        assert (blocks[1:][np.diff(codes) > 0] > blocks[:-1][np.diff(codes) > 0]).all()


@pairs("hsdpa_snr_to_cqi")
def test_plain_mapping(given_, expected):
    assert [awgn_cqi(snr_db) for snr_db in given_["snr_dB"]] == expected["cqi"]


@pytest.mark.parametrize("cqi", range(2, 30))
def test_plain_mapping_between_its_ends(cqi):
    begin_db = 1.02 * (cqi - 16.62)
    assert (awgn_cqi(begin_db - 1e-9), awgn_cqi(begin_db + 1e-9)) == (cqi - 1, cqi)


@pairs("hsdpa_eurane_bler_row1")
def test_block_error_rates_of_link_simulations(given_, expected):
    for cqi, snr_db in zip(given_["cqi"], expected["snr_dB"], strict=True):
        found_db = least_snr_db(cqi, given_["bler"])
        assert found_db == pytest.approx(snr_db, abs=1e-6)
        assert block_error_rate(found_db, cqi) == pytest.approx(given_["bler"], rel=1e-9)


def test_both_mappings_differ_by_one_at_most():
    for step in range(-2000, 2001):
        snr_db = step / 100.0
        assert abs(greatest_cqi(snr_db, 0.1) - awgn_cqi(snr_db)) <= 1


@given(cqi=st.integers(1, 30), bler=st.floats(1e-6, 0.999))
def test_error_rate_and_back(cqi, bler):
    assert block_error_rate(least_snr_db(cqi, bler), cqi) == pytest.approx(bler, rel=1e-8)


@given(cqi=st.integers(1, 30), snr_db=st.floats(-1000.0, 1000.0), more_db=st.floats(0.0, 10.0))
def test_error_rate_is_a_share_and_falls(cqi, snr_db, more_db):
    here, there = block_error_rate(snr_db, cqi), block_error_rate(snr_db + more_db, cqi)
    assert 0.0 <= there <= here * (1.0 + 1e-12) <= 1.0 + 1e-12


@given(target=TARGETS)
def test_least_ratios_rise(target):
    least_db = least_snrs_db(target)
    assert least_db[0] == -math.inf
    assert (np.diff(least_db) > 0.0).all()


@given(
    category=CATEGORIES,
    snr_db=SNRS_DB,
    n_codes=st.integers(0, 15),
    target=TARGETS,
    transmissions=st.integers(1, 8),
)
def test_rate_by_the_words_of_the_rule(category, snr_db, n_codes, target, transmissions):
    wanted = greatest_cqi(snr_db, target)
    near = [abs(snr_db - one) < 1e-9 for one in least_snrs_db(target)]
    if any(near):  # rounding decides
        return
    cqi = max(c for c in range(wanted + 1) if TABLES.n_codes[category, c] <= n_codes)
    block_bit = int(TABLES.block_bit[category, cqi])
    lowest = int(TABLES.block_bit[category].tolist().index(block_bit))
    expected = 0.0
    if cqi > 0:
        wrong = [
            block_error_rate(snr_db + 10.0 * math.log10(k), lowest)
            for k in range(1, transmissions + 1)
        ]
        sent = sum(math.prod(wrong[:k]) for k in range(transmissions))
        expected = block_bit / 0.002 * (1.0 - math.prod(wrong)) / sent
    found = rate_bps(category, snr_db, n_codes, target, transmissions)
    assert found == pytest.approx(expected, rel=1e-12)
    assert found <= TABLES.most_bps[category]


def test_a_rate_by_hand():
    # CQI 15 begins at -1.68 dB for 10 %; a second transmission has 3 dB more.
    snr_db = least_snr_db(15, 0.1)
    assert snr_db == pytest.approx((math.sqrt(3) - 1.1760913) / 2 * 0.6033471 - 1.85, abs=1e-6)
    twice = 10.0 ** -(2 * 3.0103 / (math.sqrt(3) - 1.1760913) + 0.6033471)
    second = (1.0 + 1.0 / twice) ** (-1 / 0.7)
    assert rate_bps(5, snr_db + 1e-9, max_transmissions=1) == pytest.approx(1_659_500 * 0.9)
    two = 1_659_500 * (1.0 - 0.1 * second) / 1.1
    assert rate_bps(5, snr_db + 1e-9, max_transmissions=2) == pytest.approx(two, rel=1e-6)


@given(category=CATEGORIES, snr_db=SNRS_DB, less_db=st.floats(0.0, 20.0), target=TARGETS)
def test_a_worse_ratio_gives_no_more(category, snr_db, less_db, target):
    assert greatest_cqi(snr_db - less_db, target) <= greatest_cqi(snr_db, target)
    near, far = (rate_bps(category, one, target=target) for one in (snr_db, snr_db - less_db))
    # Where a CQI begins blocks are wrong as often as is aimed at: so much of the rate may be lost, and no more.
    sent = sum(target**k for k in range(4))
    assert far <= near / ((1.0 - target**4) / sent) * (1.0 + 1e-12)


@given(category=CATEGORIES, cqi=st.integers(1, 30), shares=st.tuples(*[st.floats(0, 1)] * 2))
def test_a_worse_ratio_within_a_cqi_gives_no_more(category, cqi, shares):
    least_db = [*least_snrs_db(0.1), 60.0]
    low_db, high_db = (
        least_db[cqi] + 1e-9 + one * (least_db[cqi + 1] - least_db[cqi] - 2e-9)
        for one in sorted(shares)
    )
    assert rate_bps(category, low_db) <= rate_bps(category, high_db) * (1.0 + 1e-12)


@given(category=CATEGORIES, snr_db=SNRS_DB, target=st.floats(0.001, 0.1))
def test_fewer_codes_give_no_more(category, snr_db, target):
    rates = [rate_bps(category, snr_db, n, target) for n in range(16)]
    assert rates[0] == 0.0
    assert all(fewer <= more * (1.0 + 1e-12) for fewer, more in pairwise(rates))


@given(category=CATEGORIES, snr_db=SNRS_DB, target=TARGETS)
def test_more_transmissions_give_no_less(category, snr_db, target):
    rates = [rate_bps(category, snr_db, 15, target, n) for n in range(1, 9)]
    assert all(fewer <= more * (1.0 + 1e-12) for fewer, more in pairwise(rates))


@given(category=CATEGORIES, n_codes=st.integers(0, 15))
def test_greatest_rate_is_that_of_a_perfect_channel(category, n_codes):
    alone_bps = rate_bps(category, 60.0, n_codes)
    found_bps = greatest_rate_bps(category, n_codes)
    assert found_bps * TABLES.distance[category] == pytest.approx(alone_bps, rel=1e-9)


@pairs("pf_gain_linear_")
def test_gain_of_linear_rates(given_, expected):
    assert linear_gain(given_["users"]) == pytest.approx(expected["gain_over_RR"], rel=1e-14)


@pairs("pf_gain_shannon_")
def test_gain_of_logarithmic_rates(given_, expected):
    gains = scheduling_gain(given_["users"], given_["mean_SNR_dB"])
    assert gains.shape == (given_["users"] + 1,)
    assert gains[-1] == pytest.approx(expected["gain"], rel=1e-10)
    assert expected["maxrel"] / expected["RR"] == pytest.approx(expected["gain"], rel=1e-12)


@pairs("hsdpa_kolding_pf_gain")
def test_gain_stays_below_the_ideal_one(given_, expected):
    # "Around 100 %" is ideal, and an upper bound at the ratio and the number of flows that are the defaults.
    assert CASES["hsdpa_kolding_pf_gain"]["tolerance"]["use"].startswith("upper bound")
    gain = scheduling_gain(32, 10.0)[-1]
    assert 1.0 < gain < 1.0 + expected["ideal_capacity_gain_pct"] / 100.0


@pytest.mark.parametrize("snr_db", [-20.0, 0.0, 10.0, 40.0])
def test_gain_rises_ever_more_slowly_and_stays_below_the_linear_one(snr_db):
    gains = scheduling_gain(40, snr_db)
    assert gains[0] == gains[1] == 1.0
    steps = np.diff(gains[1:])
    assert (steps > 0.0).all()
    assert (np.diff(steps) < 0.0).all()
    assert all(gains[n] < linear_gain(n) for n in range(2, 41))


def test_gain_at_a_small_ratio_is_linear_and_at_a_large_one_none():
    assert scheduling_gain(8, -40.0)[-1] == pytest.approx(linear_gain(8), rel=1e-3)
    assert scheduling_gain(8, 300.0)[-1] == pytest.approx(1.0, abs=0.05)


def test_gain_of_many_flows():
    gains = scheduling_gain(1000, 10.0)
    # log2(1 + s max) lies at the logarithm of the mean of the maximum, or below.
    assert gains[1000] * 2.9065148084148 <= math.log2(1.0 + 10.0 * linear_gain(1000))
    assert gains[1000] > gains[999]


@pytest.mark.parametrize("bad", [(0, 10.0), (3, math.nan), (3, math.inf)])
def test_no_flows_and_no_ratio_are_refused(bad):
    with pytest.raises(ValueError, match="must be 1 or more, finite"):
        scheduling_gain(*bad)


def test_compiled_and_plain_agree():
    @njit
    def compiled(snr_db):
        return block_error_rate(snr_db, 7), least_snr_db(7, 0.1)

    for snr_db in (-12.0, -9.9, 0.0, 200.0):
        assert compiled(snr_db) == compiled.py_func(snr_db)
        plain = block_error_rate.py_func(snr_db, 7), least_snr_db.py_func(7, 0.1)
        assert compiled(snr_db) == pytest.approx(plain, rel=1e-13)
