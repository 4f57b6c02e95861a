"""The table beside what was published is made of runs, and says how far the two are apart."""

import re

from tools.coverage_table import rows

RASON = [
    "region.provinces=[KP-13]",
    "networks[koryolink].n_sites=4",
    "networks[koryolink].n_subscribers=1000",
    "grid.resolution_m=2000",
]


def test_discs_and_radio_stand_beside_what_was_published(tmp_path):
    published, discs, outside, inside = (
        [float(number) for number in re.findall(r"\| (\d+(?:\.\d+)?)(?: ± [\d.]+)? %", row)]
        for row in rows("koryolink_2012", RASON, 2, 1, tmp_path)
    )
    assert published == [14.0, 94.0]
    assert len(discs) == 4
    assert 0.0 < discs[0] < discs[1] < 100.0
    # Walls take people and area alike.
    assert 0.0 < inside[0] < outside[0] < 100.0
    assert 0.0 < inside[1] < outside[1] < 100.0
