"""What registrations and paging were to each cell, and how many tries phones took that attached together."""

from sim.tables.columns import Table, count, counted, given, mean, most, number, text

REGISTRATION_RECORDS = Table(
    "registrations",
    "cell where phones register",
    (
        count("area_idx", "location area, counted from 0 over all networks"),
        count("first_tries", "first tries to register in the window"),
        count("first_tries_refused", "those that found no signalling channel"),
        count("tries_refused", "all tries that found none"),
        count("given_up", "phones that tried no more"),
        count("paged", "phones paged in the location area"),
        count("unanswered", "phones of the cell that were paged and found no channel"),
        number("registrations_busy", "1", "signalling channels that registrations hold, mean"),
        number("paging_busy", "1", "signalling channels that paging holds, mean"),
    ),
)
"""Registrations and paging of the measured window."""

REGISTRATIONS = Table(
    "registrations",
    "cell where phones register, over all replications",
    (
        *given(
            text("cell", "name of the cell"),
            text("network", "name of its network"),
            text("province", "code of the province of its site"),
        ),
        number("area_idx", "1", "location area, counted from 0 over all networks", most()),
        number("first_tries", "1", "first tries to register, mean over replications", counted()),
        number("first_tries_refused", "1", "those that found no signalling channel, mean", counted()),
        number("tries_refused", "1", "all tries that found none, mean", counted()),
        number("given_up", "1", "phones that tried no more, mean", counted()),
        number("paged", "1", "phones paged in the location area, mean", counted()),
        number("unanswered", "1", "phones of the cell that were paged and found no channel, mean", counted()),
        number("registrations_busy", "1", "signalling channels that registrations hold, mean", mean()),
        number("paging_busy", "1", "signalling channels that paging holds, mean", mean()),
    ),
)  # fmt: skip
"""The same over all replications."""

ATTACHMENTS = Table(
    "attachments",
    "network, and tries that a phone took",
    (count("phones", "phones that attached together, at any time of the run"),),
)
"""The last number of tries stands for all that took more."""
