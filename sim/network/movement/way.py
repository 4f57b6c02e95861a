"""The way of a phone over the squares: where the present piece of it leads, and when it crosses a border."""

import math
from typing import Any

from sim.compilation.kernels import kernel
from sim.engine.wheel import schedule, wheel_of
from sim.network.clockwork import next_number
from sim.network.kinds import Kind
from sim.network.movement.state import (
    ACROSS_X,
    ACROSS_Y,
    PIECE_END,
    STRAIGHT,
    Movement,
    movement_of,
)

_STEP = int(Kind.STEP)

_Mover = Any
"""A row of `Mover` in compiled code."""


@kernel(inline=True)
def square_at(movement: Movement, row: int, col: int) -> int:
    """Return the square at a place of the raster, -1 outside the region."""
    if 0 <= row < movement.square_at.shape[0] and 0 <= col < movement.square_at.shape[1]:
        return movement.square_at[row, col]
    return -1


@kernel
def put_at(movement: Movement, one: _Mover, x_m: float, y_m: float, time_s: float) -> None:
    """Let a phone begin its way at a point."""
    rules = movement.rules[0]
    one.x_m, one.y_m, one.since_s = x_m, y_m, time_s
    one.begun_x_m, one.begun_y_m, one.begun_s = x_m, y_m, time_s
    one.col = math.floor((x_m - rules.x_min_m) / rules.side_m)
    one.row = math.floor((rules.y_max_m - y_m) / rules.side_m)
    one.square = square_at(movement, one.row, one.col)


@kernel
def head_for_point(movement: Movement, one: _Mover, time_s: float) -> None:
    """Let a phone go from where it is to the point of its line that comes next."""
    x_m, y_m = movement.points[one.point].x_m - one.x_m, movement.points[one.point].y_m - one.y_m
    length_m = math.sqrt(x_m * x_m + y_m * y_m)
    one.since_s = time_s
    one.until_s = time_s + length_m / one.speed_m_s
    one.vx_m_s = one.speed_m_s * (x_m / length_m) if length_m > 0.0 else 0.0
    one.vy_m_s = one.speed_m_s * (y_m / length_m) if length_m > 0.0 else 0.0


@kernel
def put_on_line(movement: Movement, one: _Mover, run_m: float, time_s: float) -> None:
    """Let a phone begin its way at a length along its line, and go on along it as its `way` says."""
    line, points = movement.lines[one.line], movement.points
    behind = line.first + 1
    while behind < line.end - 1 and points[behind].run_m <= run_m:
        behind += 1
    before = behind - 1
    share = (run_m - points[before].run_m) / (points[behind].run_m - points[before].run_m)
    x_m = points[before].x_m + share * (points[behind].x_m - points[before].x_m)
    y_m = points[before].y_m + share * (points[behind].y_m - points[before].y_m)
    put_at(movement, one, x_m, y_m, time_s)
    one.point = behind if one.way > 0 else before
    head_for_point(movement, one, time_s)


@kernel
def await_step(state: int, mover: int, now_s: float) -> None:
    """Put into the wheel when a phone crosses the next border of its square, or comes to a bend."""
    movement = movement_of(state)
    one, rules = movement.movers[mover], movement.rules[0]
    time_s, one.axis = one.until_s, PIECE_END
    if one.vx_m_s != 0.0:
        border_m = rules.x_min_m + (one.col + (1 if one.vx_m_s > 0.0 else 0)) * rules.side_m
        at_s = one.since_s + (border_m - one.x_m) / one.vx_m_s
        if at_s < time_s:
            time_s, one.axis = at_s, ACROSS_X
    if one.vy_m_s != 0.0:
        border_m = rules.y_max_m - (one.row + (0 if one.vy_m_s > 0.0 else 1)) * rules.side_m
        at_s = one.since_s + (border_m - one.y_m) / one.vy_m_s
        if at_s < time_s:
            time_s, one.axis = at_s, ACROSS_Y
    one.step_id = next_number(state)
    schedule(wheel_of(state), max(time_s, now_s), _STEP, 0, one.step_id, mover)


@kernel
def go_on(movement: Movement, mover: int, time_s: float) -> bool:
    """Let a phone cross the border, or take the bend, that it has come to; say whether its square is another now."""
    one, rules = movement.movers[mover], movement.rules[0]
    if one.axis == PIECE_END:
        _take_bend(movement, one, time_s)
        return False
    row, col = one.row, one.col
    if one.axis == ACROSS_X:
        col += 1 if one.vx_m_s > 0.0 else -1
    else:
        row += -1 if one.vy_m_s > 0.0 else 1
    square = square_at(movement, row, col)
    if square < 0 and one.kind == STRAIGHT:
        _turn_round(rules, one, time_s)
        return False
    one.row, one.col, one.square = row, col, square
    one.n_steps += 1
    return True


@kernel(inline=True)
def _turn_round(rules: Any, one: _Mover, time_s: float) -> None:  # noqa: ANN401  a MovementRules
    """Let a phone that has come to the end of the region turn back, as a ball does."""
    length_s = time_s - one.since_s
    x_m, y_m = one.x_m + one.vx_m_s * length_s, one.y_m + one.vy_m_s * length_s
    if one.axis == ACROSS_X:
        x_m = rules.x_min_m + (one.col + (1 if one.vx_m_s > 0.0 else 0)) * rules.side_m
        one.vx_m_s = -one.vx_m_s
    else:
        y_m = rules.y_max_m - (one.row + (0 if one.vy_m_s > 0.0 else 1)) * rules.side_m
        one.vy_m_s = -one.vy_m_s
    one.x_m, one.y_m, one.since_s = x_m, y_m, time_s


@kernel(inline=True)
def _take_bend(movement: Movement, one: _Mover, time_s: float) -> None:
    """Let a phone at a point of its line head for the next one; at the end of the line it turns back."""
    line = movement.lines[one.line]
    one.x_m, one.y_m = movement.points[one.point].x_m, movement.points[one.point].y_m
    if one.way > 0 and one.point == line.end - 1:
        one.way = -1
    elif one.way < 0 and one.point == line.first:
        one.way = 1
    one.point += one.way
    head_for_point(movement, one, time_s)
