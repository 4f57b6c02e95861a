"""Rules of data and messages at their very limits: what is just allowed, and what is not any more."""

import pytest

from sim.scenario.check_radio import check_bearers, check_least_rate
from sim.scenario.check_traffic import (
    check_data,
    check_data_cells,
    check_devices,
    check_messages,
    check_uses,
    line_sessions_h,
)
from sim.scenario.networks_section import Network
from sim.scenario.radio_section import DOWNLINK_BEARERS, Radio
from sim.scenario.subscribers_section import Subscribers
from sim.scenario.traffic_section import Traffic, Use

WCDMA = Radio(capacity="wcdma")
TWO_DEVICES = ({"name": "plain", "share": 0.5}, {"name": "smart", "share": 0.5})


def traffic(uses=(), sources=(), **messages):
    named = [{"name": f"use_{i}", **use} for i, use in enumerate(uses)]
    of_sources = [
        {"name": f"source_{i}", "cell": "a", **source} for i, source in enumerate(sources)
    ]
    return Traffic(data={"uses": named, "sources": of_sources}, messages=messages)


def keys(findings):
    return [".".join(str(step) for step in finding.loc) for finding in findings]


def test_defaults_are_allowed_with_and_without_data():
    asked = traffic([{"sessions_per_line_h": 1.0}], [{"offered_bps": 1e5}])
    for radio, wanted in ((Radio(), Traffic()), (WCDMA, Traffic()), (WCDMA, asked)):
        assert not keys(check_data(radio, wanted))
        assert not keys(check_uses(Subscribers(), wanted))
        assert not keys(check_bearers(radio, wanted))
        assert not keys(check_least_rate(radio, Subscribers(), wanted))
        assert not keys(check_messages(wanted))
    assert not keys(check_devices(Subscribers()))


@pytest.mark.parametrize(
    ("offered_bps", "found"),
    [(2**20 * 3e6 / 3600, []), (1.0000001 * 2**20 * 3e6 / 3600, ["offered_bps"])],
)
def test_flows_of_a_source(offered_bps, found):
    size = {"law": "fixed", "mean_bit": 3e6}
    given = check_data(WCDMA, traffic(sources=[{"offered_bps": offered_bps, "size": size}]))
    assert keys(given) == [f"traffic.data.sources.0.{key}" for key in found]


@pytest.mark.parametrize("scale", [1.0, 0.05])
def test_sessions_of_a_line(scale):
    lines = Subscribers(scale=scale, devices=TWO_DEVICES)
    # Of 16 uses at most, all of the same lines, or of two kinds of lines.
    most = 600.0 * scale / 16.0
    for factor, found in ((1.0, []), (1.000001, ["traffic.data.uses"])):
        uses = [{"sessions_per_line_h": most * factor}] * 16
        assert keys(check_uses(lines, traffic(uses))) == found
    uses = [
        {"sessions_per_line_h": most * 1.5, "devices": [("plain", "smart")[i % 2]]}
        for i in range(16)
    ]
    assert not keys(check_uses(lines, traffic(uses)))


def test_messages_of_a_line():
    for per_line_h, found in ((6.0, []), (6.00001, ["traffic.messages.per_line_h"])):
        lines = Subscribers(scale=0.01)
        assert keys(check_uses(lines, traffic(per_line_h=per_line_h))) == found


@pytest.mark.parametrize(
    ("retry_s", "found"), [(3600 / 65534, []), (3600 / 65535.5, ["traffic.messages.retry_s"])]
)
def test_tries_to_deliver(retry_s, found):
    scaled = 40.0  # the key is a second at least
    wanted = traffic(retry_s=scaled * retry_s, validity_h=scaled)
    assert keys(check_messages(wanted)) == found


def test_sessions_of_the_lines_that_a_use_names():
    uses = (
        Use(name="all", sessions_per_line_h=1.0),
        Use(name="of_device", sessions_per_line_h=2.0, devices=("smart",)),
        Use(name="of_class", sessions_per_line_h=4.0, classes=("trader",)),
        Use(name="of_both", sessions_per_line_h=8.0, devices=("smart",), classes=("trader",)),
    )
    found = [
        line_sessions_h(uses, device, name)
        for device in ("plain", "smart")
        for name in ("resident", "trader")
    ]
    assert found == [1.0, 5.0, 3.0, 15.0]


def test_bearers_need_room_only_where_data_are_asked_for():
    narrow = Radio(capacity="wcdma", wcdma={"code_capacity": 15, "n_channel_elements": 7})
    assert not keys(check_bearers(narrow, Traffic()))
    asked = traffic([{"sessions_per_line_h": 1.0}])
    assert keys(check_bearers(narrow, asked)) == [
        "radio.wcdma.downlink_bearers.0.n_codes",
        "radio.wcdma.downlink_bearers.0.n_channel_elements",
    ]
    just = Radio(capacity="wcdma", wcdma={"code_capacity": 16, "n_channel_elements": 8})
    assert not keys(check_bearers(just, asked))


def test_advice_on_a_default_is_to_give_bearers():
    asked = traffic([{"sessions_per_line_h": 1.0}])
    own = [one.model_dump() for one in DOWNLINK_BEARERS]
    for wcdma, is_default in (({}, True), ({"downlink_bearers": own}, False)):
        narrow = Radio(capacity="wcdma", wcdma={"code_capacity": 15, **wcdma})
        (finding,) = check_bearers(narrow, asked)
        assert finding.message.endswith("in place of the default") == is_default


@pytest.mark.parametrize(
    ("device", "codes", "most_bps"),
    [
        ({"hsdpa_category": 8}, 5, 7168 / 0.002),
        ({"hsdpa_category": 8}, 1, 461 / 0.002),
        ({"hsdpa_category": 12}, 15, 3319 / 0.002),
        ({"hsdpa_category": 1}, 15, 7168 / 0.006),
        ({"hsdpa_category": 10}, 15, 25558 / 0.002),
        ({"hsdpa_category": 10, "peak_rate_bps": 5e5}, 15, 5e5),
    ],
)
def test_least_rate(device, codes, most_bps):
    lines = Subscribers(devices=[{"name": "smart", "share": 1.0, **device}])
    for rate_bps, found in ((most_bps, []), (most_bps + 1.0, ["radio.hsdpa.min_rate_bps"])):
        radio = Radio(capacity="wcdma", hsdpa={"min_rate_bps": rate_bps, "max_codes": codes})
        down = traffic([{"sessions_per_line_h": 1.0}])
        assert keys(check_least_rate(radio, lines, down)) == found
        up = traffic([{"sessions_per_line_h": 1.0, "direction": "up"}])
        assert not keys(check_least_rate(radio, lines, up))
        off = radio.model_copy(update={"hsdpa": radio.hsdpa.model_copy(update={"is_on": False})})
        assert not keys(check_least_rate(off, lines, down))


def test_least_rate_of_devices_that_receive_only():
    devices = [
        {"name": "plain", "share": 0.5},
        {"name": "early", "share": 0.5, "hsdpa_category": 12},
    ]
    lines = Subscribers(devices=devices)
    radio = Radio(capacity="wcdma", hsdpa={"min_rate_bps": 2e6})
    of_plain = traffic([{"sessions_per_line_h": 1.0, "devices": ["plain"]}])
    assert not keys(check_least_rate(radio, lines, of_plain))
    of_all = traffic([{"sessions_per_line_h": 1.0}])
    assert keys(check_least_rate(radio, lines, of_all)) == ["radio.hsdpa.min_rate_bps"]


def test_least_rate_of_sources_that_are_received_only():
    radio = Radio(capacity="wcdma", hsdpa={"min_rate_bps": 2e6})
    for source, found in (
        ({"hsdpa_category": 12}, ["radio.hsdpa.min_rate_bps"]),
        ({"hsdpa_category": 12, "direction": "up"}, []),
        ({"hsdpa_category": 0}, []),
        ({"hsdpa_category": 6}, []),
    ):
        wanted = traffic(sources=[{"offered_bps": 1e5, **source}])
        assert keys(check_least_rate(radio, Subscribers(), wanted)) == found


def test_cells_of_sources_by_a_rule_are_not_known_yet():
    wanted = traffic(sources=[{"offered_bps": 1e5, "cell": "nowhere"}])
    listed = Network(name="net", n_subscribers=0, sites=[{"name": "a", "x_km": 1, "y_km": 1}])
    assert keys(check_data_cells((listed,), wanted)) == ["traffic.data.sources.0.cell"]
    by_rule = Network(name="net", n_subscribers=0, n_sites=3)
    assert not keys(check_data_cells((by_rule,), wanted))
