"""Delimited text in any of the usual encodings and with any of the usual delimiters, as numbered rows."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator, Sized
from dataclasses import dataclass, field
from typing import BinaryIO

DELIMITERS = (",", ";", "\t", "|")
_PEEK = 4096
_WIDE = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


@dataclass(slots=True)
class DelimitedText:
    """A header and the rows after it; ``row`` numbers count the header as 1, as a spreadsheet does.

    ``recoded`` is the first row that was not UTF-8 and was read as Windows-1252 instead.
    """

    header: list[str]
    rows: Iterator[tuple[int, list[str] | str]]
    """Row number and cells, or the reason why the text there is no row."""
    state: _Decoding = field(repr=False)

    @property
    def recoded(self) -> int | None:
        """The first text line that was read as Windows-1252, or ``None``."""
        return self.state.recoded


@dataclass(slots=True)
class _Decoding:
    recoded: int | None = None


def read_delimited(stream: BinaryIO) -> DelimitedText:
    """Read the header and get ready for the rows; blank rows are left out but counted."""
    state = _Decoding()
    lines = _text_lines(stream, state)
    first = next(lines, "")
    number = 1
    while first and not first.strip():
        first = next(lines, "")
        number += 1
    delimiter = sniff(first)
    reader = csv.reader(_chain(first, lines), delimiter=delimiter)
    try:
        header = next(reader, [])
    except csv.Error as error:
        return DelimitedText([], iter([(number, _csv_reason(error))]), state)
    return DelimitedText(header, _rows(reader, number), state)


def sniff(header: str) -> str:
    """The delimiter that the header line uses most outside of quotation marks; a comma if none."""
    unquoted = "".join(header.split('"')[::2])
    return max(DELIMITERS, key=unquoted.count)


def _rows(reader: Iterator[list[str]], number: int) -> Iterator[tuple[int, list[str] | str]]:
    while True:
        number += 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield number, _csv_reason(error)
            continue
        if any(cell and not cell.isspace() for cell in cells):
            yield number, cells


def _csv_reason(error: csv.Error) -> str:
    if "field larger" in str(error):
        return 'text that starts here with a quotation mark (") is not closed within 128 KiB; close or double the mark'
    return "is not delimited text; save it as CSV in UTF-8 with one row a line"


def _chain(first: str, rest: Iterator[str]) -> Iterator[str]:
    if first:
        yield first
    yield from rest


def _text_lines(stream: BinaryIO, state: _Decoding) -> Iterator[str]:
    # A stream that can peek is wanted: a pipe cannot seek back.
    source = stream if isinstance(stream, io.BufferedReader) else io.BufferedReader(_Raw(stream))
    start = source.peek(_PEEK)[:_PEEK]
    encoding = _WIDE.get(start[:2]) or _wide_without_mark(start)
    if encoding:
        yield from io.TextIOWrapper(source, encoding, errors="replace", newline="")
        return
    if b"\n" not in start and b"\r" in start:
        # Old spreadsheets end lines with a carriage return alone.
        yield from io.TextIOWrapper(source, "utf-8-sig", errors="replace", newline="")
        return
    for number, raw in enumerate(source, start=1):
        if number == 1 and raw.startswith(codecs.BOM_UTF8):
            raw = raw[len(codecs.BOM_UTF8) :]
        try:
            yield raw.decode("utf-8")
        except UnicodeDecodeError:
            if state.recoded is None:
                state.recoded = number
            yield raw.decode("cp1252", errors="replace")


def _wide_without_mark(start: bytes) -> str | None:
    if len(start) < 4 or 0 not in start:
        return None
    if start[1] == 0 and start[3] == 0 and start[0] and start[2]:
        return "utf-16-le"
    if start[0] == 0 and start[2] == 0 and start[1] and start[3]:
        return "utf-16-be"
    return None


class _Raw(io.RawIOBase):
    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        got = self._stream.read(len(buffer))
        buffer[: len(got)] = got
        return len(got)


def uneven(cells: Sized, width: int) -> str:
    """What is wrong with a row of another width than its header's.

    >>> uneven(["C1"], 12)
    'has 1 cell where the header has 12'
    """
    return f"has {len(cells)} {'cell' if len(cells) == 1 else 'cells'} where the header has {width}"
