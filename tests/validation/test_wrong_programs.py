"""The scorecard notices a wrong program: a channel, an operator or a circuit too many, a constant that is off."""

from dataclasses import replace

import pytest

from sim.radio.diffraction import knife_edge_db
from sim.radio.hsdpa import least_snr_db, scheduling_gain
from sim.radio.wcdma import uplink_load
from sim.stats.growth.fits import fit_curve
from sim.stats.mser import mser5
from sim.stats.theory import erlang_a, erlang_b
from sim.validation import (
    abandonment,
    delay,
    diffraction,
    flows,
    growth,
    handovers,
    hsdpa,
    loss,
    multiservice,
    other_cell,
    powers,
    propagation,
    retrial,
    shadowing,
    soft_handover,
    switchboard,
    time_varying,
    trunks,
    warmup,
    wcdma,
)
from sim.validation.cases import all_cases
from sim.validation.length import Length
from sim.validation.verdict import NotRun


def missed(compare, prefixes, way, **wrong):
    """Compare the cases whose ids begin so; of those with numbers of that way, the share that is missed."""
    cases = [case for case in all_cases().values() if case.id.startswith(prefixes)]
    assert cases
    compared, bad = set(), set()
    for case_id, one in compare(cases, Length(), **wrong):
        if not isinstance(one, NotRun) and one.way == way:
            compared.add(case_id)
            if not one.is_met:
                bad.add(case_id)
    assert compared
    return len(bad) / len(compared)


def off(function, factor=1.001):
    """A formula whose result is off."""
    return lambda *arguments: factor * function(*arguments)


def fit_of_one_more(curve, times, values, **how):
    """A fit that sees sales of a year that was not given."""
    return fit_curve(curve, [*times, 11], [*values, 4000], **how)


LOSSES = {name: off(formula) for name, formula in propagation.FORMULAS.items()}

FORMULAS = {
    "pools": (loss.compare, ("erlangB_inv", "erlangB_pub"), {"blocking": off(erlang_b)}),
    "recalls": (retrial.compare, ("extErlangB",), {"blocking": off(erlang_b)}),
    "path loss": (
        propagation.compare,
        ("fspl", "hata_", "cost231_", "tr25942_macro"),
        {"formulas": LOSSES},
    ),
    "diffraction": (
        diffraction.compare,
        ("knife_edge_J", "knife_edge_rappaport48", "multiedge"),
        {"knife_edge": off(knife_edge_db)},
    ),
    "shadowing": (shadowing.compare, ("areacov", "rappaport_4_9"), {"wrong": 0.01}),
    "loads": (wcdma.compare, ("ul_load", "ul_pole"), {"load": off(uplink_load)}),
    "geometry": (other_cell.compare, ("dl_geometry", "othercell_f_no"), {"steeper": -0.1}),
    "gains": (hsdpa.compare, ("pf_gain",), {"gain": off(scheduling_gain)}),
    "errors": (hsdpa.compare, ("hsdpa_eurane",), {"least": off(least_snr_db)}),
    "warm-up": (
        warmup.compare,
        ("mser5",),
        {"rule": lambda series: replace(mser5(series), n_batches=3)},
    ),
    "growth": (growth.compare, ("bass_fit",), {"rule": fit_of_one_more}),
}


@pytest.mark.parametrize("name", FORMULAS)
def test_a_wrong_formula_is_noticed(name):
    compare, prefixes, wrong = FORMULAS[name]
    assert missed(compare, prefixes, "formula") == 0.0
    assert missed(compare, prefixes, "formula", **wrong) == 1.0


def slow_desk(calls_per_s, service_s, patience_s, n_servers):
    return erlang_a(calls_per_s, 1.001 * service_s, patience_s, n_servers)


RUNS = {
    "channels": (loss.compare, ("erlangB_A1_", "erlangB_A4", "engset_S10"), {"n_more": 1}),
    "operators": (delay.compare, ("erlangC_A1_N2",), {"n_more": 1}),
    "operators of whom callers tire": (
        abandonment.compare,
        ("erlangA_closed",),
        {"n_more": 1, "theory": slow_desk},
    ),
    "circuits for callers who come back": (retrial.compare, ("retrial_mmc_l2",), {"n_more": 1}),
    "units of several services": (multiservice.compare, ("KR_pub",), {"n_less": 1}),
    "circuits that overflow": (trunks.compare, ("overflow_A5",), {"n_more": 1}),
    "circuits kept": (trunks.compare, ("guard_C5",), {"n_more": 1}),
    "cells between which phones go": (
        handovers.in_cells,
        ("multicell_exact_3x4_g1", "guard_C5", "handovers_gamma_k2"),
        {"n_more": 1},
    ),
    "links": (trunks.compare, ("lossnet_triangle",), {"n_more": 1}),
    "flows": (flows.compare, ("dps",), {"more_load": 1.3}),
    "hours": (time_varying.compare, ("mtginf_det_t0",), {"shift_h": 3.0}),
    "boards": (switchboard.compare, ("swbd_tableXIV",), {"slower": 3.0}),
    "other cells": (other_cell.compare, ("othercell_f_sigma8_Nc4",), {"steeper": -0.5}),
    "correlation": (shadowing.compare, ("shadow_site",), {"wrong": 0.1}),
}


@pytest.mark.parametrize("name", RUNS)
def test_a_wrong_program_is_noticed(name):
    compare, prefixes, wrong = RUNS[name]
    assert missed(compare, prefixes, "run", **wrong) == 1.0


SOLVED = {
    "powers": (powers.compare, ("ul_powercontrol_2cell",), {"more_db": 0.001}),
    "feasible powers": (powers.compare, ("ul_powercontrol_inf",), {"more_db": -10.0}),
    "soft handover": (soft_handover.compare, ("sho_geometry_n3.76_w3",), {"wider_db": 0.3}),
}
"""As FORMULAS; right ones take long, and are what the card looks at."""


@pytest.mark.parametrize("name", SOLVED)
def test_a_wrong_solution_is_noticed(name):
    compare, prefixes, wrong = SOLVED[name]
    assert missed(compare, prefixes, "formula", **wrong) == 1.0


def test_a_wrong_desk_is_noticed_by_its_formula():
    _, prefixes, wrong = RUNS["operators of whom callers tire"]
    cases = [case for case in all_cases().values() if case.id.startswith(prefixes)]
    found = [one for case in cases for one in abandonment.of_formula(case, wrong["theory"])]
    assert len(found) > 4
    assert sum(not one.is_met for one in found) >= len(found) - 1
