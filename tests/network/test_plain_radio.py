"""The oracle of soft capacity, against cases worked by hand; the product has no part in it."""

import math
from types import SimpleNamespace

import numpy as np
import pytest

from sim.scenario.radio_section import VOICE, AdjacentChannel, Wcdma
from sim.tables import Outcome
from tests.oracle.radio import CHIP_RATE_HZ, THERMAL_W, Codes, PlainRadio, capped, linear
from tests.oracle.voice import Servers

PILOT_DBM = 33.0


def radio_of(losses_db, networks=None, sites=None, adjacent=None, **rules):
    """One square for each row of losses; cells are ranked by their loss."""
    n = len(losses_db[0])
    networks = networks or [0] * n
    sites = sites or list(range(n))
    shape = (max(networks) + 1, len(losses_db), n)
    cell_idx, rscp_cdbm = np.full(shape, -1, np.int32), np.full(shape, -32768, np.int16)
    for square, row in enumerate(losses_db):
        for network in range(shape[0]):
            own = sorted((row[j], j) for j in range(n) if networks[j] == network)
            for rank, (loss_db, j) in enumerate(own):
                cell_idx[network, square, rank] = j
                rscp_cdbm[network, square, rank] = round(100 * (PILOT_DBM - loss_db))
    coverage = SimpleNamespace(cell_idx=cell_idx, rscp_cdbm=rscp_cdbm, at_spots=None)
    coverage.heard = coverage
    cells = SimpleNamespace(site_idx=np.array(sites), pilot_power_dbm=np.full(n, PILOT_DBM))
    cells = type("Cells", (SimpleNamespace,), {"__len__": lambda _: n})(**vars(cells))
    world = SimpleNamespace(
        cells=cells,
        sites=[None] * (max(sites) + 1),
        network_names=["n"] * shape[0],
        grid=SimpleNamespace(n_squares=len(losses_db)),
    )
    scenario = SimpleNamespace(
        radio=SimpleNamespace(wcdma=Wcdma(**rules), adjacent_channel=adjacent or AdjacentChannel()),
        run=SimpleNamespace(duration_h=1.0),
    )
    servers = [Servers(math.inf, 3600.0) for _ in range(n)]
    return PlainRadio(scenario, world, coverage, servers)


class Talk:
    def __init__(self, radio, phone):
        self.radio, self.phone, self.outcome = radio, phone, None
        phone.ongoing = self

    def shed(self, outcome):
        self.outcome = outcome
        self.phone.release(0.0)


def add(radio, entity, spot=0, network=0, now_s=0.0):
    phone, cause = radio.admit(now_s, network, spot, VOICE, 0, (entity, 0, 0))
    return cause if phone is None else Talk(radio, phone)


UP = 1.0 / (1.0 + CHIP_RATE_HZ / (10**0.4 * 12_200 * 0.67))
G = 0.58 * 10**0.7 * 12_200 / CHIP_RATE_HZ


def test_one_cell_is_the_load_equation_at_every_call_and_at_the_update():
    radio = radio_of([[100.0]])
    for k in range(1, 11):
        add(radio, k)
        ratio = radio.present_interference_w()[0] / radio.noise_w[0]
        assert ratio == pytest.approx(1 / (1 - k * UP), rel=1e-12)
        noise_w = THERMAL_W * 10**0.9
        power_w = (radio.common_w[0] + k * G * 1e10 * noise_w) / (1 - k * G * (1 - 0.6))
        assert radio.present_power_w()[0] == pytest.approx(power_w, rel=1e-12)
    before = radio.present_interference_w()[0], radio.present_power_w()[0]
    radio.update(0.0)
    assert (radio.interference_w[0], radio.power_w[0]) == pytest.approx(before, rel=1e-12)


def test_a_cell_admits_as_many_as_the_noise_rise_allows():
    radio = radio_of([[100.0]], max_noise_rise_db=3.0)
    most = math.floor((1 - 10**-0.3) / UP)
    causes = [add(radio, k) for k in range(most + 1)]
    assert causes[-1] == Outcome.BLOCKED_UPLINK
    assert all(isinstance(one, Talk) for one in causes[:-1])
    assert radio.counts["n_blocked_uplink"] == [1]
    assert radio.servers[0].counts == {
        ("seized", 0): most, ("seized", 1): 0, ("refused", 0): 1, ("refused", 1): 0
    }  # fmt: skip


def test_two_cells_of_twelve_and_one_phone_are_solved_exactly():
    radio = radio_of([[100.0, 110.0], [110.0, 100.0]], active_set_size=1)
    for k in range(12):
        add(radio, k)
    add(radio, 12, spot=1)
    radio.update(0.0)
    a = np.array([[12 * UP, 0.1 * UP], [1.2 * UP, UP]])
    expected = np.linalg.solve(np.eye(2) - a, radio.noise_w)
    np.testing.assert_allclose(radio.interference_w, expected, rtol=1e-12)
    b = G * np.array([[12 * 0.4, 12 * 0.1], [0.1, 0.4]])
    n = radio.common_w + G * 1e10 * radio.phone_noise_w * np.array([12, 1])
    np.testing.assert_allclose(radio.power_w, np.linalg.solve(np.eye(2) - b, n), rtol=1e-12)


@pytest.mark.parametrize("is_on", [True, False])
def test_another_network_is_heard_through_its_filters(is_on):
    adjacent = AdjacentChannel(is_on=is_on, uplink_acir_db=20, downlink_acir_db=30)
    radio = radio_of([[100.0, 110.0]], networks=[0, 1], adjacent=adjacent)
    add(radio, 0)
    radio.update(0.0)
    own_w = radio.noise_w[0] / (1 - UP)
    other_w = radio.noise_w[1] + is_on * UP * 0.1 / 100 * own_w
    np.testing.assert_allclose(radio.interference_w, [own_w, other_w], rtol=1e-12)
    heard_w = radio.phone_noise_w + is_on * radio.common_w[1] / (1e11 * 1000)
    power_w = (radio.common_w[0] + G * 1e10 * heard_w) / (1 - 0.4 * G)
    assert radio.power_w[0] == pytest.approx(power_w, rel=1e-12)
    received_w = radio.received_w(radio.losses(0, 0), radio.common_w)
    assert received_w == pytest.approx(heard_w + radio.common_w[0] / 1e10, rel=1e-12)


def test_the_tangent_meets_the_harmonic_mean_and_lies_above_it_elsewhere():
    radio = radio_of([[100.0, 102.0, 125.0]])
    phone = add(radio, 0).phone
    assert phone.legs == [0, 1]
    losses = radio.losses(0, 0)
    for factor in ([1, 1, 1], [2, 1, 1], [1, 3, 2], [0.5, 1, 4]):
        power_w = radio.common_w * factor
        p, _, _ = radio.link(VOICE, [0, 1], losses, power_w)
        assert phone.needs_w(power_w) >= p * (1 - 1e-12)
    p, _, _ = radio.link(VOICE, [0, 1], losses, radio.common_w)
    assert phone.needs_w(radio.common_w) == pytest.approx(p, rel=1e-12)


def test_the_capped_solution_is_that_of_patient_iteration():
    rng = np.random.default_rng(1)
    for scale in (0.1, 0.3, 1.0, 3.0):
        matrix, fixed, cap = scale * rng.random((5, 5)), rng.random(5), 5 + rng.random(5)
        x, is_over = capped(fixed, matrix, cap)
        y = np.zeros(5)
        for _ in range(20_000):
            y = np.minimum(cap, fixed + matrix @ y)
        np.testing.assert_allclose(x, y, rtol=1e-12)
        assert (is_over == (fixed + matrix @ y > cap * (1 + 1e-9))).all()


def test_the_phone_farthest_away_is_shed_first_and_the_lower_entity_of_equals():
    radio = radio_of([[100.0], [120.0]], uplink_cap_db=0.2, max_noise_rise_db=6)
    near, twin, far = add(radio, 8), add(radio, 7), add(radio, 9, spot=1)
    # Three raise the noise by 0.07 dB; with a cap between one and two phones' rise, two have to go.
    radio.cap_w = radio.noise_w / (1 - 1.5 * UP)
    radio.update(0.0)
    assert (far.outcome, twin.outcome, near.outcome) == (
        Outcome.BLOCKED_UPLINK, Outcome.BLOCKED_UPLINK, None
    )  # fmt: skip
    assert radio.counts["n_shed_uplink"] == [2]


def test_phones_without_the_power_are_shed_all_at_once():
    radio = radio_of([[100.0], [130.0]])
    near, far, farther = add(radio, 0), add(radio, 1, spot=1), add(radio, 2, spot=1)
    radio.phone_most_w = 1e-9 + 0.9 * far.phone.sends_w(radio.present_interference_w())
    radio.update(0.0)
    assert (near.outcome, far.outcome, farther.outcome) == (
        None, Outcome.NO_COVERAGE, Outcome.NO_COVERAGE
    )  # fmt: skip
    assert radio.counts["n_shed_phone_power"] == [2]


def test_the_phone_that_needs_most_is_shed_where_the_power_is_spent():
    radio = radio_of([[100.0], [130.0]])
    near, far = add(radio, 0), add(radio, 1, spot=1)
    radio.most_w = radio.common_w + near.phone.needs_w(radio.present_power_w()) * 1.5
    radio.update(0.0)
    assert (near.outcome, far.outcome) == (None, Outcome.BLOCKED_DOWNLINK)
    assert radio.counts["n_shed_downlink"] == [1]


def test_calls_of_operators_are_never_shed_and_the_cell_stays_at_its_cap():
    radio = radio_of([[100.0]])
    add(radio, 0).phone.ongoing = None
    radio.cap_w = radio.noise_w / (1 - 0.5 * UP)
    radio.update(0.0)
    radio.phone_most_w = 0.0
    radio.update(0.0)
    assert len(radio.phones) == 1
    assert radio.interference_w[0] == radio.cap_w[0]


def test_softer_legs_share_channel_elements_and_legs_without_are_left_out():
    radio = radio_of([[100.0, 101.0, 102.0]], sites=[0, 0, 1], active_set_size=3)
    assert add(radio, 0).phone.legs == [0, 1, 2]
    assert radio.elements == [255, 255]
    radio.elements[1] = 0
    assert add(radio, 1).phone.legs == [0, 1]
    radio.elements[0] = 0
    assert add(radio, 2) == Outcome.BLOCKED_CHANNEL_ELEMENT


def test_codes_that_lie_apart_are_refused_without_repacking():
    apart, together = Codes(8, False), Codes(8, True)
    for tree in (apart, together):
        for _ in range(8):
            tree.take(tree.find(1))
        tree.give_back([1, 3, 5, 7])
    assert apart.n_free() == together.n_free() == 4
    assert apart.find(4) is None
    assert together.find(4) == [1, 3, 5, 7]
    apart.give_back([2])
    assert apart.find(2) == [2, 3]


def test_pilot_and_link_decide_on_coverage():
    assert add(radio_of([[100.0]], min_ec_io_db=-2.9), 0) == Outcome.NO_COVERAGE
    assert isinstance(add(radio_of([[100.0]], min_ec_io_db=-3.1), 0), Talk)
    # Far away noise alone counts: p / v = gamma R / W (noise L + 0.4 common).
    need = 10**0.7 * 12_200 / CHIP_RATE_HZ * (THERMAL_W * 10**0.9 * 1e13 + 0.4 * 10**0.6)
    limit_db = 10 * math.log10(need / 10**0.3)
    for margin_db, is_covered in ((0.001, True), (-0.001, False)):
        radio = radio_of([[130.0]], link_power_to_pilot_db=limit_db + margin_db)
        radio.sample()
        assert radio.covered_share()[0, 0] == is_covered
        assert isinstance(add(radio, 0), Talk) == is_covered


def test_integrals_are_over_the_window_only():
    radio = radio_of([[100.0]], power_update_s=60)
    talk = add(radio, 0, now_s=-100.0)
    radio.update(-30.0)
    radio.keep_solution(-30.0)
    radio.update(3590.0)
    radio.keep_solution(3590.0)
    talk.phone.release(4000.0)
    rise_db = -10 * math.log10(1 - UP)
    assert radio.by_cell()["noise_rise_db"][0] == pytest.approx(rise_db * 40 / 3600, rel=1e-9)
    assert radio.by_cell()["noise_rise_max_db"][0] == pytest.approx(rise_db, rel=1e-9)
    assert radio.by_cell()["codes_busy"][0] == pytest.approx(1.0)
    assert radio.by_site()["channel_elements_busy"][0] == pytest.approx(1.0)
    assert linear(rise_db) == pytest.approx(1 / (1 - UP))
