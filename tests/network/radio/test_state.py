"""The state of soft capacity in the middle of a run against what the phones in progress say, one by one."""

import functools

import numpy as np
import pytest

import sim.network.replication
from sim.network.loop import NetworkLoop
from sim.network.radio.state import UNIT, Radio
from tests.kernels.radio_by_hand import dense
from tests.network.soft import country, run_soft

EVERY_S = 7.25  # between updates, never at one


class Looks:
    """An extension that looks at the radio again and again."""

    def __init__(self, look):
        self.look = look
        self.found = []
        self.loop = None

    def keep(self, *arguments, **more):
        self.loop = NetworkLoop(*arguments, **more)
        return self.loop

    def __call__(self, clock, _network):
        yield self._watch(clock)

    def _watch(self, clock):
        while clock.now < 600.0:
            yield clock.timeout(EVERY_S)
            self.found.append(self.look(self.loop.state[Radio]))


def look_at(monkeypatch, look, scenario):
    looks = Looks(look)
    with monkeypatch.context() as patch:
        patch.setattr(sim.network.replication, "NetworkLoop", looks.keep)
        run_soft(scenario, extensions=[looks])
    assert len(looks.found) > 50
    return looks.found


def phones_with_legs(radio):
    return np.flatnonzero(radio.phones["n_legs"]).tolist()


def errors_of_sums(radio):
    """Greatest differences of the sums that are kept from those over the phones in progress."""
    n_cells = len(radio.cells)
    uplink, downlink = np.zeros((2, n_cells, n_cells), np.int64)
    need, codes, further = np.zeros((3, n_cells), np.int64)
    elements = np.zeros(len(radio.sites), np.int64)
    held = phones_with_legs(radio)
    assert held == np.flatnonzero(radio.phones["cell"] >= 0).tolist()
    assert len(held) == len(radio.phones) - radio.free[0]
    for phone in held:
        row = radio.phones[phone]
        service = radio.services[row["service"]]
        n_heard = radio.info[row["place"]]["n_heard"]
        heard = radio.cell[row["place"], :n_heard]
        assert heard[0] == row["cell"]
        legs = heard[row["rank"][: row["n_legs"]]]
        uplink[heard, heard[0]] += radio.uplink_of[phone, :n_heard]
        for leg in legs:
            downlink[leg, heard] += radio.downlink_of[phone, :n_heard]
        need[legs] += radio.downlink_of[phone, n_heard]
        codes[legs] += service["n_codes"]
        further[legs[1:]] += 1
        elements[np.unique(radio.cells["site_idx"][legs])] += service["n_elements"]
    chained = []
    for cell in range(n_cells):
        phone = int(radio.cells[cell]["first_phone"])
        while phone >= 0:
            chained.append(phone)
            assert radio.phones[phone]["cell"] == cell
            assert radio.phones[phone]["tolerance_w"] >= radio.cells[cell]["least_tolerance_w"]
            phone = int(radio.phones[phone]["after"])
    assert sorted(chained) == held
    np.testing.assert_array_equal(dense(radio, radio.uplink), uplink)
    np.testing.assert_array_equal(dense(radio, radio.downlink), downlink)
    np.testing.assert_array_equal(radio.cells["need"], need)
    np.testing.assert_array_equal(radio.cells["n_codes_busy"], codes)
    np.testing.assert_array_equal(radio.cells["further_legs"]["value"], further)
    np.testing.assert_array_equal(radio.sites["n_busy"], elements)
    return max(
        away(radio.elsewhere_w, radio.noise_w, uplink, radio.interference_w),
        away(radio.asked_w, radio.cells["common_w"] + need * UNIT, downlink, radio.power_w),
    )


def away(kept_w, constant_w, units, solved_w):
    others = units * UNIT * (1 - np.eye(len(units)))
    return float(np.abs(kept_w / (constant_w + others @ solved_w) - 1.0).max())


@pytest.mark.parametrize("n_networks", [1, 3])
def test_sums_are_those_of_the_phones_in_progress(monkeypatch, n_networks):
    scenario = country(
        14.0,
        n_networks,
        n_side=2,
        wcdma={"active_set_size": 3, "active_set_window_db": 6, "power_tolerance": 1e-13},
        adjacent_channel={"is_on": True, "uplink_acir_db": 20, "downlink_acir_db": 20},
    )
    found = look_at(monkeypatch, errors_of_sums, scenario)
    assert max(found) < 1e-12


def excess_of_tangent(radio):
    """By how much the tangent is above the harmonic mean: (phone,), and how many legs each has."""
    rules, excess, n_legs = radio.rules[0], [], []
    for phone in phones_with_legs(radio):
        row = radio.phones[phone]
        place, n = row["place"], radio.info[row["place"]]["n_heard"]
        gain, power_w = radio.downlink_gain[place, :n], radio.power_w[radio.cell[place, :n]]
        total_w = power_w @ gain + rules["phone_noise_w"]
        ranks = row["rank"][: row["n_legs"]]
        disturbing_w = total_w - rules["orthogonality"] * power_w[ranks] * gain[ranks]
        exact_w = radio.services[row["service"]]["need"] / (gain[ranks] / disturbing_w).sum()
        units = radio.downlink_of[phone]
        tangent_w = UNIT * (units[n] + units[:n] @ power_w)
        excess.append(tangent_w / exact_w - 1.0)
        n_legs.append(row["n_legs"])
    return np.array(excess), np.array(n_legs)


@functools.cache
def measured_excess(offered_erl):
    patch = pytest.MonkeyPatch()
    found = look_at(patch, excess_of_tangent, country(offered_erl, wcdma={"active_set_size": 3}))
    return np.concatenate([a for a, _ in found]), np.concatenate([b for _, b in found])


@pytest.mark.parametrize("offered_erl", [6.0, 12.0, 20.0])
def test_tangent_is_little_above_the_harmonic_mean(offered_erl):
    excess, n_legs = measured_excess(offered_erl)
    np.testing.assert_allclose(excess[n_legs == 1], 0.0, atol=1e-6)
    several = excess[n_legs > 1]
    assert len(several) > 500
    assert several.min() > -1e-6
    # A tangent at the powers of a moment ago is a little dear, never cheap.
    assert 0.0 < several.mean() < 0.004
    assert np.quantile(several, 0.99) < 0.03


def own_coefficients(radio, coefficients):
    return coefficients[radio.diagonal] * UNIT


def test_present_powers_are_within_their_bounds(monkeypatch):
    def look(radio):
        cells = radio.cells
        left_up = 1.0 - own_coefficients(radio, radio.uplink)
        left_down = 1.0 - own_coefficients(radio, radio.downlink)
        with np.errstate(divide="ignore"):
            is_capped = radio.elsewhere_w >= left_up * radio.cap_w
            heard = np.where(is_capped, radio.cap_w, radio.elsewhere_w / left_up)
            is_full = (radio.asked_w >= left_down * radio.most_w) | (radio.is_full == 1)
            power = np.where(is_full, radio.most_w, radio.asked_w / left_down)
        np.testing.assert_allclose(radio.present_w, power, rtol=1e-12)
        assert (heard >= radio.noise_w * (1.0 - 1e-12)).all()
        assert (heard <= radio.cap_w).all()
        assert (power >= cells["common_w"] * (1.0 - 1e-12)).all()
        assert (power <= radio.most_w).all()
        return len(phones_with_legs(radio))

    assert (
        max(look_at(monkeypatch, look, country(40.0, n_side=2, wcdma={"power_tolerance": 1e-13})))
        > 0
    )
