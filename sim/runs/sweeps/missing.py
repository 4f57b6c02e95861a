"""Which runs of a sweep are still to be done: those that are kept already are not computed again."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sim.runs.sweeps.plan import Plan, PlannedRun
from sim.runs.sweeps.shards import Shard, runs_of
from sim.runs.sweeps.store import RunNote, SweepStore


class Missing(NamedTuple):
    """What a sweep still lacks."""

    runs: list[PlannedRun]  # runs to be done, of one's own shard where there is one
    notes: dict[str, RunNote]  # what is kept, by run
    n_adopted: int  # how many of these were just taken over from sweeps before


def distinct_runs(plan: Plan) -> list[PlannedRun]:
    """Return the runs of a plan, each once. Runs in the order of their first points."""
    return list({run.run_id: run for run in plan.runs}.values())


def find_missing(store: SweepStore, shard: Shard | None) -> Missing:
    """Take over what sweeps before have kept of the same runs, and return what is missing then."""
    runs, notes = distinct_runs(store.plan), store.notes()
    missing = lacking(runs, notes)
    n_adopted = store.adopt({run.run_id for run in missing}) if missing else 0
    if n_adopted:
        notes = store.notes()
    own = runs if shard is None else runs_of(shard, runs)
    return Missing(lacking(own, notes), notes, n_adopted)


def lacking(runs: Sequence[PlannedRun], notes: Mapping[str, RunNote]) -> list[PlannedRun]:
    """Return those of some runs of which nothing is kept."""
    return [run for run in runs if run.run_id not in notes]
