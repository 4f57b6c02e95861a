"""The command line: a mistake of the user becomes one readable message and exit status 2."""

import errno
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sim import __version__
from sim.errors import SimError

if TYPE_CHECKING:
    from rich.console import RenderableType

    from sim.runs import RunResult
    from sim.runs.progress import Progress

# Everything heavy is imported by the command that needs it: `--help` answers at once.

_EXIT_MISTAKE = 2
_EXIT_INTERRUPTED = 128 + signal.SIGINT
_EXIT_TERMINATED = 128 + signal.SIGTERM
_MACHINE_ERRORS = frozenset(
    getattr(errno, name)
    for name in (
        "ENOSPC",
        "EDQUOT",
        "EROFS",
        "EACCES",
        "EPERM",
        "EMFILE",
        "ENFILE",
        "ENOMEM",
        "EIO",
    )
)
_WIDTH = 110


class _Commands(click.Group):
    """Commands whose mistakes end readably."""

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401  # as click has it
        try:
            with _terminable() as status:
                return super().invoke(ctx)
        except SimError as error:
            click.echo(str(error), err=True)
            ctx.exit(_EXIT_MISTAKE)
        except KeyboardInterrupt as error:
            message = str(error) or "Interrupted; nothing was published."
            click.echo(message, err=True)
            ctx.exit(status[0])
        except (OSError, MemoryError, RuntimeError) as error:
            circumstance = _circumstance(error)
            if circumstance is None:
                raise
            click.echo(circumstance, err=True)
            ctx.exit(_EXIT_MISTAKE)


@contextmanager
def _terminable() -> Iterator[list[int]]:
    """Let SIGTERM, by which schedulers end a job, interrupt as Ctrl-C does; yields the exit status of either."""
    status = [_EXIT_INTERRUPTED]

    def interrupt(_number: int, _frame: object) -> None:
        status[0] = _EXIT_TERMINATED
        raise KeyboardInterrupt

    try:
        before = signal.signal(signal.SIGTERM, interrupt)
    except ValueError:  # not the main thread
        yield status
        return
    try:
        yield status
    finally:
        signal.signal(signal.SIGTERM, before)


def _circumstance(error: Exception) -> str | None:
    """Return what the user can mend, if the machine and not the program is to blame."""
    if isinstance(error, MemoryError):
        return (
            "not enough memory; lower subscribers.scale, --jobs or run.duration_h, "
            "make grid.resolution_m coarser, or use a larger machine"
        )
    if isinstance(error, OSError) and error.errno in _MACHINE_ERRORS:
        where = error.filename or "a file"
        return f"{where}: {error.strerror}; free space, mend its permissions, or use another disk"
    if "no locator available" in str(error):
        return (
            "compiled code cannot be kept: neither the cache folder nor the temporary folder can be written; "
            "name one that can by the environment variable XDG_CACHE_HOME or TMPDIR"
        )
    return None


_scenario = click.argument("file", metavar="FILE")
_overrides = click.option(
    "--set",
    "overrides",
    metavar="PATH=VALUE",
    multiple=True,
    help="Set a parameter, such as networks[kang_song].n_sites=600. May be repeated.",
)
_out = click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("results"),
    show_default=True,
    help="Folder of all results.",
)
_seed = click.option(
    "--seed", type=int, help="Key of every random draw, in place of the scenario's."
)
_replications = click.option(
    "--replications", type=int, help="Replications, in place of the scenario's."
)
_jobs = click.option(
    "--jobs",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Processes. They change no result.",
)
_force = click.option("--force", is_flag=True, help="Compute results that are there already.")


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="patchcell")
def main() -> None:
    """
    Simulate two 3G networks on one territory, call by call.

    FILE is the name of a scenario, in ./scenarios or shipped, or the path of a YAML file.
    """


@main.command(help="Check a scenario and say what is wrong with it, all at once.")
@_scenario
@_overrides
def check(file: str, overrides: tuple[str, ...]) -> None:
    """Check a scenario and say what is wrong with it, all at once."""
    from sim.runs.feasible import require_feasible
    from sim.scenario.load import load_scenario

    loaded = load_scenario(file, overrides)
    require_feasible(loaded)
    if loaded.scenario.extensions:
        from sim.runs.extensions import read_extensions

        read_extensions(loaded)
    networks = ", ".join(network.name for network in loaded.scenario.networks)
    click.echo(f"{loaded.scenario.name} is in order: networks {networks}.")


@main.command(help="Simulate a scenario, draw its figures and print a summary.")
@_scenario
@_overrides
@_seed
@_replications
@_jobs
@_out
@_force
def run(
    file: str,
    overrides: tuple[str, ...],
    seed: int | None,
    replications: int | None,
    jobs: int,
    out: Path,
    force: bool,
) -> None:
    """Simulate a scenario, draw its figures and print a summary."""
    from contextlib import closing

    from sim.runs import run_scenario
    from sim.runs.progress import progress_on_stderr

    with closing(progress_on_stderr()) as progress:
        result = run_scenario(
            file,
            overrides,
            seed=seed,
            replications=replications,
            jobs=jobs,
            out=out,
            force=force,
            progress=progress,
        )
        _draw(result, progress)
    _print_summary(result)


@main.command(help="Compute who hears whom, without calls.")
@_scenario
@_overrides
@click.option(
    "--replications",
    type=int,
    default=1,
    show_default=True,
    help="Worlds, each with its draws of placement; several give intervals across worlds.",
)
@_jobs
@_out
@_force
def coverage(
    file: str,
    overrides: tuple[str, ...],
    replications: int,
    jobs: int,
    out: Path,
    force: bool,
) -> None:
    """Compute who hears whom, without calls."""
    from contextlib import closing

    from sim.runs import run_coverage
    from sim.runs.progress import progress_on_stderr

    with closing(progress_on_stderr()) as progress:
        result = run_coverage(
            file,
            overrides,
            replications=replications,
            jobs=jobs,
            out=out,
            force=force,
            progress=progress,
        )
        _draw(result, progress)
    _print_summary(result)


@main.command(help="Find the smallest rotas of operators that meet a target, by simulation.")
@_scenario
@click.option(
    "--target",
    required=True,
    metavar="TARGET",
    help="What every manual exchange must reach in every hour, such as 'exchange.wait_p95_s <= 30'.",
)
@_overrides
@click.option("--max-operators", type=int, help="Most operators of an exchange.")
@_seed
@_replications
@_out
@_force
def staff(
    file: str,
    target: str,
    overrides: tuple[str, ...],
    max_operators: int | None,
    seed: int | None,
    replications: int | None,
    out: Path,
    force: bool,
) -> None:
    """Find the smallest rotas of operators that meet a target, by simulation."""
    from contextlib import closing

    from sim.runs import staff_scenario
    from sim.runs.progress import progress_on_stderr
    from sim.runs.staffing.result import printed_staffing

    with closing(progress_on_stderr()) as progress:
        result = staff_scenario(
            file,
            target,
            overrides,
            max_operators=max_operators,
            seed=seed,
            replications=replications,
            out=out,
            force=force,
            progress=progress,
        )
    _print(printed_staffing(result))


@main.command(help="Run what is missing of a sweep, here or on a cluster, and collect it.")
@click.argument("file", metavar="SWEEP")
@click.option(
    "--cluster",
    default="local",
    show_default=True,
    metavar="WHERE",
    help="local, slurm, pbs, lsf, sge, or the address of a running Dask scheduler.",
)
@click.option(
    "--jobs", type=int, help="Workers; all cores, or four batch jobs. They change no result."
)
@click.option(
    "--shard", metavar="I/N", help="Do every N-th run only, here and without a scheduler."
)
@click.option(
    "--option",
    "options",
    metavar="KEY=VALUE",
    multiple=True,
    help="Option of a batch job, such as walltime=02:00:00 or queue=debug. May be repeated.",
)
@click.option("--plan", "plan_only", is_flag=True, help="Say what would be run, and run nothing.")
@click.option(
    "--job-array", type=int, metavar="N", help="Print a job script of N shards; run nothing."
)
@click.option("--retry", is_flag=True, help="Run those again that failed.")
@click.option("--any-platform", is_flag=True, help="Accept workers of other platforms, and say so.")
@_out
@_force
def sweep(file: str, **given: Any) -> None:  # noqa: ANN401  # options as click names them
    """Run what is missing of a sweep, here or on a cluster, and collect it."""
    from sim.runs.sweeps.command import sweep_command

    text, folder = sweep_command(file, **given)
    click.echo(text, nl=False)
    if folder is not None:
        from sim.report.sweep_figures import draw_sweep_figures

        drawn = draw_sweep_figures(folder)
        click.echo(f"{len(drawn)} figures are in {folder / 'figures'}.")


@main.command(help="Compare two scenarios, or two results folders, on common random numbers.")
@click.argument("a", metavar="A")
@click.argument("b", metavar="B")
@click.option(
    "--set",
    "overrides",
    metavar="PATH=VALUE",
    multiple=True,
    help="Set a parameter in B. May be repeated.",
)
@click.option(
    "--measure",
    "measures",
    metavar="NAME",
    multiple=True,
    default=("*",),
    help="Compare these measures only; * stands for any text. May be repeated.",
)
@click.option(
    "--everywhere", is_flag=True, help="Compare each network, province and trunk group, too."
)
@click.option(
    "--save", type=click.Path(path_type=Path), help="Write the table to a .parquet or .csv."
)
@_seed
@_replications
@_jobs
@_out
def compare(a: str, b: str, save: Path | None, **given: Any) -> None:  # noqa: ANN401  # as click has them
    """Compare two scenarios, or two results folders, on common random numbers."""
    from sim.runs.compare import compare as compare_both
    from sim.runs.compare import printed_comparison, save_comparison

    table = compare_both(a, b, **given)
    if save is not None:
        save_comparison(save, table)
    _print(printed_comparison(table))


@main.command(help="Compile everything that a run needs, ahead of it.")
@click.option("--jobs", type=click.IntRange(min=1), help="Processes; all cores when not given.")
def warm(jobs: int | None) -> None:
    """Compile everything that a run needs, ahead of it."""
    import os

    from sim.compilation.place import cache_root
    from sim.runs.progress import followed
    from sim.runs.warm import warm as compile_everything

    with followed(progress=True) as progress:
        progress.stage("compilation")
        n_compiled = compile_everything(jobs or os.cpu_count() or 1, progress.compiling)
    click.echo(
        f"{n_compiled} functions compiled; everything is in {os.path.relpath(cache_root())}."
    )


@main.command(help="Write the JSON Schema of scenarios, for editors that complete.")
@click.option(
    "--out", type=click.Path(path_type=Path), help="File; standard output when not given."
)
def schema(out: Path | None) -> None:
    """Write the JSON Schema of scenarios, for editors that complete."""
    from sim.scenario.json_schema import json_schema_text

    text = json_schema_text()
    if out is None:
        click.echo(text, nl=False)
        return
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        message = f"{out}: cannot be written ({error.strerror}); name another file with --out"
        raise SimError(message) from error


def _draw(result: "RunResult", progress: "Progress") -> None:
    """Draw figures that are not there yet."""
    from sim.report.figures import draw_figures, figures_are_drawn

    if not result.is_new and figures_are_drawn(result.folder):
        return
    progress.stage("figures")
    try:
        draw_figures(result.folder)
    except KeyboardInterrupt:
        message = f"Interrupted while drawing; the results in {result.folder} are whole."
        raise KeyboardInterrupt(message) from None


def _print_summary(result: "RunResult") -> None:
    from sim.runs.printed import printed_summary, read_summary

    _print(printed_summary(read_summary(result.folder), is_new=result.is_new))


def _print(shown: "RenderableType") -> None:
    """Print on the terminal, or to a file as if it had a fixed width."""
    from rich.console import Console

    Console(width=None if sys.stdout.isatty() else _WIDTH).print(shown)
