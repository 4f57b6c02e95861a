"""A user's Python file becomes processes, or a message with file and line."""

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from sim.cli import main
from sim.errors import ExtensionError, ScenarioError
from sim.runs import run_scenario
from sim.runs.extensions import load_extensions, read_extensions
from sim.runs.provenance import full_id
from sim.scenario.load import load_scenario

SCENARIO = """\
name: extended
run: {duration_h: 0.1, warmup_h: 0, replications: 2}
region: {source: plain, width_km: 10, height_km: 10}
networks:
  - {name: net, n_subscribers: 50, sites: [{name: a, x_km: 5, y_km: 5, n_sectors: 1}]}
radio: {path_loss: {model: disc, radius_km: 8}}
extensions: [mine.py]
"""
IDLE = "def processes(clock, network):\n    return []\n"
FAILING = """\
class MineError(Exception):
    pass

def late(clock):
    yield clock.timeout(100.0)
    raise MineError("the crew is on strike")

def processes(clock, network):
    yield late(clock)
"""
COUNTING = """\
n_loads = 0

def processes(clock, network):
    global n_loads
    n_loads += 1
    assert n_loads == 1
    return []
"""
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Write a scenario and its extension into the working folder."""
    monkeypatch.chdir(tmp_path)

    def write_files(code: str | bytes, scenario: str = SCENARIO) -> Path:
        content = code if isinstance(code, bytes) else code.encode()
        Path("mine.py").write_bytes(content)
        Path("extended.yaml").write_text(scenario, encoding="utf-8")
        return tmp_path

    return write_files


def command(*words: str) -> subprocess.CompletedProcess[str]:
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from sim.cli import main; main()"
    return subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True)


def test_there_are_none_unless_asked():
    assert load_scenario("erlang_b").scenario.extensions == ()
    assert read_extensions(load_scenario("erlang_b")) == ()


def test_the_file_belongs_to_the_id(write):
    write(IDLE)
    before = full_id("run", load_scenario("extended.yaml"))
    assert before == full_id("run", load_scenario("extended.yaml"))
    write(IDLE + "# another remark\n")
    assert before != full_id("run", load_scenario("extended.yaml"))
    assert before != full_id("run", load_scenario("extended.yaml", ["extensions=[]"]))


def test_the_file_of_a_base_is_found_from_anywhere(write):
    folder = write(IDLE)
    (folder / "more").mkdir()
    child = folder / "more" / "child.yaml"
    child.write_text("base: ../extended.yaml\nname: extended\n", encoding="utf-8")
    loaded = load_scenario(child)
    assert loaded.scenario.extensions == ("../mine.py",)
    assert len(read_extensions(loaded)) == 1
    assert full_id("run", loaded) == full_id("run", load_scenario("extended.yaml"))


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (
            "[none.py]",
            r"extended.yaml:7:14: extensions\[0\] = 'none.py': no such file; must be a Py",
        ),
        ("[mine.py, mine.py]", r"extended.yaml:7:23: extensions\[1\] = 'mine.py': must be unique"),
        ("[mine.txt]", r"extended.yaml:7:14: extensions\[0\] = 'mine.txt': must "),
        ("mine.py", r"extended.yaml:7:13: extensions = 'mine.py': must be a list"),
        (
            "[{value: mine.py}]",
            r"extended.yaml:7:22: extensions\[0\] = .*: must be text, not a mapping",
        ),
        ('["a\\0.py"]', r"extended.yaml:7:14: extensions\[0\]"),
    ],
)
def test_a_list_that_cannot_be_is_refused_in_its_place(write, entry, message):
    write(IDLE, SCENARIO.replace("[mine.py]", entry))
    with pytest.raises(ScenarioError, match=message):
        load_scenario("extended.yaml")


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("def processes(clock, network:\n", "mine.py:1:14: SyntaxError: '(' was never closed; an ext"),
        ("\n\nif True:\nx = 1\n", "mine.py:4:1: IndentationError: expected an indented block"),
        (b"x = '\xff'\n", "mine.py:1:"),
        (b"x = 1\0\n", "mine.py:1"),
        ("x = 1\nimport nothing_like_it\n", "mine.py:2: ModuleNotFoundError: No module named"),
        ("def f():\n    return 1 / 0\n\nf()\n", "mine.py:2: ZeroDivisionError: division by zero"),
        ("import sys\nsys.exit(3)\n", "mine.py:2: SystemExit: 3; an extension must load without"),
        ("x = 1\n", "mine.py:1: has no function processes(clock, network); define one"),
        ("processes = 3\n", "mine.py:1: processes: 3 is not a callable object; must be a function"),
        ("\ndef processes(clock):\n    pass\n", "mine.py:2: processes: too many positional arg"),
        ("(" * 5000 + "\n", "mine.py:1"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_loaded_is_named_with_its_line(write, code, message):
    write(code)
    with pytest.raises(ScenarioError) as caught:
        run_scenario("extended.yaml", out="results")
    assert str(caught.value).startswith(message), caught.value
    assert not Path("results").exists() or not list(Path("results").iterdir())


def test_every_file_is_spoken_of_at_once(write):
    write("x = 1\n", SCENARIO.replace("[mine.py]", "[mine.py, other.py]"))
    Path("other.py").write_text("y = \n")
    with pytest.raises(ScenarioError) as caught:
        read_extensions(load_scenario("extended.yaml"))
    assert [problem.where for problem in caught.value.problems] == ["mine.py:1", "other.py:1:5"]


def test_each_replication_loads_the_file_anew(write):
    write(COUNTING)
    assert run_scenario("extended.yaml", out="results").is_new
    sources = read_extensions(load_scenario("extended.yaml"))
    first, second = (load_extensions(sources)[0].function for _ in range(2))
    assert first.func.__globals__ is not second.func.__globals__


def test_an_error_while_it_runs_is_told_with_its_lines_and_publishes_nothing(write):
    write(FAILING)
    with pytest.raises(ExtensionError) as caught:
        run_scenario("extended.yaml", out="results")
    (problem,) = caught.value.problems
    assert problem.where == "mine.py:6"
    assert problem.message.splitlines() == [
        "MineError: the crew is on strike",
        '  line 6, in late: raise MineError("the crew is on strike")',
    ]
    assert not list(Path("results").rglob("manifest.json"))


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("def processes(clock, network):\n    return 1 / 0\n", "mine.py:2: ZeroDivisionError"),
        (
            "def processes(clock, network):\n    return 7\n",
            r"mine.py:1: processes returns 7 \(int\): must return a list",
        ),
        (
            "def processes(clock, network):\n    pass\n",
            r"mine.py:1: processes returns nothing \(None\): must return",
        ),
        (
            "def p():\n    yield\ndef processes(clock, network):\n    return [p]\n",
            r"mine.py:3: processes returns <function p at .* among its processes",
        ),
        (
            "def p(clock):\n    yield clock.timeout(float('nan'))\n"
            "def processes(clock, network):\n    return [p(clock)]\n",
            "mine.py:2: ValueError: a delay of nan s: must be a number",
        ),
        (
            "def p(clock):\n    yield clock.timeout(1)\n    yield 60\n"
            "def processes(clock, network):\n    return [p(clock)]\n",
            r"mine.py:3: TypeError: yields 60 \(int\): must be an event",
        ),
        (
            "def p(network):\n    yield network.n_lines_within(0, 0.0, 0.0, float('nan'))\n"
            "def processes(clock, network):\n    return [p(network)]\n",
            "mine.py:2: ValueError: x_m = 0.0, y_m = 0.0, radius_m = nan: must be numbers",
        ),
        (
            "def p(network):\n    yield network.clock.timeout(1)\n"
            "def processes(clock, network):\n    yield p(network)\n",
            "mine.py:2: AttributeError",
        ),
        (
            "def p(clock, n):\n    yield clock.timeout(1)\n    n.site('z').off()\n"
            "def processes(clock, network):\n    yield p(clock, network)\n",
            "mine.py:3: ValueError: there is no site 'z'",
        ),
    ],
)
def test_mistakes_are_told_with_the_line_of_the_file(write, code, message):
    write(code)
    with pytest.raises(Exception, match=message):
        run_scenario("extended.yaml", out="results")


def test_a_process_hears_interruptions_and_failures_and_goes_on(write):
    write(
        "import simpy\n"
        "def p(clock, network, heard):\n"
        "    waits = [lambda: clock.timeout(50), lambda: clock.event().fail(KeyError('a'))]\n"
        "    for wait in [*waits, lambda: clock.timeout(10, 'b')]:\n"
        "        try:\n"
        "            heard.append((yield wait()))\n"
        "        except (simpy.Interrupt, KeyError) as error:\n"
        "            heard.append(error.args[0])\n"
        "    return heard\n"
        "def q(clock, network):\n"
        "    told = clock.process(p(clock, network, []))\n"
        "    yield clock.timeout(5)\n"
        "    told.interrupt('now')\n"
        "    heard = yield told\n"
        "    assert heard == ['now', 'a', 'b'], heard\n"
        "    network.set_channels(0, 3)\n"
        "def processes(clock, network):\n"
        "    return [q(clock, network)]\n"
    )
    result = run_scenario("extended.yaml", out="results", replications=1)
    assert (result.folder / "changes.parquet").is_file()


def test_an_error_in_another_process_is_told_likewise_and_publishes_nothing(write):
    write(FAILING)
    done = command("run", "extended.yaml", "--jobs", "2")
    assert done.returncode == 2, done.stderr
    assert "mine.py:6: MineError: the crew is on strike" in done.stderr
    assert 'line 6, in late: raise MineError("the crew is on strike")' in done.stderr
    assert not list(Path("results").rglob("manifest.json"))


CUTTING = """\
def cut(clock, network, hours, least):
    yield clock.timeout(3600.0 * hours)
    assert network.local_time().strftime("%H:%M") == "19:03"
    site = network.site("a")
    if network.n_lines_within(0, network.site_x_m[0], network.site_y_m[0], 20_000.0) >= least:
        site.off()
    yield clock.timeout(60.0)
    site.on()
    assert network.square_people.sum() == 0 and network.n_flows(0) == 0
    network.set_channels(site.cells[0], 3)

def processes(clock, network, hours, least=1):
    yield cut(clock, network, hours, least)
"""


def test_parameters_are_given_and_what_was_changed_is_in_the_results(write):
    write(
        CUTTING,
        SCENARIO.replace(
            "[mine.py]",
            "[{file: mine.py, hours: {value: 0.05, low: 0, high: 1, source: assumption}}]",
        ),
    )
    run = run_scenario("extended.yaml", out="results")
    rows = run.table("changes").to_pylist()
    assert [(r["replication"], r["time_s"], r["what"], r["of_what"], r["value"]) for r in rows] == [
        (k, *one)
        for k in (1, 2)
        for one in (
            (180.0, "on the air", "a", 0.0),
            (240.0, "on the air", "a", 1.0),
            (240.0, "channels", "a", 3.0),
        )
    ]
    assert "the extension mine takes part, with hours = 0.05" in run.manifest["notes"]
    # Nobody is many: the site stays on the air, and its coming back changes nothing.
    more = ["extension_parameters.mine.least=1e9", "run.replications=1"]
    assert run_scenario("extended.yaml", more, out="results").table("changes").num_rows == 2
    loaded = load_scenario("extended.yaml")
    assert loaded.evidence["extension_parameters.mine.hours"].high == 1.0
    assert run_scenario(run.folder / "scenario.yaml", out="results").folder.name == run.folder.name


INLINE = SCENARIO.replace("[mine.py]", "[{file: mine.py, hours: 0.05}]")


def test_what_is_set_apart_has_the_last_word_over_what_stands_beside_the_file(write):
    write(CUTTING, INLINE)
    loaded = load_scenario("extended.yaml", ["extension_parameters.mine.hours=0.5"])
    assert loaded.scenario.extension_parameters == {"mine": {"hours": 0.5}}
    loaded = load_scenario("extended.yaml", ["extension_parameters.mine.least=9"])
    assert loaded.scenario.extension_parameters == {"mine": {"hours": 0.05, "least": 9}}
    # No extension, or others in its place: their parameters go with them.
    for given in ("extensions=[]", "extensions=[mine.py]"):
        assert load_scenario("extended.yaml", [given]).scenario.extension_parameters == {}
    Path("without.yaml").write_text("base: extended\nname: without\nextensions: []\n")
    assert load_scenario("without.yaml").scenario.extension_parameters == {}


def test_a_scenario_in_another_folder_finds_the_files_of_its_base(write):
    write(CUTTING, INLINE)
    Path("below").mkdir()
    Path("below/child.yaml").write_text("base: ../extended.yaml\nname: child\n")
    scenario = load_scenario("below/child.yaml").scenario
    assert scenario.extensions == ("../mine.py",)
    assert scenario.extension_parameters == {"mine": {"hours": 0.05}}


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("[{file: 7, hours: 2}]", r"extensions\[0\] = 7: must be text"),
        (
            "[{file: mine.py, hours: 2}]\nextension_parameters: 7",
            "extension_parameters = 7: must be a mapping",
        ),
        ("[{file: mine.py, hour: 2}]", "missing a required argument: 'hours'; must be a function"),
        ("[mine.py]", "missing a required argument: 'hours'"),
        (
            "[{file: mine.py, hours: soon}]",
            r"extension_parameters.mine.hours = 'soon': must be a number",
        ),
        (
            "[mine.py]\nextension_parameters: {mien: {hours: 1}}",
            "no extension has this name; did you mean 'mine'",
        ),
    ],
)
def test_parameters_that_cannot_be_are_refused(write, entry, message):
    write(CUTTING, SCENARIO.replace("[mine.py]", entry))
    with pytest.raises(ScenarioError, match=message):
        read_extensions(load_scenario("extended.yaml"))


def test_a_mistake_in_the_file_is_exit_status_2_for_check_and_run(write):
    write("x = 1\n")
    for name in ("check", "run"):
        done = CliRunner().invoke(main, [name, "extended.yaml"])
        assert done.exit_code == 2
        last = done.stderr.splitlines()[-1]
        assert last.startswith("mine.py:1: has no function processes(clock, network)")
        assert "Traceback" not in done.stderr
    write(IDLE)
    assert CliRunner().invoke(main, ["check", "extended.yaml"]).exit_code == 0
