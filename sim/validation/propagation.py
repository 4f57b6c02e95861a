"""Path loss over distance: free space, Okumura-Hata, COST-231 Hata, the macro cells of TR 25.942."""

from collections.abc import Callable, Iterator, Sequence

from sim.radio.pathloss import (
    ROOFTOP_HEIGHT_M,
    cost231_hata_medium_city_db,
    cost231_hata_metropolitan_db,
    free_space_db,
    hata_open_db,
    hata_suburban_db,
    hata_urban_large_db,
    hata_urban_small_db,
    tr25942_macro_db,
)
from sim.validation.cases import Case
from sim.validation.found import Found
from sim.validation.length import Length
from sim.validation.verdict import Comparison, by_formula

Loss = Callable[[float, float, float, float], float]
"""Loss in dB of distance [km], frequency [MHz], height of antenna and of phone [m]."""

FORMULAS: dict[str, Loss] = {
    "urban_small": hata_urban_small_db,
    "urban_large": hata_urban_large_db,
    "suburban": hata_suburban_db,
    "open": hata_open_db,
    "medium": cost231_hata_medium_city_db,
    "metropolitan": cost231_hata_metropolitan_db,
    "free_space": free_space_db,
    "tr25942_macro": tr25942_macro_db,
}

PHONE_M = 1.5


def compare(
    cases: Sequence[Case],
    length: Length,  # noqa: ARG001
    formulas: dict[str, Loss] = FORMULAS,
) -> Iterator[Found]:
    """Compare formulas of path loss."""
    for case in cases:
        if case.id == "fspl":
            found = _free_space(case, formulas["free_space"])
        elif case.id == "tr25942_macro_pathloss":
            found = _macro(case, formulas["tr25942_macro"])
        elif case.id == "hata_HT_urban_1950":
            found = _slope(case, formulas["medium"])
        else:
            found = _hata(case, formulas)
        for one in found:
            yield case.id, one


def _free_space(case: Case, loss_db: Loss) -> Iterator[Comparison]:
    for frequency_hz, row in zip(case.inputs["f_Hz"], case.expected["table"], strict=True):
        for distance_m, known_db in zip(case.inputs["d_m"], row, strict=True):
            found_db = loss_db(distance_m / 1e3, frequency_hz / 1e6, 30.0, PHONE_M)
            said = f"{distance_m} m, {frequency_hz / 1e6:g} MHz [dB]"
            yield by_formula(said, known_db, found_db, absolute=case.tolerance["abs_dB"])


def _macro(case: Case, loss_db: Loss) -> Iterator[Comparison]:
    given, known = case.inputs, case.expected
    height_m = ROOFTOP_HEIGHT_M + given["dh_b_m"]

    def at(distance_km: float) -> float:
        return loss_db(distance_km, given["f_MHz"], height_m, PHONE_M)

    yield by_formula("at 1 km [dB]", known["intercept_dB"], at(1.0), absolute=1e-9)
    yield by_formula("a decade [dB]", known["slope"], at(10.0) - at(1.0), absolute=1e-9)
    rounded = case.tolerance["abs"]
    yield by_formula("577 m, short form [dB]", known["L_577m"], at(0.577), absolute=rounded)
    yield by_formula("1000 m, short form [dB]", known["L_1000m"], at(1.0), absolute=rounded)


def _slope(case: Case, loss_db: Loss) -> Iterator[Comparison]:
    given, known = case.inputs, case.expected
    one_db, ten_db = (loss_db(d, given["f_MHz"], given["hb"], given["hm"]) for d in (1.0, 10.0))
    yield by_formula("at 1 km [dB]", known["intercept_cost231"], one_db, absolute=1e-6)
    yield by_formula("a decade [dB]", known["slope"], ten_db - one_db, absolute=1e-6)


def _hata(case: Case, formulas: dict[str, Loss]) -> Iterator[Comparison]:
    """Compare Hata's formulas; printed numbers that do not follow from them are left out (docs/validation.md)."""
    given, known = case.inputs, case.expected
    link = given["d_km"], given["f_MHz"], given["hb"], given["hm"]
    if "metro" in given:
        name = "metropolitan" if given["metro"] else "medium"
    else:
        name = given.get("env", "")
    exact = known.get("computed", known.get("computed_with_4_78"))
    exact = known.get("cost231_standard_medium_ahm_plus3", exact)
    if exact is not None:
        yield by_formula(f"{name} [dB]", exact, formulas[name](*link), absolute=1e-6)
    if "published" in known:
        allowed = case.tolerance["abs_dB"]
        said = f"{name}, as printed [dB]"
        yield by_formula(said, known["published"], formulas[name](*link), absolute=allowed)
    for environment in (name for name in formulas if name in known):
        found_db = formulas[environment](*link)
        allowed = case.tolerance["abs_dB"]
        yield by_formula(f"{environment} [dB]", known[environment], found_db, absolute=allowed)
