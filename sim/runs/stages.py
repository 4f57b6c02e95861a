"""Stages of a run and how long each took."""

from time import monotonic

from sim.runs.progress import Progress


class Stages:
    """
    The wall time of each stage.

    Parameters
    ----------
    progress : Progress
        Told which stage begins.

    Attributes
    ----------
    progress : Progress
        As given.
    wall_s : dict of str to float
        Wall time of each stage that is over. [s]
    """

    def __init__(self, progress: Progress) -> None:
        self.progress = progress
        self._name = ""
        self._begin_s = monotonic()
        self.wall_s: dict[str, float] = {}

    def __call__(self, name: str) -> None:
        """Begin a stage, and end the one before."""
        now_s = monotonic()
        if self._name:
            self.wall_s[self._name] = self.wall_s.get(self._name, 0.0) + now_s - self._begin_s
        self._name, self._begin_s = name, now_s
        if name:
            self.progress.stage(name)
