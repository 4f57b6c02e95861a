"""What other cells add to the interference of a cell, over hexagons: by the program's path loss, and its shadowing."""

import math
from collections.abc import Iterator, Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from sim.radio.pathloss import ROOFTOP_HEIGHT_M, tr25942_macro_db
from sim.radio.shadowing import make_lattice, shadow_field
from sim.streams import extension_stream, uniforms
from sim.validation.cases import Case
from sim.validation.found import ONLY_FULL, Found, with_prefix
from sim.validation.hexagons import (
    downlink_geometry_db,
    even_points,
    hexagonal_sites,
    in_hexagon,
    other_cell_ratios,
    shadowed_other_cell_ratios,
)
from sim.validation.length import Length
from sim.validation.verdict import Comparison, by_error, by_formula

Floats = NDArray[np.float64]

PLACE = extension_stream("validation.place")
LEAST_OVER_ROOFS_M = 1e-6
"""Height over the roofs at which TR 25.942 has 40 dB a decade; at 0 its formula has no value. [m]"""

GEOMETRY_EXPONENT = 3.76
"""Of the layout that the cases of geometry describe in words."""

N_DRAWS = {True: 60_000, False: 10_000}
N_FULL_ALONE = "othercell_f_sigma8_Nc1"
"""The case whose ratios spread so much that it needs the draws of a full card."""


def compare(cases: Sequence[Case], length: Length, steeper: float = 0.0) -> Iterator[Found]:
    """
    Compare ratios of other to own interference.

    `steeper` is added to the exponents, to show what a wrong program gives.
    """
    for case in with_prefix(cases, "othercell_f_noshadow"):
        for one in _without_shadowing(case, steeper):
            yield case.id, one
    for case in with_prefix(cases, "othercell_f_sigma"):
        if case.id == N_FULL_ALONE and not length.is_full:
            yield case.id, ONLY_FULL
            continue
        yield case.id, _with_shadowing(case, length, steeper)
    for case in with_prefix(cases, "dl_geometry"):
        losses = losses_to(np.array([case.inputs["point_in_ISD"]]), 2, GEOMETRY_EXPONENT + steeper)
        known, ratio = case.expected, float(other_cell_ratios(losses, losses.shape[1])[0])
        yield case.id, by_formula("others over own", known["i_factor"], ratio, relative=1e-9)
        found_db = float(downlink_geometry_db(losses)[0])
        yield case.id, by_formula("geometry [dB]", known["G_dB"], found_db, absolute=1e-8)


def losses_to(points: Floats, n_rings: int, exponent: float) -> Floats:
    """Return the losses (point, site), as ratios, of TR 25.942 at the height over the roofs that has the exponent."""
    over_roofs_m = max((1.0 - exponent / 4.0) / 0.004, LEAST_OVER_ROOFS_M)
    sites = hexagonal_sites(n_rings)
    apart = points[:, None, :] - sites[None, :, :]
    distance_km = np.hypot(apart[..., 0], apart[..., 1])
    # Its loss is a straight line over the logarithm of distance, which two of its values say.
    link = (2000.0, ROOFTOP_HEIGHT_M + over_roofs_m, 1.5)
    at_1_km_db, at_10_km_db = (tr25942_macro_db(km, *link) for km in (1.0, 10.0))
    loss_db = at_1_km_db + (at_10_km_db - at_1_km_db) * np.log10(distance_km)
    return np.asarray(10.0 ** (loss_db / 10.0))


def _without_shadowing(case: Case, steeper: float) -> Iterator[Comparison]:
    known = case.expected
    exponent = case.inputs["path_loss_exponent"] + steeper
    for n_rings, name in ((6, "f_6rings"), (2, "f_2rings_19cells")):
        ratio = float(other_cell_ratios(losses_to(even_points(30), n_rings, exponent)).mean())
        said = f"others over own, {n_rings} rings"
        yield by_formula(said, known[name], ratio, absolute=4.0 * known["se"])


def _with_shadowing(case: Case, length: Length, steeper: float) -> Comparison:
    """Draw places and the shadowing of the sites that may serve; the others are averaged in closed form."""
    given, n = case.inputs, N_DRAWS[length.is_full]
    entities = np.zeros(n, np.uint32)
    shares = [uniforms(length.seed, axis, PLACE, entities, np.arange(n)) for axis in (0, 1)]
    points = in_hexagon(np.column_stack(shares))
    losses = np.sort(losses_to(points, 6, given["path_loss_exponent"] + steeper), axis=1)
    deviation_db, correlation = given["sigma_dB"], given["site_correlation"]
    # The part that all sites share cancels out of every ratio: the sites' own parts are drawn.
    scale_db = deviation_db * math.sqrt(1.0 - correlation)
    fields = [apart(site, n, length.seed) for site in range(1, given["candidate_sites"] + 1)]
    own_db = scale_db * np.column_stack(fields)
    ratios = shadowed_other_cell_ratios(losses, own_db, deviation_db, correlation)
    known = case.expected["computed_f"]
    error = math.hypot(float(ratios.std()) / math.sqrt(n), case.expected["computed_se"])
    allowed = min(4.0 * error, 0.05 * known)
    return by_error("others over own", known, float(ratios.mean()), allowed)


@cache
def apart(entity: int, n: int, seed: int) -> Floats:
    """Return a field of the program's shadowing at nodes so far apart that they have no noise in common."""
    lattice = make_lattice(500.0, 500.0)
    cols = np.arange(n, dtype=np.int64) * len(lattice.weight)
    return shadow_field(lattice, (seed, 0), entity, np.zeros(n, np.int64), cols)
