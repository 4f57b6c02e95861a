"""The scenarios of samples: what is drawn is set, what must hold between values is kept, what cannot be is counted."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sim.errors import Problem, SimError
from sim.runs.provenance import full_id
from sim.runs.sweeps.plan import PlannedRun, load_planned
from sim.runs.uncertainty.design import Sample
from sim.runs.uncertainty.parameters import Parameter
from sim.scenario.reference import OWN, changes_sites
from sim.scenario.resolve import LoadedScenario
from sim.scenario.sweep_design import Value

Settings = tuple[tuple[str, object], ...]

_DIGITS = 12
_PATH = re.compile(r"[^\s:=]+")


@dataclass(frozen=True)
class Drawn:
    """A sample as a run."""

    sample: Sample
    values: dict[
        str, Value
    ]  # what each parameter was set to, by path; empty of the scenario's own values
    run: PlannedRun | None  # None where no scenario can be made of it
    mended: tuple[str, ...] = ()  # paths that were given the scenario's own values
    refusal: str = ""  # why there is no run


@dataclass(frozen=True)
class Drawing:
    """Makes the runs of samples."""

    base: str  # file of the scenario
    always: Settings  # what is set in every run
    parameters: tuple[Parameter, ...]
    kind: str  # kind of run that ids are made of
    # shares that sum to 1, by the list that they are of: paths with the scenario's own values
    groups: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    def __call__(self, sample: Sample) -> Drawn:
        """Return the run of a sample."""
        if sample.shares is None:
            return Drawn(sample, {}, self._planned(self.always))
        places = zip(self.parameters, sample.shares.tolist(), strict=True)
        drawn = {one.path: one.value(share) for one, share in places}
        mended: list[str] = []
        while True:
            values = self._with_whole_groups(drawn)
            try:
                run = self._planned((*self.always, *values.items()))
            except SimError as error:
                again = self._to_be_mended(error.problems, set(mended))
                if not again:
                    return Drawn(sample, values, None, tuple(mended), _text(error))
                drawn |= {one.path: one.own for one in self.parameters if one.path in again}
                mended += again
            else:
                return Drawn(sample, values, run, tuple(mended))

    def _planned(self, settings: Settings) -> PlannedRun:
        loaded = load_planned(self.base, settings)
        return PlannedRun(full_id(self.kind, loaded), self.base, settings)

    def _with_whole_groups(self, drawn: Mapping[str, Value]) -> dict[str, Value]:
        """Return values in which shares that must sum to 1 do: each is divided by their sum, drawn or not."""
        values = dict(drawn)
        for own in self.groups.values():
            shares = {path: float(drawn.get(path, share)) for path, share in own.items()}
            total = math.fsum(shares.values())
            if not own.keys() & drawn.keys() or total <= 0.0:
                continue
            values |= {
                path: float(f"{share / total:.{_DIGITS}g}") for path, share in shares.items()
            }
        return values

    def _to_be_mended(self, problems: Iterable[Problem], mended: set[str]) -> list[str]:
        """Return what is given the scenario's own value: what a problem names, else what stands in the same section."""
        paths = [one.path for one in self.parameters if one.path not in mended and not one.choices]
        named = [match[0] for one in problems if (match := _PATH.match(one.message))]
        for roots in (named, [name.rpartition(".")[0] for name in named]):
            found = [p for p in paths if any(root and _touches(p, root) for root in roots)]
            if found:
                # A rule between keys of a section says which.
                said = [
                    p for p in found if any(p.rpartition(".")[2] in one.message for one in problems)
                ]
                return said or found
        return []


def _touches(path: str, named: str) -> bool:
    """Say whether a path is what is named, or lies in it."""
    return path == named or path.startswith((f"{named}.", f"{named}["))


def _text(error: SimError) -> str:
    return "; ".join(problem.message for problem in error.problems)


def share_groups(loaded: LoadedScenario) -> dict[str, dict[str, float]]:
    """Return the shares of a scenario that sum to 1, by path, for each list of which they are."""
    subscribers = loaded.scenario.subscribers
    classes = [(one.name, one.share) for one in subscribers.classes]
    devices = [(one.name, one.share) for one in subscribers.devices]
    return {
        key: {f"subscribers.{key}[{name}].share": share for name, share in listed}
        for key, listed in (("classes", classes), ("devices", devices))
        if listed
    }


def sold_around_own_sites(parameters: Sequence[Parameter], loaded: LoadedScenario) -> Settings:
    """
    Return what lets the lines of each sample be sold around the sites of that sample.

    Other sites as an answer to a question leave the lines where they are; other sites because nobody knows where they
    are do not.
    """
    is_sold_near = any(
        one.sold_within_km is not None and one.reference_sites is None
        for one in loaded.scenario.networks
    )
    if is_sold_near and any(changes_sites(one.path) for one in parameters):
        return (("subscribers.placed_as", OWN),)
    return ()
