"""
Ensure simpy.__version__ is populated.

"""

import simpy


def test_simpy_version():
    assert simpy.__version__.startswith('4.')
