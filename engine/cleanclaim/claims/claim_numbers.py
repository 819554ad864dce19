"""Keeps claims of different inputs apart where their numbers are the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from cleanclaim.claims.model import Claim, Reading, Reject, Warning

_NAMED = 3


class ClaimNumbers:
    """Hands each claim number to the first input that uses it; a later one's claim is ``NUMBER#2`` and so on.

    It remembers every claim number that it has seen.
    """

    def __init__(self) -> None:
        self._owner: dict[str, int] = {}
        self._times: dict[str, int] = {}
        self._inputs = 0

    def distinct(self, readings: Iterator[Reading], source: str) -> Iterator[Reading]:
        """The readings of one input, with claims renumbered where an earlier input has the number."""
        self._inputs += 1
        renamed: dict[str, str] = {}
        for reading in readings:
            if isinstance(reading, Claim):
                name = reading.lines[0].claim
                fresh = self._name(name, renamed)
                yield reading if fresh == name else Claim(tuple(line._replace(claim=fresh) for line in reading.lines))
            elif isinstance(reading, Reject) and reading.claim is not None:
                yield replace(reading, claim=self._name(reading.claim, renamed))
            else:
                yield reading
        if renamed:
            shown = ", ".join(f"{name} is called {fresh}" for name, fresh in list(renamed.items())[:_NAMED])
            more = f" and {len(renamed) - _NAMED} more likewise" if len(renamed) > _NAMED else ""
            reason = f"claim numbers that an earlier input has too: {shown}{more}; is a file given twice?"
            yield Warning(source, "claims", reason)

    def _name(self, name: str, renamed: dict[str, str]) -> str:
        if name in renamed:
            return renamed[name]
        if self._owner.setdefault(name, self._inputs) == self._inputs:
            return name
        times = self._times.get(name, 1) + 1
        while (fresh := f"{name}#{times}") in self._owner:
            times += 1
        self._times[name] = times
        self._owner[fresh] = self._inputs
        renamed[name] = fresh
        return fresh
