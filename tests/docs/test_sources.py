"""docs/sources.md lists every document that the code cites."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = " ".join((ROOT / "docs" / "sources.md").read_text(encoding="utf-8").split())
STANDARD = re.compile(r"3GPP T[SR] \d+\.\d+|ITU-R [A-Z]\.\d+|EUR \d+")
SECTION = re.compile(
    r"References\n *-{5,}\n(.*?)(?:\n *\n *[A-Z]\w+\n *-{5,}|\"\"\"(?!\w))", re.DOTALL
)


def cited() -> dict[str, str]:
    """Return the standards named anywhere in the code, and the titles quoted under References, with their files."""
    found = {}
    for path in sorted((ROOT / "sim").rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        name = path.relative_to(ROOT).as_posix()
        found |= dict.fromkeys(STANDARD.findall(text), name)
        for section in SECTION.findall(text):
            for title in re.findall(r"\"([^\"]{10,})\"", " ".join(section.split())):
                found[title.rstrip(".,")] = name
    return found


def test_citations_are_found_at_all():
    assert {"ITU-R P.525", "3GPP TR 36.942", "Hashed and hierarchical timing wheels"} <= set(
        cited()
    )


def test_every_cited_document_is_listed():
    assert {title: name for title, name in cited().items() if title not in PAGE} == {}
