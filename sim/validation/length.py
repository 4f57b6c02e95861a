"""How much is simulated for a card, and with which draws."""

from dataclasses import dataclass
from typing import TypeVar

SEED = 20221116
"""Key of the draws of a card; a second look takes the next one."""

N_REPLICATIONS = 30
"""Replications of each simulation, for Student's t."""

_T = TypeVar("_T")


@dataclass(frozen=True)
class Length:
    """How long simulations are."""

    is_full: bool = False  # whether everything is run, and for longer
    seed: int = SEED  # key of the draws

    def pick(self, reduced: _T, full: _T) -> _T:
        """Return what a card of this length takes."""
        return full if self.is_full else reduced
