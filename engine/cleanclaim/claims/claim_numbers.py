"""Keeps claims apart where their numbers are the same: a later one is ``NUMBER#2`` and so on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from cleanclaim.claims.model import Claim, Reading, Reject, Warning

_NAMED = 3
_AGAIN = re.compile("(?:#[0-9]+)+$")


def as_given(number: str) -> str:
    """A claim number without the ``#2`` that tells it from an earlier one.

    >>> as_given("A1#2"), as_given("A1")
    ('A1', 'A1')
    """
    return _AGAIN.sub("", number) if "#" in number else number


class RepeatedNumbers:
    """The claim numbers of one input: makes fresh names for those that it repeats, and tells of them once."""

    def __init__(self) -> None:
        self._seen: dict[str, int] = {}
        self._renamed: list[tuple[str, str]] = []
        self._count = 0
        self._first = ""

    def unseen(self, number: str) -> str:
        """The claim number, or the number with the first free ``#n`` behind it."""
        name, times = number, self._seen.get(number, 0)
        while name in self._seen:
            times += 1
            name = f"{number}#{times}"
        return name

    def take(self, number: str, name: str, where: str) -> None:
        """``name``, which :meth:`unseen` gave for ``number``, is now a claim's; it stands at ``where``."""
        self._seen[name] = self._seen[number] = self._seen.get(number, 0) + 1
        if name == number:
            return
        self._count += 1
        if self._count == 1:
            self._first = where
        if self._count <= _NAMED:
            self._renamed.append((number, name))

    def warning(self, source: str) -> Iterator[Warning]:
        """What there is to be said of them, at the first one's place."""
        if self._count:
            told = _told(self._renamed, self._count)
            reason = f"claim numbers that the file has more than once: {told}; send each claim under its own number"
            yield Warning(source, self._first, reason)


class ClaimNumbers:
    """Hands each claim number to the first input that uses it; a later one's claim is ``NUMBER#2`` and so on.

    It remembers every claim number that it has seen.
    """

    def __init__(self) -> None:
        self._owner: dict[str, int] = {}
        self._times: dict[str, int] = {}
        self._made: set[str] = set()
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
            told = _told(list(renamed.items())[:_NAMED], len(renamed))
            reason = f"claim numbers that an earlier input has too: {told}; is a file given twice?"
            yield Warning(source, "claims", reason)

    def _name(self, name: str, renamed: dict[str, str]) -> str:
        if name in renamed:
            return renamed[name]
        if name not in self._made and self._owner.setdefault(name, self._inputs) == self._inputs:
            return name
        times = self._times.get(name, 1) + 1
        while (fresh := f"{name}#{times}") in self._owner:
            times += 1
        self._times[name] = times
        self._owner[fresh] = self._inputs
        self._made.add(fresh)
        renamed[name] = fresh
        return fresh


def _told(renamed: list[tuple[str, str]], count: int) -> str:
    shown = ", ".join(f"{name} is called {fresh}" for name, fresh in renamed)
    return shown + (f" and {count - len(renamed)} more likewise" if count > len(renamed) else "")
