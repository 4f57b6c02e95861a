"""The results folder: all or nothing, whatever happens meanwhile."""

import errno
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sim.errors import StoreError
from sim.runs.store import Store, own_mark, storing

ID = "0123456789abcdef" * 4
OTHER = ID[:8] + "f" * 56


def write_run(folder: Path, full_id: str = ID, text: str = "data") -> None:
    (folder / "data.txt").write_text(text)
    (folder / "manifest.json").write_text(json.dumps({"id": full_id}))


def mark_of_the_dead() -> str:
    """Mark of a process of this host that has ended."""
    child = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"],
                           capture_output=True, text=True, check=True)  # fmt: skip
    return own_mark().rpartition("-")[0] + "-" + child.stdout.strip()


@pytest.fixture
def store(tmp_path):
    made = Store(tmp_path / "results", "example", ID)
    made.open()
    return made


def visible(store: Store) -> list[str]:
    return sorted(path.name for path in store.folder.parent.iterdir())


def test_publish_and_find_again(store):
    assert not store.is_finished()
    folder = store.publish(write_run)
    assert store.is_finished()
    assert folder == store.root / "example" / "01234567"
    assert visible(store) == ["01234567"]


def test_a_failure_while_writing_publishes_nothing(store):
    def fail(folder: Path) -> None:
        write_run(folder)
        raise RuntimeError("broken")

    with pytest.raises(RuntimeError):
        store.publish(fail)
    assert not store.is_finished()
    store.close_unused()
    assert not store.folder.parent.exists()


def test_full_ids_are_verified(store):
    store.publish(write_run)
    with pytest.raises(StoreError, match="another run"):
        Store(store.root, "example", OTHER).is_finished()


def test_full_ids_of_waiting_replications_are_verified(store):
    with pytest.raises(StoreError, match="another run"):
        Store(store.root, "example", OTHER).open()


def test_a_damaged_folder_is_no_finished_run(store):
    store.publish(write_run)
    (store.folder / "manifest.json").write_text("{")
    with pytest.raises(StoreError, match="damaged"):
        store.is_finished()


def test_links_move_to_the_newest_at_one_stroke(store):
    store.publish(write_run)
    newer = Store(store.root, "example", "f" * 64)
    newer.open()
    newer.publish(lambda folder: write_run(folder, "f" * 64))
    assert visible(store) == ["01234567", "ffffffff"]
    for one in (newer, store, store):
        one.point()
        assert (store.folder.parent / "latest").readlink() == Path(one.id8)
    newer.point("latest_coverage")
    assert (store.folder.parent / "latest").readlink() == Path("01234567")
    assert visible(store) == ["01234567", "ffffffff", "latest", "latest_coverage"]


def test_replications_wait_and_are_found_by_another_process(store):
    store.keep_replication(3, write_run)
    again = Store(store.root, "example", ID)
    again.open()
    assert (again.replication_folder(3) / "data.txt").read_text() == "data"
    assert not again.replication_folder(2).exists()
    again.publish(write_run)
    assert visible(store) == ["01234567"]


def test_a_failed_replication_is_not_kept(store):
    def fail(folder: Path) -> None:
        write_run(folder)
        raise RuntimeError("broken")

    with pytest.raises(RuntimeError):
        store.keep_replication(1, fail)
    assert sorted(path.name for path in store.staging.iterdir()) == ["id"]


def test_leftovers_of_dead_processes_go_and_those_of_the_living_stay(store):
    dead, alive = mark_of_the_dead(), own_mark()
    elsewhere = "another-host-1"
    parent = store.folder.parent
    for mark in (dead, alive, elsewhere):
        (parent / f".writing-01234567-{mark}").mkdir()
        (store.staging / f".replication-0001-{mark}").mkdir()
    (parent / f".latest-{dead}").symlink_to("nowhere")
    store.open()
    for mark, stays in ((dead, False), (alive, True), (elsewhere, True)):
        assert (parent / f".writing-01234567-{mark}").exists() == stays
        assert (store.staging / f".replication-0001-{mark}").exists() == stays
    assert not (parent / f".latest-{dead}").is_symlink()


def test_two_runs_of_one_id_at_once(store):
    """The second publishes while the first still writes its last replication."""
    second = Store(store.root, "example", ID)
    second.open()

    def write_while_the_other_publishes(folder: Path) -> None:
        second.keep_replication(1, write_run)
        second.publish(write_run)
        write_run(folder)

    store.keep_replication(2, write_while_the_other_publishes)
    assert store.is_finished()
    store.publish(lambda folder: write_run(folder, text="the same, from the other process"))
    assert (store.folder / "data.txt").read_text() == "data"
    assert visible(store) == ["01234567"]


def test_a_run_whose_waiting_replications_another_published(store):
    store.keep_replication(1, write_run)

    def write_late(folder: Path) -> None:
        Store(store.root, "example", ID).publish(write_run)
        shutil.copyfile(store.replication_folder(1) / "data.txt", folder / "data.txt")

    assert store.publish(write_late) == store.folder
    assert (store.folder / "data.txt").read_text() == "data"
    assert visible(store) == ["01234567"]


def test_forced_runs_use_nothing_and_replace(store):
    store.keep_replication(1, write_run)
    store.publish(write_run)
    forced = Store(store.root, "example", ID, is_fresh=True)
    forced.open()
    assert not forced.replication_folder(1).exists()
    forced.publish(lambda folder: write_run(folder, text="new"))
    assert (store.folder / "data.txt").read_text() == "new"
    assert visible(store) == ["01234567"]


def test_a_forced_run_that_fails_leaves_the_old_results(store):
    store.publish(write_run)
    forced = Store(store.root, "example", ID, is_fresh=True)
    forced.open()

    def fail(folder: Path) -> None:
        write_run(folder, text="new")
        raise RuntimeError("broken")

    with pytest.raises(RuntimeError):
        forced.publish(fail)
    forced.close_unused()
    assert (store.folder / "data.txt").read_text() == "data"
    assert visible(store) == ["01234567"]


def test_a_file_in_place_of_the_folder(tmp_path):
    (tmp_path / "results").write_text("not a folder")
    with pytest.raises(StoreError, match=r"results: cannot be used .*--out"):
        Store(tmp_path / "results", "example", ID).open()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_only_be_read(tmp_path):
    (tmp_path / "results").mkdir(mode=0o555)
    with pytest.raises(StoreError, match="Permission denied"):
        Store(tmp_path / "results", "example", ID).open()


def test_a_full_disk_is_named():
    with (
        pytest.raises(StoreError, match=r"results: cannot be used .*No space left.*free space"),
        storing(Path("results")),
    ):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_full_disk_publishes_nothing(tmp_path):
    small = tmp_path / "small"
    small.mkdir()
    mount = shutil.which("mount")
    if mount is None or os.geteuid() != 0:
        pytest.skip("a small file system can only be mounted by root")
    options = ["-t", "tmpfs", "-o", "size=64k", "tmpfs", str(small)]
    if subprocess.run([mount, *options], capture_output=True, check=False).returncode != 0:
        pytest.skip("a small file system cannot be mounted here")
    try:
        store = Store(small, "example", ID)
        store.open()
        with pytest.raises(StoreError, match="No space left"):
            store.publish(lambda folder: write_run(folder, text="x" * 200_000))
        assert not store.is_finished()
        assert visible(store) == [".partial-01234567"]
    finally:
        subprocess.run(["umount", str(small)], check=True)
