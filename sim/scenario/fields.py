"""The reflection of the schema: what is allowed and said at a location, from which all else about keys is made."""

import functools
import types
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from sim.scenario.locate import Loc

EVIDENCE_KEYS = ("value", "low", "high", "law", "source", "confidence", "note")
"""Keys of a value that is written with its evidence."""

_ENDS = ("ge", "gt", "le", "lt", "min_length", "max_length", "pattern")


@dataclass(frozen=True, slots=True)
class Shape:
    """What may stand at a location, and what is said of it."""

    # `section`, `list`, `mapping` (free keys) or `scalar`
    kind: Literal["section", "list", "mapping", "scalar"]
    section: type[BaseModel] | None = None  # model of a section
    # annotations of a list's items, or of a mapping's keys and values; one for all items, or one for each
    items: tuple[Any, ...] = ()
    is_fixed: bool = False  # whether a list has exactly one item for each of `items`
    scalar: type = str  # `int`, `float`, `str`, `bool`, or `object` where anything may stand
    choices: tuple[str | int, ...] = ()  # allowed words of a scalar
    ge: float | None = None  # and gt, le, lt: bounds of a number
    gt: float | None = None
    le: float | None = None
    lt: float | None = None
    min_length: int | None = None  # and max_length: of a text, a list or a mapping
    max_length: int | None = None
    pattern: str | None = None  # regular expression of a text
    may_be_absent: bool = False  # whether null is allowed
    word: str = ""  # that may stand in place of a number, and is its default
    may_be_single: bool = False  # whether an item may stand in place of a list of one
    is_required: bool = False
    default: Any = None  # plain value or sections
    says: str = ""  # what it is
    unit: str = ""  # unit of a number
    source: str = ""  # what the default rests on
    takes_evidence: bool = True  # whether a value may be written with its range and its source

    @property
    def documents(self) -> tuple[str, ...]:
        """Return what the default rests on, without remarks: documents, `assumption`, `house default`."""
        return tuple(part.partition(": ")[0] for part in self.source.split("; ") if part)

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


def shape_of(annotation: object, metadata: Iterable[Any] = ()) -> Shape:
    """Return what an annotation of the schema allows."""
    origin = get_origin(annotation)
    if origin is Annotated:
        inner, *extra = get_args(annotation)
        return shape_of(inner, [*metadata, *extra])
    if origin in (Union, types.UnionType):
        members = [member for member in get_args(annotation) if member is not type(None)]
        shape = shape_of(members[0], metadata)
        return replace(shape, may_be_absent=len(members) < len(get_args(annotation)))
    if annotation is Any:
        return Shape("scalar", scalar=object)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return Shape("section", section=annotation, says=(annotation.__doc__ or "").strip())
    ends = _ends(metadata)
    if origin is tuple:
        members = [member for member in get_args(annotation) if member is not Ellipsis]
        is_fixed = len(members) == len(get_args(annotation))
        return Shape("list", items=tuple(members), is_fixed=is_fixed, **ends)
    if origin is dict:
        return Shape("mapping", items=get_args(annotation), **ends)
    if origin is Literal:
        return Shape("scalar", choices=get_args(annotation))
    return Shape("scalar", scalar=annotation if isinstance(annotation, type) else str, **ends)


def _ends(metadata: Iterable[Any]) -> dict[str, Any]:
    """Return bounds, lengths and pattern that lie in an annotation's metadata."""
    ends: dict[str, Any] = {}
    for entry in metadata:
        if isinstance(entry, FieldInfo):
            ends |= _ends(entry.metadata)
        for name in _ENDS:
            end = getattr(entry, name, None)
            if end is not None:
                ends[name] = end
    return ends


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
    return {name: _of_field(field) for name, field in section.model_fields.items()}


def _of_field(field: FieldInfo) -> Shape:
    """Return what a key allows, with what its row in the schema says."""
    shape = shape_of(field.annotation, field.metadata)
    said = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
    value = shape_of(shape.items[-1]) if shape.items else shape
    word = str(said.get("word", ""))
    is_count = value.is_number and (value.scalar is int or (value.ge, value.le) == (0.0, 1.0))
    return replace(
        shape,
        is_required=field.is_required(),
        default=_default_of(field, word),
        says=field.description or shape.says,
        unit=str(said.get("unit", "")) or "1" * is_count,
        source=str(said.get("source", "")),
        takes_evidence=bool(said.get("evidence", True)),
        word=word,
        may_be_single=bool(said.get("single", False)),
    )


def _default_of(field: FieldInfo, word: str) -> object:
    """Return a default as it would be written; a word that stands in place of a number is one."""
    default = None if field.is_required() else field.get_default(call_default_factory=True)
    return word if word and default is None else default


def child_shape(shape: Shape | None, step: str | int) -> Shape | None:
    """
    Return what is allowed one step further down.

    Parameters
    ----------
    shape : Shape or None
        What is allowed here.
    step : str or int
        Key, or index of an item.

    Returns
    -------
    Shape or None
        Of the child, None where the schema has none.
    """
    if shape is None or shape.kind == "scalar":
        return None
    if shape.section is not None:
        child = field_shapes(shape.section).get(str(step))
    elif shape.kind == "list" and isinstance(step, int):
        child = shape_of(shape.items[min(step, len(shape.items) - 1)])
    else:
        child = shape_of(shape.items[-1] if shape.kind == "mapping" else shape.items[0])
    return replace(child, takes_evidence=False) if child and not shape.takes_evidence else child


def shape_at(top: type[BaseModel], loc: Loc) -> Shape | None:
    """Return what is allowed at a location. Shape, None where the schema has none."""
    shape: Shape | None = Shape("section", section=top)
    for step in loc:
        shape = child_shape(shape, step)
    return shape


def walk(shape: Shape, path: str = "") -> Iterator[tuple[str, Shape]]:
    """
    Yield path, such as `networks[].n_sites`, and shape of everything below a section.

    Parameters
    ----------
    shape : Shape
        Section.
    path : str
        Its own path.

    Yields
    ------
    (str, Shape)
        Path and shape.
    """
    for name in field_shapes(shape.section) if shape.section else ():
        child, here = child_shape(shape, name), f"{path}.{name}".removeprefix(".")
        if child is not None:
            yield here, child
            item = child_shape(child, 0) if child.kind == "list" else None
            yield from walk(child if item is None else item, here + "[]" * (item is not None))
