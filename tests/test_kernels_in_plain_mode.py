"""The tests in `tests/kernels` run, without compilation, and reach the lines of the kernels."""

from pathlib import Path

import pytest

from tests.plain_mode import measure, percentage, report_of

ROOT = Path(__file__).resolve().parents[1]
LEAST_PERCENT = 97.0
"""What must be reached of the kernels' lines; to be raised with what is reached."""

KERNELS = '''\
def kernel(function):
    return function

@kernel
def most(a: int, b: int) -> int:
    """Docstrings are no lines."""
    if a > b:
        return a
    return b

def no_kernel():
    return 3
'''
FORGOTTEN = (
    "from sim.network.one import kernel\n\n@kernel\ndef nobody_calls() -> int:\n    return 1\n"
)
TEST = "from sim.network.one import most\n\ndef test_most():\n    assert most(3, 2) == 3\n"


def make_checkout(folder: Path) -> Path:
    """A checkout with two kernels of four lines, of which a test reaches two."""
    for name, text in {
        "pyproject.toml": '[tool.pytest.ini_options]\npythonpath = ["."]\n',
        "sim/__init__.py": "",
        "sim/engine/__init__.py": "",
        "sim/network/__init__.py": "",
        "sim/network/one.py": KERNELS,
        "sim/network/two.py": FORGOTTEN,
        "tests/kernels/test_one.py": TEST,
    }.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def scratch_in(folder: Path) -> Path:
    (folder / "scratch").mkdir()
    return folder / "scratch"


def test_lines_of_kernels_are_counted_also_where_nobody_imports_them(tmp_path):
    found = measure(make_checkout(tmp_path / "checkout"), scratch_in(tmp_path))
    assert [(one.file, one.n_reached, one.n_lines) for one in found] == [
        ("sim/network/one.py", 2, 3),
        ("sim/network/two.py", 0, 1),
    ]
    assert percentage(found) == 50.0
    assert report_of(found).splitlines() == [
        "kernels in plain mode: 2 of 4 lines, 50.0 %",
        "  sim/network/two.py: 0 of 1",
    ]


def test_a_test_that_fails_is_told(tmp_path):
    checkout = make_checkout(tmp_path / "checkout")
    (checkout / "tests" / "kernels" / "test_one.py").write_text(TEST.replace("== 3", "== 4"))
    with pytest.raises(AssertionError, match="1 failed"):
        measure(checkout, scratch_in(tmp_path))


def test_kernels_do_what_their_tests_say_and_are_reached(tmp_path, record_property):
    if not list((ROOT / "tests" / "kernels").rglob("test_*.py")):
        pytest.skip("there are no tests of kernels yet")
    found = measure(ROOT, scratch_in(tmp_path))
    record_property("said", report_of(found))
    assert percentage(found) >= LEAST_PERCENT, report_of(found)
