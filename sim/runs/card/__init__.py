"""The card of a country: what a scenario asks for against what it has, by arithmetic, before anything is simulated."""
