"""Coverage while sites go off the air and are back."""

from sim.tables.columns import Column, Table, number, text

COVERAGE_OVER_TIME = Table(
    "coverage_over_time",
    "time between two changes of the sites on the air, and network",
    (
        number("begin_s", "s", "begin, from the begin of the measured window; the first is that of the run"),
        number("end_s", "s", "end; that of the window for the last"),
        text("network", "network, or any, both or neither of them"),
        Column("n_sites_off", "int32", "1", "its sites that are off the air; of all networks where it is none"),
        number("area_share", "1", "area of served squares / area"),
        number("population_share", "1", "people in served squares / people"),
    ),
)  # fmt: skip
"""What networks cover over time, where sites go off the air; extensions' own outages not included."""
