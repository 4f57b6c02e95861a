"""Records of soft capacity in the small world."""

import numpy as np

from sim.tables import SHED_AND_REFUSED


def soft_records(example, replication=1):
    """Records of cells a/1, a/2, b and c, with the limits of the defaults kept."""
    plain = example.records(replication)
    count = np.arange(4) + replication
    causes = {f"n_{name}": np.zeros(4, np.int64) for name, _ in SHED_AND_REFUSED}
    causes |= {"n_blocked_uplink": plain["cells"]["refusals_originating"], "n_shed_uplink": count}
    cells = {
        "noise_rise_db": 1.0 + 0.5 * count,
        "noise_rise_max_db": 3.0 + 0.5 * count,
        "power_w": 2.0 + count,
        "power_max_w": 4.0 + count,
        "codes_busy": 10.0 * count,
        "further_legs_erl": 0.1 * count,
        **causes,
    }
    covered = np.where(example.coverage.cell_idx[:, :, 0] >= 0, 0.25, 0.0).astype(np.float32)
    covered[0, 4] = 1.0
    sites = {"channel_elements_busy": 5.0 * np.arange(3)}
    return plain.with_tables(
        radio_cells=cells, radio_sites=sites, covered={"covered_share": covered}
    )


def kept_of(replications):
    """What several replications kept, by table."""
    return {name: [one.kept[name] for one in replications] for name in replications[0].kept}
