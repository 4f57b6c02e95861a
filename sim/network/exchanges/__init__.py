"""Manual exchanges: calls that operators patch through by hand."""
