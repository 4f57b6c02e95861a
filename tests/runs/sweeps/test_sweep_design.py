"""The points of a sweep are those of its design."""

import math

import pytest

from sim.scenario.sweep_design import points_of
from sim.scenario.sweep_section import Sweep


def points(**keys):
    return points_of(Sweep.model_validate({"name": "s", "base": "two_cells", **keys}))


A = {"name": "a", "path": "run.duration_h", "values": [1, 2, 3]}
B = {"name": "b", "path": "run.warmup_h", "values": [0, 1, 2]}


def test_grid_has_every_combination_the_last_axis_fastest():
    found = [point.values for point in points(axes=[A, B])]
    assert found == [(a, b) for a in (1, 2, 3) for b in (0, 1, 2)]
    assert points(axes=[A, B])[5].settings == (("run.duration_h", 2), ("run.warmup_h", 2))


def test_zip_goes_side_by_side():
    assert [point.values for point in points(axes=[A, B], design="zip")] == [(1, 0), (2, 1), (3, 2)]


def test_list_is_as_listed():
    axes = [{"name": name, "path": f"run.{name}"} for name in ("warmup_h", "duration_h")]
    listed = [{"duration_h": 5, "warmup_h": 1}, {"warmup_h": 0, "duration_h": 7}]
    found = points(axes=axes, design="list", points=listed)
    assert [point.values for point in found] == [(1, 5), (0, 7)]


def test_what_holds_for_all_comes_before_what_is_varied():
    found = points(axes=[A], set={"run.warmup_h": 0}, replications=4)
    assert found[0].settings == (
        ("run.warmup_h", 0),
        ("run.replications", 4),
        ("run.duration_h", 1),
    )


def test_ranges_are_spaced_by_differences_or_by_ratios_and_whole_where_asked():
    linear = {"name": "a", "path": "run.duration_h", "low": 0.5, "high": 0.8, "n_values": 4}
    assert [point.values[0] for point in points(axes=[linear])] == [0.5, 0.6, 0.7, 0.8]
    ratios = {**linear, "low": 1, "high": 1000, "spacing": "log"}
    assert [point.values[0] for point in points(axes=[ratios])] == [1.0, 10.0, 100.0, 1000.0]
    whole = {**linear, "path": "networks[net].n_sites", "low": 1, "high": 2}
    values = [point.values[0] for point in points(axes=[whole])]
    assert values == [1, 1, 2, 2]
    assert all(type(value) is int for value in values)


def test_factors_multiply_and_round_where_whole_numbers_are_asked():
    factors = {"networks[a].n_subscribers": 1000.4, "traffic.erl_per_line": 0.1}
    (point,) = points(axes=[{"name": "p", "factors": factors, "values": [0.3]}])
    assert point.settings == (("networks[a].n_subscribers", 300), ("traffic.erl_per_line", 0.03))


def test_choices_set_several_values_and_another_base():
    choices = {"one": {"base": "erlang_b"}, "two": {"seed": 3, "run.duration_h": 1}}
    one, two = points(axes=[{"name": "c", "choices": choices}])
    assert (one.base, one.settings) == ("erlang_b", ())
    assert (two.base, two.settings) == ("two_cells", (("seed", 3), ("run.duration_h", 1)))


def test_true_is_not_one():
    axis = {"name": "a", "path": "switching.manual.clears_first", "values": [1, True]}
    assert [point.settings[0][1] is True for point in points(axes=[axis])] == [False, True]


UNIT = [{"name": n, "path": f"run.{n}", "low": 0, "high": 1} for n in ("duration_h", "warmup_h")]


def test_latin_hypercube_has_one_point_in_every_row_and_column():
    found = points(axes=UNIT, design="latin_hypercube", n_points=50)
    for axis in range(2):
        assert sorted(math.floor(50 * point.values[axis]) for point in found) == list(range(50))
    again = points(axes=UNIT, design="latin_hypercube", n_points=50)
    assert found == again
    assert found != points(axes=UNIT, design="latin_hypercube", n_points=50, design_seed=2)


@pytest.mark.parametrize("n", [16, 13])
def test_sobol_fills_every_elementary_box(n):
    found = points(axes=UNIT, design="sobol", n_points=n)
    assert len(found) == n
    boxes = {tuple(math.floor(4 * value) for value in point.values) for point in found}
    assert len(boxes) == n  # a (0, 4, 2) net in base 2 has one point in each of 16 boxes


def test_drawn_values_may_be_spaced_by_ratios():
    axis = {"name": "a", "path": "run.duration_h", "low": 1, "high": 10_000, "spacing": "log"}
    found = points(axes=[axis], design="latin_hypercube", n_points=40)
    decades = [math.floor(math.log10(point.values[0])) for point in found]
    assert [decades.count(k) for k in range(4)] == [10, 10, 10, 10]
