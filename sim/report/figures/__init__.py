"""The figures: a file for each, or for a few that show the same; what is read, drawn, tabled and said of it."""
