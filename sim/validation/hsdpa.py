"""What a phone gets over HSDPA: blocks by CQI, errors by signal, and the gain of serving the best of the moment."""

import math
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from sim.radio.hsdpa import CqiTables, cqi_tables, least_snr_db, least_snrs_db, scheduling_gain
from sim.validation.cases import Case
from sim.validation.found import Found
from sim.validation.length import Length
from sim.validation.verdict import Comparison, by_formula, by_range

CHIPS = 480
"""Symbols of spreading factor 16 in 2 ms."""

BITS = {"QPSK": 2, "16QAM": 4}
SMALL_SNR_DB = -60.0
"""Mean SNR at which log2(1 + SNR) is proportional to the SNR, as the closed form has it, within 1e-5."""

Gain = Callable[[int, float], NDArray[np.float64]]
LeastSnr = Callable[[int, float], float]


def compare(
    cases: Sequence[Case],
    length: Length,  # noqa: ARG001
    gain: Gain = scheduling_gain,
    least: LeastSnr = least_snr_db,
) -> Iterator[Found]:
    """Compare HSDPA."""
    by_prefix: dict[str, Callable[[Case], Iterator[Comparison]]] = {
        "hsdpa_cqi_": lambda case: _blocks(case, cqi_tables()),
        "hsdpa_snr_to_cqi": _plain_mapping,
        "hsdpa_eurane": lambda case: _least(case, least),
        "hsdpa_kolding": lambda case: _ideal(case, gain),
        "pf_gain_linear": lambda case: _linear(case, gain),
        "pf_gain_shannon": lambda case: _shannon(case, gain),
    }
    for case in cases:
        judge = next(one for prefix, one in by_prefix.items() if case.id.startswith(prefix))
        for one in judge(case):
            yield case.id, one


def _blocks(case: Case, tables: CqiTables) -> Iterator[Comparison]:
    first, _, last = case.inputs["category"].partition("-")
    rows = case.expected["rows"]
    cqi = np.array([row["cqi"] for row in rows])
    bits = np.array([row["tbs"] for row in rows])
    codes = np.array([row["codes"] for row in rows])
    symbols = CHIPS * codes * np.array([BITS[row["modulation"]] for row in rows])
    rate = np.array([row["code_rate"] for row in rows])
    delta_db = np.array([row["delta_dB"] for row in rows])
    for category in range(int(first), int(last or first) + 1):
        block_bit = tables.block_bit[category, cqi]
        lacking_db = tables.lowest_cqi[category, cqi] - cqi
        differ = {
            "blocks": block_bit != bits,
            "codes": tables.n_codes[category, cqi] != codes,
            "code rates": np.abs((block_bit + 24) / symbols - rate) > 5e-5,
            "power reductions": lacking_db != delta_db,
        }
        for name, wrong in differ.items():
            yield by_formula(f"category {category}: {name} that differ", 0, int(wrong.sum()))


def _plain_mapping(case: Case) -> Iterator[Comparison]:
    """Compare CQI: the program inverts the block error rate, and meets the plain mapping within one."""
    least_db = least_snrs_db(0.1)
    for snr_db, known in zip(case.inputs["snr_dB"], case.expected["cqi"], strict=True):
        found = int(np.flatnonzero(np.append(least_db, math.inf) <= snr_db).max())
        yield by_range(f"CQI at {snr_db} dB", known, found, known - 1, known + 1)


def _least(case: Case, least: LeastSnr) -> Iterator[Comparison]:
    for cqi, known_db in zip(case.inputs["cqi"], case.expected["snr_dB"], strict=True):
        found_db = least(cqi, case.inputs["bler"])
        allowed = case.tolerance["abs"]
        yield by_formula(f"SNR of CQI {cqi} [dB]", known_db, found_db, absolute=allowed)


def _ideal(case: Case, gain: Gain) -> Iterator[Comparison]:
    """Compare an upper bound, at the ratio and number of flows that are the defaults."""
    most = 1.0 + case.expected["ideal_capacity_gain_pct"] / 100.0
    yield by_range("gain of 32 flows at 10 dB, at most", most, float(gain(32, 10.0)[-1]), 1.0, most)


def _linear(case: Case, gain: Gain) -> Iterator[Comparison]:
    n, known = case.inputs["users"], case.expected["gain_over_RR"]
    yield by_formula(f"gain of {n} flows", known, float(gain(n, SMALL_SNR_DB)[n]), relative=1e-4)


def _shannon(case: Case, gain: Gain) -> Iterator[Comparison]:
    n, snr_db = case.inputs["users"], case.inputs["mean_SNR_dB"]
    known, found = case.expected["gain"], float(gain(n, snr_db)[n])
    yield by_formula(f"gain of {n} flows at {snr_db:g} dB", known, found, relative=1e-9)
