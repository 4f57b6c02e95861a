"""The figure of a measurement."""

from pathlib import Path

from matplotlib.axes import Axes

from bench.findings import Measured, by_size, contenders, exponent_of, median_s, ns_per_call
from sim.report.style import PAGE_WIDTH_IN, network_look, new_figure, paper_style, save_figure

_HEIGHT_IN = 3.8
_SUMS = ("total", "set-up", "replication", "loop")


def draw_bench(measured: Measured, stem: Path) -> None:
    """
    Draw a measurement: time of a call by contender, time of a run against lines and sites.

    Parameters
    ----------
    measured : Measured
        Measurement.
    stem : Path
        File without ending; gets `.pdf` and `.png`.
    """
    panels = ["bare"] * bool(measured.laps) + ["lines", "sites"] * bool(measured.trips)
    with paper_style():
        figure = new_figure(PAGE_WIDTH_IN, _HEIGHT_IN)
        for axes, panel in zip(
            figure.subplots(1, len(panels), squeeze=False)[0], panels, strict=True
        ):
            if panel == "bare":
                _draw_contenders(axes, measured)
            else:
                _draw_axis(axes, measured, panel)
        save_figure(figure, stem, "Patchcell: speed of the engine")


def _draw_contenders(axes: Axes, measured: Measured) -> None:
    names = contenders(measured.laps)
    for row, one in enumerate(names):
        found = ns_per_call(measured.laps, one.contender)
        look = network_look(0 if one.label.startswith("this engine") else 1)
        axes.plot([found.low, found.high], [row, row], color=look["color"], linewidth=2.5)
        axes.plot([found.median], [row], "o", color=look["color"])
    axes.set_yticks(range(len(names)), [one.label.replace(": ", ":\n") for one in names])
    axes.invert_yaxis()
    axes.set_xscale("log")
    axes.set_xlabel("time of a call [ns]")
    axes.set_title("Bare loss workload")


def _draw_axis(axes: Axes, measured: Measured, axis: str) -> None:
    sizes = by_size(measured.trips, axis)
    for i, what in enumerate(_SUMS):
        times_s = [median_s(runs, what) for runs in sizes.values()]
        exponent = exponent_of(measured.trips, axis, what).value
        axes.plot(list(sizes), times_s, label=f"{what} ({exponent:.2f})", **network_look(i))
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel(axis)
    axes.set_ylabel(f"{measured.trips[0].clock} time [s]")
    axes.set_title(f"National scenario, {axis}")
    axes.set_xticks(list(sizes), [f"{size:,}" for size in sizes], rotation=45, ha="right")
    axes.set_xticks([], minor=True)
    axes.legend(
        title="stage (exponent)", title_fontsize=7.0, loc="lower left", bbox_to_anchor=(0, 1.1)
    )
