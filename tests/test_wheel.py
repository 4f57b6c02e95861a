"""The wheel holds the package, its data and the shipped scenarios; what is wrong with one is told."""

import shutil
import zipfile

import pytest

from tools import check_wheel


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    return check_wheel.build(tmp_path_factory.mktemp("dist"))


def test_it_is_in_order(wheel):
    assert list(check_wheel.content_problems(wheel)) == []
    assert list(check_wheel.metadata_problems(wheel)) == []


def test_it_holds_what_a_run_needs_and_nothing_else(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    for wanted in (
        "sim/cli/runs.py",
        "sim/world/data/provinces.geojson",
        "sim/shipped_scenarios/national_2022.yaml",
        "sim/shipped_scenarios/countries/invented_islands.geojson",
    ):
        assert wanted in names
    assert {name.split("/")[0] for name in names} == {"sim", names[-1].split("/")[0]}


def changed(wheel, folder, change):
    """A copy of the wheel with the contents of some files changed, added, or taken away (None)."""
    copy = folder / wheel.name
    with zipfile.ZipFile(wheel) as old, zipfile.ZipFile(copy, "w") as new:
        contents = {name: old.read(name) for name in old.namelist()} | change
        for name, content in contents.items():
            if content is not None:
                new.writestr(name, content)
    return copy


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("sim/world/data/settlements.csv", None, "missing in the wheel"),
        ("sim/shipped_scenarios/erlang_b.yaml", None, "missing in the wheel"),
        ("tests/test_wheel.py", b"", "does not belong into the wheel"),
        ("sim/cli/runs.py", b"", "differs from the checkout"),
    ],
)
def test_other_contents_are_told(wheel, tmp_path, name, content, said):
    copy = changed(wheel, tmp_path, {name: content})
    assert list(check_wheel.content_problems(copy)) == [f"{name}: {said}"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("Requires-Python: >=3.11", "Requires-Python: >=3.9", "Requires-Python: is ['>=3.9']"),
        ("Requires-Dist: click>=8.3\n", "", "Requires-Dist: is ["),
        ("License-File: LICENSE\n", "", "License-File: is ['data-licenses-md']"),
    ],
)
def test_other_metadata_are_told(wheel, tmp_path, old, new, said):
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith("/METADATA"))
        text = archive.read(name).decode()
    assert old in text
    (problem,) = check_wheel.metadata_problems(
        changed(wheel, tmp_path, {name: text.replace(old, new)})
    )
    assert problem.startswith(said)


def test_a_command_that_fails_is_told():
    with pytest.raises(check_wheel.WheelError, match=r"exit status 1\n(?s:.*)no such thing"):
        check_wheel.install(shutil.which("true"), "/dev/null/no such thing")
