"""Calls that hold several channels at once against the exact product form."""

import numpy as np
import pytest

from tests.theory.pool_formulas import loss_network_blocking
from tests.theory.replicate import (
    call_congestion,
    is_inside,
    omni,
    replicate,
    theory_scenario,
)

# Channels of each cell; cells and offered traffic of each route.
NETWORKS = {
    "two links": ([10, 8], [((0,), 5.0), ((1,), 4.0), ((0, 1), 2.0)]),
    # Kelly (1986) by enumeration, identifier lossnet_triangle_C10 of the reference cases: 0.160030015397657.
    "triangle": ([10, 10, 10], [((0, 1), 4.0), ((1, 2), 4.0), ((0, 2), 4.0)]),
}


def run(name, n_more):
    channels, routes = NETWORKS[name]
    channels = [channels[0] + n_more, *channels[1:]]
    sites = [(f"c{number}", n) for number, n in enumerate(channels)]
    sources = [
        {"name": f"r{number}", "offered_erl": erl, "cells": [f"c{cell}" for cell in cells]}
        for number, (cells, erl) in enumerate(routes)
    ]
    return replicate(theory_scenario([omni("net", 0, sites)], {"sources": sources}, 40.0))


def exact(name):
    channels, routes = NETWORKS[name]
    uses = np.array([[cell in cells for cell in range(len(channels))] for cells, _ in routes], int)
    return loss_network_blocking(channels, uses, [erl for _, erl in routes])


def test_the_triangle_is_the_published_one():
    np.testing.assert_allclose(exact("triangle"), 0.160030015397657, atol=1e-10)


@pytest.mark.parametrize("name", NETWORKS)
def test_blocking_of_every_route(name):
    as_given, one_channel_more = run(name, 0), run(name, 1)
    agrees_with_one_more = []
    for route, expected in enumerate(exact(name)):
        assert is_inside(call_congestion(as_given, "entity", route), expected)
        shares = call_congestion(one_channel_more, "entity", route)
        agrees_with_one_more.append(is_inside(shares, expected))
    assert not all(agrees_with_one_more)
    assert not agrees_with_one_more[0]
