"""What a replication hands over: tables of records, declared beside the tables that are made of them."""

from sim.tables.attempts import ATTEMPTS, EMERGENCY_RECORDS, INTENT_RECORDS
from sim.tables.cells import (
    CELL_RECORDS,
    COVERED_RECORDS,
    RADIO_CELL_RECORDS,
    RADIO_SITE_RECORDS,
    SERVER_RECORDS,
    TRUNK_RECORDS,
)
from sim.tables.columns import Table
from sim.tables.data import DATA_CELL_RECORDS
from sim.tables.exchanges import (
    EXCHANGE_RECORDS,
    HOUR_RECORDS,
    POSITION_RECORDS,
    TASK_RECORDS,
    WAIT_RECORDS,
)
from sim.tables.extensions import CHANGE_RECORDS
from sim.tables.flows import FLOWS, MESSAGES
from sim.tables.movement import HANDOVERS, MOVEMENT_RECORDS
from sim.tables.registrations import ATTACHMENTS, REGISTRATION_RECORDS

RECORDS: dict[str, Table] = {
    "attempts": ATTEMPTS,
    "intents": INTENT_RECORDS,
    "servers": SERVER_RECORDS,
    "cells": CELL_RECORDS,
    "trunks": TRUNK_RECORDS,
    "radio_cells": RADIO_CELL_RECORDS,
    "radio_sites": RADIO_SITE_RECORDS,
    "covered": COVERED_RECORDS,
    "flows": FLOWS,
    "messages": MESSAGES,
    "data_cells": DATA_CELL_RECORDS,
    "handovers": HANDOVERS,
    "movement": MOVEMENT_RECORDS,
    "exchanges": EXCHANGE_RECORDS,
    "waits": WAIT_RECORDS,
    "positions": POSITION_RECORDS,
    "exchange_hours": HOUR_RECORDS,
    "changes": CHANGE_RECORDS,
    "tasks": TASK_RECORDS,
    "registrations": REGISTRATION_RECORDS,
    "attachments": ATTACHMENTS,
    "emergency": EMERGENCY_RECORDS,
}
"""
Tables by key; those of a subject that is not simulated are absent, and stand for no rows.

A subject may add its own. One whose columns say how they are made over replications is published under its key as it
stands; given columns of it may be `row`, and those of `CELLS` where its rows are cells.
"""


def record_key(table: Table) -> str:
    """
    Return the key of a table of records.

    Parameters
    ----------
    table : Table
        Table.

    Returns
    -------
    str
        Its key in RECORDS.
    """
    return next(key for key, one in RECORDS.items() if one is table)
