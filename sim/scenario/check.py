"""Rules between keys, and the size of the world: everything that a single key's bounds cannot say."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sim.scenario.check_movement import check_journeys, check_moving_names, check_moving_radio
from sim.scenario.check_networks import check_names, check_networks, check_subscribers
from sim.scenario.check_places import check_places
from sim.scenario.check_radio import (
    check_adjacent,
    check_bearers,
    check_least_rate,
    check_radio,
    check_services_asked,
    check_updates,
    check_wcdma,
)
from sim.scenario.check_region import check_heights, check_people, check_region, check_relief
from sim.scenario.check_registrations import check_registrations
from sim.scenario.check_switching import (
    check_fixed,
    check_interconnect,
    check_priorities,
    check_trunks,
)
from sim.scenario.check_timeline import check_published, check_timeline
from sim.scenario.check_traffic import (
    check_answers,
    check_data,
    check_data_cells,
    check_devices,
    check_messages,
    check_source_cells,
    check_traffic,
    check_uses,
)
from sim.scenario.evidence import Finding
from sim.scenario.extension_items import extension_name
from sim.scenario.memory import check_memory
from sim.scenario.messages import did_you_mean, given
from sim.scenario.named_files import check_files
from sim.scenario.precision_section import INSTEAD, check_precision
from sim.scenario.schema import Run

FIRST_YEAR, LAST_YEAR = 2, 9998
"""Years in which a run may lie: beyond the years 1 and 9999 there are no dates."""

_RULES = (
    (("region",), check_region),
    (("region", "terrain"), check_heights),
    (("region", "terrain"), check_relief),
    (("region", "population"), check_people),
    (("networks",), check_names),
    (("region", "networks"), check_networks),
    (("subscribers",), check_subscribers),
    (("radio",), check_radio),
    (("radio",), check_wcdma),
    (("networks", "radio"), check_adjacent),
    (("run", "radio"), check_updates),
    (("traffic",), check_traffic),
    (("radio", "traffic"), check_services_asked),
    (("networks", "traffic"), check_answers),
    (("networks", "traffic"), check_source_cells),
    (("traffic",), check_journeys),
    (("radio", "traffic"), check_moving_radio),
    (("networks", "traffic"), check_moving_names),
    (("subscribers",), check_devices),
    (("radio", "traffic"), check_data),
    (("subscribers", "traffic"), check_uses),
    (("networks", "traffic"), check_data_cells),
    (("traffic",), check_messages),
    (("region", "grid", "subscribers", "traffic"), check_places),
    (("run", "traffic"), check_registrations),
    (("radio", "traffic"), check_bearers),
    (("radio", "subscribers", "traffic"), check_least_rate),
    (("networks", "fixed"), check_fixed),
    (("networks", "fixed", "switching"), check_trunks),
    (("networks", "fixed", "switching"), check_interconnect),
    (("subscribers", "switching"), check_priorities),
    (("timeline", "sources"), check_timeline),
    (("networks", "timeline"), check_published),
)
"""Sections that a rule needs, and the rule."""


def check(sections: dict[str, Any], folder: Path) -> Iterator[Finding]:
    """Check the rules between keys."""
    if "run" in sections:
        yield from _check_start(sections["run"])
        yield from _check_length(sections["run"])
    for keys, rule in _RULES:
        if all(key in sections for key in keys):
            yield from rule(*(sections[key] for key in keys))
    if "extensions" in sections:
        yield from _check_extensions(sections["extensions"])
    if "extensions" in sections and "extension_parameters" in sections:
        yield from _check_parameters(sections["extensions"], sections["extension_parameters"])
    yield from check_files(sections, folder)
    size_keys = ("region", "grid", "terrain", "networks", "radio", "subscribers", "traffic")
    if all(key in sections for key in size_keys):
        yield from check_memory(*(sections[key] for key in size_keys))


def _check_extensions(extensions: tuple[str, ...]) -> Iterator[Finding]:
    """Check that every extension is named once."""
    for i, name in enumerate(extensions):
        if name in extensions[:i]:
            yield Finding(("extensions", i), f" = {given(name)}: must be unique")


def _check_parameters(
    extensions: tuple[str, ...], parameters: dict[str, dict[str, float]]
) -> Iterator[Finding]:
    """Check that who is given numbers takes part, and that no two of them have one name."""
    names = [extension_name(file) for file in extensions]
    for name in parameters:
        if name not in names:
            hint = did_you_mean(name, names, "extensions")
            message = f": no extension has this name; {hint}"
            yield Finding(("extension_parameters", name), message, of_key=True)
        elif names.count(name) > 1:
            message = ": two extensions have this name; rename one of their files"
            yield Finding(("extension_parameters", name), message, of_key=True)


def _check_length(run: Run) -> Iterator[Finding]:
    """Check that a run ends by a number of replications or by what they make known, not by both."""
    yield from check_precision(run.precision, ("run", "precision"))
    if run.precision and set(INSTEAD) <= run.model_fields_set:
        message = (
            ": must not be given together with replications: leave one out; of a file and its base, or a --set, the "
            "last one that is given counts"
        )
        yield Finding(("run", "precision"), message, of_key=True)


def _check_start(run: Run) -> Iterator[Finding]:
    """Check that the begin of the measured window is a date of the calendar."""
    message = f" = {given(run.start)}: must be a date and time of the calendar"
    if run.start[11:13] == "24":  # which some versions of Python take for the next day
        message += "; the midnight that ends a day is 00:00 of the next"
        yield Finding(("run", "start"), message)
        return
    try:
        start = datetime.fromisoformat(run.start)
    except ValueError:
        yield Finding(("run", "start"), message)
        return
    # A warm-up that follows from the law of lengths is not known yet; it is hours.
    first, last = -(24.0 if run.warmup_h is None else run.warmup_h), run.duration_h
    try:
        years = [(start + timedelta(hours=hours)).year for hours in (first, last)]
    except OverflowError:
        years = [0]
    # Figures have a margin on both sides of what they show.
    if not all(FIRST_YEAR <= year <= LAST_YEAR for year in years):
        message = (
            f" = {given(run.start)}: all the run must lie in the years {FIRST_YEAR} to {LAST_YEAR}, from warmup_h "
            "before to duration_h after it"
        )
        yield Finding(("run", "start"), message)
