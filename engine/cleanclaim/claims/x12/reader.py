"""The 837 reader: segments to claims, rejects and warnings, in the order of the file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date
from typing import BinaryIO

from cleanclaim.claims.claim_numbers import RepeatedNumbers
from cleanclaim.claims.model import Claim, Reading, Reject, Warning
from cleanclaim.claims.x12.claim import Identity
from cleanclaim.claims.x12.codes import BOUNDARIES, SEGMENTS, SETS, TRAILERS
from cleanclaim.claims.x12.composite import component_separator
from cleanclaim.claims.x12.envelope import Envelope, Lost
from cleanclaim.claims.x12.errors import LostLevel, UnreadableClaim
from cleanclaim.claims.x12.lines import read_lines
from cleanclaim.claims.x12.loops import Loops
from cleanclaim.claims.x12.segments import Damage, Oddity, Segment, Unreadable, read_segments
from cleanclaim.claims.x12.values import day, element

_IDENTIFIER = re.compile(r"[A-Z][A-Z0-9]{1,2}")

MEND = "correct it and export the claim again"
WHOLE = "export the file again, whole"
COMPARE = "claims or lines may be lost: compare with what was exported"
ALONE = "other claims of the same person cannot be recognised"

_CLAIM_PARTS = frozenset(("HI", "LX", "SV1", "SV2", "SV3"))

LARGEST_CLAIM = 100_000
"""Segments of one claim; 999 lines, the most that any guide allows, stay well below it."""


def read_x12(stream: BinaryIO, source: str) -> Iterator[Reading]:
    """The claims of an 837 file, professional or institutional, with what could not be read and why.

    ``source`` is what people call the file. Every CLM segment ends up in a :class:`Claim` or is
    counted by a :class:`Reject`; claims come as they are met, so memory does not grow with the file
    (but for the claim numbers, kept to keep them apart).
    """
    return _Reader(source).read(stream)


class _Reader:
    def __init__(self, source: str) -> None:
        self.source = source
        self.position = 0
        self.last = ""
        self.declared = ""
        self.separator_told = False
        self.envelope = Envelope()
        self.loops = Loops()
        self.set_type: str | None = None
        self.set_number = ""
        self.submitted: date | None = None
        self.claims_of_set = 0
        self.open: list[Segment] | None = None
        self.opened_at = 0
        self.damaged = False
        self.passing = False
        """The rest of a claim that is lost already goes by without another word."""
        self.numbers = RepeatedNumbers()

    def read(self, stream: BinaryIO) -> Iterator[Reading]:
        answered = False
        for reading in self._readings(stream):
            answered = answered or not isinstance(reading, Warning)
            yield reading
        yield from self.numbers.warning(self.source)
        if not answered:
            yield Reject(self.source, "file", "no claims in it: it has an envelope and no CLM; export the claims again")

    def _readings(self, stream: BinaryIO) -> Iterator[Reading]:
        for token in read_segments(stream):
            if not isinstance(token, list):
                yield from self._note(token)
                continue
            self.position += 1
            identifier = self.last = token[0]
            if identifier in BOUNDARIES:
                yield from self._boundary(identifier, token)
            elif self.set_type == "837" or self.set_type is None:
                if identifier not in SEGMENTS:
                    yield self._foreign(identifier)
                if self.open is None:
                    if identifier in _CLAIM_PARTS and not self.passing:
                        yield from self._orphan()
                    if identifier == "BHT":
                        yield from self._dated(token)
                    self.loops.add(self.position, token)
                elif len(self.open) < LARGEST_CLAIM:
                    self.open.append(token)
        yield from self._cut("the file ends inside this claim; its lines may not be complete")
        yield from self._finish()

    def _finish(self) -> Iterator[Reading]:
        missing = self.envelope.missing()
        if not missing:
            return
        place = f"{self._place()}, the last"
        reason = f"the file ends without {', '.join(missing)}"
        if "SE" in missing:
            yield Reject(self.source, place, f"{reason}: it is cut short, and claims may be lost; {WHOLE}")
        else:
            yield Warning(self.source, place, f"{reason}: it may be cut short; compare with what was exported")

    def _boundary(self, identifier: str, segment: Segment) -> Iterator[Reading]:
        self.passing = False
        if identifier in ("CLM", "HL", "SE"):
            yield from self._close_claim()
        else:
            yield from self._cut(
                f"{identifier} stands where the claim's transaction set should end; the claim may be cut short"
            )
        if identifier == "CLM":
            yield from self._open_claim(segment)
        elif identifier == "HL":
            if self.set_type == "837":
                odd = self.loops.level(segment)
                if odd:
                    yield Warning(self.source, self._place(), odd)
        elif identifier in TRAILERS:
            yield from self._ended(segment)
            if identifier == "SE" and self.set_type == "837" and not self.claims_of_set:
                yield Warning(self.source, self._place(), "the transaction set holds no claims")
            self.set_type = None
        else:
            yield from self._warnings(self.envelope.begin(segment, self.position))
            self.set_type = None
            if identifier == "ISA":
                self.declared = segment[16] if len(segment) > 16 else self.declared
                self.separator_told = False
            elif identifier == "ST":
                yield from self._begin_set(segment)

    def _ended(self, trailer: Segment) -> Iterator[Reading]:
        """What a trailer that counts otherwise tells; where something is gone, it may have been a claim."""
        for told in self.envelope.end(trailer, self.position):
            if not isinstance(told, Lost):
                yield Warning(self.source, self._place(), told)
            elif trailer[0] != "SE" or self.set_type == "837":
                yield Reject(self.source, self._place(), f"{told.reason}; {COMPARE}")
            else:
                yield Warning(self.source, self._place(), told.reason)

    def _begin_set(self, segment: Segment) -> Iterator[Reading]:
        self.set_type = element(segment, 1)
        self.set_number = "".join(c for c in element(segment, 2) if c.isalnum())[:20]
        self.submitted = None
        self.claims_of_set = 0
        self.loops.reset()
        if self.set_type != "837":
            what = SETS.get(self.set_type, "of an unknown kind")
            name = f"transaction set {self.set_type} ({what})" if self.set_type in SETS else "this transaction set"
            yield Reject(self.source, self._place(), f"{name} is not a claim; only 837 files are linted")

    def _dated(self, segment: Segment) -> Iterator[Reading]:
        """BHT: when the transaction was created."""
        text = element(segment, 4)
        self.submitted = day(text)
        if text and self.submitted is None:
            reason = "the date the transaction was created (BHT04) is not a date; it is left unknown"
            yield Warning(self.source, self._place(), reason)

    def _open_claim(self, segment: Segment) -> Iterator[Reading]:
        self.claims_of_set += 1
        self.opened_at = self.position
        self.damaged = False
        if self.set_type == "837":
            self.open = [segment]
            return
        self.passing = True
        yield Reject(self.source, self._place(), "the claim stands outside of an 837 transaction set (ST)", claims=1)

    def _orphan(self) -> Iterator[Reading]:
        self.passing = True
        reason = "diagnoses or service lines without a claim: a CLM is missing or unreadable"
        yield Reject(self.source, self._place(), f"{reason}; {MEND}")

    def _close_claim(self) -> Iterator[Reading]:
        """The open claim is complete: read it."""
        segments, self.open = self.open, None
        if segments is None:
            return
        source = self._claim_source()
        try:
            yield from self._claim(segments, source)
        except UnreadableClaim as error:
            if isinstance(error, LostLevel):
                for segment in segments[error.index :]:
                    self.loops.lose(segment)
            place = self._place(error.index, segments[error.index][0])
            yield Reject(source, place, f"{error.reason}; {MEND}", claims=1)

    def _claim(self, segments: list[Segment], source: str) -> Iterator[Reading]:
        if len(segments) == LARGEST_CLAIM:
            raise UnreadableClaim(0, f"the claim has {LARGEST_CLAIM} segments or more")
        number = element(segments[0], 1)
        if not number:
            raise UnreadableClaim(0, "the claim has no number (CLM01)")
        if self.loops.lost:
            raise UnreadableClaim(0, "the claim's subscriber or patient cannot be told: an HL before it is missing")
        parties, odd_parties = self.loops.parties()
        for position, identifier, reason in odd_parties:
            yield Warning(self.source, f"segment {position} ({identifier})", reason)
        name = self.numbers.unseen(number)
        separator = component_separator(self.declared, segments)
        identity = Identity(name, parties.patient or f"unidentified|{source}|{name}", source, self.submitted)
        lines, odd = read_lines(segments, separator, identity, parties, self.damaged)

        self.numbers.take(number, name, self._place(0, "CLM"))
        if parties.patient is None:
            yield Warning(self.source, self._place(0, "CLM"), f"the patient has no member id (NM109); {ALONE}")
        if separator != self.declared and not self.separator_told:
            self.separator_told = True
            yield Warning(self.source, self._place(0, "CLM"), _separator_reason(self.declared, separator))
        for index, reason in odd:
            yield Warning(self.source, self._place(index, segments[index][0]), reason)
        yield Claim(lines)

    def _cut(self, reason: str) -> Iterator[Reading]:
        """The open claim did not come to its end."""
        if self.open is not None:
            self.open = None
            yield Reject(self._claim_source(), self._place(0, "CLM"), f"{reason}; {WHOLE}", claims=1)

    def _note(self, note: Oddity | Damage | Unreadable) -> Iterator[Reading]:
        place = self._place()
        if isinstance(note, Unreadable):
            yield Reject(self.source, "the start of the file", note.reason, note.claims)
        elif isinstance(note, Damage) and self.open is not None:
            self.open = None
            self.passing = True
            yield Reject(self._claim_source(), place, f"{note.reason}; {WHOLE}", claims=1)
        elif isinstance(note, Damage) and self.last not in TRAILERS:
            yield Reject(self.source, place, f"{note.reason}; {WHOLE}")
        else:
            yield Warning(self.source, place, note.reason)

    def _foreign(self, identifier: str) -> Warning:
        self.damaged = True
        shape = "no segment of the 837" if _IDENTIFIER.fullmatch(identifier) else "not two or three letters and digits"
        # The identifier itself is not shown: where a terminator is lost it may be somebody's name.
        return Warning(self.source, f"segment {self.position}", f"the segment's identifier is {shape}; it is left out")

    def _warnings(self, reasons: Iterable[str]) -> Iterator[Reading]:
        for reason in reasons:
            yield Warning(self.source, self._place(), reason)

    def _claim_source(self) -> str:
        return f"{self.source}, set {self.set_number}, claim {self.claims_of_set}"

    def _place(self, index: int | None = None, identifier: str | None = None) -> str:
        """Where the current segment stands, or the one with this index in the open claim."""
        position = self.position if index is None else self.opened_at + index
        identifier = self.last if identifier is None else identifier
        if position == 0:
            return "the start of the file"
        return f"segment {position} ({identifier})" if identifier in SEGMENTS else f"segment {position}"


def _separator_reason(declared: str, used: str) -> str:
    said = f"declares {declared!r}" if declared else "declares none"
    return f"composites are separated by {used!r}, though the interchange header (ISA16) {said}; {used!r} is used"
