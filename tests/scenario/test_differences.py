"""How two scenarios differ, key by key."""

from sim.scenario.differences import KeyDifference, key_differences

A = {
    "name": "a",
    "notes": "one",
    "seed": 1,
    "run": {"duration_h": {"value": 1.0, "source": "assumption"}},
    "networks": [
        {"name": "x", "n_sites": {"value": 4, "low": 2, "high": 9}, "sites": []},
        {"name": "y", "n_sites": 7},
    ],
    "sources": {"S1": "a book"},
}


def test_the_same_scenario_has_no_differences_whatever_is_known_of_it():
    b = {**A, "run": {"duration_h": 1.0}}
    assert key_differences(A, b) == ()


def test_values_networks_by_name_and_what_is_missing():
    b = {
        **A,
        "seed": 2,
        "run": {"duration_h": {"value": 3.0}},
        "networks": [{"name": "x", "n_sites": 5, "sites": [{"name": "s"}]}, {"name": "z"}],
    }
    assert key_differences(A, b) == (
        KeyDifference("seed", 1, 2),
        KeyDifference("run.duration_h", 1.0, 3.0),
        KeyDifference("networks[x].n_sites", 4, 5),
        KeyDifference("networks[x].sites", [], [{"name": "s"}]),
        KeyDifference("networks[y]", A["networks"][1], None),
        KeyDifference("networks[z]", None, {"name": "z"}),
    )
