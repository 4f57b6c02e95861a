"""Whatever a user writes, loading gives a scenario or a readable list of problems, never a traceback."""

import json
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from sim.errors import ScenarioError
from sim.scenario.load import load_scenario

NATIONAL = YAML(typ="safe", pure=True).load(
    Path(__file__).resolve().parents[2] / "scenarios" / "national_2022.yaml"
)
ANYTHING = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.sampled_from(
            ["assumption", "kang_song", "KP-01", "2022-13-01 00:00", "", "disc", "../x"]
        ),
        st.text(max_size=8),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["name", "value", "low", "high", "source", "x", "KP-01"]),
            inner,
            max_size=3,
        ),
    ),
    max_leaves=6,
)
# Without shrinking: a failure is small enough as it is, and shrinking it takes minutes.
SETTINGS = settings(
    max_examples=30,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)


def problems_of(path, *overrides):
    try:
        load_scenario(path, overrides)
    except ScenarioError as error:
        return error.problems
    return None


def loads_or_explains(path, *overrides):
    problems = problems_of(path, *overrides)
    assert problems is None or len(problems) > 0
    for problem in problems or ():
        assert problem.message.strip()
        assert problem.where.startswith((str(path), "--set "))


def containers(tree):
    """Yield every mapping and list of a tree."""
    if isinstance(tree, dict | list):
        yield tree
        for child in tree.values() if isinstance(tree, dict) else tree:
            yield from containers(child)


@SETTINGS
@given(data=st.data())
def test_any_part_replaced_by_anything(tmp_path, data):
    tree = json.loads(json.dumps(NATIONAL))
    for _ in range(data.draw(st.integers(1, 3))):
        places = list(containers(tree))
        place = places[data.draw(st.integers(0, len(places) - 1))]
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        if not keys:
            continue
        key = data.draw(st.sampled_from(keys))
        if data.draw(st.booleans()):
            place[key] = data.draw(ANYTHING)
        elif isinstance(place, dict):
            place[data.draw(st.text(max_size=4))] = place.pop(key)
    path = tmp_path / "any.yaml"
    # JSON writes NaN and Infinity, which are text in YAML 1.2.
    path.write_text(json.dumps(tree), encoding="utf-8")
    loads_or_explains(path)


@SETTINGS
@given(
    data=st.one_of(
        st.binary(max_size=60),
        st.text(max_size=60).map(lambda text: text.encode("utf-8", "replace")),
        st.text(alphabet="ab:- \n[]{}&*!|>'\"%#,?.0123", max_size=60).map(str.encode),
    )
)
def test_any_bytes(tmp_path, data):
    path = tmp_path / "any.yaml"
    path.write_bytes(data)
    loads_or_explains(path)


@SETTINGS
@given(
    path=st.sampled_from(
        [
            "seed",
            "networks[net]",
            "networks[0].sites",
            "run.start",
            "grid",
            "traffic.profile.daily[3]",
        ]
    ),
    value=st.one_of(ANYTHING.map(json.dumps), st.text(max_size=20)),
    text=st.text(max_size=20),
)
def test_any_override(tmp_path, small, path, value, text):
    file = tmp_path / "any.yaml"
    file.write_text(small, encoding="utf-8")
    loads_or_explains(file, f"{path}={value}", text)
