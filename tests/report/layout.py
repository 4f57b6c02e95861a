"""Whether a figure is laid out so that it can be read."""

from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.text import Text

from sim.report.style import FOOTER, settle_layout


def nothing_overlaps(figure: Figure) -> None:
    """Fail where text runs over the edge, or over a legend, or a legend over a panel."""
    settle_layout(figure)
    figure.draw_without_rendering()
    page = figure.bbox
    boxes = {text: text.get_window_extent() for text in texts_in_view(figure)}
    assert len(boxes) > 5
    for text, box_px in boxes.items():
        assert box_px.x0 >= page.x0, text
        assert box_px.y0 >= page.y0, text
        assert box_px.x1 <= page.x1, text
        assert box_px.y1 <= page.y1, text
    legends = [part for part in figure.findobj(Legend) if part.get_texts()]
    for legend in legends:
        legend_px = legend.get_window_extent()
        own = {*legend.get_texts(), legend.get_title()}
        others = {t: b for t, b in boxes.items() if t not in own}
        # The legend of a map has empty rows at its end, in which the small print stands.
        feet = [others.pop(t) for t in list(others) if t.get_gid() == FOOTER]
        assert not [t.get_text() for t, b in others.items() if legend_px.overlaps(b)]
        said = [boxes[t] for t in own if t.get_text().strip()]
        assert not any(foot.overlaps(box_px) for foot in feet for box_px in said)
        assert not any(legend_px.overlaps(ax.get_window_extent()) for ax in figure.axes)


def texts_in_view(figure: Figure) -> list[Text]:
    """Return the texts that are drawn; ticks beyond the limits of their axis are not."""
    hidden = set()
    for ax in figure.axes:
        for axis, limits in ((ax.xaxis, ax.get_xlim()), (ax.yaxis, ax.get_ylim())):
            for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks()):
                if not limits[0] * 0.9999 <= tick.get_loc() <= limits[1] * 1.0001:
                    hidden |= {tick.label1, tick.label2}
    return [
        text
        for text in figure.findobj(Text)
        if text.get_text().strip() and text.get_visible() and text not in hidden
    ]
