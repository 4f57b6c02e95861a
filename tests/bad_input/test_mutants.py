"""A thousand spoilt scenarios: each is run to published results or refused with a message, and leaves nothing over."""

import importlib.util
import json
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent
SEED = 1
N_ALL, N_FIRST = 1_000, 24
ENDS = {"refused", "ran"}


def load(name):
    """A module of this folder, which the child processes import by its name."""
    spec = importlib.util.spec_from_file_location(name, FOLDER / f"{name}.py")
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


mutants, trial = load("mutants"), load("trial")


def try_all(numbers, tmp_path):
    answers = list(trial.try_mutants(SEED, numbers, tmp_path))
    assert sorted(answer["number"] for answer in answers) == list(numbers)
    bad = [answer for answer in answers if answer["verdict"] not in ENDS]
    assert not bad, json.dumps(bad, indent=1, ensure_ascii=False)
    ends = trial.tally(answers)
    # Neither end is a matter of course: what is refused says little of what is run.
    assert min(ends.get(end, 0) for end in ENDS) > len(numbers) // 10, ends
    assert max(answer["peak_bytes"] for answer in answers) < trial.LIMIT_RESIDENT_BYTES
    assert not list(tmp_path.iterdir())


def test_every_shipped_scenario_is_spoilt():
    shipped = {path.stem for path in (mutants.ROOT / "scenarios").glob("*.yaml")}
    shipped -= {"hand_patched_country", "manual_exchange_storm"}  # keys of national_2022
    shipped -= {"market_day", "national_moving"}  # and of railway_line
    shipped -= {"koryolink_2012", "rollout_2008_2022"}  # keys of koryolink_2011
    assert set(mutants.SCENARIOS) == shipped
    assert {mutants.make_mutant(SEED, k).scenario for k in range(60)} == shipped | {"with_table"}


def test_a_mutant_is_the_same_whenever_it_is_made():
    first = [mutants.make_mutant(SEED, k) for k in range(30)]
    again = [mutants.make_mutant(SEED, k) for k in reversed(range(30))][::-1]
    assert [(m.files, m.overrides, m.damage) for m in first] == [
        (m.files, m.overrides, m.damage) for m in again
    ]
    assert len({str(m.damage) for m in first}) > 25
    assert mutants.make_mutant(SEED + 1, 0).damage != first[0].damage


def test_the_first_dozens(tmp_path):
    try_all(range(N_FIRST), tmp_path)


@pytest.mark.slow
def test_the_others(tmp_path):
    try_all(range(N_FIRST, N_ALL), tmp_path)


def test_tracebacks_crashes_hangs_and_litter_are_noticed(tmp_path, monkeypatch):
    monkeypatch.setenv(trial.MISBEHAVIOUR, "1")
    monkeypatch.setattr(trial, "LIMIT_S", 3)
    monkeypatch.setattr(trial, "IDLE_S", 2.0)
    answers = list(trial.try_mutants(SEED, range(5), tmp_path))
    assert [a["verdict"] for a in answers] == ["traceback", "crash", "hang", "hang", "litter"]
    assert "ZeroDivisionError" in answers[0]["said"]
