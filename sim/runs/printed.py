"""The summary of a results folder, as tables for a terminal."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from sim.errors import StoreError
from sim.runs.parquet import floats, read_parquet, texts
from sim.runs.rows import ALL
from sim.runs.store import read_manifest

_BYTES_PER_GB = 1e9
_PERCENT = 100.0
_TOGETHER = (ALL, "any", "both", "neither")
"""What stands for several networks."""
