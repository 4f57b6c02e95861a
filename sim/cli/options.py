"""Arguments and options that several commands have."""

from pathlib import Path

import click

scenario = click.argument("file", metavar="FILE")
overrides = click.option(
    "--set",
    "overrides",
    metavar="PATH=VALUE",
    multiple=True,
    help="Set a parameter, such as networks[kang_song].n_sites=600. May be repeated.",
)
out = click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("results"),
    show_default=True,
    help="Folder of all results.",
)
seed = click.option(
    "--seed", type=int, help="Key of every random draw, in place of the scenario's."
)
replications = click.option(
    "--replications", type=int, help="Replications, in place of the scenario's."
)
jobs = click.option(
    "--jobs",
    type=click.IntRange(min=1),
    help="Processes; as many as cores and memory allow when not given. They change no result.",
)
quiet = click.option(
    "--quiet",
    is_flag=True,
    help="Show no progress and no summary; print only the folder of the results.",
)
force = click.option("--force", is_flag=True, help="Compute results that are there already.")
preview = click.option(
    "--preview",
    is_flag=True,
    help="A quick look: coarser squares, a quarter of an hour, one replication; under a name of its own.",
)
cluster = click.option(
    "--cluster",
    default="local",
    show_default=True,
    metavar="WHERE",
    help="local, slurm, pbs, lsf, sge, or the address of a running Dask scheduler.",
)
shard = click.option(
    "--shard", metavar="I/N", help="Do every N-th run only, here and without a scheduler."
)
batch_options = click.option(
    "--option",
    "options",
    metavar="KEY=VALUE",
    multiple=True,
    help="Option of a batch job, such as walltime=02:00:00 or queue=debug. May be repeated.",
)
plan = click.option(
    "--plan", "plan_only", is_flag=True, help="Say what would be run, and run nothing."
)
retry = click.option("--retry", is_flag=True, help="Run those again that failed.")


def words(
    _context: click.Context, _option: click.Parameter, given: tuple[str, ...]
) -> tuple[str, ...]:
    """Split what is separated by commas; the callback of an option that may be repeated."""
    return tuple(word.strip() for text in given for word in text.split(",") if word.strip())
