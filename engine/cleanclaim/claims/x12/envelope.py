"""Interchanges, groups and transaction sets: whether each trailer agrees with what came before it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from cleanclaim.claims.x12.codes import VERSIONS
from cleanclaim.claims.x12.segments import Segment
from cleanclaim.claims.x12.values import element

_NAMES = {"ST": "transaction set", "GS": "group", "ISA": "interchange"}
_TRAILERS = {"ST": "SE", "GS": "GE", "ISA": "IEA"}
_COUNTED = {"SE": "segments", "GE": "transaction sets", "IEA": "groups"}
_NUMBER_AT = {"ST": 2, "GS": 6, "ISA": 13}
_OUTER = {"ST": "GS", "GS": "ISA"}


class Lost(NamedTuple):
    """A trailer counts more than there is: something between it and its header is gone."""

    reason: str


class Envelope:
    """The open headers, innermost last, each with its control number and what it has held so far."""

    def __init__(self) -> None:
        self._open: dict[str, str] = {}
        self._held = {"ISA": 0, "GS": 0}
        self._set_began = 0

    def begin(self, segment: Segment, position: int) -> Iterator[str]:
        """ISA, GS or ST: what is odd about it."""
        identifier = segment[0]
        yield from self._unclosed(identifier)
        outer = _OUTER.get(identifier)
        if outer:
            self._held[outer] += 1
            if outer not in self._open:
                yield f"the {_NAMES[identifier]} stands outside of any {_NAMES[outer]} ({outer})"
        if identifier == "ST":
            self._set_began = position
        else:
            self._held[identifier] = 0
        if identifier == "GS" and element(segment, 1) == "HC" and element(segment, 8)[:6] not in VERSIONS:
            yield "the version (GS08) is neither 004010 nor 005010; it is read like these"
        self._open[identifier] = element(segment, _NUMBER_AT[identifier])

    def end(self, segment: Segment, position: int) -> Iterator[str | Lost]:
        """SE, GE or IEA: where it disagrees with its header or with the count."""
        trailer = segment[0]
        header = next(name for name, closing in _TRAILERS.items() if closing == trailer)
        yield from self._unclosed(header, itself=False)
        number = self._open.pop(header, None)
        if number is None:
            yield f"{trailer} without the {header} that it closes"
            return
        counted = position - self._set_began + 1 if header == "ST" else self._held[header]
        said = element(segment, 1)
        readable = said.isascii() and said.isdigit() and len(said) < 12
        what = _COUNTED[trailer]
        if not readable:
            yield f"{trailer}01, which counts the {what}, is no number"
        elif int(said) > counted:
            yield Lost(f"{trailer}01 says {said} {what}, and only {counted} can be read: {int(said) - counted} missing")
        elif int(said) < counted:
            yield f"there are more {what} than {trailer}01 says"
        if element(segment, 2) != number:
            yield f"the control number in {trailer}02 is not that of the {header}"

    def missing(self) -> tuple[str, ...]:
        """The trailers that should still come."""
        return tuple(_TRAILERS[name] for name in ("ST", "GS", "ISA") if name in self._open)

    def _unclosed(self, upto: str, itself: bool = True) -> Iterator[str]:
        """Headers inside ``upto`` that are still open, for which a trailer is missing."""
        for name in ("ST", "GS", "ISA"):
            if name == upto and not itself:
                return
            if self._open.pop(name, None) is not None:
                yield f"the {_NAMES[name]} before has no {_TRAILERS[name]}: its end may be lost"
            if name == upto:
                return
