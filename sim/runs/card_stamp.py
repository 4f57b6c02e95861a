"""What the scorecard of this very code said, for the manifest of a run."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

from sim.runs.provenance import code_digest, lock_digest
from sim.runs.store import N_DIGITS

FOLDER = "validation"
"""Folder of the scorecards, in that of all results."""

NOT_RUN = "not run"
"""What the manifest says where there is no card of this code."""


def card_file(root: Path) -> Path:
    """
    Return where the scorecard of this code is kept.

    Parameters
    ----------
    root : Path
        Folder of all results.

    Returns
    -------
    Path
        File, whether there is one or not.
    """
    return root / FOLDER / f"{code_digest()[:N_DIGITS]}.json"


def card_stamp(root: Path) -> str | dict[str, Any]:
    """Return what a manifest says of the scorecard."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        card = json.loads(card_file(root).read_text("utf-8"))
        if (card["code"], card["lock"]) == (code_digest(), lock_digest()):
            missed = [one["case_id"] for one in card["verdicts"] if one["word"] == "missed"]
            return {
                "length": "full" if card["is_full"] else "reduced",
                "finished_utc": card["finished_utc"],
                "cases": card["counts"],
                "missed": missed,
            }
    return NOT_RUN
