"""`python -m bench`: measure, print, and write everything into results/bench."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

import click
from rich.console import Console

from bench import bare, national
from bench.cpp import compiler_version
from bench.data import measure_data
from bench.drawing import draw_bench
from bench.findings import Measured
from bench.machine import describe_machine
from bench.output import markdown, paste, print_tables, write_parquet_files
from bench.soft import Soft, measure_soft
from bench.stages import CLOCKS
from bench.sweeps import measure_sweeps
from bench.terrain import measure_terrain
from bench.windows import measure_windows

PAGE = Path(__file__).resolve().parent.parent / "docs" / "benchmarks.md"
_WIDTH = 110


@dataclass(frozen=True)
class Plan:
    """
    What to measure.

    Attributes
    ----------
    is_quick : bool
        Whether small sizes are taken: a trial, no measurement.
    part : str
        `all`, `bare`, `national`, `soft`, `data`, `terrain`, `sweeps` or `windows`.
    n_repeats, n_national_repeats : int
        Repeats of the bare workload and of the national scenario.
    clock : str
        Clock of the national scenario.
    """

    is_quick: bool
    part: str
    n_repeats: int
    n_national_repeats: int
    clock: str


def measure(plan: Plan, console: Console) -> Measured:
    """
    Measure.

    Parameters
    ----------
    plan : Plan
        What to measure.
    console : Console
        Told what is going on.

    Returns
    -------
    Measured
        Measurement.
    """
    machine = describe_machine()
    laps: list[bare.Lap] = []
    trips: list[national.Trip] = []
    soft: Soft | None = None
    with console.status("") as status, tempfile.TemporaryDirectory() as folder:
        if plan.part in ("all", "bare"):
            cpp_folder = Path(folder) if compiler_version() else None
            sizes = bare.QUICK if plan.is_quick else bare.FULL
            laps = bare.measure_bare(sizes, plan.n_repeats, cpp_folder, status.update)
        if plan.part in ("all", "national"):
            points = national.points(*(national.QUICK if plan.is_quick else national.FULL))
            trips = national.measure_national(
                points, plan.n_national_repeats, plan.clock, plan.is_quick, status.update
            )
        if plan.part == "soft" or (plan.part == "all" and not plan.is_quick):
            soft = measure_soft(plan.n_national_repeats, plan.clock, plan.is_quick, status.update)
    return Measured(machine, tuple(laps), tuple(trips), soft)


@click.command(help="Measure the engine beside its peers, and the national scenario by stage.")
@click.option("--quick", is_flag=True, help="Small sizes: a trial in a minute, no measurement.")
@click.option(
    "--part",
    type=click.Choice(["all", "bare", "national", "soft", "data", "terrain", "sweeps", "windows"]),
    default="all",
    show_default=True,
    help="What to measure.",
)
@click.option(
    "--repeats", type=click.IntRange(1), default=5, show_default=True, help="Of the bare workload."
)
@click.option(
    "--national-repeats",
    type=click.IntRange(1),
    default=3,
    show_default=True,
    help="Of the national scenario.",
)
@click.option(
    "--clock",
    type=click.Choice(list(CLOCKS)),
    default="wall",
    show_default=True,
    help="Of the national scenario; CPU where others use the machine too.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("results/bench"),
    show_default=True,
    help="Folder of the files.",
)
@click.option("--paste", "is_pasted", is_flag=True, help="Put the tables into docs/benchmarks.md.")
def main(
    quick: bool,
    part: str,
    repeats: int,
    national_repeats: int,
    clock: str,
    out: Path,
    is_pasted: bool,
) -> None:
    """
    Measure, print and write.

    Parameters
    ----------
    quick : bool
        Whether small sizes are taken.
    part : str
        What to measure.
    repeats, national_repeats : int
        Repeats.
    clock : str
        Clock of the national scenario.
    out : Path
        Folder of the files.
    is_pasted : bool
        Whether the tables go into the page of the documents.
    """
    console = Console(width=max(_WIDTH, Console().width))
    if part in ("all", "terrain") and not quick:
        lines = measure_terrain(repeats)
        console.print("Losses over terrain:", *lines, sep="\n", highlight=False)
        out.mkdir(parents=True, exist_ok=True)
        (out / "terrain.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    if part == "sweeps" or (part == "all" and not quick):
        text = measure_sweeps(is_quick=quick)
        console.print("Sweeps of tiny runs:", text, sep="\n", highlight=False)
        out.mkdir(parents=True, exist_ok=True)
        (out / "sweeps.txt").write_text(text + "\n", encoding="utf-8")
    if part == "data" or (part == "all" and not quick):
        with console.status("") as status:
            text = measure_data(national_repeats, clock, quick, status.update)
        console.print("The national hour with data and messages:", text, sep="\n", highlight=False)
        out.mkdir(parents=True, exist_ok=True)
        (out / "data.md").write_text(text + "\n", encoding="utf-8")
    if part == "windows":  # a week of the country takes longer than all the others together
        with console.status("") as status:
            text = measure_windows(quick, status.update)
        console.print("Hours, a day and a week of the country:", text, sep="\n", highlight=False)
        out.mkdir(parents=True, exist_ok=True)
        (out / "windows.md").write_text(text + "\n", encoding="utf-8")
    if part in ("terrain", "sweeps", "data", "windows"):
        return
    measured = measure(Plan(quick, part, repeats, national_repeats, clock), console)
    print_tables(measured, console)
    out.mkdir(parents=True, exist_ok=True)
    write_parquet_files(measured, out)
    if measured.laps or measured.trips:
        draw_bench(measured, out / "bench")
    text = markdown(measured)
    (out / "bench.md").write_text(text, encoding="utf-8")
    if is_pasted:
        paste(PAGE, text)
    console.print(f"Tables, Parquet and figure: {out}")


if __name__ == "__main__":
    main()
