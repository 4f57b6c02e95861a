"""A small world built by hand, and records in it that agree with themselves."""

from dataclasses import dataclass

import numpy as np
import pytest
from shapely.geometry import box

from sim.network.records import Records
from sim.radio.coverage import Coverage
from sim.runs.measures.subject import Replication
from sim.runs.replication_tables import ReplicationTables, replication_tables
from sim.scenario.schema import Scenario
from sim.streams import exponential_quantile, uniform
from sim.tables import ATTEMPTS, Outcome
from sim.world.build import Provinces, World
from sim.world.exchanges import Exchanges, Trunks
from sim.world.grid import Grid
from sim.world.spots import make_spots
from sim.world.stations import Cells, Sites
from sim.world.subscribers import Subscribers

STREAM = 63  # of no purpose in the simulator
WINDOW_S = 630.0
WARMUP_S = 120.0
AFTER_S = 60.0  # attempts begin after the window too


@dataclass(frozen=True)
class Example:
    """A scenario with its world, coverage and a way to make records."""

    scenario: Scenario
    world: World
    coverage: Coverage

    def records(self, replication: int = 1, n_attempts: int = 3000) -> Records:
        """Records that agree with themselves, drawn by address."""
        return make_records(self, replication, n_attempts)

    def tables(self, records, number=1, scenario=None, coverage=None) -> ReplicationTables:
        """What is kept of records, its invariants checked."""
        scenario = scenario or self.scenario
        return replication_tables(Replication(number, scenario, self.world, coverage, records))


def make_scenario(**changes) -> Scenario:
    tree = {
        "name": "example",
        "seed": 7,
        "run": {"duration_h": WINDOW_S / 3600.0, "warmup_h": WARMUP_S / 3600.0, "replications": 3},
        "region": {"source": "plain", "width_km": 4.0, "height_km": 2.0},
        "networks": [
            {"name": "north", "n_subscribers": 6, "n_sites": 2},
            {"name": "south", "n_subscribers": 2, "n_sites": 1},
        ],
        "subscribers": {
            "classes": [{"name": "resident", "share": 0.5}, {"name": "trader", "share": 0.5}]
        },
        "switching": {
            "trunk_groups": [
                {"between": ["north", "south"], "n_circuits": 5},
                {"between": ["north", "fixed"], "n_circuits": 2},
            ]
        },
    }
    return Scenario.model_validate(tree | changes)


def make_world() -> World:
    """Eight squares of 1 km in two provinces; three sites with four cells of two networks."""
    row = np.array([0, 0, 1, 1, 0, 0, 1, 1], np.int32)
    col = np.array([0, 1, 0, 1, 2, 3, 2, 3], np.int32)
    square_at = np.full((2, 4), -1, np.int32)
    square_at[row, col] = np.arange(8)
    grid = Grid(
        crs="",
        resolution_m=1000.0,
        x_min_m=0.0,
        y_max_m=2000.0,
        n_rows=2,
        n_cols=4,
        row=row,
        col=col,
        province_idx=np.repeat([0, 1], 4).astype(np.uint8),
        height_m=np.zeros(8, np.float32),
        square_at=square_at,
    )
    provinces = Provinces(
        code=("W", "E"),
        name=("West", "East"),
        outline=(box(0, 0, 2000, 2000), box(2000, 0, 4000, 2000)),
        population=np.array([100, 300]),
    )
    sites = Sites(
        name=("a", "b", "c"),
        network_idx=np.array([0, 0, 1], np.uint8),
        x_m=np.array([500.0, 2500.0, 3500.0]),
        y_m=np.array([500.0, 1500.0, 500.0]),
        longitude_deg=np.full(3, np.nan),
        latitude_deg=np.full(3, np.nan),
        square_idx=np.array([2, 4, 7], np.int32),
        province_idx=np.array([0, 1, 1], np.uint8),
        antenna_height_m=np.full(3, 30.0),
    )
    cells = Cells(
        name=("a/1", "a/2", "b", "c"),
        site_idx=np.array([0, 0, 1, 2], np.int32),
        network_idx=np.array([0, 0, 0, 1], np.uint8),
        azimuth_deg=np.array([0.0, 180.0, np.nan, np.nan]),
        n_channels=np.array([60, 40, 50, 30], np.int32),
        pilot_power_dbm=np.full(4, 33.0),
        antenna_gain_dbi=np.full(4, 11.0),
    )
    subscribers = Subscribers(
        subscriber_id=np.arange(8, dtype=np.uint32),
        square_idx=np.array([0, 1, 2, 4, 5, 6, 6, 7], np.int32),
        point_idx=np.zeros(8, np.uint8),
        network_idx=np.array([0, 0, 0, 0, 0, 0, 1, 1], np.uint8),
        class_idx=np.array([0, 1, 0, 1, 0, 1, 0, 1], np.uint8),
        device_idx=np.zeros(8, np.uint8),
        first_row=np.array([[0, 3, 6], [6, 6, 8]]),
        row_by_id=np.arange(8, dtype=np.int32),
    )
    return World(
        grid=grid,
        spots=make_spots(grid, np.zeros(grid.n_squares, bool), grid.resolution_m),
        provinces=provinces,
        population=np.array([10, 20, 30, 40, 60, 70, 80, 90], np.int32),
        is_urban=np.zeros(8, np.bool_),
        urban_share=np.zeros(8, np.float32),
        network_names=("north", "south"),
        sites=sites,
        cells=cells,
        subscribers=subscribers,
        exchanges=make_exchanges(),
        notes=("A world built by hand.",),
    )


def make_exchanges() -> Exchanges:
    """Two switching centres and the fixed network; the trunk groups are those of the scenario."""
    return Exchanges(
        name=("north", "south", "fixed"),
        n_centres=2,
        gateway_idx=2,
        is_manual=np.zeros(3, np.bool_),
        province_idx=np.full(3, 255, np.uint8),
        x_m=np.full(3, np.nan),
        y_m=np.full(3, np.nan),
        n_lines=np.zeros(3, np.int32),
        n_operators=np.zeros((3, 24), np.int32),
        n_cords=np.zeros(3, np.int32),
        works_with_tickets=np.zeros(3, np.bool_),
        trunks=Trunks(
            name=("north-south", "north-fixed"),
            a=np.array([0, 0], np.int32),
            b=np.array([1, 2], np.int32),
            n_circuits=np.array([5, 2], np.int32),
            n_reserved=np.zeros(2, np.int32),
            order=np.zeros(2, np.int32),
        ),
    )


def make_coverage() -> Coverage:
    """North serves all but square 3, south only the squares 5, 6 and 7."""
    cell_idx = np.full((2, 8, 1), -1, np.int32)
    cell_idx[0, :, 0] = [0, 1, 0, -1, 2, 2, 2, 2]
    cell_idx[1, 5:, 0] = 3
    rscp_cdbm = np.where(cell_idx < 0, -32768, -8050).astype(np.int16)
    return Coverage(cell_idx, rscp_cdbm, ("A coverage built by hand.",))


def draw(replication: int, attempt: int, index: int) -> float:
    return uniform(7, replication, STREAM, attempt, index)


_POSSIBLE = (
    Outcome.COMPLETED,
    Outcome.COMPLETED,
    Outcome.COMPLETED,
    Outcome.NO_ANSWER,
    Outcome.CALLEE_BUSY,
    Outcome.NO_COVERAGE,
    Outcome.BLOCKED_CHANNEL,
    Outcome.BLOCKED_TRUNK,
    Outcome.CALLEE_BLOCKED,
    Outcome.NO_ROUTE,
)


def make_attempt(replication: int, number: int) -> dict[str, float]:
    u = [draw(replication, number, index) for index in range(8)]
    network = int(u[0] < 0.3)
    province = 1 if network else int(u[1] < 0.6)
    outcome = _POSSIBLE[int(u[2] * len(_POSSIBLE))]
    time_s = -WARMUP_S + u[3] * (WARMUP_S + WINDOW_S + AFTER_S)
    ring_s, talk_s = exponential_quantile(u[4]) * 8.0, exponential_quantile(u[5]) * 100.0
    is_answered = outcome == Outcome.COMPLETED
    holds = is_answered or outcome == Outcome.NO_ANSWER
    cell = 3 if network else (2 if province else int(u[6] < 0.5))
    return {
        "time_s": time_s,
        "entity": number % 8,
        "index": number,
        "redial": int(u[7] < 0.1),
        "is_source": 0,
        "network_idx": network,
        "province_idx": province,
        "class_idx": number % 2,
        "cell_idx": -1 if outcome == Outcome.NO_COVERAGE else cell,
        "destination_idx": network,
        "callee_id": 4294967295,
        "exchange_idx": -1,
        "n_manual": 0,
        "lost_at_idx": -1,
        "wait_s": 0.0,
        "service_idx": int(number % 5 == 0),
        "callee_cell_idx": -1,
        "trunk_idx": -1,
        "outcome": outcome,
        "answer_s": time_s + ring_s if is_answered else np.nan,
        "end_s": time_s + ring_s + (talk_s if is_answered else 0.0) if holds else time_s,
        "would_hold_s": ring_s + talk_s,
    }


def make_records(example: Example, replication: int, n_attempts: int) -> Records:
    rows = sorted(
        (make_attempt(replication, number) for number in range(n_attempts)),
        key=lambda row: row["end_s"],
    )
    attempts = {
        column.name: np.array([row[column.name] for row in rows]).astype(column.dtype)
        for column in ATTEMPTS.columns
    }
    inside = (attempts["time_s"] >= 0.0) & (attempts["time_s"] < WINDOW_S)
    first = inside & (attempts["redial"] == 0)
    n_engaged = np.array([[3, 1], [0, 2], [0, 0]])
    n_intents = n_engaged.copy()
    n_avoided = np.zeros_like(n_engaged)
    np.add.at(n_intents, (attempts["network_idx"][first], attempts["province_idx"][first]), 1)
    channels = example.world.cells.n_channels
    share = np.array([draw(replication, 10**6 + cell, 0) for cell in range(len(channels))])
    cells = {
        "seizures_originating": (channels * 10 * share).astype(np.int64),
        "refusals_originating": (channels * share).astype(np.int64),
        "seizures_terminating": (channels * 8 * share).astype(np.int64),
        "refusals_terminating": (channels * 0.5 * share).astype(np.int64),
        "busy_erl": channels * share,
        "all_busy_share": share**2,
    }
    trunks = {
        "seizures": np.array([100 + replication, 50]),
        "refusals": np.array([10, 0]),
        "busy_erl": np.array([2.5 + 0.1 * replication, 0.7]),
        "all_busy_share": np.array([0.1, 0.02]),
    }
    intents = {"n_intents": n_intents, "n_engaged": n_engaged, "n_avoided": n_avoided}
    tables = {"attempts": attempts, "intents": intents, "cells": cells, "trunks": trunks}
    return Records(WINDOW_S, 4 * n_attempts, tables)


@pytest.fixture(scope="session")
def example() -> Example:
    return Example(make_scenario(), make_world(), make_coverage())
