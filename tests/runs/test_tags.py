"""Tags: given once, whoever asks at the same time, and kept while folders are made anew and moved."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from sim.errors import StoreError
from sim.runs import open_results, run_coverage
from sim.runs.compare import compare
from sim.runs.tags import Tags

N_AT_ONCE = 16


@pytest.fixture
def tags(tmp_path):
    for scenario, folder in (("one", "01234567"), ("one", "89abcdef"), ("two", "00000001")):
        (tmp_path / "results" / scenario / folder).mkdir(parents=True)
    return Tags(tmp_path / "results")


def test_a_tag_is_given_taken_renamed_and_removed(tags):
    first, second = tags.root / "one" / "01234567", tags.root / "two" / "00000001"
    tags.give("Paper-1.2_b", first)
    tags.give("Paper-1.2_b", first)  # again changes nothing
    tags.give("other", first)
    assert tags.all() == {"Paper-1.2_b": first, "other": first}
    assert tags.of(first) == ["Paper-1.2_b", "other"]
    assert tags.of(second) == []
    assert (tags.root / "tags" / "other").readlink() == Path("../one/01234567")
    with pytest.raises(StoreError, match=r"'other': is the name of .*one/01234567 already"):
        tags.give("other", second)
    tags.give("other", second, moves=True)
    tags.rename("other", "better")
    tags.rename("better", "better")
    assert tags.all() == {"Paper-1.2_b": first, "better": second}
    with pytest.raises(StoreError, match="'better': is the name of"):
        tags.rename("Paper-1.2_b", "better")
    tags.remove("better")
    assert tags.get("better") is None
    for change in (lambda: tags.remove("bet"), lambda: tags.rename("bet", "ter")):
        with pytest.raises(StoreError, match=r"there is no tag 'bet'; tags: Paper-1\.2_b"):
            change()
    assert [path.name for path in tags.folder.iterdir()] == ["Paper-1.2_b"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("", "must be a letter or digit"), (".hidden", "must be a letter or digit"),
        ("../one", "must be a letter or digit"), ("a b", "must be a letter or digit"),
        ("-x", "must be a letter or digit"), ("x" * 49, "must be a letter or digit"),
        ("ü", "must be a letter or digit"), ("a\n", "must be a letter or digit"),
        ("latest", "newest run"), ("latest_coverage", "newest run"), ("0123abcd", "id of a run"),
        ("mine.yaml", "file of a scenario"), ("erlang_b", "name of a scenario"), ("two", "name of a scenario"),
    ],
)  # fmt: skip
def test_bad_names_are_refused(tags, name, said):
    for moves in (False, True):
        with pytest.raises(StoreError, match=said):
            tags.give(name, tags.root / "one" / "01234567", moves=moves)
    assert not tags.folder.exists()


def test_a_folder_elsewhere_has_no_tag_here(tags, tmp_path):
    with pytest.raises(
        StoreError, match=r"does not lie in .*; name the folder of all results with --out"
    ):
        tags.give("mine", tmp_path)


@pytest.mark.parametrize("moves", [False, True])
def test_of_many_at_once_one_has_the_name(tags, moves):
    folders = [tags.root / "one" / f"{i:08d}" for i in range(N_AT_ONCE)]
    for folder in folders:
        folder.mkdir()

    def give(folder: Path) -> bool:
        try:
            tags.give("mine", folder, moves=moves)
        except StoreError:
            return False
        return True

    with ThreadPoolExecutor(N_AT_ONCE) as pool:
        won = list(pool.map(give, folders))
    assert sum(won) == (N_AT_ONCE if moves else 1)
    assert tags.get("mine") in [folder for folder, one in zip(folders, won, strict=True) if one]
    assert [path.name for path in tags.folder.iterdir()] == ["mine"]


def test_a_scenario_that_is_called_tags_does_no_harm(tags):
    folder = tags.folder / "0000000f"
    folder.mkdir(parents=True)
    (tags.folder / "latest").symlink_to("0000000f")
    tags.give("mine", folder)
    assert tags.all() == {"mine": folder}


def test_tags_outlive_new_folders_and_moves(tmp_path):
    root = tmp_path / "results"
    result = run_coverage("two_cells", out=root)
    Tags(root).give("mine", result.folder)
    run_coverage("two_cells", out=root, force=True)
    assert open_results("mine", root).folder == result.folder
    shutil.move(root, tmp_path / "archive")
    opened = open_results("mine", tmp_path / "archive")
    assert opened.folder == tmp_path / "archive" / "two_cells" / result.folder.name
    shutil.rmtree(opened.folder)
    with pytest.raises(StoreError, match=r"is what the tag mine means, and is not there any more"):
        open_results("mine", tmp_path / "archive")
    run_coverage("two_cells", out=tmp_path / "archive")
    assert open_results("mine", tmp_path / "archive").manifest["kind"] == "coverage"


def test_names_of_results(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = run_coverage("two_cells")
    id8 = result.folder.name
    Tags(Path("results")).give("mine", result.folder)
    for name in ("mine", id8, f"two_cells/{id8}", "two_cells", "two_cells/latest_coverage",
                 "results/two_cells/latest_coverage", f"results/two_cells/{id8}",
                 "results/tags/mine", f"results/two_cells/{id8}/scenario.yaml"):  # fmt: skip
        assert open_results(name).folder.resolve() == result.folder.resolve(), name
    for name, said in (
        ("min", "did you mean 'mine'"),
        ("erlang_b", "nothing of this scenario is in results yet"),
        ("0123abcd", "must be a results folder, a tag, an id"),
        ("nowhere/here", "is not there"),
        ("results/two_cells", "not a results folder"),
    ):
        with pytest.raises(StoreError, match=said):
            open_results(name)
    run_coverage("erlang_b", ["seed=2"])
    with pytest.raises(StoreError, match="no plain run is in results/erlang_b"):
        open_results("erlang_b")
    # Whoever stands in the folder of results means the same.
    monkeypatch.chdir(tmp_path / "results")
    assert open_results("two_cells", ".").folder.resolve() == (tmp_path / result.folder).resolve()
    # A scenario that comes later takes nothing away from a tag without a word.
    (tmp_path / "scenarios").mkdir()
    shutil.copy(tmp_path / result.folder / "scenario.yaml", tmp_path / "scenarios" / "mine.yaml")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(StoreError, match="is a tag and a scenario"):
        compare("mine", "erlang_b")
