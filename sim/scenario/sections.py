"""What all sections of a scenario share: strictness, names and bounded numbers."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class Section(BaseModel):
    """A frozen mapping of a scenario: unknown keys, NaN and infinity are errors."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        allow_inf_nan=False,
        strict=False,
        use_attribute_docstrings=False,
    )


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
