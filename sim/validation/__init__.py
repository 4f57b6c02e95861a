"""
The scorecard: what the program gives beside cases whose answer is known, and beside what was published of the networks.

A subject is a file with a function that compares cases; the registry (`registry.py`) says which areas it answers for,
and why others do not apply. Nothing here changes a result of a run.
"""
