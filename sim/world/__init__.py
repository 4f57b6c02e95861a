"""Everything that stands still."""
