"""What a store says when it cannot be opened, written or read."""

from __future__ import annotations


class StoreError(Exception):
    """Says in words which store, what is wrong, and what to do. Holds no patient data and no password."""


class StoreInUse(StoreError):
    """Another process has the store; later it may be had."""


class Recorded(KeyboardInterrupt):
    """A signal came while a run was being recorded, and it is."""

    def __init__(self, run: int) -> None:
        super().__init__(f"run {run} is recorded")
        self.run = run
