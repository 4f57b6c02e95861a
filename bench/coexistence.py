"""`python -m bench.coexistence`: what two operators on adjacent carriers take from each other, after 3GPP TR 25.942."""

import csv
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from shutil import copyfile
from typing import Any

import click
from rich.console import Console

from bench.capacity_loss import DIRECTIONS, QUICK, Loss, Study, leak_of_worst, measure_losses
from bench.coexistence_events import QUICK_EVENTS, Blocking, Events, measure_blocking
from bench.output import markdown_table, paste, print_table
from bench.snapshots import RULES
from bench.tabular import TextTable, number
from bench.two_layouts import OFFSETS
from sim.report.style import PAGE_WIDTH_IN, network_look, new_figure, paper_style, save_figure
from sim.stats.intervals import Interval

DOCS = Path(__file__).resolve().parent.parent / "docs"
_HEIGHT_IN = 2.9
_AT_DB = 33.0
"""Ratio at which the assumptions are changed one by one. [dB]"""

_N_OF_CHANGES = 10
"""Replications of each change at most."""

_CHANGES: dict[str, dict[str, Any]] = {
    "as TR 25.942": {},
    "no shadowing": {"shadowing_db": 0.0},
    "shadowing 6 dB": {"shadowing_db": 6.0},
    "coupling loss at least 80 dB": {"wcdma": RULES.model_copy(update={"min_coupling_loss_db": 80.0})},
    "phones of 10 dBm": {"wcdma": RULES.model_copy(update={"phone_max_power_dbm": 10.0})},
    "noise rise of 3 dB": {"wcdma": RULES.model_copy(update={"max_noise_rise_db": 3.0})},
    "one leg only": {"wcdma": RULES.model_copy(update={"active_set_window_db": 0.0})},
}  # fmt: skip


def percent(found: Interval) -> str:
    """
    Return a share with its interval in per cent.

    Parameters
    ----------
    found : Interval
        Share. [1]

    Returns
    -------
    str
        Such as `4.02 (3.90 to 4.14)`.
    """
    if found.value is None:
        return "-"
    # Rounded first, and 0 added, so that no -0.00 comes out.
    ends = [
        f"{round(100.0 * end, 2) + 0.0:.2f}" for end in (found.low, found.high) if end is not None
    ]
    value = f"{100.0 * found.value:.2f}"
    return f"{value} ({ends[0]} to {ends[1]})" if len(ends) == 2 else value


def loss_table(losses: Sequence[Loss], direction: str) -> TextTable:
    """
    Return the losses of a direction.

    Parameters
    ----------
    losses : sequence of Loss
        Losses.
    direction : str
        One of DIRECTIONS.

    Returns
    -------
    TextTable
        Row for each ratio, column for each offset.
    """
    mine = [one for one in losses if one.direction == direction]
    offsets = list(dict.fromkeys(one.offset for one in mine))
    rows = [
        (f"{acir_db:g}", *(percent(one.loss) for one in mine if one.acir_db == acir_db))
        for acir_db in dict.fromkeys(one.acir_db for one in mine)
    ]
    alone = mine[0].alone.value or 0.0
    title = f"Capacity loss of the {direction} [%]; {number(alone)} phones a cell alone"
    return TextTable(title, ("ACIR [dB]", *offsets), tuple(rows))


def change_table(study: Study, console: Console) -> TextTable:
    """
    Measure the worst case with one assumption changed at a time.

    Parameters
    ----------
    study : Study
        Replications and snapshots.
    console : Console
        Told what is going on.

    Returns
    -------
    TextTable
        Row for each assumption.
    """
    rows = []
    few = replace(study, n_replications=min(study.n_replications, _N_OF_CHANGES))
    with console.status("") as status:
        for name, change in _CHANGES.items():
            status.update(name)
            changed = replace(few, acir_db=(_AT_DB,), offsets=("worst",), **change)
            losses = measure_losses(changed, lambda _text: None)
            share = percent(leak_of_worst(changed, losses[0].together))
            rows.append((name, *(percent(one.loss) for one in losses), share))
    title = f"Worst case at {_AT_DB:g} dB, one assumption changed at a time [%]"
    return TextTable(title, ("changed", *DIRECTIONS, "leak by 1 % of phones"), tuple(rows))


def blocking_table(found: Sequence[Blocking]) -> TextTable:
    """
    Return what the simulator of calls says.

    Parameters
    ----------
    found : sequence of Blocking
        Cases.

    Returns
    -------
    TextTable
        Row for each case.
    """
    rows = [
        (one.name, percent(one.blocking), percent(one.more), f"{one.rise_db:.2f}", f"{one.power_w:.2f}")
        for one in found
    ]  # fmt: skip
    columns = ("ACIR", "not served [%]", "more than alone [points]", "noise rise [dB]", "power [W]")
    return TextTable("Calls in time, worst case", columns, tuple(rows))


def write_losses(losses: Sequence[Loss], path: Path) -> None:
    """
    Write losses as CSV.

    Parameters
    ----------
    losses : sequence of Loss
        Losses.
    path : Path
        File.
    """
    names = ("alone", "together", "loss")
    header = ["direction", "offset", "acir_db"]
    header += [f"{name}{end}" for name in names for end in ("", "_low", "_high")]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*header, "n_replications"])
        for one in losses:
            found = [getattr(one, name) for name in names]
            ends = [end for each in found for end in (each.value, each.low, each.high)]
            writer.writerow(
                [one.direction, one.offset, one.acir_db, *ends, one.loss.n_replications]
            )


def draw_losses(losses: Sequence[Loss], stem: Path) -> None:
    """
    Draw capacity loss against ACIR.

    Parameters
    ----------
    losses : sequence of Loss
        Losses.
    stem : Path
        File without ending; gets `.pdf` and `.png`.
    """
    with paper_style():
        figure = new_figure(PAGE_WIDTH_IN, _HEIGHT_IN)
        for axes, direction in zip(figure.subplots(1, 2, sharey=True), DIRECTIONS, strict=True):
            for i, offset in enumerate(OFFSETS):
                mine = [one for one in losses if (one.direction, one.offset) == (direction, offset)]
                percents = [100.0 * (one.loss.value or 0.0) for one in mine]
                ratios = [one.acir_db for one in mine]
                look = network_look(i)
                axes.plot(ratios, percents, label=offset, **look)
                low = [100.0 * (one.loss.low or 0.0) for one in mine]
                high = [100.0 * (one.loss.high or 0.0) for one in mine]
                axes.fill_between(ratios, low, high, color=look["color"], alpha=0.2, linewidth=0)
            axes.set_yscale("log")
            axes.set_ylim(0.01, 100.0)
            axes.set_xlabel("ACIR [dB]")
            axes.set_title(direction.capitalize())
        figure.axes[0].set_ylabel("capacity loss [%]")
        figure.axes[1].legend(title="sites of the other", loc="upper right")
        save_figure(figure, stem, "Patchcell: capacity loss against ACIR")


@click.command(help="Measure what two operators on adjacent carriers take from each other.")
@click.option("--quick", is_flag=True, help="Few snapshots: a trial, no measurement.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("results/bench"),
    show_default=True,
    help="Folder of the files.",
)
@click.option("--paste", "is_pasted", is_flag=True, help="Put tables and figure into docs/.")
def main(quick: bool, out: Path, is_pasted: bool) -> None:
    """
    Measure, print and write.

    Parameters
    ----------
    quick : bool
        Whether few snapshots are taken.
    out : Path
        Folder of the files.
    is_pasted : bool
        Whether tables and figure go into the page of the documents.
    """
    console = Console(width=max(110, Console().width))
    study, events = (QUICK, QUICK_EVENTS) if quick else (Study(), Events())
    with console.status("") as status:
        losses = measure_losses(study, status.update)
    tables = [loss_table(losses, direction) for direction in DIRECTIONS]
    tables.append(change_table(study, console))
    tables.append(blocking_table(measure_blocking(events)))
    for table in tables:
        print_table(table, console)
    out.mkdir(parents=True, exist_ok=True)
    write_losses(losses, out / "coexistence.csv")
    text = "\n\n".join(markdown_table(table) for table in tables) + "\n"
    (out / "coexistence.md").write_text(text, encoding="utf-8")
    draw_losses(losses, out / "coexistence")
    if is_pasted:
        paste(DOCS / "coexistence.md", text)
        copyfile(out / "coexistence.png", DOCS / "images" / "coexistence.png")
    console.print(f"Tables, CSV and figure: {out}")


if __name__ == "__main__":
    main()
