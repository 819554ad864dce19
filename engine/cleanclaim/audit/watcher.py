"""Who is told how far a run over tables is."""

from __future__ import annotations

from collections.abc import Callable

Found = Callable[[], int | None]
"""Counts the findings so far; ``None`` where that is not known before the end."""


class Watcher:
    """Is told how far a run is. This one keeps it to itself."""

    def stage(self, name: str, found: Found | None = None) -> None:
        """Another stage begins; if it finds anything, ``found`` may be asked while it lasts."""

    def step(self, done: int, steps: int) -> None:
        """So many of the stage's steps are done."""

    def say(self, text: str) -> None:
        """Something worth knowing meanwhile."""
