"""Idle phones: they register where they are, and are paged, on the signalling channels that messages use."""
