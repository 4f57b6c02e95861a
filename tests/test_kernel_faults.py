"""Faults in kernels are noticed by the tests of their subject."""

from pathlib import Path

import pytest

from tests.kernel_faults import Trials, faults_in, try_faults

ROOT = Path(__file__).resolve().parents[1]
LEAST_SHARE = 0.7
"""
What must be noticed of the faults that are tried; to be raised with what is noticed.

Of the first 66 of 1614 faults 58 are. Edits of kernels bring others to the front: with a share of 0.85, fewer than 28
of 40 would be noticed once in two hundred times.
"""

KERNELS = """\
def kernel(function):
    return function

@kernel
def sign(a: int) -> int:
    while a > 2:
        a -= 1
    return 1 if a > 0 else -1

@kernel
def nobody_tests(a: int) -> int:
    return a + 7

def no_kernel(a):
    return a + 5
"""
TEST = "from sim.network.voice.one import sign\n\ndef test_sign():\n    assert (sign(4), sign(-3)) == (1, -1)\n"


@pytest.fixture
def checkout(tmp_path) -> Path:
    """A checkout with one subject of two kernels, one of them tested."""
    folder = tmp_path / "checkout"
    for name, text in {
        "pyproject.toml": '[tool.pytest.ini_options]\npythonpath = ["."]\n',
        "sim/__init__.py": "",
        "sim/network/__init__.py": "",
        "sim/network/voice/__init__.py": "",
        "sim/network/voice/one.py": KERNELS,
        "tests/kernels/test_voice.py": TEST,
    }.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def scratch_in(folder: Path) -> Path:
    (folder / "scratch").mkdir()
    return folder / "scratch"


def test_faults_are_made_in_kernels_alone_and_each_once(checkout):
    found = faults_in(checkout)
    said = sorted(f"{fault.kernel} {fault.said}" for fault in found)
    assert said == [
        "nobody_tests 12: 7 -> 8",
        "nobody_tests 12: a + 7 -> a - 7",
        "sign 6: 2 -> 3",
        "sign 6: a > 2 -> a >= 2",
        "sign 6: if a > 2 -> if not (a > 2)",
        "sign 7: 1 -> 2",
        "sign 7: a -= 1 -> a += 1",
        "sign 8: -1 -> +1",
        "sign 8: 0 -> 1",
        "sign 8: 1 -> 2",
        "sign 8: 1 -> 2",
        "sign 8: a > 0 -> a >= 0",
        "sign 8: if a > 0 -> if not (a > 0)",
    ]
    assert found == faults_in(checkout)
    assert len({fault.rank for fault in found}) == len(found)


def test_what_no_test_sees_is_listed(checkout, tmp_path, monkeypatch):
    monkeypatch.setattr("tests.kernel_faults.LEAST_LIMIT_S", 2)
    monkeypatch.setattr("tests.kernel_faults.MOST_TIMES_LONGER", 2)
    before = (checkout / "sim" / "network" / "voice" / "one.py").read_text()
    chosen = (
        "nobody_tests 12: 7 -> 8",
        "sign 7: a -= 1 -> a += 1",
        "sign 8: -1 -> +1",
        "sign 6: 2 -> 3",
    )
    trials = Trials(checkout, scratch_in(tmp_path))
    found = {f"{fault.kernel} {fault.said}": fault for fault in faults_in(checkout)}
    assert [trials.is_noticed(found[said]) for said in chosen] == [False, True, True, False]
    assert (checkout / "sim" / "network" / "voice" / "one.py").read_text() == before


def test_tests_that_fail_by_themselves_say_nothing(checkout, tmp_path):
    (checkout / "tests" / "kernels" / "test_voice.py").write_text(TEST.replace("1, -1", "1, 1"))
    with pytest.raises(AssertionError, match="fails without a fault"):
        try_faults(checkout, scratch_in(tmp_path))


def test_the_report_counts_by_module(checkout, tmp_path):
    (checkout / "tests" / "kernels" / "test_voice.py").unlink()
    tally = try_faults(checkout, scratch_in(tmp_path), n=2)
    assert tally.share == 0.0
    first, second, *rest = tally.report().splitlines()
    assert first == "faults in kernels: 0 of 2 noticed, 13 can be made"
    assert second == "  sim/network/voice/one.py: 0 of 2 noticed"
    assert len(rest) == 2


@pytest.mark.slow
def test_faults_in_the_kernels_are_noticed(tmp_path, record_property, pytestconfig):
    if not list((ROOT / "tests" / "kernels").rglob("test_*.py")):
        pytest.skip("there are no tests of kernels yet")
    asked, subject = pytestconfig.getoption("faults"), pytestconfig.getoption("faults_in")
    tally = try_faults(ROOT, tmp_path, None if asked == "all" else int(asked), subject)
    record_property("said", tally.report())
    assert tally.share >= LEAST_SHARE, tally.report()
