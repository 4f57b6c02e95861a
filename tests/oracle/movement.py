"""Phones on their way: the rules of docs/movement.md once more, plain and slow."""

import math
from dataclasses import dataclass, field

import numpy as np

from sim.radio.coverage import ranks_at_spots
from sim.streams import exponential_quantile, normal_quantile, uniform, uniform_pair
from sim.tables import Outcome
from sim.tables.outcomes import Refusal
from tests.oracle.environment import CHANNEL_FREE, LOOK, STEP
from tests.oracle.hsdpa import Served

STREAM_JOURNEY, STREAM_JOURNEY_START, STREAM_JOURNEY_SPEED = 56, 57, 58
STREAM_DWELL, STREAM_DWELL_CELL = 59, 60
HARD, ADDED, REPLACED, BEST = range(4)
DONE = 255


def to_cdb(level_db):
    return math.floor(100.0 * level_db + 0.5)


class Channel:
    """A channel of a cell, held by a phone; which cell may change."""

    def __init__(self, oracle, cell, identity):
        self.oracle, self.first, self.identity = oracle, cell, identity
        self.mover = self.ongoing = None

    def release(self, _now_s):
        if self.mover is not None:
            self.oracle.movement.arrive(self.mover)
        self.oracle.movement.release_channel(self.first)


@dataclass(eq=False)
class Mover:
    """A phone on its way."""

    unit: object  # the phone, or the channel, that it is
    network: int
    entity: int
    index: int
    speed_m_s: float = 0.0
    x_m: float = 0.0
    y_m: float = 0.0
    since_s: float = 0.0
    vx: float = 0.0
    vy: float = 0.0
    until_s: float = math.inf
    begun: tuple = ()
    row: int = 0
    col: int = 0
    square: int = -1
    line: object = None  # (points, run) of the line along which it goes
    point: int = 0
    way: int = 1
    dwell: object = None
    n_dwells: int = 0
    axis: str = ""
    step_id: int = 0
    look_id: int = 0
    look_s: float = math.inf
    lost_s: float = math.nan
    pending: dict = field(default_factory=dict)  # since when, by cell
    waits_for: int | None = None
    waits_since_s: float = 0.0
    n_steps: int = 0
    trigger_s: float = 0.0


class PlainMovement:
    """All phones on their way."""

    def __init__(self, oracle):
        self.oracle, self.env, self.world = oracle, oracle.env, oracle.world
        self.scenario, self.key = oracle.scenario, oracle.key
        self.rules = self.scenario.radio.handover
        self.wcdma = self.scenario.radio.wcdma
        self.journeys = self.scenario.traffic.journeys
        self.grid = self.world.grid
        self.n_ids = 0
        self.queues = [[] for _ in oracle.cells]
        self.is_awaited = [False] * len(oracle.cells)
        self.is_told = [False] * len(oracle.cells)
        self.handovers = []
        self.totals = {"n_movers": 0, "n_steps": 0, "moved_m": 0.0, "moving_s": 0.0, "n_dropped": 0}
        self.corridor_at = {}
        if self.journeys.uses_corridors:
            self.find_corridors()

    def gap_cdb(self):
        """By how much a cell must be stronger to be taken for another: it must be stronger at all."""
        return max(1, to_cdb(self.rules.hysteresis_db))

    def next_id(self):
        self.n_ids += 1
        return self.n_ids

    def is_measured(self):
        return 0.0 <= self.env.now < self.oracle.window_s

    # --- setting out

    def find_corridors(self):
        side_m = self.grid.resolution_m
        for corridor in self.world.corridors:
            line = self.line_of(corridor.x_m.tolist(), corridor.y_m.tolist())
            all_m = np.concatenate(
                ([0.0], np.cumsum(np.sqrt(np.diff(corridor.x_m) ** 2 + np.diff(corridor.y_m) ** 2)))
            )
            at_m = 0.0
            for at_m in np.arange(0.0, all_m[-1], side_m / 4.0):
                x_m, y_m = (
                    np.interp(at_m, all_m, corridor.x_m),
                    np.interp(at_m, all_m, corridor.y_m),
                )
                square = int(self.grid.square_of(np.array([x_m]), np.array([y_m]))[0])
                if square >= 0:
                    self.corridor_at.setdefault(square, (line, float(at_m)))

    def line_of(self, xs, ys):
        points, run_m = [(xs[0], ys[0])], [0.0]
        for x_m, y_m in zip(xs[1:], ys[1:], strict=True):
            step_m = math.sqrt((x_m - points[-1][0]) ** 2 + (y_m - points[-1][1]) ** 2)
            if step_m > 0.0:
                points.append((x_m, y_m))
                run_m.append(run_m[-1] + step_m)
        return points, run_m

    def set_out_all(self, units, rows):
        """Both phones of a call, the caller's first."""
        for unit in units:
            self.set_out(unit, rows[unit.identity[2]], unit.identity[2])

    def set_out(self, unit, row, side):
        if not self.journeys.modes or row is None:
            return
        entity, address, _ = unit.identity
        index = address + side * 2**60
        u, v = uniform_pair(*self.key, STREAM_JOURNEY, entity, index)
        passed, how = 0.0, None
        for mode in self.journeys.modes:
            passed += mode.share
            if u < passed:
                how = mode
                break
        if how is None:
            return
        one = Mover(unit, int(self.world.cells.network_idx[unit.first]), entity, index)
        one.trigger_s = self.rules.time_to_trigger_s
        if isinstance(unit, Served):
            one.trigger_s += self.rules.hsdpa_change_s
        p = uniform(*self.key, STREAM_JOURNEY_SPEED, entity, index)
        variance = math.log1p(how.speed_cv**2)
        mu = math.log(how.speed_m_s) - variance / 2.0
        one.speed_m_s = math.exp(mu + math.sqrt(variance) * normal_quantile(p))
        self.put_at_spot(one, self.oracle.spot_of(row))
        if how.way == "corridor" and one.square in self.corridor_at:
            one.line, run_m = self.corridor_at[one.square]
            one.way = 1 if v < 0.5 else -1
            self.put_on_line(one, run_m)
        else:
            one.vx = one.speed_m_s * math.cos(2.0 * math.pi * v)
            one.vy = one.speed_m_s * math.sin(2.0 * math.pi * v)
        unit.mover, unit.movement = one, self
        self.await_step(one)

    def put_at_spot(self, one, spot):
        layout = self.world.spots
        square = int(layout.square_idx[spot])
        point, n = 0, 1
        if spot >= layout.n_squares:
            point, n = spot - int(layout.first[square]), layout.n_parts
        u, v = uniform_pair(*self.key, STREAM_JOURNEY_START, one.entity, one.index)
        col = int(self.grid.col[square]) + (point % n + u) / n
        row = int(self.grid.row[square]) + (point // n + v) / n
        side_m = self.grid.resolution_m
        self.put_at(one, self.grid.x_min_m + col * side_m, self.grid.y_max_m - row * side_m)
        one.col, one.row, one.square = (
            int(self.grid.col[square]),
            int(self.grid.row[square]),
            square,
        )

    def put_at(self, one, x_m, y_m):
        one.x_m, one.y_m, one.since_s = x_m, y_m, self.env.now
        one.begun = x_m, y_m, self.env.now
        one.col = math.floor((x_m - self.grid.x_min_m) / self.grid.resolution_m)
        one.row = math.floor((self.grid.y_max_m - y_m) / self.grid.resolution_m)
        one.square = self.square_at(one.row, one.col)

    def square_at(self, row, col):
        if 0 <= row < self.grid.n_rows and 0 <= col < self.grid.n_cols:
            return int(self.grid.square_at[row, col])
        return -1

    def put_on_line(self, one, run_m):
        points, runs = one.line
        behind = next((k for k in range(1, len(runs) - 1) if runs[k] > run_m), len(runs) - 1)
        share = (run_m - runs[behind - 1]) / (runs[behind] - runs[behind - 1])
        (x0, y0), (x1, y1) = points[behind - 1], points[behind]
        self.put_at(one, x0 + share * (x1 - x0), y0 + share * (y1 - y0))
        one.point = behind if one.way > 0 else behind - 1
        self.head_for_point(one)

    def head_for_point(self, one):
        x_m, y_m = (
            to - at for to, at in zip(one.line[0][one.point], (one.x_m, one.y_m), strict=True)
        )
        length_m = math.sqrt(x_m * x_m + y_m * y_m)
        one.since_s = self.env.now
        one.until_s = self.env.now + length_m / one.speed_m_s
        one.vx, one.vy = 0.0, 0.0
        if length_m > 0.0:
            one.vx, one.vy = one.speed_m_s * (x_m / length_m), one.speed_m_s * (y_m / length_m)

    def board(self, source, address, p_place):
        """A phone in the vehicle of a source, and what it hears best."""
        ride = self.scenario.traffic.sources[source].ride
        names = [network.name for network in self.scenario.networks]
        one = Mover(None, names.index(ride.network), source, address, ride.speed_m_s)
        south_m = self.grid.y_max_m - self.grid.n_rows * self.grid.resolution_m
        one.line = self.line_of(
            [self.grid.x_min_m + 1000.0 * x_km for x_km in ride.x_km],
            [south_m + 1000.0 * y_km for y_km in ride.y_km],
        )
        length_m = one.line[1][-1]
        gone_m = ride.speed_m_s * (self.env.now - ride.departs_s) - p_place * ride.length_m
        run_m = gone_m - math.floor(gone_m / (2.0 * length_m)) * (2.0 * length_m)
        if run_m > length_m:
            run_m, one.way = 2.0 * length_m - run_m, -1
        self.put_on_line(one, run_m)
        if one.square < 0:
            return one, -1
        ranks = ranks_at_spots(self.oracle.coverage)
        return one, int(ranks.cell_idx[one.network, one.square, 0])

    def ride_on(self, one, unit):
        one.trigger_s = self.rules.time_to_trigger_s
        one.unit, unit.mover, unit.movement = unit, one, self
        self.await_step(one)

    # --- the way

    def borders(self, one):
        side_m = self.grid.resolution_m
        x_m = self.grid.x_min_m + (one.col + (1 if one.vx > 0.0 else 0)) * side_m
        y_m = self.grid.y_max_m - (one.row + (0 if one.vy > 0.0 else 1)) * side_m
        return x_m, y_m

    def await_step(self, one):
        x_m, y_m = self.borders(one)
        time_s, one.axis = one.until_s, "bend"
        if one.vx != 0.0 and one.since_s + (x_m - one.x_m) / one.vx < time_s:
            time_s, one.axis = one.since_s + (x_m - one.x_m) / one.vx, "x"
        if one.vy != 0.0 and one.since_s + (y_m - one.y_m) / one.vy < time_s:
            time_s, one.axis = one.since_s + (y_m - one.y_m) / one.vy, "y"
        self.step_at(one, max(time_s, self.env.now))

    def step_at(self, one, time_s):
        one.step_id = number = self.next_id()
        event = self.env.at(time_s, STEP, 0, number)
        event.callbacks.append(lambda _: self.step(one, number))

    def step(self, one, number):
        if one.step_id != number:
            return
        if one.dwell is not None:
            self.leave_cell(one)
            return
        if self.go_on(one):
            self.renew(one)
        if one.step_id == number:
            self.await_step(one)

    def go_on(self, one):
        """Whether it has come into another square."""
        if one.axis == "bend":
            one.x_m, one.y_m = one.line[0][one.point]
            if one.way > 0 and one.point == len(one.line[0]) - 1:
                one.way = -1
            elif one.way < 0 and one.point == 0:
                one.way = 1
            one.point += one.way
            self.head_for_point(one)
            return False
        row, col = one.row, one.col
        if one.axis == "x":
            col += 1 if one.vx > 0.0 else -1
        else:
            row += -1 if one.vy > 0.0 else 1
        square = self.square_at(row, col)
        if square < 0 and one.line is None:
            border_x_m, border_y_m = self.borders(one)
            length_s = self.env.now - one.since_s
            x_m, y_m = one.x_m + one.vx * length_s, one.y_m + one.vy * length_s
            if one.axis == "x":
                x_m, one.vx = border_x_m, -one.vx
            else:
                y_m, one.vy = border_y_m, -one.vy
            one.x_m, one.y_m, one.since_s = x_m, y_m, self.env.now
            return False
        one.row, one.col, one.square = row, col, square
        one.n_steps += 1
        return True

    def arrive(self, one):
        self.leave_queue(one)
        if self.is_measured():
            x_m = one.x_m + one.vx * (self.env.now - one.since_s) - one.begun[0]
            y_m = one.y_m + one.vy * (self.env.now - one.since_s) - one.begun[1]
            self.totals["n_movers"] += 1
            self.totals["n_steps"] += one.n_steps
            self.totals["moved_m"] += math.sqrt(x_m * x_m + y_m * y_m)
            self.totals["moving_s"] += self.env.now - one.begun[2]
        one.unit.mover, one.unit = None, None
        one.step_id = one.look_id = 0

    # --- cells that become strong or weak

    def heard(self, one):
        """Cells that it may have here, of the network that serves it, and power [0.01 dBm], the strongest first."""
        if one.square < 0:
            return []
        soft = self.oracle.radio
        ranks = ranks_at_spots(self.oracle.coverage) if soft is None else soft.heards[-1]
        cells = ranks.cell_idx[one.network, one.square].tolist()
        powers = ranks.rscp_cdbm[one.network, one.square].tolist()
        return [(cell, power) for cell, power in zip(cells, powers, strict=True) if cell >= 0]

    def renew(self, one):
        if isinstance(one.unit, Served):
            self.renew_flow(one)
        elif self.oracle.radio is None:
            self.renew_channel(one)
        else:
            self.renew_legs(one)

    def met(self, one, cells):
        """Since when each of the cells has been strong, or weak, enough, and which of them for long enough."""
        now_s = self.env.now
        since = {cell: one.pending.get(cell, now_s) for cell in cells}
        return since, {cell for cell, at_s in since.items() if at_s + one.trigger_s <= now_s}

    def judge(self, one, *, is_lost):
        now_s, after_s = self.env.now, self.rules.lost_after_s
        one.lost_s = math.nan if not is_lost else now_s if math.isnan(one.lost_s) else one.lost_s
        due_s = math.inf
        if is_lost:
            due_s = one.lost_s + after_s
            if due_s <= now_s:
                if self.drop(one):
                    return
                one.lost_s = now_s
                due_s = now_s + after_s if after_s > 0.0 else math.inf
        at_s = (since + one.trigger_s for since in one.pending.values())
        due_s = min([due_s, *(time_s for time_s in at_s if time_s > now_s)])
        if due_s < one.look_s:
            one.look_s, one.look_id = due_s, self.next_id()
            number = one.look_id
            event = self.env.at(due_s, LOOK, 0, number)
            event.callbacks.append(lambda _: self.look(one, number))

    def look(self, one, number):
        if one.look_id == number:
            one.look_s = math.inf
            self.renew(one)

    def drop(self, one):
        if isinstance(one.unit, Served):
            self.totals["n_dropped"] += self.is_measured()
            self.oracle.flows.hsdpa.cut(one.unit)
            return True
        if one.unit.ongoing is None:
            return False
        self.give_up_waiting(one)
        self.totals["n_dropped"] += self.is_measured()
        cause = Outcome.NO_COVERAGE
        if one.unit.identity[2] == 1:
            cause = Outcome.CALLEE_NO_COVERAGE
        one.unit.ongoing.shed(cause)
        return True

    def write(self, one, kind, to, refusal=DONE, wait_s=0.0):
        side, address = divmod(one.index, 2**60)
        number, index = divmod(address, 2**48)
        self.handovers.append(
            (
                self.env.now,
                one.entity,
                index,
                number,
                side,
                kind,
                one.unit.first,
                to,
                int(refusal),
                wait_s,
            )
        )

    # --- channels

    def renew_channel(self, one):
        heard = dict(self.heard(one))
        own = heard.get(one.unit.first)

        def stronger():
            least = -40_000 if own is None else own + self.gap_cdb()
            return [
                cell for cell, power in heard.items() if cell != one.unit.first and power >= least
            ]

        strong = stronger()
        since, due = self.met(one, strong)
        target = next((cell for cell in strong if own is None or cell in due), None)
        if target is None or target != one.waits_for:
            self.give_up_waiting(one)
            if target is not None and self.take_channel(one, target):
                own = heard[target]
                since, _ = self.met(one, stronger())
        one.pending = since
        self.judge(one, is_lost=own is None)

    def take_channel(self, one, cell):
        if self.may_take(cell):
            self.write(one, HARD, cell)
            self.move_channel(one, cell)
            return True
        if len(self.queues[cell]) < self.rules.max_waiting:
            self.queues[cell].append(one)
            one.waits_for, one.waits_since_s = cell, self.env.now
            self.is_awaited[cell] = True
        else:
            self.write(one, HARD, cell, Refusal.CHANNEL)
        return False

    def move_channel(self, one, cell):
        self.release_channel(one.unit.first)
        servers = self.oracle.cells[cell]
        servers.pass_time(self.env.now)
        servers.busy += 1
        one.unit.first = cell

    def release_channel(self, cell):
        self.oracle.cells[cell].release(self.env.now)
        if self.is_awaited[cell]:
            self.tell_free(cell)

    def may_take(self, cell):
        return self.oracle.cells[cell].is_free() and not self.oracle.is_off[cell]

    def tell_free(self, cell):
        if self.is_told[cell]:
            return
        self.is_told[cell] = True
        event = self.env.at(self.env.now, CHANNEL_FREE, 0, self.next_id())
        event.callbacks.append(lambda _: self.channel_free(cell))

    def channel_free(self, cell):
        queue = self.queues[cell]
        self.is_told[cell] = False
        if queue and self.may_take(cell):
            one = queue[0]
            self.leave_queue(one)
            self.write(one, HARD, cell, wait_s=self.env.now - one.waits_since_s)
            self.move_channel(one, cell)
            self.renew_channel(one)
            if queue and self.may_take(cell):
                self.tell_free(cell)
        if not queue:
            self.is_awaited[cell] = False

    def leave_queue(self, one):
        if one.waits_for is not None:
            self.queues[one.waits_for].remove(one)
            one.waits_for = None

    def give_up_waiting(self, one):
        if one.waits_for is not None:
            wait_s = self.env.now - one.waits_since_s
            self.write(one, HARD, one.waits_for, Refusal.CHANNEL, wait_s)
            self.leave_queue(one)

    # --- flows over HSDPA

    def renew_flow(self, one):
        hsdpa, heard = self.oracle.flows.hsdpa, dict(self.heard(one))
        margin = self.gap_cdb()

        def stronger():
            own = heard.get(one.unit.first)
            least = -40_000 if own is None else own + margin
            return [
                cell for cell, power in heard.items() if cell != one.unit.first and power >= least
            ]

        strong = stronger()
        since, due = self.met(one, strong)
        target = next((cell for cell in strong if cell in due), None)
        is_changed = False
        if target is not None:
            is_changed = len(hsdpa.flows[target]) < hsdpa.rules.max_flows
            self.write(one, HARD, target, DONE if is_changed else Refusal.CHANNEL)
        if is_changed:
            hsdpa.change_cell(one.unit, target, one.square)
            since, _ = self.met(one, stronger())
        elif one.unit.first in heard:
            hsdpa.move_to(one.unit, one.unit.first, one.square)
        one.pending = since
        self.judge(one, is_lost=one.unit.first not in heard)

    # --- from cell to cell, without ground

    def set_out_dwelling(self, unit, source):
        dwell = self.scenario.traffic.sources[source].dwell
        if dwell is None:
            return
        entity, address, _ = unit.identity
        one = Mover(unit, 0, entity, address, dwell=dwell)
        one.begun = 0.0, 0.0, self.env.now
        unit.mover, unit.movement = one, self
        self.stay(one)

    def stay(self, one):
        until_s = self.env.now + self.dwell_s(one)
        one.n_dwells += 1
        self.step_at(one, until_s)

    def dwell_s(self, one):
        dwell, is_first = one.dwell, one.n_dwells == 0
        first = one.index + 8 * one.n_dwells * 2**48
        u, v = uniform_pair(*self.key, STREAM_DWELL, one.entity, first)
        if dwell.law == "fixed":
            return dwell.mean_s * u if is_first else dwell.mean_s
        if dwell.law == "exponential":
            return dwell.mean_s * exponential_quantile(u)
        if dwell.law == "lognormal":
            sigma = math.sqrt(math.log1p(dwell.cv**2))
            mu = math.log(dwell.mean_s) - math.log1p(dwell.cv**2) / 2.0
            whole_s = math.exp(
                mu + (sigma * sigma if is_first else 0.0) + sigma * normal_quantile(u)
            )
            return whole_s * v if is_first else whole_s
        whole_s = 0.0
        for k in range(dwell.shape + is_first):
            pair = uniform_pair(*self.key, STREAM_DWELL, one.entity, first + (k // 2 + 1) * 2**48)
            whole_s += dwell.mean_s / dwell.shape * exponential_quantile(pair[k % 2])
        return whole_s * v if is_first else whole_s

    def leave_cell(self, one):
        names = self.world.cells.name
        others = [cell for cell in map(names.index, one.dwell.among) if cell != one.unit.first]
        u = uniform(*self.key, STREAM_DWELL_CELL, one.entity, one.index + one.n_dwells * 2**48)
        cell = others[min(len(others) - 1, int(u * len(others)))]
        if not self.may_take(cell):
            self.write(one, HARD, cell, Refusal.CHANNEL)
            self.drop(one)
            return
        self.write(one, HARD, cell)
        self.move_channel(one, cell)
        one.n_steps += 1
        self.stay(one)

    # --- soft handover

    def renew_legs(self, one):
        radio, phone = self.oracle.radio, one.unit
        all_heard = self.heard(one)
        heard = {
            cell: power
            for cell, power in all_heard
            if all_heard[0][1] - power <= to_cdb(self.rules.reach_db)
        }
        cells = list(heard)
        legs = [cell for cell in cells if cell in phone.legs]
        since, due = self.met(one, self.conditions(heard, legs))
        if not legs:
            due = set(since)
        radio.give_back(phone, self.env.now)
        for cell in reversed(cells):
            if cell in legs and cell in due and len(legs) > 1:
                legs.remove(cell)
                del since[cell]
        losses = radio.losses(one.network, one.square) if one.square >= 0 else {}
        legs = self.take_legs(one, heard, legs, since, due, losses)
        first = phone.first
        if legs:
            phone.losses, phone.first = losses, legs[0]
            phone.loss = losses[legs[0]][0]
            phone.uplink_column = np.zeros(radio.n)
            for j, (loss_j, up, _) in losses.items():
                phone.uplink_column[j] = phone.uplink_load * (phone.loss / loss_j) / up
            phone.uplink_column[phone.first] = phone.uplink_load
            phone.legs = legs
        power_w = radio.present_power_w()
        p, phone.c_0, phone.c = radio.link(phone.service, phone.legs, phone.losses, power_w)
        is_borne = radio.hears_pilot(phone.first, phone.losses, power_w)
        is_borne = is_borne and radio.is_link_allowed(phone.service, phone.first, p)
        phone.leaves = {}
        radio.hold(phone, self.env.now)
        if phone.first != first:
            best, phone.first = phone.first, first
            self.write(one, BEST, best)
            phone.first = best
            if phone.is_call:
                radio.servers[first].release(self.env.now)
                radio.servers[best].pass_time(self.env.now)
                radio.servers[best].busy += 1
        one.pending = since
        has_best = bool(cells) and bool(legs) and cells[0] in phone.legs
        self.judge(one, is_lost=not (is_borne and has_best))

    def conditions(self, heard, legs):
        """Legs that are weak enough to be given up, and other cells that are strong enough to be taken."""
        window = to_cdb(self.wcdma.active_set_window_db)
        best = max(heard.values(), default=0)
        for cell, power in heard.items():
            if cell in legs:
                is_met = best - power > window + to_cdb(self.rules.drop_margin_db)
            elif len(legs) < self.wcdma.active_set_size:
                is_met = best - power <= window
            else:
                is_met = power >= heard[legs[-1]] + self.gap_cdb()
            if is_met:
                yield cell

    def take_legs(self, one, heard, legs, since, due, losses):
        """The legs after asking for each further one, the strongest first."""
        radio, service = self.oracle.radio, one.unit.service
        for cell in heard:
            if cell in legs or cell not in due or cell not in since:
                continue
            others = list(legs)
            if len(legs) >= self.wcdma.active_set_size:
                if heard[cell] < heard[legs[-1]] + self.gap_cdb():
                    continue
                others = legs[:-1]
            wanted = [leg for leg in heard if leg == cell or leg in others]
            kind = ADDED if len(others) == len(legs) else REPLACED
            refusal = self.refusal(radio, cell, wanted, service, losses)
            self.write(one, kind, cell, refusal)
            if refusal == DONE:
                for gone in (cell, *set(legs) - set(others)):
                    since.pop(gone, None)
                legs = wanted
        return legs

    def refusal(self, radio, cell, wanted, service, losses):
        if radio.codes[cell].find(service.n_codes) is None:
            return Refusal.CODE
        sites = {int(radio.site_of[leg]) for leg in wanted if leg != cell}
        site = int(radio.site_of[cell])
        if site not in sites and radio.elements[site] < service.n_channel_elements:
            return Refusal.CHANNEL_ELEMENT
        _, c_0, c = radio.link(service, wanted, losses, radio.present_power_w())
        return DONE if radio.has_power(cell, c_0, c) else Refusal.DOWNLINK
