"""Who is told how far a run over tables is."""

from __future__ import annotations


class Watcher:
    """Is told how far a run is. This one keeps it to itself."""

    def stage(self, name: str) -> None:
        """Another stage begins."""

    def step(self, done: int, steps: int) -> None:
        """So many of the stage's steps are done."""

    def say(self, text: str) -> None:
        """Something worth knowing meanwhile."""
