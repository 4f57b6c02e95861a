"""Registrations on signalling channels against Erlang's loss formula, and paging against M/D/infinity."""

import numpy as np

from sim.network.replication import run_network
from sim.runs.measures.registrations import attach_times
from sim.scenario.schema import Scenario
from sim.stats.theory import erlang_b
from tests.oracle.scenarios import network, scenario, world_of
from tests.theory.replicate import is_inside

N_REPLICATIONS = 10


def lonely(offered_erl, n_channels) -> Scenario:
    """One cell whose phones register and never try again; nobody crosses a border."""
    n_lines, transfer_s = 3000, 3.0
    return scenario(
        "lonely",
        [network("a", n_lines, [(6, 100)])],
        {
            "erl_per_line": 0.02,
            "messages": {"n_signalling_channels": n_channels},
            "registrations": {
                "is_on": True, "period_h": n_lines * transfer_s / offered_erl / 3600.0,
                "transfer_s": transfer_s, "max_tries": 1, "paging_s": 1e-9,
            },
        },
        run={"start": "2022-11-16 19:00", "duration_h": 2.0, "warmup_h": 0.05, "settle_h": 0.04},
        radio={"path_loss": {"model": "disc", "radius_km": 20}},
    )  # fmt: skip


def replications(one):
    world, coverage = world_of(one)
    return [run_network(one, world, coverage, number) for number in range(N_REPLICATIONS)]


def with_keys(one, **keys):
    """Return a scenario with other keys of registrations."""
    tree = one.model_dump(mode="json")
    tree["traffic"]["registrations"] |= keys
    return Scenario.model_validate(tree)


def of_all(found, name, table="registrations"):
    return np.array([records[table][name].sum() for records in found], float)


def test_periodic_updates_find_as_few_channels_as_erlang_says():
    """Transfers all last as long: the loss formula holds for every law of that mean."""
    for offered_erl, n_channels in ((2.0, 3), (6.0, 8)):
        found = replications(lonely(offered_erl, n_channels))
        tries = of_all(found, "first_tries")
        assert tries.min() > 1000
        refused = of_all(found, "first_tries_refused") / tries
        expected = erlang_b(offered_erl, n_channels)
        assert is_inside(refused, expected)
        assert not is_inside(refused, erlang_b(offered_erl, n_channels + 1))
        assert is_inside(of_all(found, "registrations_busy"), offered_erl * (1.0 - expected))


def test_paging_holds_as_many_channels_as_come_in_its_time():
    found = replications(with_keys(lonely(1.0, 10_000), paging_s=4.0))
    paged = of_all(found, "paged")
    assert paged.min() > 100
    busy = of_all(found, "paging_busy")
    np.testing.assert_allclose(busy, paged * 4.0 / 7200.0, rtol=0.05)


def test_a_storm_lasts_as_long_as_the_channels_need_for_it():
    """While more phones try than are served no channel is idle for long."""
    storm = {"at": "2022-11-16 19:10", "share": 1, "within_s": 15}
    one = with_keys(lonely(1.0, 8), storms=[storm], period_h=0)
    records = run_network(one, *world_of(one), 0)
    times = attach_times(one, records["attachments"]["phones"])
    assert times["attached"].tolist() == [3000]
    lasts_s = 3000 * 3.0 / 8
    # They begin within 15 s: who begins last waits so much less.
    least = 1.0 - 15.0 / lasts_s
    assert least < times["attach_s"][0] / 3000 / (lasts_s / 2.0) < 1.1
    assert least < times["p95_s"][0] / (0.95 * lasts_s) < 1.1
    assert records["registrations"]["unanswered"].sum() > 20
