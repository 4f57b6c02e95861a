"""
Spoilt scenarios by address: mutant 37 of a seed is the same wherever and whenever it is made.

A mutant is a folder with a scenario file, the tables it names, and texts for `--set`. Three kinds of damage: to the
tree of values (keys dropped, added, renamed; values of another kind or size; lists cut, doubled, turned round; evidence
that contradicts itself), to the bytes of a file (cut off, tabs, control characters, other encodings, other columns),
and none that the schema sees: parameters at the ends of their bounds, or far from what anybody would write.
"""

import copy
import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from ruamel.yaml import YAML

from sim.scenario.evidence import unwrap
from sim.scenario.fields import Shape, child_shape
from sim.scenario.load import load_scenario
from sim.scenario.locate import Place as Written
from sim.scenario.locate import located
from sim.scenario.schema import Scenario
from sim.streams import uniform

ROOT = Path(__file__).resolve().parents[2]
SCENARIOS = (
    "erlang_b",
    "national_2022",
    "pyongyang_evening",
    "two_cells",
    "invented_islands",
    "invented_valley",
    "koryolink_2011",
    "data_cell",
    "railway_line",
)
"""Shipped scenarios in the order of their coming: the number of a mutant chooses among them."""

_STREAM = 63  # of no purpose in the simulator
_T = TypeVar("_T")

_SITES_CSV = "name,x_km,y_km,antenna_height_m,n_sectors,azimuth_deg,n_channels\n" + "".join(
    f"mast {i},{1 + i % 5},{1 + i // 5},{30 + i},{1 + i % 3},{10 * i},{20 + i}\n" for i in range(20)
)
_TABLE_SCENARIO = """\
name: with_table
run: {duration_h: 0.5, replications: 2}
region: {source: plain, width_km: 8, height_km: 6}
networks:
  - {name: net, n_subscribers: 3000, sites_file: sites.csv}
switching:
  trunk_groups: [{between: [net, fixed], n_circuits: 20}]
"""

ODD_VALUES: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, -3, 2, 0.5, -0.5, 1e-300, 1e300, -1e300, 10**9, 10**18, 10**40, 2**31, 2**32,
    2**63, math.nan, math.inf, -math.inf, "", " ", "x", "0", "1", "nan", "é", "한국", "\u202e", "a" * 70, "b" * 5000,
    "../../etc/passwd", "/dev/zero", "con", "name: x", "{}", "2022-02-30 10:00", "9999-12-31 23:59",
    "0001-01-01 00:00", [], [[]], [0], [None], ["a", "a"], [1.0] * 24, [0.0] * 24, list(range(400)), {}, {"value": 1},
    {"value": None}, {"value": {"value": 1}}, {"low": 1, "high": 2}, {"name": "x"}, {"": 1}, {"a": {"b": {"c": 1}}},
)  # fmt: skip
"""What stands in place of a value."""

FACTORS = (1e-6, 1e-3, 0.1, 0.5, 0.999, 1.001, 2.0, 10.0, 1e3, 1e6, 1e9, -1.0, 0.0)
"""By how much numbers are scaled."""


class Draws:
    """
    Draws of one mutant, in their order.

    Parameters
    ----------
    seed, number : int
        Address of the mutant.
    """

    def __init__(self, seed: int, number: int) -> None:
        self._key = seed, number
        self._n = 0

    def share(self) -> float:
        """Return a number from 0 to 1."""
        self._n += 1
        return float(uniform(*self._key, _STREAM, 0, self._n))

    def below(self, n: int) -> int:
        """Return a whole number less than `n`."""
        return min(n - 1, int(self.share() * n))

    def one_of(self, values: Sequence[_T]) -> _T:
        """Return one of some values."""
        return values[self.below(len(values))]


@dataclass
class Mutant:
    """
    A spoilt scenario.

    Attributes
    ----------
    scenario : str
        Shipped scenario from which it comes, or `with_table`.
    damage : list of str
        What was done to it.
    files : dict of str to bytes
        Files by name; the scenario is `scenario.yaml`.
    overrides : list of str
        Texts for `--set`.
    """

    scenario: str
    damage: list[str] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    overrides: list[str] = field(default_factory=list)

    def write(self, folder: Path) -> Path:
        """Write the files, and return the scenario's."""
        for name, content in self.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return folder / "scenario.yaml"


def make_mutant(seed: int, number: int) -> Mutant:
    """
    Return a mutant.

    Parameters
    ----------
    seed, number : int
        Its address.

    Returns
    -------
    Mutant
        The same for the same address.
    """
    draws = Draws(seed, number)
    kind = draws.share()
    if kind < 0.40:
        mutant = _whole(draws.one_of(SCENARIOS))
        _spoil_tree(draws, mutant)
    elif kind < 0.65:
        mutant = _whole(draws.one_of(SCENARIOS))
        _stretch(draws, mutant)
    elif kind < 0.75:
        mutant = _whole(draws.one_of(SCENARIOS))
        _spoil_bytes(draws, mutant, "scenario.yaml", _TEXT_DAMAGE)
    elif kind < 0.95:
        mutant = _with_table(draws)
        _spoil_table(draws, mutant)
    else:
        mutant = _whole(draws.one_of(SCENARIOS))
        _spoil_overrides(draws, mutant)
    return mutant


def _whole(name: str) -> Mutant:
    path = ROOT / "scenarios" / f"{name}.yaml"
    text = path.read_bytes()
    tree = _load(text)
    region = tree.get("region", {})
    tables = [region[key] for key in ("provinces_file", "settlements_file") if key in region]
    tables += [network["sites_file"] for network in tree["networks"] if "sites_file" in network]
    files = {"scenario.yaml": text} | {one: (path.parent / one).read_bytes() for one in tables}
    return Mutant(name, files=files)


def _with_table(draws: Draws) -> Mutant:
    if draws.share() < 0.6:
        files = {"scenario.yaml": _TABLE_SCENARIO.encode(), "sites.csv": _SITES_CSV.encode()}
        return Mutant("with_table", files=files)
    return _whole(draws.one_of([name for name in SCENARIOS if len(_whole(name).files) > 1]))


def _load(text: bytes) -> Any:
    """Return the tree of a shipped scenario, to be spoilt."""
    return copy.deepcopy(_parsed(text))


@cache
def _parsed(text: bytes) -> Any:
    return YAML(typ="safe", pure=True).load(text.decode())


@cache
def _complete(name: str) -> str:
    """Return a shipped scenario with all defaults, as JSON."""
    return json.dumps(load_scenario(name).scenario.model_dump(mode="json"))


def as_flow(value: Any) -> str:
    """Return plain values as YAML on one line; NaN and infinity as YAML 1.2 has them."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(k)}: {as_flow(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(as_flow(v) for v in value) + "]"
    if isinstance(value, float) and not math.isfinite(value):
        return ".nan" if math.isnan(value) else ".inf" if value > 0 else "-.inf"
    return json.dumps(value)


def _as_yaml(tree: dict[str, Any]) -> bytes:
    return "".join(f"{json.dumps(k)}: {as_flow(v)}\n" for k, v in tree.items()).encode()


# --- damage to the tree of values


Place = tuple[Any, Any, str]
"""Mapping or list, key or index, and the path of it."""


def _places(tree: Any, path: str = "") -> list[Place]:
    """Return every place of a tree that holds a value."""
    if not isinstance(tree, dict | list):
        return []
    found: list[Place] = []
    for key, value in tree.items() if isinstance(tree, dict) else enumerate(tree):
        here = f"{path}.{key}" if isinstance(tree, dict) else f"{path}[{key}]"
        found += [(tree, key, here.lstrip(".")), *_places(value, here)]
    return found


def _spoil_tree(draws: Draws, mutant: Mutant) -> None:
    tree = json.loads(json.dumps(_load(mutant.files["scenario.yaml"]), default=str))
    for _ in range(1 + draws.below(3)):
        action = draws.one_of(_TREE_DAMAGE)
        said = action(draws, tree)
        if said:
            mutant.damage.append(said)
    mutant.files["scenario.yaml"] = _as_yaml(tree)


def _pick(draws: Draws, tree: Any, accept: Callable[[Any, Any], bool]) -> Place | None:
    places = [place for place in _places(tree) if accept(place[0], place[1])]
    return draws.one_of(places) if places else None


def _drop(draws: Draws, tree: Any) -> str:
    place = _pick(draws, tree, lambda holder, _key: isinstance(holder, dict))
    if place is None:
        return ""
    holder, key, path = place
    del holder[key]
    return f"drop {path}"


def _add(draws: Draws, tree: Any) -> str:
    """Add a key of elsewhere, or one of no meaning, anywhere."""
    places = [tree, *(h[k] for h, k, _ in _places(tree) if isinstance(h[k], dict))]
    holder = draws.one_of(places)
    known = [(h, k) for h, k, _ in _places(tree) if isinstance(h, dict)]
    if draws.share() < 0.7 and known:
        source, key = draws.one_of(known)
        holder[key] = json.loads(json.dumps(source[key]))
    else:
        key = draws.one_of(["x", "", "value", "n_sites", "é", "base", "0", "a" * 300, "<<"])
        holder[key] = draws.one_of(ODD_VALUES)
    return f"add {key!r:.60}"


def _rename(draws: Draws, tree: Any) -> str:
    place = _pick(draws, tree, lambda holder, key: isinstance(holder, dict) and len(key) > 1)
    if place is None:
        return ""
    holder, key, path = place
    i = draws.below(len(key) - 1)
    options = (
        key[:i] + key[i + 1] + key[i] + key[i + 2 :],
        key[:i] + key[i + 1 :],
        key.upper(),
        key.replace("_", "-"),
        key + "s",
        f" {key}",
        key.rpartition("_")[0] or "km",
    )
    new = draws.one_of(options)
    holder[new] = holder.pop(key)
    return f"rename {path} to {new!r}"


def _retype(draws: Draws, tree: Any) -> str:
    place = _pick(draws, tree, lambda _holder, _key: True)
    if place is None:
        return ""
    holder, key, path = place
    holder[key] = json_copy(draws.one_of(ODD_VALUES))
    return f"set {path} to {holder[key]!r:.60}"


def json_copy(value: Any) -> Any:
    """Return a value that shares nothing with the given one."""
    if isinstance(value, dict):
        return {key: json_copy(child) for key, child in value.items()}
    return [json_copy(child) for child in value] if isinstance(value, list) else value


def _scale(draws: Draws, tree: Any) -> str:
    def is_number(holder: Any, key: Any) -> bool:
        return isinstance(holder[key], int | float) and not isinstance(holder[key], bool)

    place = _pick(draws, tree, is_number)
    if place is None:
        return ""
    holder, key, path = place
    scaled = holder[key] * draws.one_of(FACTORS)
    keeps_whole = isinstance(holder[key], int) and draws.share() < 0.8 and math.isfinite(scaled)
    holder[key] = int(scaled) if keeps_whole else scaled
    if key == "value":  # or the interval would speak first
        holder.pop("low", None)
        holder.pop("high", None)
    return f"scale {path} to {holder[key]!r:.60}"


def _list(draws: Draws, tree: Any) -> str:
    place = _pick(draws, tree, lambda holder, key: isinstance(holder[key], list) and holder[key])
    if place is None:
        return ""
    holder, key, path = place
    items = holder[key]
    action = draws.one_of(["shorten", "double", "reverse", "repeat one", "empty", "hundredfold"])
    i = draws.below(len(items))
    holder[key] = {
        "shorten": items[:i],
        "double": items + json_copy(items),
        "reverse": items[::-1],
        "repeat one": [*items, json_copy(items[i])],
        "empty": [],
        "hundredfold": [json_copy(item) for _ in range(100) for item in items],
    }[action]
    return f"{action} {path}"


def _evidence(draws: Draws, tree: Any) -> str:
    def is_value(holder: Any, key: Any) -> bool:
        value = holder[key]
        return not isinstance(value, dict | list) or (isinstance(value, dict) and "value" in value)

    place = _pick(draws, tree, is_value)
    if place is None:
        return ""
    holder, key, path = place
    old = holder[key]
    value = old["value"] if isinstance(old, dict) else old
    holder[key] = {
        "value": value,
        **draws.one_of(
            [
                {"low": 1e9, "high": 1e10},
                {"low": 5, "high": 1},
                {"low": value},
                {"low": math.nan, "high": math.nan},
                {"low": "a", "high": "b"},
                {"source": "no such source"},
                {"source": 7},
                {"confidence": "high"},
                {"confidence": None},
                {"unit": "km"},
                {"value": {"value": value}},
                {"low": {"value": 1}, "high": [2]},
                {"note": None},
                {"value": None, "source": "assumption"},
                {"low": value, "high": value, "source": "assumption"},
            ]
        ),
    }
    return f"evidence of {path}: {holder[key]!r:.80}"


def _swap(draws: Draws, tree: Any) -> str:
    """Let two values change places."""
    places = _places(tree)
    (one, i, path), (two, k, other) = draws.one_of(places), draws.one_of(places)
    if path.startswith(other) or other.startswith(path):
        return ""
    one[i], two[k] = two[k], one[i]
    return f"swap {path} and {other}"


_TREE_DAMAGE = (_drop, _add, _rename, _retype, _retype, _scale, _scale, _list, _evidence, _swap)


# --- values that the schema allows


def _stretch(draws: Draws, mutant: Mutant) -> None:
    """Set parameters to the ends of their bounds, or to a multiple of what they are."""
    root = located(_load(mutant.files["scenario.yaml"]), Written("mutant"))
    unwrapped = unwrap(root, Scenario).values
    base = json.loads(_complete(mutant.scenario))
    places = [place for place in _leaves(base, Shape("section", section=Scenario)) if place[2]]
    changed = {key: value for key, value in unwrapped.items() if key != "base"} | base
    for _ in range(1 + draws.below(4)):
        loc, value, shape = draws.one_of(places)
        new = _allowed(draws, value, shape)
        holder: Any = changed
        for step in loc[:-1]:
            holder = holder[step]
        holder[loc[-1]] = new
        mutant.damage.append(f"stretch {'.'.join(map(str, loc))} to {new!r:.60}")
    mutant.files["scenario.yaml"] = _as_yaml(changed)


def _leaves(value: Any, shape: Shape | None, loc: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return location, value and shape of every number and choice of a complete scenario."""
    if shape is None or loc[:1] == ("sources",):
        return []
    if isinstance(value, dict | list):
        steps = list(value) if isinstance(value, dict) else range(len(value))
        return [
            leaf
            for step in steps
            for leaf in _leaves(value[step], child_shape(shape, step), (*loc, step))
        ]
    if loc[-1] in ("share", "name"):  # another one and the shares no longer sum to 1
        return []
    return [(loc, value, shape)] if shape.is_number or shape.choices else []


def _allowed(draws: Draws, value: Any, shape: Shape) -> Any:
    if shape.choices:
        return draws.one_of(shape.choices)
    most = 1e6 if shape.le is None and shape.lt is None else 0.0
    low = shape.ge if shape.ge is not None else shape.gt
    high = shape.le if shape.le is not None else shape.lt if shape.lt is not None else most
    low = 0.0 if low is None else low
    options = [low, high, low + 1e-9, high - 1e-9, 0.5 * (low + high)]
    options += [factor * value for factor in FACTORS if isinstance(value, int | float)]
    new = draws.one_of(
        [option for option in options if shape.allows(option) and option >= low] or [value]
    )
    return int(new) if shape.scalar is int else new


# --- damage to bytes


def _cut(draws: Draws, text: bytes) -> bytes:
    return text[: draws.below(len(text) + 1)]


def _insert(draws: Draws, text: bytes) -> bytes:
    i = draws.below(len(text) + 1)
    odd = (
        b"\t", b"\0", b"\x07", b"\x1b[31m", b"\x85", b"\xe9", b"\xff\xfe", "\u2028".encode(), "\ufeff".encode(),
        b"  ", b"\n", b"- ", b": ", b"&a ", b"*a", b"!!int ", b"{", b"]", b"'", b'"', b"#", b"|", b"%", b"@", b",",
        b"---\n", b"...\n", b"\xc0\x80", b"\xf0\x9f\x93\x9e",
    )  # fmt: skip
    return text[:i] + draws.one_of(odd) + text[i:]


def _edit_lines(draws: Draws, text: bytes) -> bytes:
    lines = text.splitlines(keepends=True)
    if not lines:
        return text
    i = draws.below(len(lines))
    action = draws.below(5)
    if action == 0:
        del lines[i]
    elif action == 1:
        lines.insert(i, lines[i])
    elif action == 2:
        lines[i] = b" " * (1 + draws.below(4)) + lines[i]
    elif action == 3:
        lines[i] = lines[i].lstrip(b" ")
    else:
        k = draws.below(len(lines))
        lines[i], lines[k] = lines[k], lines[i]
    return b"".join(lines)


def _overwrite(draws: Draws, text: bytes) -> bytes:
    if not text:
        return text
    i = draws.below(len(text))
    return text[:i] + bytes([draws.below(256)]) + text[i + 1 :]


def _encode(draws: Draws, text: bytes) -> bytes:
    readable = text.decode("utf-8", "replace")
    options = (
        lambda: b"\xef\xbb\xbf" + text,
        lambda: text.replace(b"\n", b"\r\n"),
        lambda: text.replace(b"\n", b"\r"),
        lambda: readable.encode("utf-16"),
        lambda: readable.replace("name", "námé").encode("latin-1", "replace"),
        lambda: text + text,
        lambda: b"",
        lambda: b"\n" * 20_000 + text,
        lambda: text.rstrip(b"\n"),
    )
    return draws.one_of(options)()


_Damage = Callable[[Draws, bytes], bytes]
_TEXT_DAMAGE: tuple[_Damage, ...] = (_cut, _insert, _insert, _edit_lines, _edit_lines, _overwrite, _encode)  # fmt: skip


def _spoil_bytes(draws: Draws, mutant: Mutant, name: str, ways: Sequence[_Damage]) -> None:
    for _ in range(1 + draws.below(3)):
        way = draws.one_of(ways)
        mutant.files[name] = way(draws, mutant.files[name])
        mutant.damage.append(f"{way.__name__.lstrip('_')} {name}")


# --- damage to tables


def _edit_columns(draws: Draws, text: bytes) -> bytes:
    rows = [line.split(",") for line in text.decode("utf-8", "replace").splitlines()]
    width = max((len(row) for row in rows), default=0)
    if width == 0:
        return text
    k, m = draws.below(width), draws.below(width)
    action = draws.below(6)
    if action == 0:
        rows = [row[:k] + row[k + 1 :] for row in rows]
    elif action == 1:
        rows = [[*row, "7"] for row in rows]
    elif action == 2:
        rows[0] = ["longitude_deg" if column == "x_km" else column for column in rows[0]]
    elif action == 3:
        rows[0] = [column.upper() for column in rows[0]]
    elif action == 4:
        for row in rows:
            if max(k, m) < len(row):
                row[k], row[m] = row[m], row[k]
    else:
        rows = [[";".join(row)] for row in rows]
    return "\n".join(",".join(row) for row in rows).encode()


def _edit_field(draws: Draws, text: bytes) -> bytes:
    rows = [line.split(b",") for line in text.splitlines()]
    if not rows:
        return text
    row = draws.one_of(rows)
    row[draws.below(len(row))] = draws.one_of(
        [
            b"", b"nan", b"inf", b"-1", b"1e400", b"1e9", b"99999999999999999999", b"abc", b"\xe9\xe8", b"\0",
            b'"', b'"a\nb"', b"x" * 100, b"y" * 200_000, b"0.5", b"1,5", b"true", b"mast 3", b"a/b", b" ", b"1_000",
        ]
    )  # fmt: skip
    return b"\n".join(b",".join(row) for row in rows) + b"\n"


def _edit_rows(draws: Draws, text: bytes) -> bytes:
    lines = text.splitlines(keepends=True)
    if len(lines) < 2:
        return text
    i = 1 + draws.below(len(lines) - 1)
    options = (
        lambda: [*lines, lines[i]],
        lambda: lines[1:],
        lambda: lines[:1],
        lambda: [lines[0], *lines[:0:-1]],
        lambda: lines + lines,
        lambda: [*lines[:i], lines[i].strip() + b",,,\n", *lines[i + 1 :]],
        lambda: [*lines[:i], b"\n", b",,,,,,\n", *lines[i:]],
    )
    return b"".join(draws.one_of(options)())


def _edit_json(draws: Draws, text: bytes) -> bytes:
    """Spoil the tree of a GeoJSON."""
    try:
        tree = json.loads(text)
    except ValueError:
        return text
    for _ in range(1 + draws.below(2)):
        draws.one_of((_drop, _retype, _retype, _scale, _list, _rename, _swap))(draws, tree)
    return json.dumps(tree).encode()


def _spoil_table(draws: Draws, mutant: Mutant) -> None:
    name = draws.one_of([one for one in mutant.files if one != "scenario.yaml"])
    if name.endswith("json"):
        ways: tuple[_Damage, ...] = (_edit_json, _edit_json, _edit_json, *_TEXT_DAMAGE)
    else:
        ways = (_edit_columns, _edit_field, _edit_field, _edit_field, _edit_rows, _encode, _insert)
    _spoil_bytes(draws, mutant, name, ways)


def _spoil_overrides(draws: Draws, mutant: Mutant) -> None:
    tree = _load(mutant.files["scenario.yaml"])
    paths = [path for *_, path in _places(tree)]
    odd = (
        "", "=", "x", "a=b=c", "run=", "run.duration_h", "run.duration_h=", "[0]=1", "networks[99].n_sites=1",
        "networks[]=1", "networks[net", "..=1", "seed=-1", "seed=1e400", "name=con", "run.replications=0",
        "traffic.profile.daily[24]=1", "run.start={", "base=erlang_b", "\udcff=1", "a" * 9000 + "=1", "sources.x=1",
    )  # fmt: skip
    for _ in range(1 + draws.below(2)):
        path = draws.one_of(paths)
        text = f"{path}={as_flow(draws.one_of(ODD_VALUES))}"
        mutant.overrides.append(text if draws.share() < 0.6 else draws.one_of(odd))
        mutant.damage.append(f"--set {mutant.overrides[-1]!r:.80}")
