"""Collects, over a whole file, what is odd about values that are read all the same, and tells each once."""

from __future__ import annotations

from collections.abc import Iterator

from cleanclaim.claims.model import Warning


class Doubts:
    """What is odd by column: the first place and reason, and how many places there are."""

    def __init__(self) -> None:
        self._first: dict[str, tuple[str, str]] = {}
        self._count: dict[str, int] = {}

    def note(self, column: str, where: str, reason: str) -> None:
        """A value of ``column`` at ``where`` is odd."""
        self._first.setdefault(column, (where, reason))
        self._count[column] = self._count.get(column, 0) + 1

    def warnings(self, source: str) -> Iterator[Warning]:
        """One warning a column, at its first place."""
        for column, (where, reason) in self._first.items():
            others = self._count[column] - 1
            yield Warning(source, where + (f" and {others} more" if others else ""), f"{column} {reason}")
