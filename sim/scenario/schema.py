"""The scenario's top level: what a user may write, with bounds, units and the source of every default."""

from typing import Annotated, Literal

from pydantic import Field

from sim.scenario.fixed_section import Fixed
from sim.scenario.networks_section import Network
from sim.scenario.radio_section import Radio
from sim.scenario.region_section import Grid, Population, Region, Terrain
from sim.scenario.sections import (
    ASSUMED,
    HOUSE,
    LOCAL_TIME,
    ExtensionFile,
    Name,
    PropertyKey,
    Section,
    Share,
    key,
)
from sim.scenario.subscribers_section import Subscribers
from sim.scenario.switching_section import Switching
from sim.scenario.traffic_section import Traffic

# A key is a row, as wide as prose may be.
# fmt: off


class Records(Section):
    """Which rows of the attempt table a run keeps."""

    calls: Literal["none", "sample", "all"] = key(
        "attempts kept in calls/: none, a sample, or all", "sample", source=HOUSE)
    tasks: Literal["none", "sample", "all"] = key(
        "tasks of operators kept in operator_tasks.parquet: none, those of the calls in the sample, or all", "none",
        source=HOUSE)
    sample_share: Share = key("share of attempts in the sample, chosen by address", 0.01, source=ASSUMED)


class Run(Section):
    """When, how long and how often is simulated."""

    start: str = key(
        "local date and time at which the measured window begins, as 2022-11-16 19:00", "2022-11-16 19:00",
        source=ASSUMED, pattern=LOCAL_TIME)
    duration_h: float = key("length of the measured window", 1.0, "(0, 8784]", "h", ASSUMED)
    warmup_h: float = key(
        "simulated before the measured window, from an empty network", 0.25, "[0, 168]", "h", ASSUMED)
    replications: int = key("independent replications", 5, "[1, 100000]", source=HOUSE)
    world_replication: int = key(
        "replication number of the draws that make the world", 0, "[0, 4294967295]", source=HOUSE)
    records: Records = Records()
    is_preview: bool = key("whether this is a quick look, and every output says so", False, source=HOUSE)


class Scenario(Section):
    """A complete scenario, every default resolved."""

    name: Name = key("name of the scenario and of its results folder", evidence=False)
    notes: str = key("free text for the reader", "", length="[0, 20000]", evidence=False)
    seed: int = key("key of every random draw", 1, "[0, 4294967295]", evidence=False)
    run: Run = Run()
    region: Region
    grid: Grid = Grid()
    terrain: Terrain = Terrain()
    population: Population = Population()
    networks: tuple[Network, ...] = key("networks, each with its sites and its subscribers", length="[1, 8]")
    fixed: Fixed = Fixed()
    radio: Radio = Radio()
    subscribers: Subscribers = Subscribers()
    traffic: Traffic = Traffic()
    switching: Switching = Switching()
    extensions: tuple[ExtensionFile, ...] = key(
        "Python files beside the scenario whose SimPy processes take part: code that is run", (), length="[0, 32]",
        evidence=False)
    extension_parameters: dict[PropertyKey, dict[PropertyKey, float]] = key(
        "numbers that extensions are given, by the name of the file without .py, then by their own names; an item of "
        "extensions may be written {file: NAME.py, PARAMETER: NUMBER, ...} instead", {})
    sources: dict[str, Annotated[str, Field(max_length=2000)]] = key(
        "keys that evidence values name as their source", {}, evidence=False)
