"""Whether a figure is laid out so that it can be read."""

import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from sim.report.style import settle_layout

LEAST_PT = 7.0
"""What a printed page still shows to everybody."""

_SLACK_PX = 1.0


def nothing_overlaps(figure: Figure) -> None:
    """Fail where text is too small, runs over the edge or over other text, or a legend over a panel."""
    settle_layout(figure)
    figure.draw_without_rendering()
    texts = texts_in_view(figure)
    assert len(texts) > 5
    for text in texts:
        assert text.get_fontsize() >= LEAST_PT, text
        assert "$" not in text.get_text(), text  # powers are set smaller
        is_inside(figure, text)
    shapes = np.array([_shape(text) for text in texts])
    tree = shapely.STRtree(shapes)
    pairs = [
        (texts[i].get_text(), texts[j].get_text())
        for i, j in tree.query(shapes, predicate="intersects").T
        if i < j
    ]
    assert not pairs
    for legend in [part for part in figure.findobj(Legend) if part.get_texts()]:
        box_px, own = legend.get_window_extent(), {*legend.get_texts(), legend.get_title()}
        others = [t.get_text() for t in texts if t not in own and box_px.overlaps(_box(t))]
        assert not others
        assert not any(box_px.overlaps(ax.get_window_extent()) for ax in figure.axes)
    for ax in figure.axes:
        for inset in ax.child_axes:
            if isinstance(inset, Axes):
                own = set(inset.findobj(Text))
                box_px = inset.get_window_extent()
                assert not [t for t in texts if t not in own and box_px.overlaps(_box(t))]


def is_inside(figure: Figure, text: Text) -> None:
    """Fail where text runs over the edge of the page."""
    box, page = _box(text), figure.bbox
    assert box.x0 >= page.x0, text
    assert box.y0 >= page.y0, text
    assert box.x1 <= page.x1, text
    assert box.y1 <= page.y1, text


def _box(text: Text) -> Bbox:
    """Return the box of a text alone, without that of its arrow or ground."""
    return Text.get_window_extent(text)


def _shape(text: Text) -> shapely.Polygon:
    """Return the ground that a text covers, aslant where it is; a little less, as boxes are rather too large."""
    aslant = _box(text)
    angle = text.get_rotation()
    text.set_rotation(0.0)
    box = _box(text)
    text.set_rotation(angle)
    half = max(0.5 * box.width - _SLACK_PX, 0.1), max(0.5 * box.height - _SLACK_PX, 0.1)
    x, y = (0.5 * (aslant.x0 + aslant.x1), 0.5 * (aslant.y0 + aslant.y1))
    straight = shapely.box(x - half[0], y - half[1], x + half[0], y + half[1])
    return shapely.affinity.rotate(straight, angle, origin=(x, y))


def texts_in_view(figure: Figure) -> list[Text]:
    """Return the texts that are drawn; ticks beyond the limits of their axis are not."""
    hidden = set()
    for ax in figure.findobj(Axes):
        for axis, limits in ((ax.xaxis, ax.get_xlim()), (ax.yaxis, ax.get_ylim())):
            low, high = min(limits), max(limits)
            for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks()):
                if not low - 1e-9 * abs(low) <= tick.get_loc() <= high + 1e-9 * abs(high):
                    hidden |= {tick.label1, tick.label2}
        if not ax.axison:
            hidden |= set(ax.findobj(Text))
    return [
        text
        for text in figure.findobj(Text)
        if text.get_text().strip() and text.get_visible() and text not in hidden
    ]
