"""Phones on the radio: channels of cells, or soft capacity by interference, power and codes (docs/wcdma.md)."""
