"""The warm-up that follows from the law of lengths: against the integral of the tail; what is said of a shorter one."""

import itertools
import math

import pytest
from scipy import stats
from scipy.integrate import quad

from sim.scenario.load import load_scenario
from sim.scenario.schema import Scenario
from sim.scenario.warmup import MOST_MISSING, MOST_REFUSED, missing_after

LAWS = {
    "lognormal": stats.lognorm(math.sqrt(math.log1p(1.4**2)), scale=100.0 / math.sqrt(1 + 1.4**2)),
    "exponential": stats.expon(scale=100.0),
    "fixed": stats.uniform(100.0, 1e-9),
}


def scenario(**traffic):
    return Scenario.model_validate(
        {
            "name": "one",
            "region": {"source": "plain", "width_km": 2, "height_km": 2},
            "networks": [{"name": "net", "n_subscribers": 1000, "n_sites": 1}],
            "traffic": traffic,
        }
    )


def of_source(**holding):
    source = {"name": "s", "offered_erl": 1, "holding": holding, "cells": ["a"]}
    return scenario(erl_per_line=0, sources=[source])


def missing(one, warmup_h):
    return missing_after(one.traffic, one.radio, has_lines=one.has_lines, warmup_h=warmup_h).share


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("after_s", [0.0, 30.0, 300.0, 900.0, 2700.0])
def test_what_is_missing_is_the_tail_of_the_residual_life(law, after_s):
    one = of_source(law=law, mean_s=100, cv=1.4)
    tail_s, _ = quad(LAWS[law].sf, after_s, math.inf, limit=500, points=None)
    if law == "fixed":
        tail_s = max(100.0 - after_s, 0.0)
    assert missing(one, after_s / 3600.0) == pytest.approx(tail_s / 100.0, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("after_s", [0.0, 60.0, 3000.0])
def test_what_is_missing_of_a_truncated_law(after_s):
    one = of_source(law="truncated_log_logistic", median_s=60, shape=2, max_s=14_400)
    kept = stats.fisk.cdf(14_400, 2, scale=60)

    def left_s(begin_s):
        nodes = (60.0, 600.0, 3000.0)
        ends = (begin_s, *(node for node in nodes if node > begin_s), 14_400.0)
        parts = itertools.pairwise(ends)
        tail = [quad(lambda x: 1 - stats.fisk.cdf(x, 2, scale=60) / kept, *one)[0] for one in parts]
        return sum(tail)

    expected = left_s(after_s) / left_s(0.0)
    assert missing(one, after_s / 3600.0) == pytest.approx(expected, rel=1e-5)


def test_the_published_example():
    # Lognormal, cv 1.4, mean 100 s: 1.8 % after a quarter of an hour, 0.33 % after half an hour.
    one = of_source(law="lognormal", mean_s=100, cv=1.4)
    assert missing(one, 0.25) == pytest.approx(0.0177, abs=5e-5)
    assert missing(one, 0.5) == pytest.approx(0.0033, abs=5e-5)


@pytest.mark.parametrize("law", LAWS)
def test_the_least_warmup_is_long_enough_and_no_longer(law):
    one = of_source(law=law, mean_s=100, cv=1.4)
    assert missing(one, one.warmup_h) <= MOST_MISSING < missing(one, one.warmup_h - 0.05)
    assert 20 * one.warmup_h == pytest.approx(round(20 * one.warmup_h))


def test_calls_of_lines_ring_before_they_last():
    rings = {"mean_s": 30, "timeout_s": 45, "p_answer": 1}
    fixed = {"law": "fixed", "mean_s": 100}
    one = scenario(voice={"holding": fixed, "ringing": rings})
    # A call of 100 s that rings for up to 45 s is over after 145.
    assert missing(one, 140.0 / 3600.0) > 0.0
    assert missing(one, 145.0 / 3600.0) == 0.0


def test_sessions_last_for_their_pages():
    def use(pages):
        return {"name": "web", "sessions_per_line_h": 1, "pages_mean": pages, "reading_mean_s": 900}

    short, long = (scenario(data={"uses": [use(pages)]}) for pages in (1, 5))
    assert short.warmup_h < 1.0
    # Of five pages every quarter of an hour and the slowest bearer's 12.5 s: 0.8 exp(-w / 4562 s).
    assert long.warmup_h == pytest.approx(4562.5 * math.log(0.8 / MOST_MISSING) / 3600, abs=0.05)


def test_nothing_lasts_where_nobody_calls():
    assert scenario(erl_per_line=0).warmup_h == 0.0


def test_what_is_given_counts_and_auto_is_the_default():
    assert load_scenario("national_2022").scenario.warmup_h == 0.55
    for text, hours in (("auto", 0.2), ("0.1", 0.1), ("0", 0.0)):
        loaded = load_scenario("erlang_b", [f"run.warmup_h={text}"])
        assert loaded.scenario.warmup_h == hours
        assert f"warmup_h: {text}" in loaded.resolved_yaml.replace("0.0", "0")


def test_a_short_warmup_is_told_with_what_is_missing():
    missing_text, advice = load_scenario(
        "national_2022", ["run.warmup_h=0.25"]
    ).scenario.short_warmup
    assert missing_text.startswith("begins with 1.7 % of the calls of lines missing")
    assert "0.55 h" in advice
    assert load_scenario("national_2022").scenario.short_warmup == ("", "")


def test_flows_last_as_long_as_over_the_slowest_bearer():
    source = {
        "name": "s",
        "cell": "a",
        "offered_bps": 1e5,
        "size": {"law": "exponential", "mean_bit": 6.4e6},
    }
    of_source = scenario(erl_per_line=0, data={"sources": [source]})
    use = {"name": "web", "sessions_per_line_h": 1, "pages_mean": 1, "reading_mean_s": 900}
    of_use = scenario(erl_per_line=0, data={"uses": [use | {"size": source["size"]}]})
    # 6.4 Mbit over 64 kbit/s are 100 s: exp(-w / 100 s) is missing.
    for one in (of_source, of_use):
        assert one.warmup_h == pytest.approx(100.0 * math.log(1.0 / MOST_MISSING) / 3600, abs=0.05)
        assert one.warmup_h > 0.0


@pytest.mark.parametrize("law", LAWS)
def test_a_network_settles_until_few_of_the_calls_at_its_begin_are_left(law):
    one = of_source(law=law, mean_s=100, cv=1.4)
    assert (
        missing(one, one.settle_h)
        <= MOST_MISSING / MOST_REFUSED
        < missing(one, one.settle_h - 0.05)
    )


def test_a_network_settles_until_few_redials_are_to_come():
    rule = {"redial": {"delay_mean_s": 600}}
    one = scenario(voice=rule)
    least_h = 600.0 * math.log(MOST_REFUSED / MOST_MISSING) / 3600.0
    assert least_h <= one.settle_h < least_h + 0.05


def test_a_network_settles_no_longer_than_its_warmup_and_as_long_as_is_given():
    assert load_scenario("national_2022").scenario.settle_h == 0.15
    for text, hours in (("auto", 0.1), ("0.05", 0.05), ("0", 0.0), ("168", 0.2)):
        loaded = load_scenario("erlang_b", ["run.warmup_h=0.2", f"run.settle_h={text}"])
        assert loaded.scenario.settle_h == hours
        assert f"settle_h: {text}" in loaded.resolved_yaml.replace("0.0\n", "0\n").replace(
            "168.0", "168"
        )
