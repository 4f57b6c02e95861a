"""What networks cover while sites go off the air and are back."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from sim.radio.coverage import Coverage, key_of
from sim.radio.reach import coverage_shares
from sim.runs.measures.subject import Finished, Subject
from sim.runs.parquet import arrow_table
from sim.tables import ALL, COVERAGE_OVER_TIME, Columns
from sim.units import hours_to_seconds
from sim.world.build import World
from sim.world.outages import sites_off_at, switch_times_s

Row = tuple[float, float, str, int, float, float]


def _published(run: Finished) -> dict[str, pa.Table]:
    begin_s = -hours_to_seconds(run.scenario.warmup_h)
    end_s = hours_to_seconds(run.scenario.run.duration_h)
    inside = [one for one in switch_times_s(run.world.outages, begin_s) if one < end_s]
    rows: list[Row] = []
    for from_s, to_s in zip((begin_s, *inside), (*inside, end_s), strict=True):
        rows += _rows(run.world, run.coverage, from_s, to_s)
    columns: Columns = {
        column.name: np.array([row[i] for row in rows])
        for i, column in enumerate(COVERAGE_OVER_TIME.columns)
    }
    return {COVERAGE_OVER_TIME.name: arrow_table(COVERAGE_OVER_TIME, columns)}


def _rows(world: World, first: Coverage, from_s: float, to_s: float) -> Iterator[Row]:
    """Yield what is covered between two changes."""
    is_off = sites_off_at(world.outages, len(world.sites), from_s)
    coverage = first.others.get(key_of(is_off), first)
    for share in coverage_shares(coverage, world):
        if share.province == ALL:
            own = is_off
            if share.network in world.network_names:
                own = is_off[world.sites.network_idx == world.network_names.index(share.network)]
            n_people = max(share.n_people, 1.0)
            of_area, of_people = share.covered_km2 / share.total_km2, share.n_covered / n_people
            yield from_s, to_s, share.network, int(own.sum()), of_area, of_people


OUTAGES = Subject(measures=(), in_world=lambda world: bool(world.outages), published=_published)
