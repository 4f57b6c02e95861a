"""Scenarios: what a user writes, loaded, merged, checked and located."""
