"""Cells that Poisson sources name, where only the world knows which there are."""

from sim.errors import Problem, WorldError
from sim.scenario.messages import did_you_mean, given
from sim.scenario.schema import Scenario
from sim.world.build import World


def cells_of_sources(scenario: Scenario) -> list[tuple[str, str]]:
    """Return the cells that sources of calls and of data name."""
    return (
        [
            (f"traffic.sources[{i}].cells[{k}]", name)
            for i, source in enumerate(scenario.traffic.sources)
            for k, name in enumerate(source.cells)
        ]
        + [
            (f"traffic.sources[{i}].dwell.among[{k}]", name)
            for i, source in enumerate(scenario.traffic.sources)
            if source.dwell is not None
            for k, name in enumerate(source.dwell.among)
        ]
        + [
            (f"traffic.data.sources[{i}].cell", source.cell)
            for i, source in enumerate(scenario.traffic.data.sources)
        ]
    )


def require_cells(scenario: Scenario, world: World) -> None:
    """Refuse sources whose cells do not exist: sites placed by rule or read from a file have names of their own."""
    known = set(world.cells.name)
    problems = [
        Problem(
            where, f"{given(name)}: unknown cell; {did_you_mean(name, world.cells.name, 'cells')}"
        )
        for where, name in cells_of_sources(scenario)
        if name not in known
    ]
    if problems:
        raise WorldError(*problems)
