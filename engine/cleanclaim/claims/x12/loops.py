"""The hierarchical levels (HL) above a claim: billing provider, subscriber, dependant."""

from __future__ import annotations

from cleanclaim.claims.x12.codes import BILLING_PROVIDER, PATIENT_NAME, SUBSCRIBER_NAME
from cleanclaim.claims.x12.parties import Odd, Parties, Placed, read_parties
from cleanclaim.claims.x12.segments import Segment
from cleanclaim.claims.x12.values import element

BILLING, SUBSCRIBER, DEPENDANT = "20", "22", "23"

_LEVELS = {BILLING_PROVIDER: BILLING, SUBSCRIBER_NAME: SUBSCRIBER, PATIENT_NAME: DEPENDANT}

LARGEST = 2000
"""Segments kept of one level; the guides allow some 60."""


class Loops:
    """Which 2000 loops are open, and what they say.

    A level is read under the last one of its parent's kind, as every guide orders them; an HL02
    that says otherwise is reported, for then the file names another parent than it is read under.
    ``lost`` is the level (HL03) whose HL must be missing, so that the parties of a claim here cannot be
    told until such a level, or one above it, begins anew.
    """

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """A transaction set begins: nothing carries over."""
        self._billing: list[Placed] = []
        self._subscriber: list[Placed] = []
        self._dependant: list[Placed] | None = None
        self._open: list[Placed] = []
        self._numbers = {BILLING: "", SUBSCRIBER: ""}
        self._parties: Parties | None = None
        self.lost = ""

    def add(self, position: int, segment: Segment) -> None:
        """A segment between an HL and the first claim below it."""
        if (segment[0] == "SBR" or segment[0] == "NM1") and self._foreign(segment):
            self.lose(segment)
        if len(self._open) < LARGEST:
            self._open.append((position, segment))
            self._parties = None

    def level(self, segment: Segment) -> str:
        """An HL segment; returns what is odd about it, or nothing."""
        number, parent, code = element(segment, 1), element(segment, 2), element(segment, 3)
        self._open = []
        self._parties = None
        if code <= self.lost:
            self.lost = ""
        if code == DEPENDANT:
            self._dependant = self._open
            return self._parent(parent, SUBSCRIBER)
        self._dependant = None
        self._subscriber = []
        if code == SUBSCRIBER:
            self._subscriber = self._open
            self._numbers[SUBSCRIBER] = number
            return self._parent(parent, BILLING)
        self._billing = []
        self._numbers = {BILLING: number, SUBSCRIBER: ""}
        if code == BILLING:
            self._billing = self._open
            return ""
        return "the hierarchical level (HL03) is none of 20, 22 and 23; claims below it have no parties"

    def parties(self) -> tuple[Parties, list[Odd]]:
        """The parties of a claim here; what is odd is told the first time only."""
        if self._parties is not None:
            return self._parties, []
        self._parties, odd = read_parties(self._billing, self._subscriber, self._dependant)
        return self._parties, odd

    def lose(self, segment: Segment) -> None:
        """A segment that begins a level stands where its HL is missing."""
        level = SUBSCRIBER if segment[0] == "SBR" else _LEVELS.get(element(segment, 1), "")
        if level and (segment[0] == "SBR" or segment[0] == "NM1"):
            self.lost = min(level, self.lost or level)

    def _foreign(self, segment: Segment) -> bool:
        """Whether the segment belongs to another level than the open one, so that an HL is missing."""
        if self._open is self._billing:
            return segment[0] == "SBR" or element(segment, 1) in (SUBSCRIBER_NAME, PATIENT_NAME)
        if self._open is self._subscriber:
            return segment[0] == "NM1" and element(segment, 1) in (BILLING_PROVIDER, PATIENT_NAME)
        return segment[0] == "NM1" and element(segment, 1) in (BILLING_PROVIDER, SUBSCRIBER_NAME)

    def _parent(self, named: str, kind: str) -> str:
        current = self._numbers[kind]
        if named == current:
            return ""
        what = "billing provider" if kind == BILLING else "subscriber"
        if not current:
            return f"there is no {what} level (HL03 {kind}) above this one"
        return f"HL02 names another parent than the {what} level (HL03 {kind}) before it, under which it is read"
