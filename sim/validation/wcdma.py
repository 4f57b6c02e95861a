"""Load equations and link budgets: what phones add to a cell, noise rise, noise, ranges, leakage."""

import math
from collections.abc import Callable, Iterator, Sequence

from sim.radio.pathloss import cost231_hata_medium_city_db
from sim.radio.wcdma import acir_db, downlink_share, noise_floor_dbm, uplink_load
from sim.units import CHIP_RATE_HZ, db_to_linear
from sim.validation.cases import Case
from sim.validation.cells import of_cells, omni, replicate, theory_scenario
from sim.validation.found import Found, with_prefix
from sim.validation.length import Length
from sim.validation.verdict import Comparison, by_formula

Load = Callable[[float, float, float, float], float]
"""Load of a phone in its own cell, of Eb/N0, bit rate, activity and chip rate."""

RATE_BPS = 1e6
"""Bit rate of the call whose noise rise is looked at; its Eb/N0 makes up the load of a case. [bit/s]"""

LINK = (1950.0, 30.0, 1.5)
"""Frequency [MHz] and heights of antenna and phone [m] of the published ranges."""


def compare(cases: Sequence[Case], length: Length, load: Load = uplink_load) -> Iterator[Found]:
    """
    Compare load equations and link budgets.

    `load` is the load of a phone; another shows what a wrong one gives.
    """
    by_prefix: dict[str, Callable[[Case], Iterator[Comparison]]] = {
        "ul_pole": lambda case: _approximate_pole(case, load),
        "ul_load_SmithCollins_voice": lambda case: _smith_collins_voice(case, load),
        "ul_load_SmithCollins_data": lambda case: _smith_collins_data(case, load),
        "ul_load_R": lambda case: _uplink(case, load),
        "dl_load": _downlink,
        "dl_power": _downlink_power,
        "noise_floor": _noise_floor,
        "acir": _acir,
        "linkbudget_pub": _link_budget,
        "linkbudget_HT": _range,
    }
    yield from _noise_rise(with_prefix(cases, "noise_rise"), length)
    for prefix, judge in by_prefix.items():
        for case in with_prefix(cases, prefix):
            for one in judge(case):
                yield case.id, one


def _service(case: Case) -> tuple[float, float, float, float]:
    """Return Eb/N0, bit rate, activity and chip rate of a case."""
    given = case.inputs
    chip_rate = given.get("W", CHIP_RATE_HZ)
    return db_to_linear(given["EbN0_dB"]), given["R"], given["v"], chip_rate


def _without_own(load: float) -> float:
    """Return the load of a phone as it is without its own power in the interference that it meets."""
    return load / (1.0 - load)


def _approximate_pole(case: Case, load: Load) -> Iterator[Comparison]:
    given, known = case.inputs, case.expected
    pole = 1.0 / (_without_own(load(*_service(case))) * (1.0 + given["i"]))
    yield by_formula("phones at the pole", known["exact"], pole, relative=1e-9)
    yield by_formula("the same, whole", known["N_pole"], math.floor(pole))
    if "N_at_75pct" in known:
        yield by_formula("at 75 %, whole", known["N_at_75pct"], math.floor(given["load"] * pole))


def _smith_collins_voice(case: Case, load: Load) -> Iterator[Comparison]:
    known = case.expected
    each = (1.0 + case.inputs["i"]) * load(*_service(case))
    yield by_formula("load of a phone", known["exact_load_per_user"], each, relative=1e-9)
    allowed = case.tolerance["abs_load"]
    yield by_formula("the same, as printed", known["load_per_user"], each, absolute=allowed)
    yield by_formula("phones at 50 %", known["exact_users_50"], 0.5 / each, relative=1e-9)
    yield by_formula("phones at 60 %", known["exact_users_60"], 0.6 / each, relative=1e-9)


def _smith_collins_data(case: Case, load: Load) -> Iterator[Comparison]:
    """Compare what a cell carries, which does not depend on the rate of each, without its own power."""
    given, known, allowed = case.inputs, case.expected, case.tolerance["abs_kbps"]
    bit_rate = 1e4
    own = load(db_to_linear(given["EbN0_dB"]), bit_rate, given["v"], given["W"])
    pole_kbps = bit_rate / 1e3 / (_without_own(own) * (1.0 + given["i"]))
    for share, name in ((0.5, "exact_50"), (0.6, "exact_60"), (0.6, "kbps_at_60pct")):
        said = f"carried at {100.0 * share:g} % [kbit/s]"
        yield by_formula(said, known[name], share * pole_kbps, absolute=allowed)


def _uplink(case: Case, load: Load) -> Iterator[Comparison]:
    given, known = case.inputs, case.expected
    own = load(*_service(case))
    pole = 1.0 / ((1.0 + given["i"]) * own)
    yield by_formula("load of a phone", known["load_per_user_own"], own, relative=1e-9)
    yield by_formula("phones at the pole", known["users_pole"], pole, relative=1e-9)
    for percent in (50, 60, 75):
        known_n, found_n = known[f"users_{percent}"], percent / 100.0 * pole
        yield by_formula(f"phones at {percent} %", known_n, found_n, relative=1e-9)
    kbps = 0.75 * pole * given["R"] * given["v"] / 1e3
    said = "carried at 75 % [kbit/s]"
    yield by_formula(said, known["throughput_kbps_75"], kbps, relative=1e-9)


def _downlink(case: Case) -> Iterator[Comparison]:
    given, known = case.inputs, case.expected
    each = downlink_share(*_service(case)) * ((1.0 - given["alpha"]) + given["i"])
    yield by_formula("load of a phone", known["load_per_user"], each, relative=1e-9)
    yield by_formula("phones at the pole", known["users_pole"], 1.0 / each, relative=1e-9)
    yield by_formula("phones at 75 %", known["users_75"], 0.75 / each, relative=1e-9)


def _downlink_power(case: Case) -> Iterator[Comparison]:
    given, known = case.inputs, case.expected
    share, n = downlink_share(*_service(case)), given["users"]
    load = n * share * ((1.0 - given["alpha"]) + given["i"])
    noise_w = db_to_linear(given["ue_noise_dBm"] - 30.0)
    over_noise_w = n * share * noise_w * db_to_linear(given["path_loss_dB"])
    power_w = (given["common_channel_W"] + over_noise_w) / (1.0 - load)
    yield by_formula("load", known["eta_DL"], load, relative=1e-9)
    yield by_formula("power [W]", known["P_total_W"], power_w, absolute=1e-6)


def _noise_floor(case: Case) -> Iterator[Comparison]:
    given = case.inputs
    for side, figure_db in (("BS", given["NF_BS_dB"]), ("UE", given["NF_UE_dB"])):
        found_dbm = noise_floor_dbm(figure_db, bandwidth_hz=given["W"])
        known_dbm, allowed = case.expected[f"{side}_dBm"], case.tolerance["abs"]
        yield by_formula(f"noise of a {side} [dBm]", known_dbm, found_dbm, absolute=allowed)


def _acir(case: Case) -> Iterator[Comparison]:
    given, known, allowed = case.inputs, case.expected, case.tolerance["abs"]
    up_db = acir_db(given["UE_ACLR1"], given["BS_ACS"])
    down_db = acir_db(given["BS_ACLR1"], given["UE_ACS"])
    yield by_formula("uplink [dB]", known["ACIR_UL"], up_db, absolute=allowed)
    yield by_formula("downlink [dB]", known["ACIR_DL"], down_db, absolute=allowed)


def _range_km(loss_db: float) -> float:
    """Return the distance at which COST-231 Hata in a medium city reaches a loss."""
    from scipy.optimize import brentq

    def beyond(distance_km: float) -> float:
        return cost231_hata_medium_city_db(distance_km, *LINK) - loss_db

    return float(brentq(beyond, 0.05, 100.0))


def _link_budget(case: Case) -> Iterator[Comparison]:
    """Compare the budget line by line; its printed sensitivity misses that of the lines beside it by 10 dB."""
    given, known = case.inputs, case.expected
    allowed = case.tolerance["abs_dB"]
    noise_dbm = noise_floor_dbm(0.0, given["bts_noise_density_dBm_Hz"])
    present_dbm = noise_dbm + given["interference_margin_dB"]
    gain_db = 10.0 * math.log10(CHIP_RATE_HZ / 12_200.0)
    needed_dbm = present_dbm + given["EbN0_dB"] - gain_db
    radiated_dbm = given["ms_dBm"] - given["body_minus_gain_dB"]
    most_db = (
        radiated_dbm
        - needed_dbm
        + given["bts_gain_dBi"]
        - given["cable_dB"]
        - given["fast_fading_dB"]
    )
    edge_db = most_db - given["lognormal_dB"] - given["indoor_dB"] + given["sho_gain_dB"]
    yield by_formula("noise [dBm]", known["rx_noise_dBm"], noise_dbm, absolute=allowed)
    said = "noise and interference [dBm]"
    yield by_formula(said, known["noise_plus_interf_dBm"], present_dbm, absolute=allowed)
    yield by_formula("gain [dB]", given["processing_gain_dB"], gain_db, absolute=allowed)
    yield by_formula("greatest loss [dB]", known["max_path_loss_dB"], most_db, absolute=allowed)
    yield by_formula("at the edge [dB]", known["cell_edge_loss_dB"], edge_db, absolute=allowed)
    range_km, allowed_km = _range_km(edge_db), case.tolerance["abs_km"]
    yield by_formula("range [km]", known["range_km"], range_km, absolute=allowed_km)


def _range(case: Case) -> Iterator[Comparison]:
    """Compare the range in a suburb, 8 dB below a medium city; its short form rounds constants to 0.1 dB."""
    range_km = _range_km(case.inputs["max_allowed_loss_dB"] + 8.0)
    known_km, allowed_km = case.expected["computed_range_km"], case.tolerance["abs_km"]
    yield by_formula("range [km]", known_km, range_km, absolute=allowed_km)


def _noise_rise(cases: Sequence[Case], length: Length) -> Iterator[Found]:
    """Compare the noise rise of a cell with one call, whose load is that of the case, as a run solves its powers."""
    if not cases:
        return
    names = [f"c{k}" for k in range(len(cases))]
    services = [
        {
            "name": name,
            "rate_bps": RATE_BPS,
            "uplink_eb_n0_db": 10.0
            * math.log10(case.inputs["eta"] / (1.0 - case.inputs["eta"]) * CHIP_RATE_HZ / RATE_BPS),
            "downlink_eb_n0_db": -10.0,
        }
        for name, case in zip(names, cases, strict=True)
    ]
    sources = [{"name": name, "offered_erl": 2, "cells": [name], "service": name} for name in names]
    # Two calls of half a load each would be too many: whatever is admitted is one call.
    wcdma = {"services": services, "max_noise_rise_db": 15.0}
    radio = {"capacity": "wcdma", "path_loss": {"model": "disc", "radius_km": 5}, "wcdma": wcdma}
    networks = [omni(name, 0, [(name, 1)]) for name in names]
    scenario = theory_scenario(networks, {"sources": sources}, 1.0, radio=radio, seed=length.seed)
    runs = replicate(scenario, 1)
    most_db = of_cells(runs, "radio_cells", "noise_rise_max_db")[0]
    for k, case in enumerate(cases):
        known_db = case.expected["noise_rise_dB"]
        yield case.id, by_formula("noise rise [dB]", known_db, most_db[k], absolute=1e-9)
