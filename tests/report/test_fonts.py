"""Letters that the house font lacks are written in fonts that have them, or told of in one plain line."""

import warnings

import pytest

from sim.report import fonts
from sim.report.style import new_figure, paper_style, save_figure

CIRCLED = (
    "\u24b6"  # in STIXGeneral, which comes with Matplotlib as the house font does, and not in that
)


def draw(folder, *labels: str):
    figure = new_figure(3.0, 2.0)
    ax = figure.subplots()
    for label in labels:
        ax.plot([0, 1], label=label)
    legend = ax.legend()
    save_figure(figure, folder / "figure", "title")
    return legend.get_texts()


@pytest.fixture
def only_bundled(monkeypatch):
    """Let the machine have no fonts but those of Matplotlib."""
    monkeypatch.setattr(fonts, "_others", lambda: ("STIXGeneral",))


def test_letters_are_written_in_the_first_font_that_has_them(tmp_path, capsys, only_bundled):
    with paper_style():
        plain, other = draw(tmp_path, "Vale", f"Vale {CIRCLED}")
    assert plain.get_fontfamily() == ["sans-serif"]
    assert other.get_fontfamily() == ["DejaVu Sans", "STIXGeneral"]
    assert b"STIXGeneral" in (tmp_path / "figure.pdf").read_bytes()
    assert capsys.readouterr().err == ""


def test_letters_that_no_font_has_are_told_of_once_with_the_package(tmp_path, capsys, only_bundled):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with paper_style():
            draw(tmp_path, "강성네트 (별)", "Vale")
            draw(tmp_path, "강성네트 (별)", "高麗")
    (line,) = capsys.readouterr().err.splitlines()
    assert "Figures have boxes in '강성네트 (별)', '高麗': no font here has these letters" in line
    assert "(apt-get install fonts-nanum fonts-noto-cjk)" in line


def test_a_font_that_has_a_box_for_every_letter_is_none():
    assert not any(name.startswith("Last Resort") for name in fonts._others())
    assert "STIXGeneral" in fonts._others()
