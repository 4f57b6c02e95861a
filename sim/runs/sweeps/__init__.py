"""Sweeps: many runs planned from one file, done here or on a cluster, collected into one table."""
