"""Keys that are misspelt, taken for what is meant, so that all that is written is checked in one round."""

import copy
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import BaseModel

from sim.scenario.evidence import Finding
from sim.scenario.fields import child_shape, field_shapes, shape_at
from sim.scenario.locate import Loc, Plain
from sim.scenario.messages import meant_key


@dataclass(frozen=True)
class Respelt:
    """Values of a scenario with keys as they are meant."""

    values: dict[str, Plain]  # without unknown keys
    # locations of keys as they are meant, and how each is written
    written: dict[Loc, str] = field(default_factory=dict)
    unclear: frozenset[str] = frozenset()  # sections with unknown keys of which nothing is known

    def as_written(self, finding: Finding) -> Finding:
        """Return a finding at the place that the user knows."""
        loc = finding.loc
        steps = (self.written.get(loc[: i + 1], step) for i, step in enumerate(loc))
        return replace(finding, loc=tuple(steps))


def respell(before: Respelt, unknown: Iterable[Loc], top: type[BaseModel]) -> Respelt:
    """
    Return values in which unknown keys have the names that are meant by them, or are left out.

    A value that is written with its evidence under a misspelt key is the value alone, as under the right one.
    """
    mended: dict[str, Any] = copy.deepcopy(before.values)
    written, unclear = dict(before.written), set(before.unclear)
    for loc in unknown:
        *above, key = loc
        section: Any = mended
        for step in above:
            section = section[step]
        shape = shape_at(top, tuple(above))
        known = list(field_shapes(shape.section)) if shape is not None and shape.section else []
        meant = meant_key(str(key), known, top)
        value = section.pop(key)
        if meant is None or meant in section:
            unclear.add(str(loc[0]))
            continue
        inner = child_shape(shape, meant)
        if inner is not None and inner.takes_evidence and inner.is_parameter:
            value = value["value"] if isinstance(value, dict) and "value" in value else value
        section[meant] = value
        written[(*above, meant)] = str(key)
    return Respelt(mended, written, frozenset(unclear))
