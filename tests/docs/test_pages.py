"""The pages of the project are whole: links, commands, citation, glossary, changelog, decisions."""

import re
import tomllib
from pathlib import Path

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    [
        *ROOT.glob("*.md"),
        *(ROOT / "docs").rglob("*.md"),
        ROOT / "results/README.md",
        ROOT / "requirements/README.md",
    ]
)
MARKS = ("results unchanged", "results differ within noise", "results differ")
ABBREVIATIONS = (
    "3G", "BH", "CI", "COST-231-Hata", "CPICH", "CSV", "DEM", "EIRP", "GeoJSON", "MCC", "MNC", "Okumura-Hata",
    "PLMN", "Parquet", "RSCP", "UMTS", "WCDMA", "YAML", "cdbm", "cv", "dB", "dBi", "dBm", "erl", "erlang", "mErl",
    "omni",
)  # fmt: skip
TERMS = (
    "intent", "attempt", "call", "root", "redial", "outcome", "engaged", "leg", "originating", "terminating",
    "seizure", "refusal", "holding time", "patience", "source", "offered traffic", "carried traffic", "blocking",
    "dropping", "call congestion", "time congestion", "trunk group", "circuit", "channel", "site", "sector", "cell",
    "candidate", "disc", "line", "class", "square", "province", "settlement", "relief",
    "scenario", "evidence", "world", "replication",
    "world replication", "seed", "stream", "measured window", "warm-up", "run-out", "scale", "timing wheel",
    "oracle", "manifest", "fingerprint", "erl_per_line",
)  # fmt: skip


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def links(page: Path) -> list[str]:
    """Return the relative links of a page, blocks of code apart."""
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    found = re.findall(r"\]\(([^)\s]+)\)", text)
    return [link for link in found if not re.match(r"[a-z]+:", link)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_relative_links_exist(page):
    broken = [link for link in links(page) if not (page.parent / link.split("#")[0]).exists()]
    assert not broken


def test_links_are_found_at_all():
    assert "docs/results.md" in links(ROOT / "README.md")


def targets() -> set[str]:
    return set(re.findall(r"^([a-z][a-z-]*):", text_of("Makefile"), re.MULTILINE))


def commands(page: Path) -> set[str]:
    """Return the targets of make that stand in code of a page."""
    return set(
        re.findall(
            r"(?:^ {4}|`)make ([a-z][a-z-]*)", page.read_text(encoding="utf-8"), re.MULTILINE
        )
    )


def test_readme_has_the_commands_of_make():
    assert {"run", "test"} <= commands(ROOT / "README.md") <= targets()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_commands_are_targets(page):
    assert commands(page) <= targets()


def test_readme_shows_no_missing_picture():
    for picture in re.findall(r"!\[[^\]]*\]\(([^)]+)\)", text_of("README.md")):
        assert (ROOT / picture).stat().st_size < 300_000


def test_citation():
    citation = YAML(typ="safe").load(text_of("CITATION.cff"))
    assert {"cff-version", "message", "title", "authors"} <= set(citation)
    assert citation["cff-version"] == "1.2.0"
    assert citation["type"] == "software"
    assert all(set(author) == {"name"} for author in citation["authors"])
    project = tomllib.loads(text_of("pyproject.toml"))["project"]
    assert citation["version"] == project["version"]
    assert citation["license"] == project["license"]


def test_licence_is_whole():
    licence = text_of("LICENSE")
    assert "Apache License" in licence
    assert "END OF TERMS AND CONDITIONS" in licence


@pytest.mark.parametrize("term", [*ABBREVIATIONS, *TERMS])
def test_glossary_has(term):
    headings = re.findall(r"\*\*(.+?)\*\*:", text_of("docs/glossary.md"))
    assert term in {part.strip() for heading in headings for part in heading.split(",")}


def changelog_entries() -> list[str]:
    """Return the entries, each with its continued lines."""
    body = text_of("CHANGELOG.md").split("\n## ", 1)[1]
    return [
        " ".join(entry.split()) for entry in re.findall(r"^- (.*(?:\n  .*)*)", body, re.MULTILINE)
    ]


def test_changelog_has_entries():
    assert changelog_entries()


@pytest.mark.parametrize("entry", changelog_entries())
def test_changelog_entry_is_marked(entry):
    (mark, why) = re.search(r"\(\*(.+?)\*: (.+?)\)\.?$", entry).groups()
    assert mark in MARKS
    assert why


def decisions() -> list[Path]:
    return sorted((ROOT / "docs" / "decisions").glob("*.md"))


def test_decisions_are_numbered_without_gap():
    assert [page.name[:4] for page in decisions()] == [
        f"{number:04d}" for number in range(1, len(decisions()) + 1)
    ]


@pytest.mark.parametrize("page", decisions(), ids=lambda page: page.name)
def test_decision_has_its_parts(page):
    parts = re.findall(r"^\*\*(\w+)\.\*\*", page.read_text(encoding="utf-8"), re.MULTILINE)
    assert parts == ["Context", "Choice", "Alternatives", "Consequence"]


def test_every_dependency_is_explained():
    project = tomllib.loads(text_of("pyproject.toml"))
    asked = [*project["project"]["dependencies"], *project["dependency-groups"]["test"]]
    names = {re.match(r"[A-Za-z0-9._-]+", one).group() for one in asked}
    explained = set(
        re.findall(r"^\| ([a-z0-9._-]+) \|", text_of("docs/dependencies.md"), re.MULTILINE)
    )
    assert names == explained - {"library"}
