"""The page of a results folder: one file that opens without a network."""
