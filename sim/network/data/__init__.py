"""Data: sessions of subscribers and flows of Poisson sources, over HSDPA or Release 99 bearers (docs/data.md)."""
