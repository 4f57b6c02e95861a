"""Hills in the way: knife edges, Bullington's construction, and delta-Bullington on the ITU's own profiles."""

import math
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim.radio.diffraction import (
    bullington_db,
    bullington_edge,
    delta_bullington_db,
    knife_edge_db,
    smooth_heights_m,
    spherical_earth_db,
    wavelength_m,
)
from sim.validation.cases import REFERENCE, Case, reference_folder
from sim.validation.found import Found
from sim.validation.length import Length
from sim.validation.verdict import Comparison, NotRun, by_formula

Floats = NDArray[np.float64]
KnifeEdge = Callable[[float], float]


def compare(
    cases: Sequence[Case],
    length: Length,  # noqa: ARG001
    knife_edge: KnifeEdge = knife_edge_db,
) -> Iterator[Found]:
    """Compare diffraction."""
    folder = reference_folder()
    for case in cases:
        if "profile" in case.inputs:
            if folder is None or not (folder / case.inputs["profile"]).is_file():
                yield case.id, NotRun(f"needs {case.inputs['profile']} of the ITU: set {REFERENCE}")
                continue
            found = _over_profile(case, folder)
        elif "nu" in case.inputs:
            found = _knife_edges(case, knife_edge)
        elif "points_m" in case.inputs:
            found = _several_edges(case, knife_edge)
        else:
            found = _one_edge(case, knife_edge)
        for one in found:
            yield case.id, one


def _knife_edges(case: Case, knife_edge: KnifeEdge) -> Iterator[Comparison]:
    for nu, known_db in zip(case.inputs["nu"], case.expected["J_P526"], strict=True):
        yield by_formula(f"J({nu}) [dB]", known_db, knife_edge(nu), absolute=1e-9)


def _one_edge(case: Case, knife_edge: KnifeEdge) -> Iterator[Comparison]:
    given, known = case.inputs, case.expected
    distance_km = np.array([0.0, given["d1"], given["d1"] + given["d2"]]) / 1000.0
    if "wavelength_m" in given:
        heights_m, ends_m, wavelength = 100.0 + given["h"], (100.0, 100.0), given["wavelength_m"]
    else:
        heights_m, ends_m = given["obstacle"], (float(given["ht"]), float(given["hr"]))
        wavelength = 3e8 / (1e6 * given["f_MHz"])  # as the book takes it
    profile_m = np.array([0.0, heights_m, 0.0])
    nu = bullington_edge(distance_km, profile_m, *ends_m, wavelength, math.inf)
    known_nu = known.get("nu", known.get("nu_exact_geometry"))
    yield by_formula("nu", known_nu, nu, absolute=1e-9)
    yield by_formula("loss [dB]", known["J_P526"], knife_edge(nu), absolute=1e-9)


def _several_edges(case: Case, knife_edge: KnifeEdge) -> Iterator[Comparison]:
    distance_m, height_m = np.array(case.inputs["points_m"], float).T.copy()
    ends_m = height_m[0], height_m[-1]
    wavelength = wavelength_m(case.inputs["f_MHz"])
    nu = bullington_edge(distance_m / 1000.0, height_m, *ends_m, wavelength, math.inf)
    known_db = case.expected["bullington_J"]
    yield by_formula("Bullington's edge [dB]", known_db, knife_edge(nu), absolute=1e-6)


def read_profile(path: Path) -> tuple[Floats, Floats, Floats]:
    """Return a profile of the ITU."""
    lines = path.read_text("utf-8").splitlines()
    if "{Begin of Profile}" in lines:
        first, last = lines.index("{Begin of Profile}") + 2, lines.index("{End of Profile}")
        rows = np.array([[float(v) for v in line.split(",")[:4]] for line in lines[first:last]])
        distance_km, height_m, _, cover_m = rows.T.copy()
        cover_m[0] = cover_m[-1] = 0.0
        return distance_km, height_m, height_m + cover_m
    distance_km, height_m = np.loadtxt(lines[1:], delimiter=",").T.copy()
    return distance_km, height_m, height_m


def _over_profile(case: Case, folder: Path) -> Iterator[Comparison]:
    """Compare a profile of the ITU, whose sheet takes 3e8 m/s for light: that moves Bullington's part by 0.003 dB."""
    given, known = case.inputs, case.expected
    distance_km, height_m, surface_m = read_profile(folder / given["profile"])
    ends_m = height_m[0] + given["htg_m"], height_m[-1] + given["hrg_m"]
    mhz = given["f_MHz"] if "f_MHz" in given else 1000.0 * given["f_GHz"]
    link = (float(mhz), float(given["ae_km"]))
    smooth_m = smooth_heights_m(distance_km, height_m, *ends_m)
    above_m = ends_m[0] - smooth_m[0], ends_m[1] - smooth_m[1]
    flat = np.zeros(len(height_m))
    names = (
        ("L_bullington_dB", "Lbulla", "Bullington [dB]"),
        ("L_bullington_smooth_dB", "Lbulls", "Bullington, smooth [dB]"),
        ("L_spherical_dB", "Ldsph", "spherical earth [dB]"),
        ("L_delta_bullington_dB", "Ld50", "delta-Bullington [dB]"),
    )
    found_db = (
        bullington_db(distance_km, surface_m, *ends_m, *link),
        bullington_db(distance_km, flat, *above_m, *link),
        spherical_earth_db(distance_km[-1], *above_m, *link, 0.0, vertical=False),
        delta_bullington_db(distance_km, height_m, surface_m, *ends_m, *link, 0.0, vertical=False),
    )
    for (name, other, said), loss_db in zip(names, found_db, strict=True):
        if (known_db := known.get(name, known.get(other))) is not None:
            allowed = case.tolerance["abs_dB"]
            yield by_formula(said, known_db, float(loss_db), absolute=allowed)
