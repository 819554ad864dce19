"""Tells what kind of input a file is from its first bytes, whatever it is called."""

from __future__ import annotations

import codecs
import re
from enum import Enum

PEEK = 4096
"""How many bytes are enough to tell."""


class Kind(Enum):
    """The inputs that there is a reader for."""

    X12 = "x12"
    PARQUET = "parquet"
    JSON = "json"
    CSV = "csv"
    GZIP = "gzip"


_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "a PDF document; ask for the claims as 837, CSV or JSON instead"),
    (b"PK\x03\x04", "a zip archive or an Excel workbook; unpack it, or save the sheet as CSV"),
    (b"\xd0\xcf\x11\xe0", "an old Excel or Word document; save the sheet as CSV"),
    (b"\x1f\x9d", "a compressed file; unpack it first"),
    (b"BZh", "a bzip2 file; unpack it first"),
    (b"\xfd7zXZ\x00", "an xz file; unpack it first"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard file; unpack it first"),
    (b"7z\xbc\xaf", "a 7-Zip archive; unpack it first"),
    (b"\x89PNG", "an image; claims must be data"),
    (b"\xff\xd8\xff", "an image; claims must be data"),
    (b"SQLite format 3", "a database; export its claims table as CSV or Parquet"),
    (b"ORC", "an ORC file; write it as Parquet"),
    (b"Obj\x01", "an Avro file; write it as Parquet"),
)
_SEGMENT = re.compile(r"(?:ISA|GS|ST|BHT|CLM|NM1)[^\w\s\"]")
_TABLE_SIGNS = ",;\t|"


def kind_of(start: bytes) -> Kind | str:
    """The kind of a file that begins with ``start`` (its first :data:`PEEK` bytes), or why it has none.

    >>> kind_of(b"ISA*00*"), kind_of(b'{"claims": []}'), kind_of(b"claim_id,person_id")
    (<Kind.X12: 'x12'>, <Kind.JSON: 'json'>, <Kind.CSV: 'csv'>)
    """
    if not start.strip(b" \r\n\t\x00\xef\xbb\xbf\xff\xfe"):
        return "is empty"
    if start.startswith(b"PAR1"):
        return Kind.PARQUET
    if start.startswith(b"\x1f\x8b"):
        return Kind.GZIP
    for signature, what in _SIGNATURES:
        if start.startswith(signature):
            return f"is {what}"
    text = _text(start.removeprefix(codecs.BOM_UTF8))
    if text is None:
        return "is not text: it holds bytes that no 837, CSV or JSON file has; export the claims again"
    text = text.lstrip("\ufeff \r\n\t")
    if _SEGMENT.match(text):
        return Kind.X12
    if text[0] in "{[":
        return Kind.JSON
    if text[0] == "<":
        return "is XML or HTML; ask for the claims as 837, CSV or JSON instead"
    return Kind.CSV


def _text(start: bytes) -> str | None:
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return start.decode("utf-16", "replace")
    if 0 in start:
        for wide, odd in (("utf-16-le", start[1::2]), ("utf-16-be", start[0::2])):
            if odd.count(0) * 10 > len(odd) * 9:
                return start.decode(wide, "replace")
        return None
    strange = sum(byte < 32 and byte not in b"\t\n\r\f\x1a\x1c\x1d\x1e\x1f" for byte in start)
    return start.decode("latin-1") if strange * 50 <= len(start) else None
