"""What all sections of a scenario share: strictness, names, bounded numbers, and the row that declares a key."""

import math
import re
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

ASSUMED = "assumption"
"""Source of a default that no document gives."""

HOUSE = "house default"
"""Source of a default that claims nothing of the world."""


LOCAL_TIME = r"^\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}$"
"""Regular expression of a local date and time, as 2022-11-16 19:00."""


class Section(BaseModel):
    """A frozen mapping of a scenario: unknown keys, NaN and infinity are errors."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        allow_inf_nan=False,
        strict=False,
        use_attribute_docstrings=False,
    )


_REQUIRED: Any = ...
_INTERVAL = re.compile(r"([\[(])(.+), (.+)([\])])")


def key(
    says: str,
    default: Any = _REQUIRED,  # noqa: ANN401  # of any key
    within: str = "",
    unit: str = "",
    source: str = "",
    *,
    length: str = "",
    pattern: str | None = None,
    evidence: bool = True,
    word: str = "",
    single: bool = False,
) -> Any:  # noqa: ANN401  # pydantic's FieldInfo, which stands for the value
    """
    Declare a key of a section: a row from which messages, JSON Schema and the reference page are made.

    Parameters
    ----------
    says : str
        What the key is.
    default : object
        Its default; without one it is required.
    within : str
        Interval in which a number must lie, such as `[0, 600]` or `(0, inf)`.
    unit : str
        Unit of a number; a count or a share needs none.
    source : str
        What the default rests on: documents of docs/sources.md, `assumption` or `house default`, parted by semicolons,
        each followed by a remark after a colon or not.
    length : str
        Interval of the length of a text, a list or a mapping.
    pattern : str or None
        Regular expression of a text.
    evidence : bool
        Whether a value may be written with its range and its source; a name says nothing of the world.
    word : str
        Word that may stand in place of a number, and is its default.
    single : bool
        Whether one mapping may stand in place of a list of one.

    Returns
    -------
    FieldInfo
        Field of a pydantic model.
    """
    given = {"default_factory": dict} if default == {} else {"default": default}
    said: dict[str, Any] = {"unit": unit, "source": source, "evidence": evidence, "word": word}
    said |= {"single": single}
    return Field(
        **given,
        **_limits(within, {"[": "ge", "(": "gt", "]": "le", ")": "lt"}),
        **_limits(length, {"[": "min_length", "]": "max_length"}),
        description=says,
        pattern=pattern,
        json_schema_extra=said,
    )


def _limits(interval: str, names: dict[str, str]) -> dict[str, Any]:
    """Return the ends of an interval by the names that pydantic has for them."""
    parts = _INTERVAL.fullmatch(interval)
    if parts is None:
        if interval:
            raise ValueError(f"{interval} is no interval such as [0, 600]")
        return {}
    ends = ((parts[1], float(parts[2])), (parts[4], float(parts[3])))
    return {
        names[side]: int(end) if end.is_integer() else end
        for side, end in ends
        if math.isfinite(end) and (end or not names[side].endswith("length"))
    }


Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,47}$")]
"""Lower-case name: a letter, then letters, digits and underscores."""

Share = Annotated[float, Field(ge=0.0, le=1.0)]
"""Share or probability. [1]"""

Code = Annotated[str, Field(min_length=1, max_length=16)]
"""Code of a province, such as KP-01."""

PropertyKey = Annotated[str, Field(min_length=1, max_length=64)]
"""Key of a property in a user's GeoJSON."""

ExtensionFile = Annotated[str, Field(pattern=r"^.+\.py$", max_length=500)]
"""Name of a Python file."""
