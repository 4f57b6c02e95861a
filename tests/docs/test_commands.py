"""Commands that the pages show are commands, with options that there are, and of scenarios that there are."""

import re
import shlex
from pathlib import Path

import click
import pytest

from sim.cli import main
from sim.scenario.find import find_scenario, scenario_names

ROOT = Path(__file__).parents[2]
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
COMMAND = re.compile(
    r"(?:^ {4}|`)(?:python -m sim|\.venv/bin/patchcell) (\w[^`\n]*(?:\\\n[^`\n]*)*)", re.MULTILINE
)
IN_MAKE = re.compile(r"make run [^`\n]*")
NO_SCENARIO = re.compile(r"[A-Z]+|results/.*|.*\.yaml|more_sites")
"""What stands for a file of the user's, or a name that a page gives."""


def shown() -> list[tuple[str, str]]:
    """Commands with the page on which they stand; those with a part in brackets say what may follow."""
    found = []
    for page in PAGES:
        for text in COMMAND.findall(page.read_text(encoding="utf-8")):
            found.append((page.name, text.replace("\\\n", " ")))
    return found


def words_of(text: str) -> list[str]:
    """The words of a command, without what the shell does with its output and marks of what may be left out."""
    bare = re.sub(r"[<>]|\.\.\.", "", text.split(" > ")[0])
    return shlex.split(re.sub(r" \[(--[^]]*)\]", r" \1", bare), comments=True)


def test_there_are_commands_on_the_pages():
    assert {page for page, _ in shown()} >= {"README.md", "sweeps.md", "results.md", "switching.md"}
    assert len(shown()) > 25


@pytest.mark.parametrize(("page", "text"), shown())
def test_a_command_is_one(page, text):
    name, *words = words_of(text)
    assert name in main.commands
    command = main.commands[name]
    if not words:  # it is only named
        return
    context = click.Context(command, info_name=name)
    known = {option for one in command.params for option in one.opts}
    assert [word for word in words if word.startswith("--") and word not in known] == []
    if not any(
        word.isupper() and len(word) > 2 for word in words
    ):  # what stands for something else has no type
        command.parse_args(context, list(words))
    if name in ("run", "check", "coverage", "staff") and not NO_SCENARIO.fullmatch(words[0]):
        assert (
            words[0] in scenario_names() or words[0] == "pyongyang_repair_crew"
        )  # written on the page


def test_scenarios_that_make_runs_are_there():
    found = [text for page in PAGES for text in IN_MAKE.findall(page.read_text(encoding="utf-8"))]
    named = {name for text in found for name in re.findall(r"SCENARIO=(\w+)", text)}
    assert {"data_cell", "pyongyang_evening", "invented_islands"} <= named
    for name in named:
        assert find_scenario(name).is_file()
