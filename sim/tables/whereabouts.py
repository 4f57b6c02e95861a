"""Where lines are by the hour of the day."""

from sim.tables.columns import Column, Table, number, text

AT_HOME = "home"
"""In place of a kind of place: lines that are at home."""

POPULATION_BY_HOUR = Table(
    "population_by_hour",
    "hour of the day, province, in cities or outside, and where lines are there",
    (
        Column("hour", "int32", "1", "hour of the day on which the measured window begins, 0 to 23"),
        text("province", "province in which they are"),
        text("ground", "city or countryside, by the square in which they are"),
        text("at", f"kind of the place, as the scenario names it, or `{AT_HOME}`"),
        number("n_lines", "1", "lines, those that are not simulated included; all rows of an hour are all lines"),
    ),
)  # fmt: skip
"""Where lines are in each hour of a day, by `traffic.places`."""

LINES_BY_SQUARE = Table(
    "lines_by_square",
    "square, in the order of `coverage`",
    (
        number("n_lines_fewest_away", "1", "lines that are there in the hour in which most are at home"),
        number("n_lines_most_away", "1", "lines that are there in the hour in which fewest are at home"),
    ),
)  # fmt: skip
"""Where lines are in two hours of a day: each is the first of its kind in `population_by_hour`."""
