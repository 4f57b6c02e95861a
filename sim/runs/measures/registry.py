"""The subjects of runs, and all measures that they declare."""

from sim.runs.measures.cells import CELLS_AND_SITES
from sim.runs.measures.coverage import COVERAGE
from sim.runs.measures.data import DATA_FLOWS
from sim.runs.measures.exchanges import MANUAL_EXCHANGES
from sim.runs.measures.messages import SHORT_MESSAGES
from sim.runs.measures.own_tables import OWN_TABLES
from sim.runs.measures.radio import SOFT_CAPACITY
from sim.runs.measures.trunks import TRUNK_GROUPS
from sim.runs.measures.voice import VOICE

SUBJECTS = (
    VOICE,
    CELLS_AND_SITES,
    MANUAL_EXCHANGES,
    SOFT_CAPACITY,
    DATA_FLOWS,
    SHORT_MESSAGES,
    COVERAGE,
    TRUNK_GROUPS,
    OWN_TABLES,
)
"""Subjects in the order in which they measure, and are printed."""

MEASURES = {measure.name: measure for subject in SUBJECTS for measure in subject.measures}
"""Measures by name, in the order of the reference."""

PARTS = {part.table.name: part for subject in SUBJECTS for part in subject.parts}
"""Records whose rows files keep, by the folder of their files."""
