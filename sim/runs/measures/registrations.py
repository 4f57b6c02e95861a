"""Idle phones: registrations, paging, and what holds the signalling channels."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sim.runs.measures.cells import cell_places
from sim.runs.measures.display import Printed
from sim.runs.measures.measure import PERCENT, Crossing, Line, Measure, MeasureRows
from sim.runs.measures.reduction import reduced
from sim.runs.measures.subject import (
    RELATIVE_ROUNDING,
    Finished,
    Replication,
    Subject,
    as_floats,
)
from sim.scenario.schema import Scenario
from sim.tables import ALL, Columns
from sim.tables import REGISTRATIONS as TABLE
from sim.tables.columns import counted, part, proportion, rate, ratio
from sim.units import SECONDS_PER_HOUR

_BY = ("network", "province")
_SHARE = 0.95
_COUNTS = ("first_tries", "first_tries_refused", "given_up", "unanswered")
_BUSY = ("registrations_busy", "paging_busy", "messages_busy")

MEASURES = (
    Measure(
        "registrations.per_h", "1/h", _BY, "phones that make a first try to register in the window, by the province of "
        "the site", rate("first_tries", "window_h"), Line("location updates [1/h]"),
    ),
    Measure(
        "registrations.refused_share", "1", _BY, "share of them that finds no signalling channel",
        proportion("first_tries_refused", "first_tries"), Line("refused at the first try [%]", "{:.2f}", PERCENT),
    ),
    Measure(
        "registrations.given_up_share", "1", _BY, "phones that try no more in the window / first tries",
        ratio("given_up", "first_tries"), Line("given up [%]", "{:.2f}", PERCENT),
    ),
    Measure(
        "registrations.attached", "1", ("network",), "phones that attach together, after storms and when sites change, "
        "at any time of the run", counted("attached"), Line("attached together"),
    ),
    Measure(
        "registrations.attach_s", "s", ("network",), "their time from the first try to the end, mean",
        ratio("attach_s", "attached"), Line("time to attach [s]", "{:,.1f}"),
    ),
    Measure(
        "registrations.attach_p95_s", "s", ("network",), "95 % of them take at most this", ratio("p95_s", "known"),
        Line("95 % of them within [s]", "{:,.1f}"),
    ),
    Measure(
        "registrations.attach_tries", "1", ("network",), "tries that they need, mean",
        ratio("attach_tries", "attached"), Line("tries to attach", "{:.2f}"),
    ),
    Measure(
        "paging.per_h", "1/h", _BY, "phones paged in the window, by the province of the sites of their areas",
        rate("paged", "window_h"), Line("phones paged [1/h]"),
    ),
    Measure(
        "paging.unanswered_share", "1", _BY, "share of them that finds no signalling channel to answer",
        ratio("unanswered", "paged"), Line("no channel to answer [%]", "{:.2f}", PERCENT),
    ),
    Measure(
        "signalling.registrations_share", "1", _BY, "signalling channels that registrations hold / all, mean",
        part("registrations_busy", "n_channels"), Line("signalling: registrations [%]", "{:.2f}", PERCENT),
    ),
    Measure(
        "signalling.paging_share", "1", _BY, "those that paging holds / all, mean; it may ask for more than all",
        ratio("paging_busy", "n_channels"), Line("signalling: paging [%]", "{:.2f}", PERCENT),
    ),
    Measure(
        "signalling.messages_share", "1", _BY, "those that messages hold / all, mean",
        part("messages_busy", "n_channels"), Line("signalling: messages [%]", "{:.2f}", PERCENT),
    ),
)  # fmt: skip


def _measured(replication: Replication, rows: MeasureRows) -> dict[str, Columns]:
    world, scenario = replication.world, replication.scenario
    found = replication.records["registrations"]
    busy = replication.records["data_cells"].get("signalling_busy", np.zeros(len(world.cells)))
    columns = {
        **found,
        "messages_busy": busy,
        # Every cell of an area hears all pages: each counts for its part of the area.
        "paged": found["paged"] / np.bincount(found["area_idx"])[found["area_idx"]],
        "n_channels": np.full(len(world.cells), scenario.traffic.messages.n_signalling_channels),
    }
    crossing = Crossing.of(world.network_names, world.provinces.code)
    groups = world.cells.network_idx, world.sites.province_idx[world.cells.site_idx]
    sums = {
        name: crossing.sums(*groups, columns[name])
        for name in (*_COUNTS, *_BUSY, "paged", "n_channels")
    }
    sums["window_h"] = np.full(len(sums["paged"]), replication.records.window_s / SECONDS_PER_HOUR)
    axes = {"network": crossing.first_names, "province": crossing.second_names}
    rows.add(MEASURES, sums, axes)
    phones = replication.records["attachments"]["phones"]
    of_networks = np.concatenate([phones, phones.sum(axis=0, keepdims=True)])
    names = np.asarray((*world.network_names, ALL))
    rows.add(MEASURES, attach_times(scenario, of_networks), {"network": names})
    return {"registrations": as_floats(found)}


def _published(run: Finished) -> dict[str, pa.Table]:
    places = cell_places(run.world)
    return {"registrations": reduced(TABLE, places, run.kept["registrations"])}


def attach_times(scenario: Scenario, phones: NDArray[np.int64]) -> Columns:
    """Return how long phones took that attached together, of rows of phones by the tries they took."""
    rules, tries = scenario.traffic.registrations, np.arange(1, phones.shape[1] + 1)
    took_s = (tries - 1) * rules.retry_s + rules.transfer_s
    attached = phones.sum(axis=1)
    enough = np.cumsum(phones, axis=1) >= _SHARE * attached[:, None]
    return {
        "attached": attached,
        "attach_s": phones @ took_s,
        "attach_tries": phones @ tries,
        "p95_s": np.where(attached > 0, took_s[np.argmax(enough, axis=1)], 0.0),
        "known": (attached > 0).astype(np.float64),
    }


def _broken(replication: Replication) -> Iterator[str]:
    """Compare the signalling channels that are held with all there are, and refusals with tries."""
    found = replication.records["registrations"]
    if not found:
        return
    n = replication.scenario.traffic.messages.n_signalling_channels * (1.0 + RELATIVE_ROUNDING)
    busy = found["registrations_busy"]
    if not np.all((busy >= 0.0) & (busy <= n) & (found["paging_busy"] >= 0.0)):
        yield "registrations of a cell hold fewer signalling channels than none or more than all"
    if np.any(found["first_tries_refused"] > found["first_tries"]):
        yield "a cell refuses more first tries to register than there are"
    if np.any(found["first_tries_refused"] > found["tries_refused"]):
        yield "a cell refuses more first tries to register than tries"


REGISTRATIONS = Subject(
    measures=MEASURES,
    in_scenario=lambda scenario: scenario.traffic.registrations.is_on,
    measured=_measured,
    invariants=(
        "registrations: signalling channels that they hold between 0 and all there are; first tries >= those refused "
        "<= all tries refused",
    ),
    broken=_broken,
    published=_published,
    printed=Printed("Registrations and paging"),
)
