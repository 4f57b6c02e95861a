"""What a user did, or a machine lacks, as one readable message and an exit status."""

import errno
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from sim.cli.terminal import print_anything
from sim.errors import SimError

_EXIT_MISTAKE = 2
_EXIT_INTERRUPTED = 128 + signal.SIGINT
_EXIT_TERMINATED = 128 + signal.SIGTERM
_MACHINE_ERRORS = {
    *(errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM),
    *(errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EIO),
}


class Commands(click.Group):
    """Commands whose mistakes end readably."""

    def main(self, *args: Any, **extra: Any) -> Any:  # noqa: ANN401  # as click has it
        """Read the command line and do what it says."""
        print_anything()
        return super().main(*args, **extra)

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401  # as click has it
        """Do what the command says, and end readably."""
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
