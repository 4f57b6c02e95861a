"""What the schema allows at a location: sections, lists, mappings and single values with their bounds."""

import functools
import types
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from sim.scenario.locate import Loc


@dataclass(frozen=True, slots=True)
class Shape:
    """What may stand at a location."""

    # `section`, `list`, `mapping` (free keys) or `scalar`
    kind: Literal["section", "list", "mapping", "scalar"]
    section: type[BaseModel] | None = None  # model of a section
    # annotations of a list's items, or of a mapping's values; one for all items, or one for each
    items: tuple[Any, ...] = ()
    scalar: type = str  # `int`, `float`, `str` or `bool`
    choices: tuple[str, ...] = ()  # allowed words of a scalar
    ge: float | None = None  # and gt, le, lt: bounds of a number
    gt: float | None = None
    le: float | None = None
    lt: float | None = None

    @property
    def is_number(self) -> bool:
        """Return whether a number is asked for."""
        return self.kind == "scalar" and self.scalar in (int, float)

    @property
    def is_parameter(self) -> bool:
        """Return whether one value is asked for, which may be a row of numbers such as a daily profile."""
        if self.kind == "list":
            return all(shape_of(item).is_number for item in self.items)
        return self.kind == "scalar"

    def allows(self, value: float) -> bool:
        """
        Return whether a number is within the bounds.

        Parameters
        ----------
        value : float
            Number.

        Returns
        -------
        bool
            Whether it is.
        """
        return (
            (self.ge is None or value >= self.ge)
            and (self.gt is None or value > self.gt)
            and (self.le is None or value <= self.le)
            and (self.lt is None or value < self.lt)
        )


def _bounds(metadata: Iterable[Any]) -> dict[str, float]:
    """Return the bounds that lie in an annotation's metadata."""
    bounds: dict[str, float] = {}
    for entry in metadata:
        if isinstance(entry, FieldInfo):
            bounds |= _bounds(entry.metadata)
        for key in ("ge", "gt", "le", "lt"):
            bound = getattr(entry, key, None)
            if bound is not None:
                bounds[key] = bound
    return bounds


def shape_of(annotation: object, metadata: Iterable[Any] = ()) -> Shape:
    """Return what an annotation of the schema allows."""
    origin = get_origin(annotation)
    if origin is Annotated:
        inner, *extra = get_args(annotation)
        return shape_of(inner, [*metadata, *extra])
    if origin in (Union, types.UnionType):
        members = [member for member in get_args(annotation) if member is not type(None)]
        return shape_of(members[0], metadata)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return Shape("section", section=annotation)
    if origin is tuple:
        members = [member for member in get_args(annotation) if member is not Ellipsis]
        return Shape("list", items=tuple(members))
    if origin is dict:
        return Shape("mapping", items=(get_args(annotation)[1],))
    if origin is Literal:
        return Shape("scalar", choices=tuple(str(choice) for choice in get_args(annotation)))
    bounds = _bounds(metadata)
    return Shape(
        "scalar",
        scalar=annotation if isinstance(annotation, type) else str,
        ge=bounds.get("ge"),
        gt=bounds.get("gt"),
        le=bounds.get("le"),
        lt=bounds.get("lt"),
    )


@functools.cache
def field_shapes(section: type[BaseModel]) -> dict[str, Shape]:
    """
    Return what each key of a section allows.

    Parameters
    ----------
    section : type of BaseModel
        Model of the section.

    Returns
    -------
    dict of str to Shape
        Shapes by key, in the order of the schema.
    """
    return {
        key: shape_of(field.annotation, field.metadata)
        for key, field in section.model_fields.items()
    }


def child_shape(shape: Shape | None, step: str | int) -> Shape | None:
    """Return what is allowed one step further down. Shape of the child, None where the schema has none."""
    if shape is None or shape.kind == "scalar":
        return None
    if shape.section is not None:
        return field_shapes(shape.section).get(str(step))
    if shape.kind == "list" and isinstance(step, int):
        return shape_of(shape.items[min(step, len(shape.items) - 1)])
    return shape_of(shape.items[0])


def shape_at(top: type[BaseModel], loc: Loc) -> Shape | None:
    """Return what is allowed at a location. Shape, None where the schema has none."""
    shape: Shape | None = Shape("section", section=top)
    for step in loc:
        shape = child_shape(shape, step)
    return shape


_TEXT_SECTIONS = ("name", "notes", "seed", "extensions", "sources")
_REFERENCES = frozenset(
    (
        "name",
        "label",
        "sites_file",
        "provinces",
        "provinces_file",
        "province_keys",
        "settlements_file",
        "relief",
        "files",
        "clutter_file",
        "clutter_classes",
        "raster_file",
        "between",
        "at",
        "cells",
        "service",
        "province",
        "gateway",
        "exchanges_file",
        "trunk_groups_file",
        "graph_file",
        "rotas_file",
        "priority_classes",
    )
)


def takes_evidence(loc: Loc) -> bool:
    """
    Return whether a value at a location is a parameter that may carry evidence.

    Parameters
    ----------
    loc : tuple of str or int
        Steps from the top.

    Returns
    -------
    bool
        False for names, references to names, and texts that say nothing about the world.
    """
    return loc[0] not in _TEXT_SECTIONS and _REFERENCES.isdisjoint(loc)
