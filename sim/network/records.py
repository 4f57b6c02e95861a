"""What happened in one replication: attempts, seizures, intents."""

from dataclasses import dataclass, replace

from sim.tables import RECORDS, Columns


@dataclass(frozen=True)
class Records:
    """Everything that a replication recorded."""

    window_s: float  # length of the measured window, which begins at time 0 [s]
    n_events: int  # machine events of the whole replication
    # columns of the tables of `sim.tables.RECORDS`, by key; tables of what is not simulated are absent
    tables: dict[str, Columns]

    def __getitem__(self, name: str) -> Columns:
        """
        Return a table.

        Parameters
        ----------
        name : str
            Key in `sim.tables.RECORDS`.

        Returns
        -------
        dict of str to ndarray
            Columns; none where it is not there.
        """
        return self.tables.get(name, {})

    def rows(self, name: str) -> Columns:
        """
        Return a table of rows that may be missing.

        Parameters
        ----------
        name : str
            Key in `sim.tables.RECORDS`.

        Returns
        -------
        dict of str to (row,) ndarray
            Columns; without rows where it is not there.
        """
        return self.tables.get(name) or RECORDS[name].empty()

    def with_tables(self, **tables: Columns) -> "Records":
        """Return records with more tables, or others in place of some."""
        return replace(self, tables=self.tables | tables)
