"""The scenario's top level: what a user may write, with bounds, units and the source of every default."""

from typing import Annotated, Literal

from pydantic import Field

from sim.scenario.fixed_section import Fixed
from sim.scenario.radio_section import Radio
from sim.scenario.sections import (
    ExtensionFile,
    Name,
    Section,
    Share,
)
from sim.scenario.switching_section import Switching
from sim.scenario.terrain_section import Terrain
from sim.scenario.territory import Grid, Network, Population, Region, Subscribers
from sim.scenario.traffic_section import Traffic


class Records(Section):
    """Which rows of the attempt table a run keeps."""

    calls: Literal["none", "sample", "all"] = Field(
        default="sample", description="attempts kept in calls/: none, a sample, or all"
    )
    sample_share: Share = Field(
        default=0.01,
        description="share of attempts in the sample, chosen by address (assumption) [1]",
    )


class Run(Section):
    """When, how long and how often is simulated."""

    start: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}$")] = Field(
        default="2022-11-16 19:00",
        description="local date and time at which the measured window begins, as 2022-11-16 19:00 (assumption)",
    )
    duration_h: float = Field(
        default=1.0, gt=0.0, le=8784.0, description="length of the measured window (assumption) [h]"
    )
    warmup_h: float = Field(
        default=0.25,
        ge=0.0,
        le=168.0,
        description="simulated before the measured window, from an empty network (assumption) [h]",
    )
    replications: int = Field(
        default=5, ge=1, le=100_000, description="independent replications (house default)"
    )
    world_replication: int = Field(
        default=0,
        ge=0,
        le=2**32 - 1,
        description="replication number of the draws that make the world",
    )
    records: Records = Records()


class Scenario(Section):
    """A complete scenario, every default resolved."""

    name: Name = Field(description="name of the scenario and of its results folder")
    notes: str = Field(default="", max_length=20_000, description="free text for the reader")
    seed: int = Field(default=1, ge=0, le=2**32 - 1, description="key of every random draw")
    run: Run = Run()
    region: Region
    grid: Grid = Grid()
    terrain: Terrain = Terrain()
    population: Population = Population()
    networks: tuple[Network, ...] = Field(min_length=1, max_length=8)
    fixed: Fixed = Fixed()
    radio: Radio = Radio()
    subscribers: Subscribers = Subscribers()
    traffic: Traffic = Traffic()
    switching: Switching = Switching()
    extensions: tuple[ExtensionFile, ...] = Field(
        default=(),
        max_length=32,
        description="Python files beside the scenario whose SimPy processes take part: code that is run",
    )
    sources: dict[str, Annotated[str, Field(max_length=2_000)]] = Field(
        default_factory=dict, description="keys that evidence values name as their source"
    )
