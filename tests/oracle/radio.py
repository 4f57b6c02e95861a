"""
A plain, slow model of soft capacity: the rules of docs/wcdma.md once more.

The phones in progress stand in a list; whenever powers are asked for, dense matrices are added up from that list.
"""

import math
from dataclasses import dataclass, field

import numpy as np

from sim.radio.coverage import compute_coverage, ranks_at_spots
from sim.tables import Outcome

CHIP_RATE_HZ = 3.84e6
THERMAL_W = 1.380649e-23 * 290.0 * CHIP_RATE_HZ
N_LEAVES = 128
CALLED = {
    Outcome.NO_COVERAGE: Outcome.CALLEE_NO_COVERAGE,
    Outcome.BLOCKED_UPLINK: Outcome.CALLEE_BLOCKED,
    Outcome.BLOCKED_DOWNLINK: Outcome.CALLEE_BLOCKED,
    Outcome.BLOCKED_CODE: Outcome.CALLEE_BLOCKED,
    Outcome.BLOCKED_CHANNEL: Outcome.CALLEE_BLOCKED,
    Outcome.BLOCKED_CHANNEL_ELEMENT: Outcome.CALLEE_BLOCKED,
}
REFUSALS = {
    Outcome.NO_COVERAGE: "n_no_coverage",
    Outcome.BLOCKED_UPLINK: "n_blocked_uplink",
    Outcome.BLOCKED_DOWNLINK: "n_blocked_downlink",
    Outcome.BLOCKED_CODE: "n_blocked_code",
    Outcome.BLOCKED_CHANNEL_ELEMENT: "n_blocked_channel_element",
}
COUNTS = (
    *REFUSALS.values(), "n_fragmented", "n_shed_phone_power", "n_shed_uplink", "n_shed_downlink",
)  # fmt: skip


def linear(level_db):
    return math.pow(10.0, level_db / 10.0)


def watts(level_dbm):
    return linear(level_dbm - 30.0)


def capped(fixed, matrix, cap, is_full=False):
    """
    The one x with x = min(cap, fixed + matrix x), and which of its elements would exceed their cap.

    All are at their cap at first; those that do not reach it there are solved for exactly, until there are no more.
    Those that are full stay there whatever they need.
    """
    is_free = np.zeros(len(fixed), bool)
    x = cap.copy()
    while True:
        is_below = is_free | (fixed + matrix @ x < cap) & ~np.asarray(is_full)
        if (is_below == is_free).all():
            return x, fixed + matrix @ x > cap * (1.0 + 1e-12)
        is_free = is_below
        n = np.flatnonzero(is_free)
        others = np.flatnonzero(~is_free)
        known = fixed[n] + matrix[np.ix_(n, others)] @ cap[others]
        x[n] = np.linalg.solve(np.eye(len(n)) - matrix[np.ix_(n, n)], known)


def between_updates(fixed, matrix, last, cap):
    """Of each cell: the own part as it is now, what comes from elsewhere as at the last update."""
    now = cap.copy()
    for j in range(len(fixed)):
        elsewhere = sum(matrix[j, k] * last[k] for k in range(len(fixed)) if k != j)
        own = 1.0 - matrix[j, j]
        if own > 0.0:
            now[j] = min(cap[j], (fixed[j] + elsewhere) / own)
    return now


def rate_bps(service, direction):
    """Rate of a service, the same both ways, or of a bearer."""
    if hasattr(service, "rate_bps"):
        return service.rate_bps
    return getattr(service, f"{direction}_rate_bps")


class Codes:
    """The code tree of a cell: which of its 128 leaves are taken."""

    def __init__(self, capacity, has_repacking):
        self.has_repacking = has_repacking
        self.leaves = [i >= capacity for i in range(N_LEAVES)]

    def n_free(self):
        return self.leaves.count(False)

    def find(self, n):
        """Leaves that a service of n codes would take, None when there are none."""
        free = [i for i in range(N_LEAVES) if not self.leaves[i]]
        if self.has_repacking:
            return free[:n] if len(free) >= n else None
        for first in range(0, N_LEAVES, n):
            if not any(self.leaves[first : first + n]):
                return list(range(first, first + n))
        return None

    def take(self, leaves):
        for leaf in leaves:
            assert not self.leaves[leaf]
            self.leaves[leaf] = True

    def give_back(self, leaves):
        for leaf in leaves:
            assert self.leaves[leaf]
            self.leaves[leaf] = False


@dataclass(eq=False)
class Phone:
    """A phone in progress; `release` gives back all that it holds."""

    radio: "PlainRadio"
    identity: tuple  # entity, address, 0 of the caller and 1 of the called
    service: object
    first: int
    loss: float  # to the first cell
    uplink_load: float
    uplink_column: np.ndarray  # (cell,) a_js
    legs: list = field(default_factory=list)
    c_0: float = 0.0
    c: np.ndarray | None = None  # (cell,)
    leaves: dict = field(default_factory=dict)  # of each leg
    begun_s: float = 0.0
    losses: dict = field(default_factory=dict)  # of each cell heard when the phone was admitted
    ongoing: object = None  # the call or flow that may be shed; none while operators have it
    is_call: bool = True
    mover: object = None  # itself on its way
    movement: object = None  # who is told when it is released

    def sends_w(self, interference_w):
        power_w = self.uplink_load * interference_w[self.first] * self.loss
        return power_w / self.service.uplink_activity

    def needs_w(self, power_w):
        return self.c_0 + float(self.c @ power_w)

    def sites(self):
        return {int(self.radio.site_of[leg]) for leg in self.legs}

    def release(self, now_s):
        if self.mover is not None:
            self.movement.arrive(self.mover)
        self.radio.release(self, now_s)


class PlainRadio:
    """Cells of all networks, and the phones that they serve."""

    def __init__(self, scenario, world, coverage, servers):
        self.rules, self.adjacent = scenario.radio.wcdma, scenario.radio.adjacent_channel
        self.ranks, self.servers = ranks_at_spots(coverage), servers
        self.heards = [heard_by(scenario, world, coverage)]  # the last is that of now
        self.n = len(world.cells)
        self.n_networks, self.n_squares = len(world.network_names), world.grid.n_squares
        self.site_of = world.cells.site_idx
        self.window_s = scenario.run.duration_h * 3600.0
        rules = self.rules
        self.pilot_dbm = [float(level) for level in world.cells.pilot_power_dbm]
        self.pilot_w = np.array([watts(level) for level in self.pilot_dbm])
        self.common_w = self.pilot_w * linear(rules.common_power_to_pilot_db)
        self.most_w = self.pilot_w * linear(rules.max_power_to_pilot_db)
        self.noise_w = np.full(self.n, THERMAL_W * linear(rules.cell_noise_figure_db))
        self.cap_w = self.noise_w * linear(rules.uplink_cap_db)
        self.limits_w = self.most_w.copy(), self.cap_w.copy()
        self.phone_noise_w = THERMAL_W * linear(rules.phone_noise_figure_db)
        self.phone_most_w = watts(rules.phone_max_power_dbm)
        self.phones = []
        self.is_full = np.zeros(self.n, bool)  # cells that send all they have, to flows over HSDPA
        self.codes = [Codes(rules.code_capacity, rules.code_repacking) for _ in range(self.n)]
        self.elements = [rules.n_channel_elements] * len(world.sites)
        self.interference_w, _ = self.solve_uplink()
        self.power_w, _ = self.solve_downlink()
        self.counts = {name: [0] * self.n for name in COUNTS}
        self.sums = {
            name: np.zeros(self.n)
            for name in ("noise_rise_db", "power_w", "codes_busy", "further_legs_erl")
        }
        self.greatest = {name: np.zeros(self.n) for name in ("noise_rise_max_db", "power_max_w")}
        self.elements_busy = np.zeros(len(world.sites))
        self.n_samples = 0
        self.n_covered = np.zeros((self.n_networks, self.n_squares))

    # --- who hears whom

    def losses(self, network, spot, epoch=-1):
        """Of each cell that is heard, now or at an earlier coverage: loss, and ACIR of the two directions."""
        found, heard_then = {}, self.heards[epoch]
        for other in range(self.n_networks):
            if other != network and not self.adjacent.is_on:
                continue
            is_own = other == network
            up = 1.0 if is_own else linear(self.adjacent.uplink_acir_db)
            down = 1.0 if is_own else linear(self.adjacent.downlink_acir_db)
            heard = zip(
                heard_then.cell_idx[other, spot], heard_then.rscp_cdbm[other, spot], strict=True
            )
            for cell, rscp_cdbm in heard:
                if cell >= 0:
                    found[int(cell)] = self.loss(int(cell), int(rscp_cdbm)), up, down
        return found

    def loss(self, cell, rscp_cdbm):
        loss_db = self.pilot_dbm[cell] - rscp_cdbm / 100.0
        return linear(max(loss_db, self.rules.min_coupling_loss_db))

    def first_of(self, network, spot):
        return int(self.ranks.cell_idx[network, spot, 0])

    # --- powers

    def uplink_matrix(self):
        matrix = np.zeros((self.n, self.n))
        for phone in self.phones:
            matrix[:, phone.first] += phone.uplink_column
        return matrix

    def downlink_matrix(self):
        matrix, fixed = np.zeros((self.n, self.n)), self.common_w.copy()
        for phone in self.phones:
            for leg in phone.legs:
                matrix[leg] += phone.c
                fixed[leg] += phone.c_0
        return fixed, matrix

    def solve_uplink(self):
        return capped(self.noise_w, self.uplink_matrix(), self.cap_w)

    def solve_downlink(self):
        return capped(*self.downlink_matrix(), self.most_w, self.is_full)

    def present_interference_w(self):
        return between_updates(self.noise_w, self.uplink_matrix(), self.interference_w, self.cap_w)

    def present_power_w(self):
        now_w = between_updates(*self.downlink_matrix(), self.power_w, self.most_w)
        return np.where(self.is_full, self.most_w, now_w)

    def without_flows_w(self, j):
        """What the other channels of a cell take of its power while it sends all that it has."""
        fixed, matrix = self.downlink_matrix()
        elsewhere = sum(matrix[j, k] * self.power_w[k] for k in range(self.n) if k != j)
        return min(self.most_w[j], fixed[j] + elsewhere + matrix[j, j] * self.most_w[j])

    # --- admission

    def uplink_load(self, service):
        spread = CHIP_RATE_HZ / (
            linear(service.uplink_eb_n0_db) * rate_bps(service, "uplink") * service.uplink_activity
        )
        return 1.0 / (1.0 + spread)

    def received_w(self, losses, power_w):
        """All that a phone receives, its own noise included."""
        return self.phone_noise_w + sum(
            power_w[k] / (loss * down) for k, (loss, _, down) in losses.items()
        )

    def hears_pilot(self, first, losses, power_w):
        pilot = self.pilot_w[first] / losses[first][0]
        return pilot / self.received_w(losses, power_w) >= linear(self.rules.min_ec_io_db)

    def link(self, service, legs, losses, power_w):
        """Power of each leg, and its tangent at the present powers: p, c_0 and c."""
        g = service.downlink_activity * linear(service.downlink_eb_n0_db)
        g *= rate_bps(service, "downlink") / CHIP_RATE_HZ
        received_w = self.received_w(losses, power_w)
        alpha = self.rules.orthogonality
        need = {j: losses[j][0] * received_w - alpha * power_w[j] for j in legs}  # L_j I_j
        h = 1.0 / sum(1.0 / need[j] for j in legs)
        w = {j: h / need[j] for j in legs}
        s = sum(w[j] ** 2 * losses[j][0] for j in legs)
        c = np.zeros(self.n)
        for k, (loss, _, down) in losses.items():
            c[k] = g * (s / (loss * down) - (alpha * w[k] ** 2 if k in legs else 0.0))
        return g * h, g * s * self.phone_noise_w, c

    def is_link_allowed(self, service, first, p):
        most_w = self.pilot_w[first] * linear(self.rules.link_power_to_pilot_db)
        return p / service.downlink_activity <= most_w

    def admit(self, now_s, network, spot, service, direction, identity):
        """The phone that is admitted and None, or None and why it is not."""
        first = -1 if spot is None else self.first_of(network, spot)
        if first < 0:
            return None, Outcome.NO_COVERAGE
        servers = self.servers[first]
        phone, cause = None, Outcome.BLOCKED_CHANNEL
        if servers.is_free():
            phone, cause = self.try_to_admit(now_s, network, spot, service, identity)
        is_measured = 0.0 <= now_s < self.window_s
        if is_measured and cause in REFUSALS:
            self.counts[REFUSALS[cause]][first] += 1
        if cause is None:
            assert servers.seize(now_s, direction)
            self.hold(phone, now_s)
        elif is_measured and cause != Outcome.NO_COVERAGE:
            servers.counts["refused", direction] += 1
        return phone, cause

    def try_to_admit(self, now_s, network, spot, service, identity, is_call=True):
        first, losses = self.first_of(network, spot), self.losses(network, spot)
        loss, load, rules = losses[first][0], self.uplink_load(service), self.rules
        power_w = self.present_power_w()
        if not self.hears_pilot(first, losses, power_w):
            return None, Outcome.NO_COVERAGE
        matrix = self.uplink_matrix()
        rest = sum(matrix[first, k] * self.interference_w[k] for k in range(self.n) if k != first)
        left = 1.0 - matrix[first, first] - load
        if left <= 0.0:
            return None, Outcome.BLOCKED_UPLINK
        with_phone_w = (self.noise_w[first] + rest) / left
        if with_phone_w > self.noise_w[first] * linear(rules.max_noise_rise_db):
            return None, Outcome.BLOCKED_UPLINK
        if load * with_phone_w * loss / service.uplink_activity > self.phone_most_w:
            return None, Outcome.NO_COVERAGE
        if self.codes[first].find(service.n_codes) is None:
            has_room = self.codes[first].n_free() >= service.n_codes
            if is_call and has_room and 0.0 <= now_s < self.window_s:
                self.counts["n_fragmented"][first] += 1
            return None, Outcome.BLOCKED_CODE
        if self.elements[self.site_of[first]] < service.n_channel_elements:
            return None, Outcome.BLOCKED_CHANNEL_ELEMENT
        column = np.zeros(self.n)
        for j, (loss_j, up, _) in losses.items():
            column[j] = load * (loss / loss_j) / up
        column[first] = load
        phone = Phone(self, identity, service, first, loss, load, column, is_call=is_call)
        phone.losses = losses
        cause = self.find_legs(phone, self.further(network, spot, service), losses, power_w)
        return (phone if cause is None else None), cause

    def further(self, network, spot, service):
        """Further legs that have codes and channel elements."""
        cells = self.ranks.cell_idx[network, spot]
        rscp_cdbm = self.ranks.rscp_cdbm[network, spot]
        sites, legs = {self.site_of[cells[0]]}, []
        for rank in range(1, min(self.rules.active_set_size, len(cells))):
            cell = int(cells[rank])
            if cell < 0:
                continue
            behind_db = (int(rscp_cdbm[0]) - int(rscp_cdbm[rank])) / 100.0
            site = self.site_of[cell]
            has_elements = site in sites or self.elements[site] >= service.n_channel_elements
            is_strong = behind_db <= self.rules.active_set_window_db
            if is_strong and has_elements and self.codes[cell].find(service.n_codes) is not None:
                legs.append(cell)
                sites.add(site)
        return legs

    def find_legs(self, phone, others, losses, power_w):
        """Give the phone its legs, or say why it has none."""
        legs, service = [phone.first, *others], phone.service
        while True:
            p, c_0, c = self.link(service, legs, losses, power_w)
            if not self.is_link_allowed(service, phone.first, p):
                return Outcome.NO_COVERAGE
            failing = [j for j in legs if not self.has_power(j, c_0, c)]
            if phone.first in failing:
                return Outcome.BLOCKED_DOWNLINK
            if not failing:
                phone.legs, phone.c_0, phone.c = legs, c_0, c
                return None
            legs = [j for j in legs if j not in failing]

    def has_power(self, j, c_0, c):
        fixed, matrix = self.downlink_matrix()
        elsewhere = sum((matrix[j, k] + c[k]) * self.power_w[k] for k in range(self.n) if k != j)
        reserved_w = self.rules.hsdpa_reserved_share * self.most_w[j]
        if self.is_full[j]:
            own_w = (matrix[j, j] + c[j]) * self.most_w[j]
            return fixed[j] + c_0 + elsewhere + own_w + reserved_w <= self.most_w[j]
        left = 1.0 - matrix[j, j] - c[j]
        if left <= 0.0:
            return False
        return (fixed[j] + c_0 + elsewhere) / left + reserved_w <= self.most_w[j]

    def hold(self, phone, now_s):
        for leg in phone.legs:
            phone.leaves[leg] = self.codes[leg].find(phone.service.n_codes)
            self.codes[leg].take(phone.leaves[leg])
        for site in phone.sites():
            self.elements[site] -= phone.service.n_channel_elements
            assert self.elements[site] >= 0
        phone.begun_s = now_s
        self.phones.append(phone)

    # --- sites off the air

    def silence(self, is_off):
        """Cells off the air send nothing, and hear nothing but noise."""
        self.most_w = np.where(is_off, 0.0, self.limits_w[0])
        self.cap_w = np.where(is_off, self.noise_w, self.limits_w[1])

    def change(self, is_off, scenario, world, coverage):
        self.ranks = ranks_at_spots(coverage)
        self.heards.append(heard_by(scenario, world, coverage))
        self.silence(is_off)

    def drop_legs(self, now_s, is_off):
        """Phones with a further leg in a cell off the air go on with the others, at the present powers."""
        silent = [
            one for one in self.phones if any(is_off[leg] and leg != one.first for leg in one.legs)
        ]
        for phone in sorted(silent, key=lambda one: one.identity):
            self.give_back(phone, now_s)
            legs = [leg for leg in phone.legs if leg == phone.first or not is_off[leg]]
            link = self.link(phone.service, legs, phone.losses, self.present_power_w())
            phone.legs, (_, phone.c_0, phone.c) = legs, link
            phone.leaves = {}
            self.hold(phone, now_s)

    def release(self, phone, now_s):
        self.give_back(phone, now_s)
        if phone.is_call:
            self.servers[phone.first].release(now_s)

    def give_back(self, phone, now_s):
        self.phones.remove(phone)
        held_s = max(0.0, min(now_s, self.window_s) - max(phone.begun_s, 0.0))
        for leg in phone.legs:
            self.codes[leg].give_back(phone.leaves[leg])
            self.sums["codes_busy"][leg] += phone.service.n_codes * held_s
            self.sums["further_legs_erl"][leg] += held_s * (leg != phone.first)
        for site in phone.sites():
            self.elements[site] += phone.service.n_channel_elements
            self.elements_busy[site] += phone.service.n_channel_elements * held_s

    # --- updates

    def update(self, now_s):
        """Solve all powers, and shed calls until nobody has to be."""
        while True:
            self.interference_w, is_over = self.solve_uplink()
            weak = [one for one in self.phones if self.is_too_weak(one)]
            if weak:
                for phone in sorted(weak, key=lambda one: (one.first, one.identity)):
                    self.shed(now_s, phone, Outcome.NO_COVERAGE, "n_shed_phone_power", phone.first)
            elif not self.shed_uplink(now_s, is_over):
                break
        while True:
            self.power_w, is_over = self.solve_downlink()
            if not self.shed_downlink(now_s, is_over):
                break
        self.interference_w, _ = self.solve_uplink()

    def is_too_weak(self, phone):
        return phone.ongoing is not None and phone.sends_w(self.interference_w) > self.phone_most_w

    def shed_uplink(self, now_s, is_over):
        chosen = []
        for cell in np.flatnonzero(is_over).tolist():
            served = [one for one in self.phones if one.ongoing is not None and one.first == cell]
            if served:
                worst = min(served, key=lambda one: (-one.loss, one.identity))
                chosen.append((worst, cell))
        for phone, cell in chosen:
            self.shed(now_s, phone, Outcome.BLOCKED_UPLINK, "n_shed_uplink", cell)
        return bool(chosen)

    def shed_downlink(self, now_s, is_over):
        chosen = []
        for cell in np.flatnonzero(is_over).tolist():
            served = [one for one in self.phones if one.ongoing is not None and cell in one.legs]
            if served:
                worst = min(served, key=lambda one: (-self.rounded_need_w(one), one.identity))
                chosen.append((worst, cell))
        for phone, cell in chosen:
            self.shed(now_s, phone, Outcome.BLOCKED_DOWNLINK, "n_shed_downlink", cell)
        return bool(chosen)

    def rounded_need_w(self, phone):
        """What a leg needs, as far as sums in another order agree: phones that ride side by side need the same."""
        return float(f"{phone.needs_w(self.power_w):.9e}")

    def shed(self, now_s, phone, cause, count, cell):
        """End the call or flow of a phone; not twice when both its phones, or two of its cells, have to shed it."""
        if phone not in self.phones:
            return
        if phone.is_call and 0.0 <= now_s < self.window_s:
            self.counts[count][cell] += 1
        phone.ongoing.shed(CALLED[cause] if phone.identity[2] else cause)

    def keep_solution(self, now_s):
        """What is solved now stands until the next update."""
        length_s = min(now_s + self.rules.power_update_s, self.window_s) - max(now_s, 0.0)
        if length_s <= 0.0:
            return
        ratio = self.interference_w / self.noise_w
        rise_db = np.array([10.0 * math.log10(one) for one in ratio])
        for name, most, values in (
            ("noise_rise_db", "noise_rise_max_db", rise_db),
            ("power_w", "power_max_w", self.power_w),
        ):
            self.sums[name] += values * length_s
            self.greatest[most] = np.maximum(self.greatest[most], values)

    # --- breathing

    def sample(self):
        self.n_samples += 1
        interference_w, power_w = self.present_interference_w(), self.present_power_w()
        for network in range(self.n_networks):
            for spot in range(self.n_squares):
                if self.is_covered(network, spot, interference_w, power_w):
                    self.n_covered[network, spot] += 1

    def is_covered(self, network, spot, interference_w, power_w):
        first, service = self.first_of(network, spot), self.rules.services[0]
        if first < 0:
            return False
        losses = self.losses(network, spot)
        if not self.hears_pilot(first, losses, power_w):
            return False
        sent_w = self.uplink_load(service) * interference_w[first] * losses[first][0]
        if sent_w / service.uplink_activity > self.phone_most_w:
            return False
        p, _, _ = self.link(service, [first], losses, power_w)
        return self.is_link_allowed(service, first, p)

    # --- what is compared

    def by_cell(self):
        """Means over the window, greatest values and counts of each cell."""
        means = {name: value / self.window_s for name, value in self.sums.items()}
        return {**means, **self.greatest, **self.counts}

    def by_site(self):
        return {"channel_elements_busy": self.elements_busy / self.window_s}

    def covered_share(self):
        return self.n_covered / self.n_samples


def heard_by(scenario, world, coverage):
    """All cells heard: those that would serve if the least power of a served spot were that of a heard cell."""
    heard = getattr(coverage, "heard", None)
    if heard is not None:
        return heard
    radio = scenario.radio
    lower = radio.model_copy(update={"min_rscp_dbm": radio.wcdma.least_heard_rscp_dbm})
    return ranks_at_spots(compute_coverage(scenario.model_copy(update={"radio": lower}), world))
