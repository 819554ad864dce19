"""The files inside of what the user names: plain files, zips, and zips in zips; none is unpacked to disk."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from cleanclaim.policy.diagnostics import quoted
from cleanclaim.tables.problems import ImportRefused, Problem

MOST_BYTES = 3 << 30
"""Unpacked; the largest file of CMS that is read here has about 200 MB."""
MOST_NESTED = 512 << 20
MOST_MEMBERS = 2_000
BOMB_RATIO, BOMB_BYTES = 150, 64 << 20
_DEEPEST = 2
_AGAIN = "download it again from the authority's page"


@dataclass(frozen=True, slots=True)
class Member:
    """One file. ``given`` is the name of the file that the user named and that it is, or is in."""

    name: str
    given: str
    size: int
    open: Callable[[], BinaryIO]

    @property
    def place(self) -> str:
        """How messages name it."""
        return self.name if self.name == self.given else f"{self.given}: {self.name}"

    @property
    def suffix(self) -> str:
        """The end of its name, in lower case."""
        return PurePosixPath(self.name).suffix.lower()


def members(path: Path) -> list[Member]:
    """What is in a file. Raises :class:`ImportRefused` where it is no use, and says why."""
    if not path.is_file():
        raise _refused(f"{quoted(path.name)} is not there or is no file", "check the path")
    if path.name.startswith("~$"):
        raise _refused(
            f"{quoted(path.name)} is Excel's lock file, not the table",
            "close the workbook, and name the file without ~$",
        )
    size = path.stat().st_size
    if size == 0:
        raise _refused(f"{quoted(path.name)} is empty", _AGAIN)
    with path.open("rb") as stream:
        head = stream.read(512)
    _no_page(head, path.name)
    whole = Member(path.name, path.name, size, lambda: path.open("rb"))
    if path.suffix.lower() in (".xlsx", ".xlsm"):
        if not head.startswith(b"PK"):
            raise _refused(f"{quoted(path.name)} is no Excel workbook", _AGAIN)
        return [whole]
    if path.suffix.lower() == ".xls":
        raise _refused(f"{quoted(path.name)} is a workbook of the old kind", "save it as .xlsx or CSV")
    if path.suffix.lower() == ".zip" or head.startswith(b"PK\3\4"):
        return list(_within(_zip(path, path.name), path.name, 1))
    return [whole]


def digest(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _zip(file: Path | BinaryIO, name: str) -> zipfile.ZipFile:
    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        raise _refused(f"{quoted(name)} is not a whole zip file", f"it may be cut short; {_AGAIN}") from None
    infos = archive.infolist()
    if len(infos) > MOST_MEMBERS:
        raise _refused(f"{quoted(name)} holds {len(infos):,} files, more than any release", _AGAIN)
    if sum(info.file_size for info in infos) > MOST_BYTES or any(map(_is_bomb, infos)):
        raise _refused(
            f"{quoted(name)} would unpack to far more than any release of these tables", f"it is not used; {_AGAIN}"
        )
    return archive


def _is_bomb(info: zipfile.ZipInfo) -> bool:
    return info.file_size > BOMB_BYTES and info.file_size > BOMB_RATIO * max(info.compress_size, 1)


def _within(archive: zipfile.ZipFile, given: str, depth: int) -> Iterator[Member]:
    for info in archive.infolist():
        path = PurePosixPath(info.filename.replace("\\", "/"))
        if info.is_dir() or path.name.startswith((".", "~$")) or "__MACOSX" in path.parts:
            continue
        if path.is_absolute() or ".." in path.parts or (path.parts and ":" in path.parts[0]):
            raise _refused(
                f"{quoted(given)} holds a file whose name leads out of it ({quoted(info.filename)})",
                f"no release of CMS does; {_AGAIN}",
            )
        if info.flag_bits & 1:
            raise _refused(f"{quoted(given)} is encrypted", "unpack it with its password, and import the files in it")
        if path.suffix.lower() == ".zip":
            if depth >= _DEEPEST or info.file_size > MOST_NESTED:
                raise _refused(f"{quoted(path.name)} in {quoted(given)} is packed too deep", "unpack it by hand first")
            with _opened(archive, info, given) as stream:
                inner = io.BytesIO(_all(stream, given))
            yield from _within(_zip(inner, path.name), given, depth + 1)
        elif info.file_size:
            yield Member(path.name, given, info.file_size, _opener(archive, info, given))


def _opener(archive: zipfile.ZipFile, info: zipfile.ZipInfo, given: str) -> Callable[[], BinaryIO]:
    return lambda: _opened(archive, info, given)


def _opened(archive: zipfile.ZipFile, info: zipfile.ZipInfo, given: str) -> BinaryIO:
    try:
        # typeshed calls what a zip opens IO[bytes], which it is by any other name.
        stream: BinaryIO = archive.open(info)  # type: ignore[assignment]
        return stream
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError):
        raise _refused(f"{quoted(given)} cannot be unpacked", f"it may be damaged; {_AGAIN}") from None


def _all(stream: BinaryIO, given: str) -> bytes:
    try:
        return stream.read()
    except (zipfile.BadZipFile, EOFError, OSError, ValueError):
        raise _refused(f"{quoted(given)} cannot be unpacked", f"it may be damaged; {_AGAIN}") from None


def _no_page(head: bytes, name: str) -> None:
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype", b"<html", b"<head", b"<?xml")):
        raise _refused(
            f"{quoted(name)} is a web page, not a table",
            "the link leads to a page (CMS asks to accept the AMA's licence first); accept it and save the file itself",
        )


def _refused(what: str, help: str) -> ImportRefused:
    return ImportRefused(Problem(what, help))
