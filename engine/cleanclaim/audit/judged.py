"""What a database that judges lines gives back, whichever it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from cleanclaim.backends.relational.wanted import One
from cleanclaim.policy.versions import Edition

Told = Callable[[int, int], None]
"""Is told how many steps are done, and how many there are."""


@dataclass(frozen=True)
class Judged:
    """Queries of the reading connection: ``findings``, joined, and ``said``, the ``row``, claim and line of each line
    that any is about. ``left`` are rules that no expression says, and that were not judged."""

    findings: str
    said: str
    left: tuple[One, ...]


class Database(Protocol):
    """Where lines are judged."""

    @property
    def name(self) -> str:
        """What ``--engine`` calls it."""

    def found(self) -> int | None:
        """How many findings there are so far; ``None`` where that is not known before the end."""

    def judge(self, edition: Edition, lines: str, told: Told) -> Judged:
        """Judges the lines of a relation of the reading connection."""
