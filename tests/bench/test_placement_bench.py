"""The greedy optimum on coverage chooses as counting everything does."""

import numpy as np

from bench.placement import greedy


def test_the_next_site_is_that_which_serves_most_of_who_is_left():
    people = np.array([5, 4, 3, 2, 1])
    served = [np.array(own, np.int32) for own in ([0, 1], [1, 2, 3], [3, 4], [0, 4])]
    # 9 each by the first two, the first counts; then 5 (2 and 3); then 3 and 4 lack one person.
    assert greedy(served, people, 2) == [0, 1]
    assert greedy(served, people, 3) == [0, 1, 2]
    assert greedy(served, people, 9) == [0, 1, 2, 3]
