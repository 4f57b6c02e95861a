"""Classes of subscribers have the names that the scenario gives them: nothing hangs on the words."""

import pyarrow.parquet as pq
import pytest

from sim.runs import run_scenario

SCENARIO = """\
name: {name}
run: {{duration_h: 0.5, warmup_h: 0.1, replications: 2, records: {{calls: all}}}}
region: {{source: plain, width_km: 12, height_km: 6}}
radio: {{capacity: wcdma, path_loss: {{model: disc, radius_km: 8}}}}
networks:
  - name: a
    n_subscribers: 400
    equipment: {{n_sectors: 1}}
    sites: [{{name: site, x_km: 6, y_km: 3}}]
subscribers:
  classes:
    - {{name: {classes[0]}, share: 0.5}}
    - {{name: {classes[1]}, share: 0.2, rate_factor: 3, data_weight: 2}}
    - {{name: {classes[2]}, share: 0.1}}
    - {{name: {classes[3]}, share: 0.1, rate_factor: 0.5}}
    - {{name: {classes[4]}, share: 0.1}}
traffic:
  erl_per_line: 0.02
  voice: {{destination: {{fixed_share: 0.5}}}}
  data: {{uses: [{{name: web, sessions_per_line_h: 2, classes: [{classes[1]}, {classes[4]}]}}]}}
fixed:
  source: given
  exchanges:
    - {{name: capital, n_lines: 50}}
    - {{name: east, n_lines: 110, is_manual: true, n_positions: 1}}
switching:
  trunk_groups:
    - {{between: [a, fixed], n_circuits: 30}}
    - {{between: [capital, east], n_circuits: 6}}
  manual: {{priority_classes: [{classes[3]}]}}
"""
OLD = ("resident", "trader", "official", "institution", "others")
NEW = ("farmer", "shopkeeper", "nurse", "teacher", "visitor")


def run(folder, name, classes):
    path = folder / f"{name}.yaml"
    path.write_text(SCENARIO.format(name=name, classes=classes), encoding="utf-8")
    return run_scenario(path, out=folder).folder


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    folder = tmp_path_factory.mktemp("classes")
    return run(folder, "old", OLD), run(folder, "new", NEW)


def test_other_words_give_the_same_tables_but_for_the_words(folders):
    old, new = folders
    names = {path.relative_to(old) for path in old.rglob("*.parquet")}
    assert len(names) > 10
    for name in sorted(names):
        first, second = (pq.read_table(folder / name, partitioning=None) for folder in (old, new))
        for column in first.column_names:
            values = first.column(column).to_pylist()
            if column == "class":
                values = [dict(zip(OLD, NEW, strict=True)).get(value, value) for value in values]
            assert values == second.column(column).to_pylist(), (name, column)


def test_every_class_has_its_rows(folders):
    rows = pq.read_table(folders[1] / "measures.parquet").to_pylist()
    attempts = {row["class"]: row["value"] for row in rows if row["measure"] == "voice.attempts"
                and row["network"] == "a" and row["province"] == row["service"] == "all"}  # fmt: skip
    assert set(attempts) == {"all", *NEW}
    assert attempts["shopkeeper"] > attempts["nurse"] > attempts["teacher"] > 0
