"""Bytes to text: byte order marks, UTF-16 and UTF-32, UTF-8, and what is neither."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from typing import BinaryIO

CHUNK = 1 << 18

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def decoded(stream: BinaryIO) -> Iterator[str]:
    """The text of the stream in pieces of some 256 kB.

    A byte that is not UTF-8 survives as a lone surrogate; :func:`legible` makes it Latin-1. So what
    a segment says does not depend on where the pieces happen to end.
    """
    first = stream.read(CHUNK)
    while 0 < len(first) < 4:
        more = stream.read(CHUNK)
        if not more:
            break
        first += more
    encoding, mark = _encoding(first)
    errors = "surrogateescape" if encoding == "utf-8" else "replace"
    decoder = codecs.getincrementaldecoder(encoding)(errors)
    piece = first[mark:]
    while piece:
        yield decoder.decode(piece)
        piece = stream.read(CHUNK)
    yield decoder.decode(b"", True)


def legible(text: str) -> str:
    """The text with every byte that is not UTF-8 read as Latin-1.

    >>> legible("MU\\udcd1OZ")
    'MUÑOZ'
    """
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return "".join(chr(ord(c) - 0xDC00) if "\udc80" <= c <= "\udcff" else c for c in text)
    return text


def _encoding(first: bytes) -> tuple[str, int]:
    for mark, name in _MARKS:
        if first.startswith(mark):
            return name, len(mark)
    if first[1:2] == b"\0" and first[:1].isascii():
        return "utf-16-le", 0
    if first[:1] == b"\0" and first[1:2] != b"\0":
        return "utf-16-be", 0
    return "utf-8", 0
