"""Reading a results folder: its files as the arrays that figures are drawn from."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property, reduce
from operator import and_
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import shapely
from numpy.typing import NDArray
from pyproj import Transformer
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from sim.errors import Problem, StoreError
from sim.tables import ALL, AXES


@dataclass(frozen=True)
class RunFacts:
    """Where a figure comes from."""

    scenario: str  # name of the scenario
    run_id: str  # full id of the run
    seed: int  # key of the random draws
    start: datetime  # local time at which the measured window begins
    duration_s: float  # length of the measured window [s]
    networks: tuple[str, ...]  # names of the networks, in their order
    labels: tuple[str, ...]  # what figures call the networks
    notes: tuple[str, ...]  # warnings that every output carries
    n_replications: int = 0  # replications, or worlds of coverage alone
    # the scenario that was run, numbers without their evidence
    resolved: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Places:
    """Cities and towns, the largest first."""

    name: tuple[str, ...] = ()  # names
    x_m: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))  # and y_m: centres [m]
    y_m: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    population: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))  # (place,) people
    # (place,) whether it has a name of its own, not one made of its province's
    is_named: tuple[bool, ...] = ()


@dataclass(frozen=True)
class Territory:
    """The squares of the region, its provinces and places."""

    resolution_m: float  # side of a square [m]
    x_m: NDArray[np.float64]  # and y_m: (square,) centres [m]
    y_m: NDArray[np.float64]
    population: NDArray[np.float64]  # (square,) people
    province_idx: NDArray[np.int64]  # (square,) province of each square
    province_codes: tuple[str, ...]  # codes of the provinces
    # outlines of the provinces, in the metres of the squares [m]
    outlines: tuple[BaseGeometry, ...]
    places: Places = Places()  # cities and towns

    @cached_property
    def extent_m(self) -> tuple[float, float, float, float]:
        """Return the west, east, south and north end of all squares. [m]."""
        half_m = self.resolution_m / 2.0
        return (
            float(self.x_m.min() - half_m),
            float(self.x_m.max() + half_m),
            float(self.y_m.min() - half_m),
            float(self.y_m.max() + half_m),
        )


@dataclass(frozen=True)
class Estimate:
    """A measure of each of many things, with its interval over replications."""

    value: NDArray[np.float64]  # and low, high: (item,) value and interval, NaN where there is none
    low: NDArray[np.float64]
    high: NDArray[np.float64]


Read = TypeVar("Read")
_WGS_84 = "EPSG:4326"
_SECONDS_PER_HOUR = 3600.0


def read_run(folder: Path) -> RunFacts:
    """Read where a folder comes from."""
    if not folder.is_dir():
        raise StoreError(Problem(str(folder), "no such folder; give a folder that a run published"))
    manifest = _read(folder / "manifest.json", _load_json)
    scenario = _without_evidence(read_scenario(folder))
    try:
        run, networks = scenario["run"], scenario["networks"]
        names = tuple(str(network["name"]) for network in networks)
        labels = tuple(str(network.get("label") or network["name"]) for network in networks)
        return RunFacts(
            scenario=str(scenario["name"]),
            run_id=str(manifest["id"]),
            seed=int(manifest["seed"]),
            start=datetime.fromisoformat(str(run["start"])),
            duration_s=float(run["duration_h"]) * _SECONDS_PER_HOUR,
            networks=names,
            labels=labels,
            notes=tuple(str(note) for note in manifest.get("notes", ())),
            n_replications=int(manifest["replications"]),
            resolved=scenario,
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        problem = f"manifest.json and scenario.yaml do not say what a figure needs ({error!r})"
        raise StoreError(Problem(str(folder), f"{problem}; run the scenario again")) from error


def read_scenario(folder: Path) -> dict[str, Any]:
    """Read the scenario that was run, each value with its evidence."""
    return _read(folder / "scenario.yaml", _load_yaml)


def read_territory(folder: Path) -> Territory:
    """Read squares, people and provinces."""
    path = folder / "coverage.parquet"
    names = ["province", "population", "x_m", "y_m"]
    table = _table(path, names)
    grid = {key: _grid_fact(path, table, key) for key in ("crs", "resolution_m")}
    features = _read(folder / "provinces.geojson", _load_json)["features"]
    codes = tuple(str(feature["properties"]["code"]) for feature in features)
    outlines = [shape(feature["geometry"]) for feature in features]
    return Territory(
        resolution_m=float(grid["resolution_m"]),
        x_m=_numbers(table, "x_m"),
        y_m=_numbers(table, "y_m"),
        population=_numbers(table, "population"),
        province_idx=positions(_texts(table, "province"), codes, path),
        province_codes=codes,
        outlines=tuple(_in_metres(outline, str(grid["crs"])) for outline in outlines),
        places=_read_places(folder, str(grid["crs"])),
    )


def _read_places(folder: Path, crs: str) -> Places:
    """Read cities and towns; none where there are none, as on a plain or in a folder of an older version."""
    path = folder / "places.geojson"
    if not path.is_file():
        return Places()
    features = _read(path, _load_json)["features"]
    centres = np.array([feature["geometry"]["coordinates"] for feature in features], np.float64)
    points = shapely.get_coordinates(_in_metres(shapely.MultiPoint(centres), crs))
    return Places(
        name=tuple(str(feature["properties"]["name"]) for feature in features),
        x_m=points[:, 0],
        y_m=points[:, 1],
        population=np.array([one["properties"]["population"] for one in features], np.float64),
        is_named=tuple(bool(one["properties"].get("is_named", True)) for one in features),
    )


def read_provinces(folder: Path) -> dict[str, str]:
    """Read the names of the provinces by their codes, in their order."""
    features = _read(folder / "provinces.geojson", _load_json)["features"]
    found = [feature["properties"] for feature in features]
    return {str(one["code"]): str(one.get("name") or one["code"]) for one in found}


def read_best_cells(folder: Path, run: RunFacts) -> NDArray[np.int64]:
    """Read which cell serves each square best, by network. Number of the cell, -1 where none serves."""
    names = [f"cell_idx_{name}" for name in run.networks]
    columns = read_columns(folder / "coverage.parquet", names, ())
    return np.stack([columns[name] for name in names]).astype(np.int64)


def resolved(run: RunFacts, *keys: str) -> Any:  # noqa: ANN401
    """Return a section of the scenario that was run, or a number of it."""
    section: Any = run.resolved
    try:
        for key in keys:
            section = section[key]
    except (KeyError, TypeError) as error:
        message = f"does not say {'.'.join(keys)}; run the scenario again"
        raise StoreError(Problem(f"scenario.yaml of {run.scenario}", message)) from error
    return section


def _without_evidence(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, dict):
        if "value" in value:
            return _without_evidence(value["value"])
        return {key: _without_evidence(child) for key, child in value.items()}
    return [_without_evidence(child) for child in value] if isinstance(value, list) else value


def read_columns(
    path: Path, numbers: Sequence[str], texts: Sequence[str] = (), if_there: Sequence[str] = ()
) -> dict[str, NDArray[Any]]:
    """Read some columns of a table. Columns; numbers as float64 with NaN for null, those `if_there` where they are."""
    table = _table(path, [*numbers, *texts], if_there)
    found = [*numbers, *(name for name in if_there if name in table.column_names)]
    columns: dict[str, NDArray[Any]] = {name: _numbers(table, name) for name in found}
    return columns | {name: _texts(table, name) for name in texts}


def read_measures(
    folder: Path, measures: Sequence[str]
) -> dict[tuple[str, str, str], NDArray[np.float64]]:
    """Read measures by name, network and province: the numerator of each replication."""
    axes = [axis.name for axis in AXES if axis.name not in ("network", "province")]
    is_whole = [pc.field(axis) == ALL for axis in axes]
    wanted = reduce(and_, is_whole, pc.field("measure").isin(list(measures)))
    names = ["measure", "network", "province", "replication", "numerator"]
    table = _table(folder / "replications.parquet", [*names, *axes], wanted=wanted)
    found: dict[tuple[str, str, str], list[tuple[int, float]]] = {}
    for measure, network, province, number, sum_ in zip(
        *(table.column(name).to_pylist() for name in names), strict=True
    ):
        found.setdefault((measure, network, province), []).append((number, sum_))
    return {key: np.array([sum_ for _, sum_ in sorted(rows)]) for key, rows in found.items()}


def with_ends(names: Sequence[str]) -> list[str]:
    """Return the columns of some estimates with their intervals."""
    return [f"{name}{end}" for name in names for end in ("", "_low", "_high")]


def estimate_of(columns: Mapping[str, NDArray[Any]], name: str, rows: NDArray[Any]) -> Estimate:
    """Return an estimate with its interval, of some rows."""
    return Estimate(*(columns[column][rows] for column in with_ends([name])))


def _read(path: Path, load: Callable[[Path], Read]) -> Read:
    """Load a file, or say which one is missing or broken."""
    try:
        return load(path)
    except FileNotFoundError as error:
        message = "no such file; this is not a whole results folder, run the scenario again"
        raise StoreError(Problem(str(path), message)) from error
    except (OSError, ValueError, YAMLError, pa.ArrowException) as error:
        message = f"cannot be read ({error}); run the scenario again with --force"
        raise StoreError(Problem(str(path), message)) from error


def _load_json(path: Path) -> dict[str, Any]:
    content = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(content, dict):
        raise ValueError("not a mapping")  # noqa: TRY004
    return content


def _load_yaml(path: Path) -> dict[str, Any]:
    content = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    if not isinstance(content, dict):
        raise ValueError("not a mapping")  # noqa: TRY004
    return content


def _table(
    path: Path,
    names: Sequence[str],
    if_there: Sequence[str] = (),
    wanted: pc.Expression | None = None,
) -> pa.Table:
    def load(file: Path) -> pa.Table:
        present = set(pq.read_schema(file).names)
        missing = [name for name in names if name not in present]
        if missing:
            raise ValueError("no column " + ", ".join(missing))
        columns = [*names, *(name for name in if_there if name in present)]
        return pq.read_table(file, columns=columns, filters=wanted, partitioning=None)

    return _read(path, load)


def _grid_fact(path: Path, table: pa.Table, key: str) -> Any:  # noqa: ANN401
    """Return a fact about the grid from the metadata of the table of squares."""
    metadata = table.schema.metadata or {}
    if key.encode() not in metadata:
        message = f"does not say {key} in its metadata; run the scenario again"
        raise StoreError(Problem(str(path), message))
    return json.loads(metadata[key.encode()])


def _numbers(table: pa.Table, name: str) -> NDArray[np.float64]:
    values: NDArray[np.float64] = table.column(name).to_numpy()
    return values.astype(np.float64)


def _texts(table: pa.Table, name: str) -> NDArray[np.str_]:
    return np.asarray(table.column(name).to_pylist(), np.str_)


def positions(values: NDArray[np.str_], names: Sequence[str], path: Path) -> NDArray[np.int64]:
    """Return the place of each value in a list of names."""
    present, inverse = np.unique(values, return_inverse=True)
    place = {name: idx for idx, name in enumerate(names)}
    unknown = [str(value) for value in present if value not in place]
    if unknown:
        message = f"names {', '.join(unknown[:5])}, which no other file of the folder knows"
        raise StoreError(Problem(str(path), message))
    table = np.array([place[str(value)] for value in present], np.int64)
    return table[inverse] if len(table) else np.empty(0, np.int64)


def _in_metres(outline: BaseGeometry, crs: str) -> BaseGeometry:
    """Project an outline in degrees onto the grid's metres; that of a plain is in metres already."""
    if not crs:
        return outline
    transformer = Transformer.from_crs(_WGS_84, crs, always_xy=True)
    return shapely.transform(outline, transformer.transform, interleaved=False)
