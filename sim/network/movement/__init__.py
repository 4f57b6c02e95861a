"""Phones that move while they are connected, and are handed over from cell to cell (docs/movement.md)."""
