"""What operators cost a national replication: `python -m bench.by_hand`."""

from time import perf_counter

import click
import numpy as np

from sim.network.replication import run_network
from sim.runs.once import make_setting
from sim.scenario.load import load_scenario

CASES = {
    "none": ["fixed.source=none"],
    "4 of 10 county exchanges": ["fixed.generated.manual_share=0.4"],
    "6 of 10 county exchanges": ["fixed.generated.manual_share=0.6"],
    "8 of 10 county exchanges": ["fixed.generated.manual_share=0.8"],
    "9 of 10 county exchanges": ["fixed.generated.manual_share=0.9"],
}
"""Which exchanges are manual, and what makes them so in `national_2022`."""


def measure(overrides: list[str], n_repeats: int) -> tuple[int, float, float]:
    """
    Run replications of the national scenario, the first of which is not measured.

    Parameters
    ----------
    overrides : list of str
        `PATH=VALUE` texts.
    n_repeats : int
        Measured replications.

    Returns
    -------
    n_by_hand : int
        Attempts of a replication that came to a manual exchange.
    share : float
        Their share of all attempts. [1]
    wall_s : float
        Shortest wall time of a replication. [s]
    """
    setting = make_setting(load_scenario("national_2022", overrides))
    wall_s = []
    for replication in range(n_repeats + 1):
        begin_s = perf_counter()
        records = run_network(setting.scenario, setting.world, setting.coverage, replication)
        wall_s.append(perf_counter() - begin_s)
    is_by_hand = np.asarray(records["attempts"]["n_manual"]) > 0
    return int(is_by_hand.sum()), float(is_by_hand.mean()), min(wall_s[1:])


@click.command()
@click.option("--repeats", default=3, show_default=True, help="Measured replications.")
def main(repeats: int) -> None:
    """
    Print what each case takes, and each call patched by hand beyond the first case.

    Parameters
    ----------
    repeats : int
        Measured replications.
    """
    plain_s = 0.0
    for name, overrides in CASES.items():
        n_by_hand, share, wall_s = measure(overrides, repeats)
        plain_s = plain_s or wall_s
        more = (
            f", {(wall_s - plain_s) / n_by_hand * 1e6:.0f} us a call by hand" if n_by_hand else ""
        )
        click.echo(f"{name}: {share:.2%} of attempts by hand, {wall_s:.1f} s{more}")


if __name__ == "__main__":
    main()
