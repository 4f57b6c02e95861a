"""
Compiled code: what is compiled for itself, how one part calls another, and where it is kept.

A `kernel` is called by compiled code only and becomes part of whatever calls it. An `entry` is compiled once, for the
types that its annotations say; compiled code reaches it through a slot in memory, and so never contains it.
"""
