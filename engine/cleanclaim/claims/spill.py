"""Keeps more lines than memory should hold in files, split so that lines with one key are in one file."""

from __future__ import annotations

import pickle
import tempfile
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from zlib import crc32

from cleanclaim.claims.model import Line

BUCKETS = 256
_HELD = 65_536

Key = tuple[object, ...]


class Spill:
    """A private temporary folder of lines in :data:`BUCKETS` files; closing it removes the folder.

    A file is a run of pickled lists of plain tuples, written and read by this process alone.
    """

    def __init__(self, key: Callable[[Line], Key]) -> None:
        # mkdtemp makes it readable by this user only; it is removed at exit too.
        self._folder = tempfile.TemporaryDirectory(prefix="cleanclaim-")
        self._key = key
        self._held: list[list[Line]] = [[] for _ in range(BUCKETS)]
        self._count = 0

    def __enter__(self) -> Spill:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Remove everything that was spilled."""
        self._folder.cleanup()

    def extend(self, lines: Iterable[Line]) -> None:
        """Keep more lines."""
        held, key = self._held, self._key
        for line in lines:
            held[bucket_of(key(line))].append(line)
            self._count += 1
            if self._count >= _HELD:
                self._flush()

    def buckets(self) -> Iterator[list[Line]]:
        """The lines of each bucket that has any, in the order in which they came."""
        self._flush()
        for number in range(BUCKETS):
            lines = self._load(number)
            if lines:
                yield lines

    def _flush(self) -> None:
        for number, lines in enumerate(self._held):
            if lines:
                with self._path(number).open("ab") as file:
                    pickle.dump(list(map(tuple, lines)), file, protocol=pickle.HIGHEST_PROTOCOL)
                lines.clear()
        self._count = 0

    def _load(self, number: int) -> list[Line]:
        path = self._path(number)
        lines: list[Line] = []
        if path.exists():
            with path.open("rb") as file:
                while file.peek(1):
                    lines.extend(map(Line._make, pickle.load(file)))
        return lines

    def _path(self, number: int) -> Path:
        return Path(self._folder.name, f"{number:03}")


def bucket_of(key: Key) -> int:
    """The bucket of a key: the same in every process, and for keys that are equal."""
    if len(key) == 1 and type(key[0]) is str:
        return crc32(b"s" + key[0].encode("utf-8", "surrogatepass")) % BUCKETS
    code = 0
    for part in key:
        code = crc32(_bytes(part), code)
    return code % BUCKETS


def _bytes(part: object) -> bytes:
    match part:
        case str():
            return b"s" + part.encode("utf-8", "surrogatepass")
        case bool() | int() | Decimal():
            # Python's hash of numbers takes no salt and is one for 4, 4.0 and True.
            return b"n%d" % hash(part)
        case date():
            return b"d%d" % part.toordinal()
        case tuple():
            return b"(" + b",".join(_bytes(each) for each in part) + b")"
        case _:
            return b"?" + repr(part).encode()
