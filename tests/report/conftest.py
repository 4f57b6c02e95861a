"""Small results folders with the documented files and columns, made without a simulation."""

import json
import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from shapely.geometry import box, mapping

from sim.report.draw import draw_figures
from sim.tables import (
    AXES,
    CELLS,
    OUTCOMES,
    REPLICATIONS,
    SITES,
    TIMESERIES,
    Table,
    coverage_table,
)
from tests.sharing import made_once

NAMES = ("koryolink", "kang_song", "third")
LABELS = ("Koryolink", "Kang Song", "Third network")
RESOLUTION_M = 1000.0
WINDOW_S = 1800.0


def write_table(path: Path, table: Table, columns: dict, metadata: dict | None = None) -> None:
    schema = pa.schema(
        [
            pa.field(c.name, pa.string() if c.dtype == "str" else pa.from_numpy_dtype(c.dtype))
            for c in table.columns
        ],
        metadata={key: json.dumps(value) for key, value in (metadata or {}).items()},
    )
    n_rows = len(next(iter(columns.values())))
    arrays = []
    for field in schema:
        values = columns.get(field.name)
        if values is None:
            arrays.append(pa.nulls(n_rows, field.type))
        else:
            arrays.append(pa.array(np.asarray(values), type=field.type, from_pandas=True))
    pq.write_table(pa.Table.from_arrays(arrays, schema=schema), path)


class ResultsFolder:
    """A folder of a plain of `side` squares, with as many networks and sites as asked."""

    def __init__(self, path: Path, n_networks: int, side: int, n_sites: int, n_replications: int):
        self.path, self.names, self.labels = path, NAMES[:n_networks], LABELS[:n_networks]
        self.side, self.n_sites, self.n_replications = side, n_sites, n_replications
        path.mkdir(parents=True)
        self.write_facts()
        self.write_territory()
        self.write_sites()
        if n_replications:
            self.write_cells()
            self.write_timeseries()
            self.write_replications()

    def write_facts(self) -> None:
        manifest = {
            "id": "ab" * 32,
            "seed": 7,
            "replications": self.n_replications,
            "notes": ["synthetic relief"],
        }
        (self.path / "manifest.json").write_text(json.dumps(manifest))
        networks = "".join(
            f"  - {{name: {name}, label: {label}, n_subscribers: 5}}\n"
            for name, label in zip(self.names, self.labels, strict=True)
        )
        (self.path / "scenario.yaml").write_text(
            "name: plain_test\nseed: 7\nrun:\n  start: 2022-11-16 19:00\n"
            "  duration_h: {value: 0.5, low: 0.4, high: 0.6, source: assumption}\n"
            "region: {source: plain}\n"
            f"networks:\n{networks}"
        )

    def write_territory(self) -> None:
        side, half = self.side, self.side // 2 * RESOLUTION_M
        row, col = np.divmod(np.arange(side * side), side)
        x_m, y_m = (col + 0.5) * RESOLUTION_M, (side - row - 0.5) * RESOLUTION_M
        self.population = np.where(row % 3 == 0, 0, 5 + 40 * (col % 4))
        self.rscp_dbm = {}
        columns = {
            "province": np.where(x_m < half, "west", "east"),
            "population": self.population,
            "x_m": x_m,
            "y_m": y_m,
        }
        for idx, name in enumerate(self.names):
            distance_km = np.sqrt((x_m - half) ** 2 + (y_m - half) ** 2) / 1000.0
            rscp_dbm = (-60.0 - 30.0 * np.log10(np.maximum(distance_km, 1.0))).astype(np.float32)
            rscp_dbm[distance_km > (0.45 - 0.1 * idx) * side] = np.nan
            self.rscp_dbm[name] = rscp_dbm
            columns[f"rscp_dbm_{name}"] = rscp_dbm
            cell_idx = 3 * self.n_sites * idx + np.arange(side * side) % (3 * self.n_sites)
            columns[f"cell_idx_{name}"] = np.where(np.isnan(rscp_dbm), -1, cell_idx)
            columns[f"p_covered_{name}"] = (~np.isnan(rscp_dbm)).astype(np.float32)
        grid = {"crs": "", "resolution_m": RESOLUTION_M}
        write_table(self.path / "coverage.parquet", coverage_table(self.names), columns, grid)
        edge = side * RESOLUTION_M
        shapes = {"west": box(0.0, 0.0, half, edge), "east": box(half, 0.0, edge, edge)}
        features = [
            {"type": "Feature", "properties": {"code": code}, "geometry": mapping(outline)}
            for code, outline in shapes.items()
        ]
        (self.path / "provinces.geojson").write_text(
            json.dumps({"type": "FeatureCollection", "features": features})
        )

    def write_sites(self) -> None:
        n_networks, n = len(self.names), self.n_sites
        angle = np.tile(np.arange(n) * 2.0 * np.pi / n, n_networks)
        radius_m = 0.0 if n == 1 else 0.3 * self.side * RESOLUTION_M
        centre_m = self.side / 2.0 * RESOLUTION_M
        self.site_columns = {
            "site": [f"{name}_{k}" for name in self.names for k in range(n)],
            "network": np.repeat(self.names, n),
            "x_m": centre_m + radius_m * np.sin(angle),
            "y_m": centre_m + radius_m * np.cos(angle),
            "distance_km": np.linspace(4.0, 0.5, n_networks * n),
        }
        write_table(self.path / "sites.parquet", SITES, self.site_columns)

    def write_cells(self) -> None:
        site, network = self.site_columns["site"], self.site_columns["network"]
        n = len(site) * 3
        seizures = 100.0 + 10.0 * np.arange(n)
        refusals = np.where(np.arange(n) % 3 == 0, 0.0, 0.5 * np.arange(n))
        self.cell_columns = {
            "cell_idx": np.arange(n),
            "cell": [f"{name}/{k}" for name in site for k in (1, 2, 3)],
            "site": np.repeat(site, 3),
            "network": np.repeat(network, 3),
            "n_channels": np.full(n, 20),
            "azimuth_deg": np.tile([0.0, 120.0, 240.0], len(site)),
            "carried_erl": seizures * 100.0 / WINDOW_S,
            "seizures_originating": seizures * 0.6,
            "seizures_terminating": seizures * 0.4,
            "refusals_originating": refusals * 0.5,
            "refusals_terminating": refusals * 0.5,
        }
        write_table(self.path / "cells.parquet", CELLS, self.cell_columns)

    def write_timeseries(self) -> None:
        begin_s = np.arange(0.0, WINDOW_S, 60.0)
        blocks = []
        for replication in range(self.n_replications):
            for idx, name in enumerate((*self.names, "all")):
                wave = np.sin(begin_s / 300.0 + replication)
                blocks.append(
                    {
                        "replication": np.full(len(begin_s), replication),
                        "begin_s": begin_s,
                        "width_s": np.full(len(begin_s), 60.0),
                        "network": np.full(len(begin_s), name),
                        "carried_erl": 100.0 * (idx + 1) + 5.0 * wave,
                        "attempts": np.full(len(begin_s), 200),
                        "blocked": np.rint(6.0 + 3.0 * wave).astype(int),
                        "completed": np.full(len(begin_s), 150),
                    }
                )
        self.series_columns = {key: np.concatenate([b[key] for b in blocks]) for key in blocks[0]}
        self.save_timeseries()

    def write_replications(self) -> None:
        """Of the attempts in each province a tenth is blocked and a fifth not answered, in every replication."""
        shares = {"voice.attempts": 1.0, "voice.outcome.completed": 0.7}
        shares |= {"voice.outcome.blocked_channel": 0.1, "voice.outcome.no_answer": 0.2}
        shares |= {
            f"voice.outcome.{one}": 0.0 for one in OUTCOMES if f"voice.outcome.{one}" not in shares
        }
        rows = [
            (replication, measure, network, province, share * attempts)
            for replication in range(1, self.n_replications + 1)
            for measure, share in shares.items()
            for network in (*self.names, "all")
            for province, attempts in (("west", 1000.0), ("east", 2000.0), ("all", 3000.0))
        ]
        names = ("replication", "measure", "network", "province", "numerator")
        columns = dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
        columns |= {
            axis.name: ["all"] * len(rows)
            for axis in AXES
            if axis.name not in ("network", "province")
        }
        write_table(self.path / "replications.parquet", REPLICATIONS, columns)

    def save_timeseries(self) -> None:
        write_table(self.path / "timeseries.parquet", TIMESERIES, self.series_columns)


@pytest.fixture
def results_folder(tmp_path: Path):
    """Return a maker of results folders."""

    def make(
        n_networks: int = 2,
        side: int = 24,
        n_sites: int = 6,
        n_replications: int = 5,
        name: str = "folder",
    ) -> ResultsFolder:
        return ResultsFolder(tmp_path / name, n_networks, side, n_sites, n_replications)

    return make


@pytest.fixture(scope="session")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> ResultsFolder:
    """Return a folder of two networks with its figures, for tests that only look."""
    shape = 2, 24, 6, 5
    once = made_once(
        tmp_path_factory,
        "drawn",
        lambda folder: draw_figures(ResultsFolder(folder / "its", *shape).path),
    )
    made = ResultsFolder(tmp_path_factory.mktemp("drawn") / "folder", *shape)
    shutil.copytree(once / "its" / "figures", made.path / "figures")
    return made
