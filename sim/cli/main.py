"""The command line; what is heavy is imported by the command that needs it, so that `--help` answers at once."""

import click

from sim import __version__
from sim.cli.catalogue import list_, show, tag
from sim.cli.convergence import converge
from sim.cli.mistakes import Commands
from sim.cli.results import compare, report
from sim.cli.runs import coverage, run, staff, warm
from sim.cli.scenarios import check, schema
from sim.cli.sweeps import sweep
from sim.cli.uncertainty import uncertainty
from sim.cli.validation import validate
from sim.cli.years import years


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="patchcell")
def main() -> None:
    """
    Simulate two 3G networks on one territory, call by call.

    FILE is the name of a scenario, in ./scenarios or shipped, or the path of a YAML file.
    """


for _command in (
    check, run, coverage, staff, sweep, uncertainty, converge, years, compare, list_, show, tag, report, validate,
    warm, schema,
):  # fmt: skip
    main.add_command(_command)
