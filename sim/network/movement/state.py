"""The room of movement: phones on their way, the ground under them, and who waits for a channel."""

import math
from typing import NamedTuple

from sim.compilation.kernels import kernel
from sim.engine.recorder import row_dtype
from sim.engine.rooms import F8, I1, I2, I4, I8, U1, U4, array, given, log, pool, row
from sim.engine.views import view
from sim.tables.movement import HANDOVERS

N_PENDING = 6
"""Cells of its own network that a phone hears at most."""

STRAIGHT, ALONG, DWELLING = range(3)
"""How a phone moves: straight on, along a line, or from cell to cell after a time in each, on no ground."""

SIDE_SHIFT = 60
"""Bits of an address below the side of a call: 0 and 1, or 2 for a flow."""

OF_A_FLOW = 2
"""In place of a side of a call."""

ACROSS_X, ACROSS_Y, PIECE_END = range(3)
"""What comes next on the way: a border between squares to the east or west, to the north or south, or a bend."""


def _to_cdb(level_db: float) -> int:
    return math.floor(100.0 * level_db + 0.5)


def _to_gap_cdb(level_db: float) -> int:
    """Return a hysteresis, the least that makes a cell the stronger one where there is none."""
    return max(1, _to_cdb(level_db))


@row
class MovementRules:
    """Parameters of movement and handover."""

    is_on: U1 = given("traffic.is_moving")
    hysteresis_cdb: I8 = given("radio.handover.hysteresis_db", _to_gap_cdb)  # [0.01 dB]
    add_cdb: I8 = given("radio.wcdma.active_set_window_db", _to_cdb)
    margin_cdb: I8 = given("radio.handover.drop_margin_db", _to_cdb)
    reach_cdb: I8 = given("radio.handover.reach_db", _to_cdb)
    trigger_s: F8 = given("radio.handover.time_to_trigger_s")
    change_s: F8 = given("radio.handover.hsdpa_change_s")
    lost_after_s: F8 = given("radio.handover.lost_after_s")
    max_waiting: I8 = given("radio.handover.max_waiting")
    max_legs: I8 = given("radio.wcdma.active_set_size")
    min_loss_db: F8 = given("radio.wcdma.min_coupling_loss_db")
    uplink_leak: F8  # 1 / ACIR
    side_m: F8  # of a square
    x_min_m: F8  # north-west corner of the raster
    y_max_m: F8
    n_squares: I8
    n_parts: I8  # points along the side of a divided square
    n_blocks: I8  # networks that a phone hears


@row
class Mode:
    """A way of travelling."""

    share: F8  # cumulative share of phones that set out so or in an earlier mode
    mu: F8  # mean and standard deviation of the logarithm of the speed in m/s
    sigma: F8
    is_along: U1  # whether it goes along corridors


@row
class Line:
    """A line on the ground: a corridor, or that of a vehicle."""

    first: I4  # first of its points
    end: I4  # behind the last


@row
class Point:
    """A point of a line."""

    x_m: F8
    y_m: F8
    run_m: F8  # from the first point, along the line


@row
class Ride:
    """From where a Poisson source calls; the line is -1 for one that does not ride."""

    line: I4 = -1
    network_idx: I4
    speed_m_s: F8
    length_m: F8
    departs_s: F8


@row
class Dwell:
    """How phones of a Poisson source go from cell to cell; no cells for one whose phones stay."""

    law: I8  # as in `sim.traffic.dwelling`
    a: F8
    b: F8
    first: I4  # first of the cells among which they go
    end: I4  # behind the last


@row
class CellQueue:
    """Who waits for a channel of a cell, and its number."""

    pilot_dbm: F8
    first: I4 = -1  # first phone on the way that waits
    last: I4 = -1
    n_waiting: I4


@row
class Mover:
    """A phone on its way."""

    x_m: F8  # where the present piece of its way begins
    y_m: F8
    since_s: F8  # and when
    vx_m_s: F8  # velocity on this piece
    vy_m_s: F8
    until_s: F8  # when this piece ends, infinite for one that does not
    speed_m_s: F8
    begun_s: F8  # when it set out, and from where
    begun_x_m: F8
    begun_y_m: F8
    lost_s: F8  # since when its best cell cannot be had, NaN if it has it
    look_s: F8  # for when a further look is in the wheel, infinite for none
    step_id: I8  # numbers of its events in the wheel; others are of the past
    look_id: I8
    trigger_s: F8  # how long a cell must be strong, or weak
    index: I8  # of its draws
    entity: U4
    phone: I4 = -1  # its phone on the radio, -1 for none
    flow: I4 = -1  # its flow over HSDPA, -1 for none
    cell: I4  # that serves the flow
    network: I4
    row: I4  # place in the raster
    col: I4
    square: I4  # -1 outside the region
    line: I4  # that it goes along, -1 for none
    point: I4  # at which the present piece ends
    source: I4  # of one that dwells
    n_dwells: I4
    waits_since_s: F8
    waits_for: I4  # cell for a channel of which it waits, -1 for none
    waits_before: I4  # chain of those who wait
    waits_after: I4
    n_steps: I4  # squares, or cells, that it has come into
    kind: U1  # STRAIGHT and so on
    axis: U1  # what comes next
    n_pending: U1
    way: I1  # 1 or -1: which way along its line


@row
class Pending:
    """A cell that has become strong enough to be taken, or so weak that it is to be given up."""

    since_s: F8
    cell: I4


@row
class Heard:
    """A cell of the own network that a phone hears, while it is looked at."""

    cell: I4
    cdbm: I2
    since_s: F8  # since when it has been strong, or weak, enough; NaN if it is not
    is_leg: U1
    is_due: U1


@row
class Totals:
    """What movement came to in the measured window: phones whose way ended in it."""

    n_movers: I8
    n_steps: I8
    moved_m: F8  # from where they set out to where they were in the end, as the crow flies
    moving_s: F8
    n_dropped: I8


class Movement(NamedTuple):
    """Phones on their way."""

    rules: array(MovementRules, "one")
    totals: array(Totals, "one")
    modes: array(Mode, "mode")
    lines: array(Line, "line_on_ground")
    points: array(Point, "point")
    rides: array(Ride, "source")
    dwells: array(Dwell, "source")
    dwell_cells: array(I4, "dwell_cell")
    cells: array(CellQueue, "cell")
    # The ground.
    square_at: array(I4, "raster_row", "raster_col")
    square_row: array(I4, "square_of_region")
    square_col: array(I4, "square_of_region")
    divided: array(I4, "divided")  # squares with points, in the order of these
    corridor_line: array(I4, "square_of_region")  # corridor that crosses a square, -1 for none
    corridor_run_m: array(F8, "square_of_region")  # and how far along it
    # Phones on their way, each with two places of the radio: where it is, and where it comes to.
    movers: array(Mover, "mover", grows=True)
    pending: array(Pending, "mover", "pending", grows=True)
    own_place: array(I4, "mover", fill=-1, grows=True)  # first of its two places
    free: pool("mover", n_spare=2)
    heard: array(Heard, "pending")  # room for the work on one phone
    written: array(row_dtype(HANDOVERS), "one")  # room for the row of one handover
    handovers: log(HANDOVERS)


movement_of = view(Movement)


@kernel
def leave_queue(movement: Movement, mover: int) -> None:
    """Let a phone no longer wait for a channel; nothing happens when it does not."""
    one = movement.movers[mover]
    if one.waits_for < 0:
        return
    cell = movement.cells[one.waits_for]
    if one.waits_before >= 0:
        movement.movers[one.waits_before].waits_after = one.waits_after
    else:
        cell.first = one.waits_after
    if one.waits_after >= 0:
        movement.movers[one.waits_after].waits_before = one.waits_before
    else:
        cell.last = one.waits_before
    cell.n_waiting -= 1
    one.waits_for = -1
