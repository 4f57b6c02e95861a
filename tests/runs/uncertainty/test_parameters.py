"""What is drawn of a scenario, and from what law."""

import numpy as np
import pytest

from sim.errors import SimError
from sim.runs.uncertainty.parameters import Parameter, select
from sim.scenario.load import load_scenario


def chosen(name, *, wanted=(), left_out=(), alone=(), choices=(), coverage_only=False):
    return select(
        load_scenario(name), wanted, left_out, alone, choices, coverage_only=coverage_only
    )


def paths(selection):
    return [one.path for one in selection.parameters]


def middle(parameter, n=20_001):
    return np.mean([parameter.value((i + 0.5) / n) for i in range(n)])


def test_ends_and_the_mean_of_each_law():
    flat = Parameter("x", 5.0, 3.0, 9.0)
    assert [flat.value(share) for share in (0.0, 0.5, 1.0)] == [3.0, 6.0, 9.0]
    peaked = Parameter("x", 5.0, 3.0, 9.0, "triangular")
    assert [peaked.value(share) for share in (0.0, 1.0)] == [3.0, 9.0]
    assert middle(peaked) == pytest.approx((3.0 + 5.0 + 9.0) / 3.0, rel=1e-6)
    # A third of a triangle from 3 to 9 lies below its peak at 5.
    assert peaked.value(1.0 / 3.0) == pytest.approx(5.0)


def test_a_range_of_a_decade_is_drawn_by_ratios():
    assert Parameter("x", 1.0, 0.5, 4.9).value(0.5) == pytest.approx(2.7)
    assert Parameter("x", 1.0, 0.5, 5.0).value(0.5) == pytest.approx(np.sqrt(2.5))
    assert Parameter("x", 1.0, 0.0, 5.0).value(0.5) == pytest.approx(2.5)
    assert Parameter("x", 1.0, 0.5, 5.0, "triangular").value(0.0) == pytest.approx(0.5)


def test_each_whole_number_is_as_likely_as_any_other():
    sectors = Parameter("x", 3, 1, 3, is_whole=True)
    drawn = [sectors.value((i + 0.5) / 900) for i in range(900)]
    assert {type(value) for value in drawn} == {int}
    assert [drawn.count(n) for n in (1, 2, 3)] == [300, 300, 300]
    assert (sectors.value(0.0), sectors.value(1.0)) == (1, 3)


def test_words_are_as_likely_as_each_other():
    words = Parameter("x", "a", choices=("a", "b", "c"))
    drawn = [words.value((i + 0.5) / 300) for i in range(300)]
    assert [drawn.count(word) for word in "abc"] == [100, 100, 100]
    assert words.value(1.0) == "c"


def test_all_with_a_range_are_drawn(study):
    selection = chosen(study)
    assert paths(selection) == [
        "traffic.sources[within_a].offered_erl",
        "traffic.sources[within_a].holding.mean_s",
        "traffic.sources[between].offered_erl",
    ]
    assert [one.law for one in selection.parameters] == ["uniform", "uniform", "triangular"]


def test_a_path_means_what_lies_in_it(study):
    within = "traffic.sources[within_a]"
    assert paths(chosen(study, wanted=[within])) == [
        f"{within}.offered_erl",
        f"{within}.holding.mean_s",
    ]
    assert paths(chosen(study, left_out=[within])) == ["traffic.sources[between].offered_erl"]


def test_coverage_does_not_depend_on_traffic():
    selection = chosen("koryolink_2011", coverage_only=True)
    assert "radio.min_rscp_dbm" in paths(selection)
    assert "traffic.erl_per_line" in selection.idle
    assert not any(path.startswith("traffic") for path in paths(selection))
    assert "networks[koryolink].equipment.n_channels" in selection.idle
    # What has a range of no width is known.
    assert "networks[koryolink].n_sites" not in paths(chosen("koryolink_2011"))


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"wanted": ["traffic.sources[within_a].offered_er"]}, "did you mean 'traffic.sources[within_a].offered_erl'?"),
        ({"left_out": ["radio.nothing"]}, "--fixed radio.nothing: is no parameter with low and high"),
        ({"alone": ["radio.nothing"]}, "--alone radio.nothing: is no parameter with low and high"),
        ({"choices": ["radio.path_loss.model=disc"]}, "must be PATH=A,B with two words or more"),
        ({"choices": ["=a,b"]}, "--choices =a,b: must be PATH=VALUE"),
        ({"choices": ["run.replications=2,3"]}, "run.replications: cannot be drawn"),
        ({"choices": ["name=a,b"]}, "name: cannot be drawn"),
        ({"choices": ["radio.capacity=channels,wcdma", "radio.capacity=wcdma,channels"]}, "is named twice"),
        ({"left_out": ["traffic"]}, "study.yaml: has no parameter with a range that could be drawn"),
    ],
)  # fmt: skip
def test_what_cannot_be_drawn_is_refused(study, asked, message):
    with pytest.raises(SimError) as caught:
        chosen(study, **asked)
    assert message in str(caught.value)


def test_a_range_of_what_the_design_sets_is_refused_unless_it_is_left_out(write):
    write(mine="base: two_cells\nname: mine\nrun: {replications: {value: 3, low: 2, high: 9}, "
          "duration_h: {value: 2, low: 1, high: 3}}\n")  # fmt: skip
    with pytest.raises(SimError, match=r"run\.replications: cannot be drawn"):
        chosen("mine.yaml")
    assert paths(chosen("mine.yaml", left_out=["run.replications"])) == ["run.duration_h"]


def test_what_is_chosen_may_have_an_index_of_its_own(study):
    path = "radio.capacity"
    selection = chosen(study, alone=[path], choices=[f"{path}=channels,wcdma"])
    assert path in paths(selection)


def test_without_ranges_there_is_nothing_to_draw(write):
    write()
    with pytest.raises(SimError, match=r"two_cells\.yaml: has no parameter with a range"):
        chosen("two_cells")
