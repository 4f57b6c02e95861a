"""The command `check` says what a scenario asks for against what it has, and what of it is hardly meant."""

import re
from io import StringIO

import pytest
from click.testing import CliRunner
from rich.console import Console

from sim.cli import main
from sim.runs.card import card as module
from sim.runs.card.card import make_card
from sim.runs.card.doubts import doubts_of
from sim.runs.card.printed import printed_card
from sim.runs.feasible import require_sound

QUIET = "invented_islands"
SOUND = (
    "invented_islands",
    "invented_valley",
    "erlang_b",
    pytest.param("koryolink_2011", marks=pytest.mark.slow),
)
SITE = "networks[net].sites[a]"


def card_of(name, *overrides):
    return make_card(*require_sound(name, overrides))


def doubts(name, *overrides):
    return [str(one) for one in doubts_of(card_of(name, *overrides))]


def shown(card, width=110):
    text = StringIO()
    Console(width=width, file=text).print(printed_card(card))
    return text.getvalue()


def call(*words):
    return CliRunner().invoke(main, list(words))


@pytest.fixture(scope="module")
def islands():
    return card_of(QUIET)


@pytest.mark.parametrize("name", SOUND)
def test_nothing_is_doubted_of_shipped_scenarios(name):
    assert doubts(name) == []


def test_of_the_festival_the_boards_and_their_circuits_are_doubted():
    circuits, operators = doubts("manual_exchange_storm")
    assert circuits.startswith(
        "switching.trunk_groups[2].n_circuits = 10: east-city would refuse 15 % of 8.6 erl"
    )
    assert "5 more groups are like it; give it more circuits" in circuits
    assert operators.startswith(
        "fixed.exchanges[east].positions_by_hour: at 19 h east has 4 operators for 6.3 erl"
    )
    assert "5 more exchanges are like it" in operators


@pytest.mark.parametrize(
    ("overrides", "key", "found", "advice"),
    [
        (
            ["networks[petrel].sold_within_km=200", "networks[petrel].n_sites=3"],
            "networks[petrel].n_sites = 3", r"[5-9]\d % of its lines have no cover at home", "sold_within_km",
        ),
        (
            ["networks[tern].equipment.n_channels=12"],
            "networks[tern].equipment.n_channels = 12",
            r"the cells of tern would refuse 6\d % of the calls that are asked of them \(Erlang B\)",
            "give the network more sites",
        ),
        (
            ["radio.capacity=wcdma", "radio.wcdma.max_noise_rise_db=0.3"],
            "radio.wcdma.max_noise_rise_db = 0.3", r"the cells of tern would refuse 7\d % .*uplink", "raise it",
        ),
        (
            ["radio.capacity=wcdma", "radio.wcdma.n_channel_elements=10"],
            "radio.wcdma.n_channel_elements = 10",
            r"the sites of gannet would refuse 5\d % of the calls", "give sites more of them",
        ),
        (
            ["switching.trunk_groups[0].n_circuits=100"],
            "switching.trunk_groups[0].n_circuits = 100",
            r"gannet-petrel would refuse 7\d % of 37\d\.\d erl \(Erlang B\)", "give it more circuits",
        ),
        (
            ["switching.max_detour=0", "switching.trunk_groups=[{between: [gannet, fixed], n_circuits: 900}]"],
            "switching.trunk_groups", r"no way leads from gannet to petrel: 1\d % of the calls of gannet end as",
            "join them by trunk groups",
        ),
        (
            ["traffic.erl_per_line=0"],
            "traffic.erl_per_line = 0", "nobody calls in this run", "raise it, or name sources",
        ),
        (
            [f"networks[{name}].n_subscribers=0" for name in ("gannet", "petrel", "tern")],
            "networks[].n_subscribers = 0", "nobody calls in this run", "give lines to networks",
        ),
        (
            [f"traffic.profile.daily={[1] + [0] * 23}"],
            "traffic.profile.daily", "nobody calls in this run, as it is 0 from 19 h on", "another hour",
        ),
        (
            ["population.total=800000", "networks[gannet].n_subscribers=1000000", "traffic.erl_per_line=0.0001"],
            "networks[].n_subscribers", r"1,150,000 lines are more than the 800,\d+ people", "raise population.total",
        ),
    ],
)  # fmt: skip
def test_what_is_hardly_meant_is_told_with_key_number_and_advice(overrides, key, found, advice):
    told = doubts(QUIET, *overrides)
    (own,) = [one for one in told if re.search(f"^{re.escape(key)}: .*{found}", one)][:1]
    assert advice in own.split(";")[-1]


def test_a_long_run_is_told(monkeypatch):
    monkeypatch.setattr("sim.runs.card.doubts._LONG_S", 1.0)
    (own,) = doubts(QUIET, "run.replications=20")
    key = re.escape("run.replications = 20, run.duration_h = 1: the run takes about ")
    assert re.match(key + r"\d+\.\d s on \d+ process(es)?; lower one of them", own)


def test_other_pairs_are_not_doubted_where_one_is_not_joined():
    told = doubts(QUIET, "switching.trunk_groups=[{between: [gannet, fixed], n_circuits: 900}]")
    pairs = {re.search(r"from (\w+) to (\w+)", one).groups() for one in told}
    mobile = ("gannet", "petrel", "tern")
    wanted = {(a, b) for a in mobile for b in (*mobile, "fixed") if a != b} - {("gannet", "fixed")}
    assert pairs == wanted


FEW = (
    "grid.resolution_m=1000", "region.provinces=[KP-02]", "terrain.heights=smooth", "fixed.n_lines=100000",
    "networks[koryolink].n_sites=20", "networks[kang_song].n_sites=20", "networks[koryolink].n_subscribers=1000",
    "networks[kang_song].n_subscribers=1000", "fixed.traffic.busy_hour_calls_per_line=2",
)  # fmt: skip


def test_a_generated_exchange_without_operators_enough_is_told_with_the_rule():
    told = doubts("national_2022", *FEW)
    (own,) = [one for one in told if one.startswith("switching.manual.staffed_for_calls_per_line")]
    assert re.search(
        r"at 19 h \w+ has \d operators for \d+\.\d erl of work, and \d+ more exchanges", own
    )


def test_what_was_assumed_of_the_land_and_the_sites_is_told_before_a_run(islands):
    lines = shown(islands).splitlines()
    assert islands.world.notes
    assert [line for line in lines if line.startswith("Note: ")] == [
        f"Note: {note}" for note in islands.world.notes
    ]


def test_networks_stand_beside_each_other(islands):
    lines = shown(islands).splitlines()
    assert lines[:2] == [
        "Region: 880,000 people on 3,954 km2, longitude -24.76 to -23.05, latitude -38.69 to -37.58.",
        "15,806 squares of 500 m; the busiest hour of the run is 19:00 to 20:00.",
    ]
    rows = {line.strip().split("  ")[0]: line.split()[-4:] for line in lines}
    assert rows["lines"] == ["150,000", "100,000", "50,000", "300,000"]
    assert rows["lines of 100 people"] == ["17.0", "11.4", "5.7", "34.1"]
    assert rows["sites"] == ["110", "75", "36", "221"]
    assert rows["channels"] == ["7,920", "5,400", "1,728", "15,048"]
    uncovered = [float(cell) for cell in rows["lines without cover at home [%]"]]
    shares = 100.0 * islands.load.uncovered_share
    assert uncovered[:3] == pytest.approx(shares, abs=0.05)
    assert uncovered[3] == pytest.approx(shares @ [0.5, 1 / 3, 1 / 6], abs=0.05)
    assert "without redials" in shown(islands)
    assert re.search(
        r"a replication takes about \d\.\d s of a processor, and 0\.4 GiB", shown(islands)
    )


def test_what_a_scenario_has_not_is_not_shown():
    text = shown(card_of("erlang_b"))
    for word in (
        "lines",
        "Trunk groups",
        "Manual exchanges",
        "people",
        "channel elements",
        "Warning",
    ):
        assert word not in text
    assert re.search(r"asked for, both ends \[erl\]\s+20\.0", text)
    assert re.search(
        r"refused, Erlang B by cell \[%\]\s+0\.85", text
    )  # Erlang B of 20 erl, 30 channels
    storm = shown(card_of("manual_exchange_storm"))
    assert re.search(r"\n east\s+1,45\d\s+6\.3\s+4 \n", storm)
    assert re.search(r"\n all\s+6,31\d\s+27\.4\s+18 \n", storm)
    assert storm.count("Warning: ") == 2


@pytest.mark.parametrize("width", [60, 120])
def test_nothing_is_cut_on_a_narrow_screen(islands, width):
    storm = card_of("manual_exchange_storm")
    for one in (islands, storm):
        text, whole = shown(one, width), shown(one, 1000)
        assert max(map(len, text.splitlines())) <= width
        assert "…" not in text
        assert set(re.findall(r"[\d.,]*\d", whole)) <= set(re.findall(r"[\d.,]*\d", text))


@pytest.mark.parametrize(("step", "left"), [("world_s", "world"), ("coverage_s", "coverage")])
def test_what_takes_long_is_not_made_and_that_is_said(monkeypatch, step, left):
    monkeypatch.setattr(module, step, lambda *_: 1000.0)
    made = card_of(QUIET)
    assert (made.world is None) == (left == "world")
    assert made.load is None
    text = shown(made)
    assert f"The {left} was not made, for that takes about 17 min" in text
    assert "a replication takes about" in text
    assert "Networks" not in text


def test_check_ends_well_with_warnings_and_badly_with_mistakes():
    result = call("check", "manual_exchange_storm")
    assert (result.exit_code, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert lines[0] == "manual_exchange_storm is in order: networks mobile."
    assert "Warning: fixed.exchanges[east].positions_by_hour" in result.stdout
    assert max(map(len, lines)) <= 110  # in a file
    result = call("check", "manual_exchange_storm", "--set", "run.duration_h=-1")
    assert (result.exit_code, result.stdout) == (2, "")


def test_a_quick_check_makes_no_world(monkeypatch):
    monkeypatch.setattr(module, "build_world", lambda *_: pytest.fail("made"))
    result = call("check", "manual_exchange_storm", "--quick")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == "manual_exchange_storm is in order: networks mobile.\n"
