"""The text of a file as it is published: UTF-8, Windows-1252 or UTF-16, in blocks that end with lines."""

from __future__ import annotations

import codecs
import io
import lzma
import zipfile
import zlib
from collections.abc import Callable, Generator, Iterator

from cleanclaim.policy.diagnostics import quoted
from cleanclaim.tables.members import Member
from cleanclaim.tables.problems import ImportRefused, Problem

Progress = Callable[[int], None]

BLOCK = 1 << 20
LONGEST_LINE = 4 << 20
HEAD = 1 << 18
"""Characters in which the header must end."""

_DAMAGE = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, NotImplementedError, RuntimeError)


def blocks(member: Member, progress: Progress | None = None) -> Iterator[str]:
    """The text, each block whole lines. A block that is not UTF-8 is read as Windows-1252, as CMS writes it.

    Raises :class:`ImportRefused` where the bytes are no text, or the zip around them is damaged.
    """
    try:
        with member.open() as stream:
            first = stream.read(BLOCK)
            decode = _decoder(first)
            carry = b""
            chunk = first
            while chunk:
                if progress is not None:
                    progress(len(chunk))
                if decode is not None:
                    yield decode.decode(chunk)
                else:
                    carry = yield from _lines(member, carry + chunk)
                chunk = stream.read(BLOCK)
            if decode is not None:
                yield decode.decode(b"", True)
            elif carry:
                yield _text(member, carry)
    except UnicodeDecodeError:
        raise _refused(member, "is not text", "save it as CSV in UTF-8") from None
    except _DAMAGE:
        raise _refused(
            member, "cannot be read to its end", "it may be damaged or cut short; download it again"
        ) from None


def lines(member: Member) -> Iterator[str]:
    """The text line by line, with its ends, split where readers of CSV split it."""
    for block in blocks(member):
        yield from io.StringIO(block, newline="")


def head(member: Member) -> str:
    """The beginning of the text."""
    found = ""
    for block in blocks(member):
        found += block
        if len(found) >= HEAD:
            break
    return found[:HEAD]


class Utf8(io.RawIOBase):
    """Text as a stream of UTF-8 from a character on, for readers that want bytes."""

    def __init__(self, text: Iterator[str], skip: int) -> None:
        self._text, self._skip, self._ready = text, skip, memoryview(b"")

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: object) -> int:
        """Fills a buffer; 0 at the end."""
        target = memoryview(buffer)  # type: ignore[arg-type]
        while not self._ready:
            block = next(self._text, None)
            if block is None:
                return 0
            dropped = min(self._skip, len(block))
            self._skip -= dropped
            self._ready = memoryview(block[dropped:].encode("utf-8", "replace"))
        size = min(len(target), len(self._ready))
        target[:size] = self._ready[:size]
        self._ready = self._ready[size:]
        return size


def _decoder(first: bytes) -> codecs.IncrementalDecoder | None:
    if first.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return codecs.getincrementaldecoder("utf-16")()
    if first.startswith(codecs.BOM_UTF8):
        return codecs.getincrementaldecoder("utf-8-sig")()
    return None


def _lines(member: Member, waiting: bytes) -> Generator[str, None, bytes]:
    """Yields the whole lines among the bytes and returns the rest."""
    end = waiting.rfind(b"\n") + 1
    if end:
        yield _text(member, waiting[:end])
    elif len(waiting) > LONGEST_LINE:
        raise _refused(member, "is not a text of lines", "import the table itself, as text, CSV or .xlsx")
    return waiting[end:]


def _text(member: Member, content: bytes) -> str:
    if b"\0" in content:
        raise _refused(member, "is not text", "import the table itself, as text, CSV or .xlsx")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def _refused(member: Member, what: str, help: str) -> ImportRefused:
    return ImportRefused(Problem(f"{quoted(member.place)} {what}", help))
