"""How much is simulated for a card, and with which draws."""

from dataclasses import dataclass
from typing import TypeVar

SEED = 20221116
"""Key of the draws of a card; a second look takes the next one."""

USUAL_WIDTH = 0.3
"""Greatest half-width of an interval of a card of usual length, as a share of the known number. [1]"""

NARROWER = 2.0 / 3.0
"""By how much a full card's intervals are narrower: its simulations are some four times as long. [1]"""

N_REPLICATIONS = 30
"""Replications of each simulation, for Student's t."""

_T = TypeVar("_T")


@dataclass(frozen=True)
class Length:
    """How long simulations are."""

    is_full: bool = False  # whether everything is run, and for longer
    seed: int = SEED  # key of the draws
    has_facts: bool = (
        False  # whether the long runs behind published facts are made, as in a full card
    )

    def amount(self, of_each: tuple[int, int]) -> int:
        """Return how long a simulation is that has these lengths, usual and full; 0 where it is not run."""
        return of_each[self.is_full]

    def widest(self, of_each: tuple[int, int], width: float = USUAL_WIDTH) -> float:
        """Return the greatest half-width, over the known number; what only a full card runs is as wide as the usual."""
        is_narrow = self.is_full and of_each[0] > 0
        return width * NARROWER if is_narrow else width

    def pick(self, reduced: _T, full: _T) -> _T:
        """Return what a card of this length takes."""
        return full if self.is_full else reduced
