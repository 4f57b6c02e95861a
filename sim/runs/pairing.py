"""Whether two runs are about the same people who make the same calls: kept intents, one by one."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.runs.result import RunResult

_KEY = ("replication", "is_source", "entity", "index")
_PLACE, _CALLEE, _LENGTH = (
    ("home_x_km", "home_y_km"),
    ("callee_id", "exchange"),
    ("would_hold_s",),
)
_COLUMNS = ("redial", *_KEY, "time_s", *_PLACE, *_CALLEE, *_LENGTH)

LEAST_SHARE = 0.5
"""Fewer intents than this that are the same are no pairs (house limit). [1]"""


@dataclass(frozen=True, slots=True)
class Pairing:
    """How many of the intents that two runs have kept are the same, of callers who made an attempt in both."""

    n_a: int  # and n_b: intents that each has kept, of the replications that both have
    n_b: int
    n_common: int  # those of the same caller at the same time
    n_same_place: int  # those of them whose caller lives at the same place
    n_same_callee: int  # those who call the same line
    n_same_length: int  # those who would talk as long
    n_same: int  # those of which all this is the same

    @property
    def is_known(self) -> bool:
        """Whether both have kept any."""
        return bool(self.n_a and self.n_b)

    @property
    def is_paired(self) -> bool:
        """Whether there is enough in common to speak of pairs; a run with fewer lines may be part of the other."""
        return self.is_known and self.n_same >= LEAST_SHARE * min(self.n_a, self.n_b)


def paired_intents(a: RunResult, b: RunResult) -> Pairing:
    """Compare the first attempts in the calls that two runs have kept, of replications that both have."""
    of_a, of_b = _intents(a), _intents(b)
    both = np.intersect1d(of_a["replication"], of_b["replication"])
    of_a, of_b = (_of_replications(one, both) for one in (of_a, of_b))
    at_a, at_b = _common(of_a, of_b)
    is_timely = _equal(of_a, of_b, at_a, at_b, ("time_s",))
    at_a, at_b = at_a[is_timely], at_b[is_timely]
    same = [_equal(of_a, of_b, at_a, at_b, names) for names in (_PLACE, _CALLEE, _LENGTH)]
    return Pairing(
        len(of_a["entity"]),
        len(of_b["entity"]),
        len(at_a),
        *(int(np.count_nonzero(one)) for one in (*same, np.logical_and.reduce(same))),
    )


_Columns = Mapping[str, NDArray[np.generic]]


def _intents(run: RunResult) -> _Columns:
    """Return the first attempts that a run has kept."""
    if "calls" not in run.tables:
        return {name: np.zeros(0) for name in _COLUMNS}
    table = run.table("calls", _COLUMNS)
    columns = {name: table.column(name).to_numpy() for name in _COLUMNS}
    is_first = columns["redial"] == 0
    return {name: column[is_first] for name, column in columns.items()}


def _of_replications(columns: _Columns, wanted: NDArray[np.generic]) -> _Columns:
    kept = np.isin(columns["replication"], wanted)
    return {name: column[kept] for name, column in columns.items()}


def _common(a: _Columns, b: _Columns) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the rows of the intents that both have."""
    key_a, key_b = _keys(a), _keys(b)
    _, at_a, at_b = np.intersect1d(key_a, key_b, assume_unique=True, return_indices=True)
    return at_a, at_b


def _keys(columns: _Columns) -> NDArray[np.void]:
    """Return replication, caller and address of each intent."""
    keys = np.empty(len(columns["entity"]), [(name, np.int64) for name in _KEY])
    for name in _KEY:
        keys[name] = columns[name]
    return keys


def _equal(
    a: _Columns,
    b: _Columns,
    at_a: NDArray[np.int64],
    at_b: NDArray[np.int64],
    names: tuple[str, ...],
) -> NDArray[np.bool_]:
    """Say of each pair of rows whether some columns are the same; no number is the same as no number."""
    same = np.ones(len(at_a), np.bool_)
    for name in names:
        of_a, of_b = a[name][at_a], b[name][at_b]
        if of_a.dtype == object:  # names, None for none
            same &= of_a == of_b
            continue
        of_a, of_b = of_a.astype(np.float64), of_b.astype(np.float64)
        same &= (of_a == of_b) | (np.isnan(of_a) & np.isnan(of_b))
    return same
