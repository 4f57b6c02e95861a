"""What `make budget` makes of measurements, and the edits by which it measures."""

import ast
import io
import subprocess
import sys

import pytest
from rich.console import Console

from sim.compilation.statements import source_text
from tools.budget import (
    Budget,
    Row,
    _told_s,
    copy_checkout,
    printed,
    run,
    why_it_failed,
    with_edited_function,
    with_other_docstrings,
)

SOURCE = '''"""A module."""

def one(x):
    """Return one more."""
    return x + 1  # a comment

def two(x):
    return x + 2
'''


@pytest.mark.parametrize(
    ("limit", "now", "verdict"),
    [(1.0, 1.0, "ok"), (1.0, 1.1, "TOO MUCH"), (1.0, None, "not measured"), (None, 5.0, "")],
)
def test_a_limit_holds_or_not(limit, now, verdict):
    assert Row("time", limit, now, "s").verdict == verdict


def test_the_table_says_why_a_row_is_missing():
    console = Console(width=120, record=True, file=io.StringIO())
    console.print(
        printed([Row("time", 2.0, None, "s", "no such file"), Row("size", 3.0, 4.0, "MB")])
    )
    text = console.export_text()
    assert "not measured" in text
    assert "no such file" in text
    assert "4 MB" in text


def test_edits_of_docstrings_change_the_file_and_not_its_code():
    edited = with_other_docstrings(SOURCE)
    assert edited.count("Edited.") == 3
    assert source_text(edited.encode()) == source_text(SOURCE.encode())


@pytest.mark.parametrize("name", ["one", "two"])
def test_an_edited_function_does_the_same_by_other_code(name):
    edited = with_edited_function(SOURCE, name)
    assert source_text(edited.encode()) != source_text(SOURCE.encode())
    assert ast.get_docstring(ast.parse(edited).body[1]) == "Return one more."
    space, before = {}, {}
    exec(edited, space)
    exec(SOURCE, before)
    assert space[name](1) == before[name](1)
    with pytest.raises(ValueError, match="no function three"):
        with_edited_function(SOURCE, "three")


def test_what_a_command_takes_counts_what_it_starts(tmp_path):
    burn = "import time\nwhile time.process_time() < 0.3: pass\nprint('done')"
    child = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {burn!r}])"
    usage = run([sys.executable, "-c", child], tmp_path)
    assert usage.processor_s >= 0.3
    assert usage.memory_mb > 5
    assert usage.output == "done\n"
    with pytest.raises(RuntimeError, match=r"(?s)ended with 1: .*ZeroDivisionError"):
        run([sys.executable, "-c", "1 / 0"], tmp_path)


def test_of_a_suite_that_fails_the_tests_are_named():
    summary = ["SKIPPED [1] tests/a.py:3: no Slurm", "FAILED tests/b.py::test_one - assert 2 == 3"]
    printed = "\n".join(["." * 900, *summary, "ERROR tests/c.py::test_two - OSError", "1 failed"])
    assert why_it_failed(printed, "make: *** [Makefile:98: test] Error 1\n").splitlines() == [
        "FAILED tests/b.py::test_one - assert 2 == 3",
        "ERROR tests/c.py::test_two - OSError",
        "make: *** [Makefile:98: test] Error 1",
    ]
    many = "\n".join(f"FAILED tests/d.py::test_{i}" for i in range(12))
    assert why_it_failed(many, "").splitlines()[-2:] == ["FAILED tests/d.py::test_9", "and 2 more"]


def test_of_another_command_that_fails_the_end_is_told(tmp_path):
    code = "print('first ' * 200 + 'last words'); 1 / 0"
    with pytest.raises(RuntimeError, match=r"(?s)ended with 1: .*last words\n.*ZeroDivisionError"):
        run([sys.executable, "-c", code], tmp_path)
    assert why_it_failed("", "") == ""


def test_a_measurement_that_fails_is_a_row_that_says_so(tmp_path):
    budget = Budget(tmp_path)
    with budget._row("time", 1.0, "s"):
        raise RuntimeError("the machine is on fire")
    with budget._row("size", 1.0, "MB") as keep:
        keep(2.0, "large")
    assert [(row.verdict, row.note) for row in budget.rows] == [
        ("not measured", "the machine is on fire"),
        ("TOO MUCH", "large"),
    ]


def test_a_copy_of_the_checkout_holds_what_git_would(tmp_path):
    copy = copy_checkout(tmp_path / "copy")
    assert (copy / "sim" / "cli" / "main.py").is_file()
    assert (copy / "Makefile").is_file()
    assert not (copy / ".venv").exists()
    assert not (copy / ".cache").exists()


def test_it_is_noticed_when_a_command_has_said_something(tmp_path):
    output = tmp_path / "output"
    code = "import sys; print('there', flush=True); sys.stdin.read()"
    with output.open("w") as file:
        process = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=file)
        assert _told_s(process, output, "there") is not None
        assert process.poll() is None  # it still waits
        process.communicate()
    with output.open("w") as file:
        process = subprocess.Popen([sys.executable, "-c", "print('else')"], stdout=file)
        assert _told_s(process, output, "there") is None
        process.communicate()
    assert run([sys.executable, "-c", "print('whole')"], tmp_path, "who").output == "whole\n"
