"""The scenario's top level: what a user may write, with bounds, units and the source of every default."""

from typing import Annotated, Literal

from pydantic import Field, field_serializer, field_validator

from sim.scenario.fixed_section import Fixed
from sim.scenario.networks_section import Network
from sim.scenario.precision_section import FIRST_REPLICATIONS, LOOK_AHEAD, Precision
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
from sim.scenario.timeline_section import Timeline
from sim.scenario.traffic_section import Traffic
from sim.scenario.warmup import settle_h_of, short_warmup, warmup_h_of

# A key is a row, as wide as prose may be.
# fmt: off


AUTO = "auto"
"""Word for a warm-up that follows from the traffic."""


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
    warmup_h: float | None = key(
        "simulated before the measured window, from an empty network; auto is as long as it takes until 0.3 % of the "
        "traffic is missing, by the law of its lengths", None, "[0, 168]", "h", HOUSE, word=AUTO)
    settle_h: float | None = key(
        "last part of the warm-up, in which everything is simulated; before it only what operators have to do with, "
        "sessions, messages, and calls that last into it: it begins near its equilibrium. auto is as long as it takes "
        "until 6 % of those calls are left, by the law of their lengths; 168 makes all calls of the warm-up", None,
        "[0, 168]", "h", HOUSE, word=AUTO)
    replications: int = key("independent replications", 5, "[1, 100000]", source=HOUSE)
    precision: tuple[Precision, ...] = key(
        "in place of replications: they are added until measures are known, one or a list of them", (),
        length="[0, 32]", evidence=False, single=True)
    world_replication: int = key(
        "replication number of the draws that make the world", 0, "[0, 4294967295]", source=HOUSE)
    records: Records = Records()
    bucket_factor: float = key(
        "width of the timing wheel's buckets, as a factor of what suits the rate of events; it decides how fast a run "
        "is and never changes a result", 1.0, "[0.001, 1000]", "1", HOUSE)
    is_preview: bool = key("whether this is a quick look, and every output says so", False, source=HOUSE)

    @property
    def n_replications(self) -> tuple[int, int]:
        """Return the least and the most replications that may be simulated: as given, or what a precision may take."""
        if not self.precision:
            return self.replications, self.replications
        return FIRST_REPLICATIONS + LOOK_AHEAD, max(one.at_most for one in self.precision)

    @field_validator("warmup_h", "settle_h", mode="before")
    @classmethod
    def _none_for_auto(cls, value: object) -> object:
        return None if value == AUTO else value

    @field_serializer("warmup_h", "settle_h")
    def _auto_for_none(self, value: float | None) -> float | str:
        return AUTO if value is None else value


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
    timeline: Timeline = Timeline()
    extensions: tuple[ExtensionFile, ...] = key(
        "Python files beside the scenario whose SimPy processes take part: code that is run", (), length="[0, 32]",
        evidence=False)
    extension_parameters: dict[PropertyKey, dict[PropertyKey, float]] = key(
        "numbers that extensions are given, by the name of the file without .py, then by their own names; an item of "
        "extensions may be written {file: NAME.py, PARAMETER: NUMBER, ...} instead", {})
    sources: dict[str, Annotated[str, Field(max_length=2000)]] = key(
        "keys that evidence values name as their source", {}, evidence=False)

    @property
    def warmup_h(self) -> float:
        """Return how long the network runs before the measured window: as given, or as the lengths ask [h]."""
        if self.run.warmup_h is not None:
            return self.run.warmup_h
        return warmup_h_of(self.traffic, self.radio, has_lines=self.has_lines)

    @property
    def settle_h(self) -> float:
        """Return the last part of the warm-up, in which everything is simulated: as given, or as lengths ask [h]."""
        if self.run.settle_h is not None:
            return min(self.run.settle_h, self.warmup_h)
        settle_h = settle_h_of(self.traffic, self.radio, has_lines=self.has_lines)
        return min(settle_h, self.warmup_h)

    @property
    def short_warmup(self) -> tuple[str, str]:
        """Return what a warm-up that is too short leaves out, and what to do; both empty where it is not."""
        return short_warmup(
            self.traffic, self.radio, has_lines=self.has_lines, warmup_h=self.warmup_h
        )

    @property
    def has_lines(self) -> bool:
        """Return whether there are subscribers, or lines of the fixed network."""
        return any(network.n_subscribers for network in self.networks) or self.fixed.source != "none"
