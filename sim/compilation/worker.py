"""A process that compiles what another one names."""

import json
import os
import signal
import sys
from importlib import import_module
from traceback import print_exc


def work() -> None:
    """Compile the functions whose names come in, one a line; a line goes out when it is ready for the next."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who started it ends it
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # whatever modules print is no answer
    for module in json.loads(sys.stdin.readline()):
        import_module(module)
    from sim.compilation.ahead import compile_unit
    from sim.compilation.kernels import COMPILED, ENTRIES

    known = COMPILED | ENTRIES
    print("ready", file=answers, flush=True)
    for line in sys.stdin:
        try:
            compile_unit(known[json.loads(line)])
        except Exception:
            print_exc()
        print("done", file=answers, flush=True)
