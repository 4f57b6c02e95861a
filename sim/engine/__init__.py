"""Events in exact order: a timing wheel, a clock over SimPy, a recorder of rows."""
