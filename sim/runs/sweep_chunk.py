"""A chunk of a sweep: some runs, one after the other, in one process, and the part that keeps them."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from time import monotonic

from sim.errors import StoreError
from sim.runs.provenance import fingerprint
from sim.runs.replications import peak_memory_bytes
from sim.runs.sweep_parts import RunOutcome, write_part
from sim.runs.sweep_plan import PlannedRun, kept_key
from sim.runs.sweep_run import platform_digest, run_planned
from sim.scenario.sweep_section import Sweep


@dataclass(frozen=True)
class ChunkOrder:
    """What a worker is asked to do."""

    runs: tuple[PlannedRun, ...]  # runs in their order
    folder: str  # folder of the parts, which client and worker share
    sweep: Sweep  # what is kept, and how many replications there are
    platform: str  # digest of the platform fingerprint that is asked for; empty where any will do
    limit_s: float  # after so long no further run is begun [s]


@dataclass(frozen=True)
class ChunkReport:
    """What a worker did."""

    finished: tuple[str, ...]  # ids of the runs that are kept, failed ones too
    failures: tuple[tuple[str, str], ...]  # id and error of those that failed
    wall_s: float  # time that it took [s]
    peak_memory_bytes: int = 0  # largest memory of the worker so far [byte]
    refused: str = ""  # why the worker did nothing; empty when it did


def run_chunk(order: ChunkOrder, must_stop: Callable[[], bool] = lambda: False) -> ChunkReport:
    """Run a chunk and keep what came of it."""
    begin_s = monotonic()
    own = platform_digest()
    if order.platform and own != order.platform:
        platform = ", ".join(f"{key} {value}" for key, value in asdict(fingerprint()).items())
        return ChunkReport((), (), 0.0, refused=platform)
    outcomes: list[RunOutcome] = []
    try:
        for run in order.runs:
            if outcomes and (must_stop() or monotonic() - begin_s > order.limit_s):
                break
            outcomes.append(run_planned(run, order.sweep))
    finally:
        # Runs that are finished are kept, whatever ends the chunk.
        if outcomes:
            _keep(order, outcomes)
    return ChunkReport(
        tuple(outcome.note.run_id for outcome in outcomes),
        tuple((o.note.run_id, o.note.error) for o in outcomes if o.note.error),
        monotonic() - begin_s,
        peak_memory_bytes(),
    )


def _keep(order: ChunkOrder, outcomes: Sequence[RunOutcome]) -> None:
    try:
        write_part(Path(order.folder), outcomes, kept_key(order.sweep))
    except OSError as error:
        message = (
            f"{order.folder}: cannot keep results ({error.strerror or error}); free space or mend its permissions, "
            "and give the same command again: what is kept is not computed again"
        )
        raise StoreError(message) from error
