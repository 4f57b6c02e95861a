"""Coverage without calls, of one world or many: each drawn anew, kept when it is done, published when all are."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from time import monotonic

import pyarrow as pa

from sim.errors import Problem, SimError
from sim.radio.coverage import compute_coverage
from sim.runs.measures.coverage import coverage_rows
from sim.runs.once import Setting
from sim.runs.parquet import read_parquet, write_parquet
from sim.runs.progress import Extent, Progress
from sim.runs.replication_tables import Effort
from sim.runs.replications import do_missing, peak_memory_bytes
from sim.runs.store import Store
from sim.scenario.fields import field_shapes
from sim.scenario.messages import given, must_be
from sim.scenario.schema import Run, Scenario
from sim.world.build import build_world

MAX_WORLDS = 10_000
"""Most worlds: an interval is then a hundredth as wide as worlds differ (house limit)."""

_MEASURES, _FACTS = "measures.parquet", "world.json"


@dataclass(frozen=True)
class KeptWorlds:
    """What is kept of each world, read back."""

    # rows of `sim.tables.REPLICATIONS` of each world, the one that a run uses first
    measures: tuple[pa.Table, ...]
    # what outputs must say of any of the worlds, and of all of them together
    notes: tuple[str, ...]
    efforts: tuple[Effort, ...]  # what each world took


@dataclass(frozen=True)
class _Worlds:
    """Draws a world, computes its coverage and keeps its measures."""

    scenario: Scenario
    folder: Path

    def __call__(self, store: Store, replication: int, progress: Progress) -> None:  # noqa: ARG002
        begin_s = monotonic()
        scenario = in_world(self.scenario, replication)
        world = build_world(scenario, self.folder, with_lines=False)
        _keep(
            store, replication, Setting(scenario, world, compute_coverage(scenario, world)), begin_s
        )


def _keep(store: Store, replication: int, setting: Setting, begin_s: float) -> None:
    rows = coverage_rows(setting.scenario, setting.world, setting.coverage)
    effort = Effort(0, 0, monotonic() - begin_s, peak_memory_bytes())
    notes = (*setting.world.notes, *setting.coverage.notes)
    facts = json.dumps({"notes": notes, "effort": asdict(effort)})

    def write(path: Path) -> None:
        write_parquet(path / _MEASURES, rows)
        (path / _FACTS).write_text(facts, encoding="utf-8")

    store.keep_replication(replication, write)


def in_world(scenario: Scenario, number: int) -> Scenario:
    """Return a scenario that draws another world."""
    run = scenario.run
    moved = run.model_copy(update={"world_replication": run.world_replication + number - 1})
    return scenario.model_copy(update={"run": moved})


def check_n_worlds(n_worlds: int, scenario: Scenario | None = None) -> None:
    """Refuse a number of worlds that cannot be drawn."""
    if not 1 <= n_worlds <= MAX_WORLDS:
        message = f"must be a whole number, 1 to {MAX_WORLDS:,}: each is a world with its coverage"
        raise SimError(Problem(f"replications = {given(n_worlds)}", message))
    if scenario is None:
        return
    last = field_shapes(Run)["world_replication"]
    first = scenario.run.world_replication
    if not last.allows(first + n_worlds - 1):
        message = (
            f"{n_worlds:,} worlds begin here, and the last would be {first + n_worlds - 1}: {must_be(last)}; "
            "lower it, or --replications"
        )
        raise SimError(Problem(f"run.world_replication = {first}", message))


def cover_worlds(
    setting: Setting, folder: Path, n_worlds: int, store: Store, n_jobs: int, progress: Progress
) -> None:
    """Compute the coverage of the worlds that are not kept yet, and keep the measures of each."""
    is_new = not store.replication_folder(1).is_dir()
    if is_new:
        _keep(store, 1, setting, monotonic())
    if n_worlds == 1:
        return
    extent = Extent(n_worlds, 0, 0.0, 0.0, "coverage", "world", n_new=int(is_new))
    do_missing(_Worlds(setting.scenario, folder), extent, store, n_jobs, progress)


def read_worlds(store: Store, n_worlds: int) -> KeptWorlds:
    """Read the worlds back."""
    folders = [store.replication_folder(number) for number in range(1, n_worlds + 1)]
    facts = [json.loads((folder / _FACTS).read_text(encoding="utf-8")) for folder in folders]
    measures = tuple(read_parquet(folder / _MEASURES) for folder in folders)
    notes = [note for one in facts for note in one["notes"]]
    return KeptWorlds(
        measures,
        (*dict.fromkeys(notes), *_notes_together(measures)),
        tuple(Effort(**one["effort"]) for one in facts),
    )


def _notes_together(measures: Sequence[pa.Table]) -> tuple[str, ...]:
    """Return what must be said of several worlds."""
    n, first = len(measures), measures[0]
    if n == 1:
        return ()
    base = first.column("replication")[0].as_py()
    notes = [
        f"maps, squares and sites are those of world {base}, the first of {n:,}; measures are means over all of them"
    ]
    drawn = first.drop_columns(["replication"])
    if all(drawn.equals(other.drop_columns(["replication"])) for other in measures[1:]):
        notes.append(
            "no two of the worlds differ: nothing in this scenario is drawn by world, and intervals say nothing"
        )
    return tuple(notes)
