"""Progress: a live line on a terminal, few lines elsewhere."""

import io

import pytest
from rich.console import Console

from sim.runs import progress
from sim.runs.progress import Extent, LogProgress, TerminalProgress


def make_extent() -> Extent:
    return Extent(n_total=4, n_done=1, warmup_s=100.0, window_s=300.0)


def test_share_counts_finished_and_running_replications():
    extent = make_extent()
    assert extent.share == 0.25
    extent.advance(2, 100.0, 50)  # half of it, warm-up included
    assert extent.share == pytest.approx(0.25 + 0.5 / 4)
    extent.finish(2)
    assert extent.share == 0.5
    extent.advance(2, 250.0, 90)  # late news of another process
    assert extent.share == 0.5


def test_log_has_a_line_for_each_stage_and_replication():
    stream = io.StringIO()
    log = LogProgress(stream)
    log.stage("world")
    log.begin_replications(make_extent())
    for _ in range(1000):
        log.advance(2, 10.0, 10)
    log.finish_replication(2)
    log.close()
    lines = stream.getvalue().splitlines()
    assert len(lines) == 3
    assert lines[0].endswith("world")
    assert "1 kept" in lines[1]
    assert lines[2].endswith("replication 2 is done")


def test_trials_are_told_with_what_they_try():
    stream = io.StringIO()
    log = LogProgress(stream)
    extent = Extent(2, 0, warmup_s=0.0, window_s=60.0, within="staffing 7")
    assert extent.position == "staffing 7, replication 1 of 2"
    log.trial("staffing 7: one operator less")
    log.begin_replications(extent)
    log.finish_replication(1)
    assert [line.partition("] ")[2] for line in stream.getvalue().splitlines()] == [
        "staffing 7: one operator less", "staffing 7, replication 1 is done",
    ]  # fmt: skip
    for width, position in ((100, "staffing 7, replication 1 of 2"), (60, "staffing 7, 1 of 2")):
        shown = io.StringIO()
        live = TerminalProgress(Console(file=shown, force_terminal=True, width=width))
        live.trial("staffing 7: one operator less")
        live.begin_replications(Extent(2, 0, warmup_s=0.0, window_s=60.0, within="staffing 7"))
        live.close()
        assert "staffing 7: one operator less" in shown.getvalue()
        assert position in shown.getvalue()


def test_log_says_every_ten_seconds_how_far_it_is(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(progress, "monotonic", lambda: now[0])
    stream = io.StringIO()
    log = LogProgress(stream)
    extent = Extent(4, 1, warmup_s=100.0, window_s=300.0, _begin_s=now[0])
    log.begin_replications(extent)
    for second in range(1, 26):
        now[0] = 100.0 + second
        log.advance(2, -100.0 + 10.0 * second, 5_000 * second)
    log.finish_replication(2)
    # A whole replication takes 40 s: after 10 s a quarter of the second of four is done, and 2 3/4 are left.
    assert stream.getvalue().splitlines() == [
        "[   0.0 s] simulation: 4 replications, 1 kept from before",
        "[  10.0 s] 31%: replication 2 of 4, at 0 of 5 min, 5k calls/s, about 110 s left",
        "[  20.0 s] 38%: replication 2 of 4, at 2 of 5 min, 5k calls/s, about 100 s left",
        "[  25.0 s] replication 2 is done",
    ]


def test_a_long_run_is_told_in_hours():
    extent = Extent(n_total=1, n_done=0, warmup_s=900.0, window_s=7 * 86_400.0)
    extent.advance(1, 90_000.0, 50)
    assert extent.detail.startswith("at 25.0 of 168 h, ")
    half = Extent(n_total=1, n_done=0, warmup_s=900.0, window_s=9000.0)
    half.advance(1, 8_820.0, 50)
    assert half.detail.startswith("at 2.5 of 2.5 h, ")


def test_what_came_of_the_first_replication_is_told_while_others_run():
    stream = io.StringIO()
    log = LogProgress(stream)
    log.begin_replications(Extent(n_total=3, n_done=0, warmup_s=100.0, window_s=300.0))
    for replication in (2, 1, 3):
        log.finish_replication(replication)
        log.came_to(f"blocking of {replication}")
    told = [line.partition("] ")[2] for line in stream.getvalue().splitlines()]
    assert told[2] == "provisional: blocking of 2"
    assert sum("provisional" in line for line in told) == 1

    console = Console(file=io.StringIO(), force_terminal=True, width=60)
    live = TerminalProgress(console)
    live.begin_replications(Extent(n_total=3, n_done=0, warmup_s=100.0, window_s=300.0))
    for replication in (2, 1, 3):
        live.finish_replication(replication)
        live.came_to(f"blocking of {replication}")
    live.close()
    assert console.file.getvalue().count("Provisional: blocking of") == 1


def test_terminal_is_updated_at_most_ten_times_a_second(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(progress, "monotonic", lambda: now[0])
    console = Console(file=io.StringIO(), force_terminal=True, width=80)
    live = TerminalProgress(console)
    drawn = []
    monkeypatch.setattr(live, "_draw", lambda draw=live._draw: (drawn.append(now[0]), draw()))
    live.begin_replications(make_extent())
    for step in range(1000):
        now[0] = 1.0 + step / 1000.0
        live.advance(2, 0.3 * step, 100 * step)
    live.close()
    assert 8 <= len(drawn) <= 12
    text = console.file.getvalue()
    assert "replication 2 of 4" in text
    assert "calls/s" in text
    assert "…" not in text  # all of it fits into a terminal of 80 columns


@pytest.mark.parametrize("has_widgets", [True, False])
def test_a_notebook_is_told_in_its_own_way(monkeypatch, capfd, has_widgets):
    notebook = Console(stderr=True, force_jupyter=True)
    monkeypatch.setattr(progress, "Console", lambda **_options: notebook)
    monkeypatch.setattr(progress, "TerminalProgress", lambda console: ("live", console))
    monkeypatch.setattr(progress, "find_spec", {"ipywidgets": has_widgets or None}.get)
    told = progress.progress_on_stderr()
    if has_widgets:
        assert told == ("live", notebook)
    else:
        told.stage("world")
        said = capfd.readouterr()
        assert (said.out.endswith("world\n"), said.err) == (True, "")


@pytest.mark.parametrize("width", [60, 120])
def test_all_of_it_fits_into_a_terminal(monkeypatch, width):
    now = [0.0]
    monkeypatch.setattr(progress, "monotonic", lambda: now[0])
    console = Console(file=io.StringIO(), force_terminal=True, width=width)
    live = TerminalProgress(console)
    live.begin_replications(Extent(20, 11, warmup_s=900.0, window_s=7 * 86_400.0, _begin_s=0.0))
    for second in range(1, 4):
        now[0] = float(second)
        live.advance(12, 160_000.0 * second, 123_456 * second)
    live.rest()
    live.stage("figures")
    live.close()
    text = console.file.getvalue()
    assert "12 of 20" in text
    assert "at 133.3 of 168 h, 123k calls/s" in text
    assert "…" not in text
    assert "figures" in text
