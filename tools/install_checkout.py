"""
Make the environment that runs this file know the checkout: `import sim` and the command `patchcell` from any folder.

    .venv/bin/python tools/install_checkout.py

A line in a .pth file does it: nothing is built, nothing is fetched, and what is edited counts at once. `make setup`
calls it; the wheel (`make check-wheel`) is made and tried elsewhere.
"""

import os
import sys
import sysconfig
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
PTH = "patchcell-checkout.pth"

COMMAND = """\
#!/bin/sh
exec "$(dirname "$(readlink -f "$0")")/python" -P -m sim "$@"
"""
"""The command; with -P a folder that is called sim, where the user stands, is not taken for the package."""


def install(packages: Path, commands: Path) -> None:
    """
    Write the .pth file and the command.

    Parameters
    ----------
    packages : Path
        Folder of the environment's packages.
    commands : Path
        Folder of its commands.
    """
    # Relative, so that letters of the path play no part and the checkout may be moved.
    (packages / PTH).write_text(f"{os.path.relpath(CHECKOUT, packages)}\n", encoding="ascii")
    command = commands / "patchcell"
    command.write_text(COMMAND, encoding="ascii")
    command.chmod(0o755)


if __name__ == "__main__":
    if sys.prefix == sys.base_prefix:
        sys.exit("this Python belongs to no environment; run it with that of .venv")
    install(Path(sysconfig.get_path("purelib")), Path(sysconfig.get_path("scripts")))
