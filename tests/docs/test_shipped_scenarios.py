"""The scenarios of countries are loadable, and every number in them says where it comes from."""

import re
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from sim.scenario.load import load_scenario
from sim.scenario.region_section import Region
from sim.world.landscape import survey_land

ROOT = Path(__file__).parents[2]
NAMES = (
    "national_2022",
    "pyongyang_evening",
    "invented_islands",
    "invented_valley",
    "manual_exchange_storm",
    "koryolink_2011",
    "koryolink_2012",
    "rollout_2008_2022",
    "data_cell",
)

CHOICES = re.compile(
    r"seed|run\.(?!warmup_h).*|radio\.n_candidates|subscribers\.scale"
    r"|radio\.wcdma\.(power_update_s|power_tolerance|coverage_sample_s|code_repacking)|radio\.adjacent_channel\.is_on"
    r"|radio\.hsdpa\.is_on|traffic\.messages\.during_calls|traffic\.data\.uses\[\w+\]\.size\.shape"
    r"|traffic\.voice\.holding\.(median_s|shape|max_s)"
    r"|switching\.trunk_groups\[\d+\]\.(n_reserved|order)|switching\.manual\.(shift_h|clears_first)"
    r"|fixed\.exchanges\[\w+\]\.is_manual"
)
"""Numbers that are the user's choice and no statement about the country, or parameters of a law not in use."""


OF_EXCHANGES = re.compile(r"fixed\..*|switching\.(manual\..*|max_detour)")
"""Numbers that are not in use where no exchange is simulated."""

OF_RULE = re.compile(r"fixed\.(n_lines|generated\..*)")
"""Numbers that are not in use where the exchanges are given."""


OF_HISTORY = re.compile(r"networks.*\.placement\.((town|corridor)_spacing_km|people_per_site)")
"""Numbers that are not in use where sites are placed by demand."""

OF_DISCS = re.compile(r"networks.*\.placement\.radius_km")
"""The number that is not in use where no sites are placed by coverage."""

OF_SHADOWING = re.compile(r"radio\.shadowing\..*")
"""Numbers that are not in use where only medians count."""


OF_WCDMA = re.compile(r"radio\.(wcdma|adjacent_channel)\..*|traffic\.voice\.video_share")
"""Numbers that are not in use where cells have channels."""

OF_DATA = re.compile(
    r"radio\.hsdpa\..*|radio\.wcdma\.(down|up)link_bearers.*|subscribers\.(devices.*|classes\[\w+\]\.data_weight)"
    r"|traffic\.data\..*"
)
"""Numbers that are not in use where nobody asks for data."""

OF_MESSAGES = re.compile(r"traffic\.messages\..*")
"""Numbers that are not in use where nobody sends messages."""

OF_REGISTRATIONS = re.compile(r"traffic\.registrations\..*")
"""Numbers that are not in use where phones do not register."""

OF_EMERGENCIES = re.compile(r"traffic\.voice\.emergency_share")
"""The number that says that nobody calls the emergency number."""

OF_HEIGHTS = re.compile(r"terrain\.spacing_m")
"""Numbers that are not in use where no path meets heights."""

OF_SPREAD = re.compile(r"population\.rural_.*")
"""Numbers that are not in use where a map tells classes of settlement."""

OF_CITIES = re.compile(r"population\.city_spread_km")
"""Numbers that are not in use where such a map does."""

OF_CLASSES = re.compile(r"population\.densities\..*")
"""Numbers that are not in use where no map does."""


OF_HANDOVER = re.compile(r"radio\.handover\..*")
"""Numbers that are not in use where no phone moves."""

OF_TIMELINE = re.compile(r"timeline\..*")
"""Numbers with their source beside them, without which no timeline is loaded."""


def is_idle(path, scenario):
    """Say whether a number is not in use."""
    source = scenario.fixed.source
    rules = {network.placement.rule for network in scenario.networks}
    has_classes = scenario.region.source == "north_korea"
    idle = [
        (scenario.radio.path_loss.model != "terrain", OF_HEIGHTS),
        (has_classes, OF_SPREAD),
        (has_classes, OF_CITIES),
        (not has_classes, OF_CLASSES),
        (source == "none", OF_EXCHANGES),
        (source == "given", OF_RULE),
        ("history" not in rules, OF_HISTORY),
        ("coverage" not in rules, OF_DISCS),
        (scenario.radio.shadowing.mode == "none", OF_SHADOWING),
        (scenario.radio.capacity == "channels", OF_WCDMA),
        (not scenario.traffic.data.uses and not scenario.traffic.data.sources, OF_DATA),
        (scenario.traffic.messages.per_line_h == 0.0, OF_MESSAGES),
        (not scenario.traffic.is_moving, OF_HANDOVER),
        (not scenario.traffic.registrations.is_on, OF_REGISTRATIONS),
        (scenario.traffic.voice.emergency_share == 0.0, OF_EMERGENCIES),
    ]
    return any(is_so and pattern.fullmatch(path) for is_so, pattern in idle)


def numbers(value, path=""):
    """Yield the path of every number of a dumped scenario."""
    if isinstance(value, dict):
        for key, one in value.items():
            yield from numbers(one, f"{path}.{key}" if path else key)
    elif isinstance(value, list | tuple):
        for i, one in enumerate(value):
            is_named = isinstance(one, dict) and "name" in one
            yield from numbers(one, f"{path}[{one['name'] if is_named else i}]")
    elif isinstance(value, int | float):
        yield path


@pytest.fixture(params=NAMES)
def loaded(request):
    return load_scenario(ROOT / "scenarios" / f"{request.param}.yaml")


def test_every_number_has_evidence(loaded):
    known = loaded.evidence
    missing = [
        path
        for path in numbers(loaded.scenario.model_dump())
        if path not in known
        and re.sub(r"\[\d+\]$", "", path) not in known
        and not CHOICES.fullmatch(path)
        and not OF_TIMELINE.fullmatch(path)
        and not is_idle(path, loaded.scenario)
    ]
    assert not missing


def test_every_evidence_has_a_source_and_an_interval(loaded):
    for path, evidence in loaded.evidence.items():
        assert evidence.source, path
        if path.startswith("traffic.profile.") or path.endswith(".positions_by_hour"):
            continue  # a list has no interval
        assert evidence.low is not None, path
        assert evidence.high is not None, path
        assert evidence.low <= evidence.value <= evidence.high, path
        assert evidence.confidence or evidence.source.startswith("assumption"), path


@pytest.mark.parametrize("name", NAMES)
def test_first_line_names_the_schema(name):
    first = (ROOT / "scenarios" / f"{name}.yaml").read_text(encoding="utf-8").split("\n", 1)[0]
    assert first == "# yaml-language-server: $schema=scenario.schema.json"


def test_every_listed_source_is_used():
    text = (ROOT / "scenarios" / "national_2022.yaml").read_text(encoding="utf-8")
    body, listed = text.split("\nsources:\n")
    for key in YAML(typ="safe").load(listed):
        assert re.search(rf"\b{key}\b", body), key
    named = set(re.findall(r"\b[A-Z]\d+\b", body)) - {"N0"}
    assert named <= set(YAML(typ="safe").load(listed))


def test_country_has_its_lines_and_sites():
    networks = load_scenario(ROOT / "scenarios" / "national_2022.yaml").scenario.networks
    assert sum(network.n_subscribers for network in networks) == 6_750_000
    assert sum(network.n_sites for network in networks) > 1_000


def test_readme_scenario_loads(tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT)
    block, *_ = re.findall(r"```yaml\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
    path = tmp_path / "example.yaml"
    path.write_text(block, encoding="utf-8")
    scenario = load_scenario(path).scenario
    assert scenario.traffic.voice.destination.other_network_share == 0.2
    assert scenario.networks[0].n_subscribers == 3_000_000


def test_example_of_a_country_loads():
    page = (ROOT / "docs" / "countries.md").read_text("utf-8")
    block, *_ = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    given = YAML(typ="safe", pure=True).load(block)
    shipped = load_scenario(ROOT / "scenarios" / "invented_islands.yaml")
    region = Region.model_validate(given["region"])
    assert region.model_copy(update={"provinces": None}) == shipped.scenario.region
    scenario = shipped.scenario.model_copy(update={"region": region})
    _, territory = survey_land(scenario, shipped.folder)
    assert territory.code == ("ME-N", "ME-T")


def test_readme_override_works(monkeypatch):
    monkeypatch.chdir(ROOT)
    readme = (ROOT / "README.md").read_text("utf-8")
    (override,) = re.findall(r"--set (\S+?)\"", readme)
    scenario = load_scenario("national_2022", [override]).scenario
    assert scenario.networks[1].n_sites == 700
