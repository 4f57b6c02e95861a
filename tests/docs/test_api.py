"""docs/api.md does what it says: its blocks are run in order, and print what the page shows."""

import contextlib
import io
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"```python\n(.*?)```(?:\n\n```text\n(.*?)```)?", re.DOTALL)


@pytest.fixture(scope="module")
def printed(tmp_path_factory) -> list[tuple[str, str]]:
    """Run the blocks of the page in an empty folder; what each shall print, and what it prints."""
    pairs, names = [], {"__name__": "page"}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MPLBACKEND", "agg")
        patch.chdir(tmp_path_factory.mktemp("page"))
        for code, shown in BLOCK.findall(PAGE):
            said = io.StringIO()
            with contextlib.redirect_stdout(said):
                exec(compile(code, "docs/api.md", "exec"), names)
            pairs.append((shown, said.getvalue()))
        assert Path("carried.png").stat().st_size > 10_000
    names["plt"].close("all")
    return pairs


def test_every_output_belongs_to_a_block(printed):
    assert len(printed) == PAGE.count("```python\n") > 5
    assert sum(bool(shown) for shown, _ in printed) == PAGE.count("```text\n") > 4


def test_the_page_shows_what_is_printed(printed):
    assert [said for _, said in printed] == [shown for shown, _ in printed]
