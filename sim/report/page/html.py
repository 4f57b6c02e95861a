"""The page as HTML: a template that escapes whatever is put into it, with styles, scripts and libraries inside."""

from functools import cache
from importlib.resources import files
from typing import Any

from bokeh.resources import Resources
from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from sim import __version__
from sim.report.page.book import Number

_ASSETS = "sim.report.page.assets"


def rendered(template: str, **content: Any) -> str:  # noqa: ANN401  # as the template takes it
    """Return a page."""
    environment = Environment(
        loader=FunctionLoader(_asset), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    environment.globals |= {"asset": _own, "library": _library, "scripts": _scripts}
    environment.globals["version"] = __version__
    environment.tests["quoted"] = lambda part: isinstance(part, Number)
    return environment.get_template(template).render(**content)


@cache
def _asset(name: str) -> str:
    return (files(_ASSETS) / name).read_text(encoding="utf-8")


def _own(name: str) -> Markup:
    """Return a file of our own, which holds nothing that a user wrote."""
    return Markup(_asset(name))


def _scripts(*names: str) -> Markup:
    return Markup("\n".join(_asset(name) for name in names))


@cache
def _library() -> Markup:
    """Return the library that draws, whole; refuse a page that would load it."""
    resources = Resources(mode="inline", minified=True, components=["bokeh"])
    raw = "\n".join(resources.js_raw)
    if resources.js_files or not raw or "</script" in raw.lower():
        raise RuntimeError("Bokeh does not give its script whole")
    return Markup(raw)
