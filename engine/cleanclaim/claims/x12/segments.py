"""Bytes to segments: a streaming tokenizer that copes with encodings, line breaks and damage."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from typing import BinaryIO, NamedTuple

from cleanclaim.claims.x12.codes import SEGMENTS
from cleanclaim.claims.x12.encoding import decoded, legible
from cleanclaim.claims.x12.header import BLANKS, WINDOW, Header, next_header, read_header

Segment = list[str]
"""The identifier and the elements: ``["DTP", "472", "D8", "20240102"]``."""

LONGEST = 1 << 16
"""Characters of one segment; a longer one has lost its terminator, and memory must not grow."""


class Oddity(NamedTuple):
    """Something odd about the segment just before it (or about the file), which was still read."""

    reason: str


class Damage(NamedTuple):
    """The segment just before it is not whole: what it belongs to cannot be read."""

    reason: str


class Unreadable(NamedTuple):
    """Nothing more can be read from the file; ``claims`` of it are lost, as far as can be told."""

    reason: str
    claims: int


Token = Segment | Oddity | Damage | Unreadable

_LINE_BREAK = re.compile(r"[\r\n]+")

NOT_UTF8 = "bytes that are not UTF-8 were read as Latin-1"


def read_segments(stream: BinaryIO) -> Iterator[Token]:
    """The segments of the stream, in order; an ISA comes with its component separator as element 16."""
    chunks = decoded(stream)
    text = ""
    header: Header | None = None
    while True:
        text = _fill(text, chunks)
        if not text:
            if header is None:
                yield Unreadable("the file is empty", 0)
            return
        found = read_header(text)
        start = 0
        if isinstance(found, Header):
            header = found
            text = text[header.end :]
            yield header.elements
            if header.oddity:
                yield Oddity(header.oddity)
        elif header is None:
            yield Unreadable(found, _count_claims(text, chunks))
            return
        else:
            start = 3
            yield Oddity(f"behind this segment, {found}; the delimiters of the interchange before it are used")
        text = yield from _interchange(text, start, header, chunks)
        if not text:
            return


def _fill(text: str, chunks: Iterator[str]) -> str:
    """The text from its first letter on, with enough of it to hold a header, unless the file ends before."""
    text = text.lstrip(BLANKS)
    while len(text) < WINDOW:
        more = next(chunks, None)
        if more is None:
            break
        text = (text + more).lstrip(BLANKS)
    return text


def _interchange(text: str, start: int, header: Header, chunks: Iterator[str]) -> Generator[Token, None, str]:
    """The segments up to the next interchange header; returns the text that begins with it."""
    element, terminator = header.element, header.terminator
    overlong = latin = False
    while True:
        cut = next_header(text, start, terminator)
        parts = (text if cut < 0 else text[:cut]).split(terminator)
        tail = parts.pop()
        for part in parts:
            part = part.strip(BLANKS)
            if not part:
                continue
            odd = False
            if not part.isascii():
                read = legible(part)
                odd = read != part
                part = read
            if "\n" in part or "\r" in part:
                yield from _unfolded(part, element)
            else:
                yield part.split(element)
            if odd and not latin:
                latin = True
                yield Oddity(NOT_UTF8)
            if overlong:
                overlong = False
                yield Damage(f"the segment is longer than {LONGEST} characters: a segment terminator is missing")
        more = next(chunks, None) if cut < 0 else None
        if more is None:
            tail = legible(tail.strip(BLANKS))
            if tail:
                yield from _unfolded(tail, element)
                end = "the file ends" if cut < 0 else "the next interchange begins"
                yield Damage(f"{end} inside this segment, before its terminator")
            return "" if cut < 0 else text[cut:]
        if len(tail) > LONGEST:
            tail = tail[:LONGEST]
            overlong = True
        text = tail + more
        start = 0


def _unfolded(part: str, element: str) -> Iterator[Token]:
    """A segment over several lines is joined, unless a line starts like a segment of its own."""
    lines = _LINE_BREAK.split(part)
    current = lines[0]
    for line in lines[1:]:
        identifier, separator, _ = line.partition(element)
        if separator and identifier.strip() in SEGMENTS:
            yield current.split(element)
            yield Oddity("no segment terminator before the line break; read as two segments")
            current = line.lstrip(BLANKS)
        else:
            current += line
    yield current.split(element)


def _count_claims(text: str, chunks: Iterator[str]) -> int:
    """How many CLM segments a file without a header seems to hold."""
    element = text[2:3] if text[:2] in ("GS", "ST") else "*"
    start = re.compile(rf"(?<![A-Za-z0-9])CLM{re.escape(element)}")
    found = 0
    carried = " "
    while True:
        window = carried + text
        found += len(start.findall(window))
        carried = window[-4:]
        found -= len(start.findall(carried))
        more = next(chunks, None)
        if more is None:
            return found + len(start.findall(carried))
        text = more
