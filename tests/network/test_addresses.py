"""Every call is the same whatever else changes: one more subscriber, another window, fewer channels."""

import numpy as np

from sim.network.replication import run_network
from sim.tables import ATTEMPTS, Outcome
from tests.oracle.scenarios import OVERLOAD, THREE_NETWORKS, world_of


def attempts_of(one, replication=0):
    world, coverage = world_of(one)
    return run_network(one, world, coverage, replication)["attempts"]


def keyed(attempts, *names):
    chosen = attempts["redial"] == 0
    keys = zip(attempts["entity"][chosen].tolist(), attempts["index"][chosen].tolist(), strict=True)
    values = zip(*(attempts[name][chosen].tolist() for name in names), strict=True)
    return dict(zip(keys, values, strict=True))


def with_run(one, **changes):
    return one.model_copy(update={"run": one.run.model_copy(update=changes)})


def with_lines(one, n_subscribers):
    network = one.networks[0].model_copy(update={"n_subscribers": n_subscribers})
    return one.model_copy(update={"networks": (network, *one.networks[1:])})


def test_one_more_subscriber_changes_nobody_elses_intents_durations_or_patience():
    newcomer = OVERLOAD.networks[0].n_subscribers
    fewer = keyed(attempts_of(OVERLOAD), "time_s", "would_hold_s")
    more = keyed(attempts_of(with_lines(OVERLOAD, newcomer + 1)), "time_s", "would_hold_s")
    both = set(fewer) & set(more)
    # The newcomer engages lines and channels, so a few attempts of others appear or vanish; none is altered.
    assert len(both) > 0.9 * len(fewer)
    assert all(fewer[key] == more[key] for key in both)
    assert any(entity == newcomer for entity, _ in more)


def test_a_longer_warm_up_changes_no_call():
    base = keyed(attempts_of(OVERLOAD), "time_s", "would_hold_s", "callee_id")
    longer = attempts_of(with_run(OVERLOAD, warmup_h=0.4))
    longer = keyed(longer, "time_s", "would_hold_s", "callee_id")
    both = set(base) & set(longer)
    assert len(both) > 0.9 * len(base)
    assert all(base[key] == longer[key] for key in both)
    assert len(longer) > len(base)


def test_fewer_channels_change_outcomes_only():
    networks = tuple(
        network.model_copy(
            update={
                "sites": tuple(site.model_copy(update={"n_channels": 2}) for site in network.sites)
            }
        )
        for network in THREE_NETWORKS.networks
    )
    names = ("time_s", "would_hold_s", "callee_id")
    many = attempts_of(THREE_NETWORKS)
    few = attempts_of(THREE_NETWORKS.model_copy(update={"networks": networks}))
    first, second = keyed(many, *names), keyed(few, *names)
    assert all(first[key] == second[key] for key in set(first) & set(second))
    blocked = [np.sum(one["outcome"] == Outcome.BLOCKED_CHANNEL) for one in (many, few)]
    assert blocked[1] > blocked[0]


def test_the_same_replication_is_the_same_to_the_byte_and_another_is_not():
    once, twice, other = (
        attempts_of(OVERLOAD),
        attempts_of(OVERLOAD),
        attempts_of(OVERLOAD, replication=1),
    )
    for name in ATTEMPTS.names:
        assert once[name].tobytes() == twice[name].tobytes()
    assert once["time_s"].tobytes() != other["time_s"].tobytes()
    other_seed = attempts_of(OVERLOAD.model_copy(update={"seed": 8}))
    assert once["time_s"].tobytes() != other_seed["time_s"].tobytes()
