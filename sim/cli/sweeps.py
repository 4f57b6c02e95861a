"""The command that runs sweeps, here, in shards or on a cluster."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from sim.cli import options as shared
from sim.errors import SimError

if TYPE_CHECKING:
    from sim.runs.sweeps.sweep import SweepResult


@click.command()
@click.argument("file", metavar="SWEEP")
@shared.cluster
@click.option(
    "--jobs",
    type=click.IntRange(min=1),
    help="Workers; as many as cores and memory allow, or four batch jobs. They change no result.",
)
@shared.shard
@shared.batch_options
@shared.plan
@click.option(
    "--job-array", type=int, metavar="N", help="Print a job script of N shards; run nothing."
)
@shared.retry
@click.option("--any-platform", is_flag=True, help="Accept workers of other platforms, and say so.")
@shared.out
@shared.force
@shared.quiet
def sweep(
    file: str,
    options: Sequence[str],
    *,
    plan_only: bool,
    job_array: int | None,
    quiet: bool,
    **given: Any,  # noqa: ANN401  # as `run_sweep` takes them
) -> None:
    """Run what is missing of a sweep, here or on a cluster, and collect it."""
    read = read_options(options)
    if job_array is not None:
        from sim.runs.sweeps.batch_systems import job_array_script
        from sim.runs.sweeps.plan import load_sweep

        load_sweep(file)
        system = "slurm" if given["cluster"] == "local" else given["cluster"]
        click.echo(job_array_script(system, file, job_array, given["out"], read), nl=False)
    elif plan_only:
        from sim.runs.sweeps.sweep import planned_text

        click.echo(planned_text(file, given["out"], given["jobs"]))
    else:
        from sim.runs import run_sweep

        result = run_sweep(file, options=read, progress=not quiet, **given)
        click.echo(result.folder if quiet else _summary(result))
        if quiet and (
            result.n_failed or result.n_not_precise or result.not_measured or not result.is_whole
        ):
            click.echo(_summary(result), err=True)
        if result.is_whole:
            from sim.report.figures.sweep import draw_sweep_figures

            drawn = draw_sweep_figures(result.folder)
            if not quiet:
                click.echo(f"{len(drawn)} figures are in {result.folder / 'figures'}.")


def read_options(options: Sequence[str]) -> dict[str, str]:
    """Return options of a batch system's jobs; refuse what is none."""
    read: dict[str, str] = {}
    problems = []
    for text in options:
        key, equals, value = text.partition("=")
        if not equals or not key.isidentifier():
            problems.append(f"--option {text}: must be KEY=VALUE, such as walltime=02:00:00")
        read[key] = value
    if problems:
        raise SimError(*problems)
    return read


def _summary(result: "SweepResult") -> str:
    """Say what came of a sweep."""
    from sim.runs.sweeps.kept import absent_text

    lines = []
    if not result.is_whole:
        lines.append(f"{result.n_kept:,} of {result.n_runs:,} runs are kept in {result.folder}.")
        lines.append("When all shards are done, the command without --shard collects them.")
    elif result.is_new:
        lines.append(f"{result.n_runs:,} runs are in {result.folder / 'sweep.parquet'}.")
    else:
        lines.append(
            f"{result.n_runs:,} runs were there already, in {result.folder / 'sweep.parquet'}."
        )
    if absent := absent_text(result.not_measured):
        lines.append(f"{absent[0].upper()}{absent[1:]}.")
    if result.n_not_precise:
        lines.append(
            f"{result.n_not_precise:,} runs did not reach the precision: manifest.json (precision_not_reached) has how "
            "far they came; raise at_most, or ask for less."
        )
    if result.n_failed:
        lines.append(
            f"{result.n_failed:,} runs failed: failures.json has scenarios and tracebacks; --retry runs them anew."
        )
    return "\n".join(lines)
