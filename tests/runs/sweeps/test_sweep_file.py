"""Sweep files: every mistake is told at once, with file, line and column."""

import pytest

from sim.cli import main
from sim.errors import ScenarioError, SimError
from sim.runs.sweeps.plan import load_sweep, make_plan
from sim.scenario.sweep_file import MEASURES_OF_COVERAGE

HEAD = "name: s\nbase: two_cells\n"
AXIS = "axes: [{name: a, path: run.duration_h, values: [1, 2]}]\n"


def problems_of(text, write):
    write(s=text)
    with pytest.raises(SimError) as caught:
        make_plan(load_sweep("s.yaml"))
    return [str(problem) for problem in caught.value.problems]


def test_all_problems_at_once(write):
    text = (
        "name: S\nbase: no_such\nreplications: 0\ndesing: grid\n"
        "axes:\n  - {name: a, path: run.duration_h, values: [1, 2]}\n"
        "  - {name: value, factors: {run.duration_h: 2}, values: [x]}\n"
        "measures: [voice.blocked]\n"
    )
    found = problems_of(text, write)
    assert found == [
        "s.yaml:1:7: name = 'S': must be a lower-case letter, then letters a-z, digits or underscores, "
        "48 characters at most",
        "s.yaml:3:15: replications = 0: must be 1 to 100000",
        "s.yaml:4:1: desing: unknown key; did you mean 'design'?",
    ]
    text = (
        text.replace("name: S", "name: s").replace("desing", "design").replace("ions: 0", "ions: 1")
    )
    found = problems_of(text, write)
    assert [line.split(": ", 1)[0] for line in found] == [
        "s.yaml:7:12",
        "s.yaml:7:58",
        "s.yaml:8:12",
        "s.yaml:2:7",
    ]
    assert "is a column of every result" in found[0]
    assert "must be a number" in found[1]
    assert "did you mean 'voice.blocking'?" in found[2]
    assert "unknown scenario 'no_such'" in found[3]


@pytest.mark.parametrize(
    ("axes", "message"),
    [
        ("[{name: a, values: [1]}]", "must have one of path, factors or choices, has none of them"),
        ("[{name: a, path: x, factors: {x: 1}, values: [1]}]", "has path and factors"),
        ("[{name: a, path: run.duration_h, values: [1, 1]}]", "= 1: is given twice"),
        ("[{name: a, path: run.duration_h, values: [.nan]}]", "must be a single value"),
        ("[{name: a, path: run.duration_h, values: [[1]]}]", "must be a single value"),
        ("[{name: a, path: run.duration_h}]", "must have values, or low, high and n_values"),
        ("[{name: a, path: run.duration_h, values: [1], low: 2}]", "not both"),
        ("[{name: a, path: run.duration_h, low: 2, high: 1, n_values: 3}]", "must be more than low"),
        (
            "[{name: a, path: run.duration_h, low: 0, high: 1, n_values: 3, spacing: log}]",
            "must be more than 0 for spacing by ratios",
        ),
        ("[{name: a, choices: {x: {run.duration_h: 1}}, values: [y]}]", "is none of the choices"),
        ("[{name: a, choices: {x: {base: nowhere}}}]", "unknown scenario 'nowhere'"),
        ("[{name: a, path: 'run..x', values: [1]}]", "must be a path such as"),
        ("[{name: a, path: run.x, values: [1]}]", "unknown key"),
        ("[{name: a, path: run.duration_h, values: [-1]}]", "at a = -1: "),
        ("[]", "must have at least 1 item"),
    ],
)  # fmt: skip
def test_axes(write, axes, message):
    found = problems_of(f"{HEAD}axes: {axes}\n", write)
    assert any(message in line for line in found), found


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ("design: list", "points: must be given with design list"),
        ("design: sobol", "n_points: must be given with design sobol"),
        ("n_points: 4", "n_points: must not be given with design grid"),
        ("replications: 2\nprecision: {measure: voice.blocking, half_width: 1}", "together"),
        ("precision: {measure: voice.blocking}", "must have one of relative_half_width"),
        ("precision: {measure: nonsense, half_width: 1}", "is no measure"),
        ("set: {run.warmup_h: x}", "must be a number"),
    ],
)
def test_designs(write, more, message):
    found = problems_of(HEAD + AXIS + more + "\n", write)
    assert any(message in line for line in found), found


def test_too_many_combinations_are_refused_before_they_are_made(write):
    axes = ", ".join(
        f"{{name: a{i}, path: run.duration_h, low: 1, high: 2, n_values: 1000000}}"
        for i in range(9)
    )
    (line,) = problems_of(f"{HEAD}axes: [{axes}]\n", write)
    assert "must be at most 1,000,000" in line


def test_a_value_that_every_run_refuses_is_told_once(write):
    text = (
        f"{HEAD}set: {{run.replications: -3}}\naxes:\n"
        "  - {name: a, path: run.duration_h, low: 1, high: 2, n_values: 50}\n"
        "  - {name: b, path: run.warmup_h, values: [0, 1, -7]}\n"
    )
    found = problems_of(text, write)
    assert len(found) == 3
    assert "run.replications = -3" in found[0]
    assert "run.warmup_h = -7" in found[1]
    assert found[2] == "150 of 150 runs cannot be; nothing was started"


def test_not_a_mapping_and_not_there(write):
    write(s="[1, 2]")
    with pytest.raises(ScenarioError, match="holds a list"):
        load_sweep("s.yaml")
    with pytest.raises(ScenarioError, match="no such file"):
        load_sweep("t.yaml")
    with pytest.raises(ScenarioError, match=r"unknown sweep 'quik'.*did you mean 'quick'"):
        load_sweep("quik")


def test_a_mistake_writes_nothing(write, tmp_path):
    from click.testing import CliRunner

    write(s=f"{HEAD}axes: []\n", good=HEAD + AXIS)
    for words in (["s.yaml"], ["good.yaml", "--shard", "3/2"], ["good.yaml", "--jobs", "0"],
                  ["good.yaml", "--cluster", "slum"], ["good.yaml", "--option", "x"],
                  ["good.yaml", "--option", "walltime=1"], ["good.yaml", "--job-array", "0"]):  # fmt: skip
        result = CliRunner().invoke(main, ["sweep", *words, "--out", str(tmp_path / "out")])
        assert result.exit_code == 2, words
        assert result.stderr.strip()
        assert "Traceback" not in result.stderr
    assert not (tmp_path / "out").exists()


def test_coverage_alone_keeps_measures_of_coverage(write):
    text = f"{HEAD}{AXIS}coverage_only: true\nreplications: 2\nmeasures: [coverage.area_share, voice.blocking]\n"
    assert problems_of(text, write) == [
        "s.yaml:5:15: replications: must not be given with coverage_only, which simulates nothing",
        "s.yaml:6:33: measures[1] = 'voice.blocking': is of calls; must be one of coverage with coverage_only",
    ]


def test_coverage_alone_needs_no_measures_to_be_named(write):
    write(s=f"{HEAD}{AXIS}coverage_only: true\n")
    assert load_sweep("s.yaml").sweep.measures == MEASURES_OF_COVERAGE
