"""Opens inputs of every kind and reads the claims in them, one input after another."""

from __future__ import annotations

import gzip
import io
import tempfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import BinaryIO, cast

from cleanclaim.claims.claim_numbers import ClaimNumbers
from cleanclaim.claims.fields import ValueType
from cleanclaim.claims.inputs import InputFile, find_inputs
from cleanclaim.claims.json_claims import read_json
from cleanclaim.claims.kinds import PEEK, Kind, kind_of
from cleanclaim.claims.model import Reading, Reject
from cleanclaim.claims.tables import NO_MAP, TableMap, read_csv, read_parquet

Progress = Callable[[int], None]
_BUFFER = 1 << 20
_IN_MEMORY = 64 << 20


def read(
    paths: Sequence[str],
    *,
    mapping: TableMap | None = None,
    declared: Mapping[str, ValueType] | None = None,
    stdin: BinaryIO | None = None,
    progress: Progress | None = None,
) -> Iterator[Reading]:
    """The readings of files, folders, patterns and ``-`` (standard input), in that order.

    What a file is shows in its content. ``progress`` is told how many bytes were read since it was
    last told. An input that cannot be read is a :class:`Reject`; the others are read all the same.
    """
    found = list(find_inputs(paths))
    numbers = ClaimNumbers() if sum(isinstance(each, InputFile) for each in found) > 1 else None
    for each in found:
        if not isinstance(each, InputFile):
            yield each
            continue
        opened = _Opener(each, mapping or NO_MAP, declared or {}, progress)
        readings = opened.from_stream(stdin) if each.path is None else opened.from_path()
        yield from numbers.distinct(readings, each.name) if numbers else readings


def read_file(file: InputFile, mapping: TableMap, declared: Mapping[str, ValueType]) -> Iterator[Reading]:
    """The readings of one file on disk."""
    return _Opener(file, mapping, declared, None).from_path()


class _Opener:
    def __init__(
        self,
        file: InputFile,
        mapping: TableMap,
        declared: Mapping[str, ValueType],
        progress: Progress | None,
    ) -> None:
        self._file = file
        self._mapping = mapping
        self._declared = declared
        self._progress = progress

    def from_path(self) -> Iterator[Reading]:
        """The readings of a file on disk."""
        if self._file.path is None:
            return
        try:
            with self._file.path.open("rb", buffering=0) as raw:
                yield from self.from_stream(cast(BinaryIO, raw))
        except OSError as error:
            yield self._reject(f"cannot be opened: {error.strerror or 'the system refused'}")

    def from_stream(self, stream: BinaryIO | None) -> Iterator[Reading]:
        """The readings of an open file or pipe."""
        if stream is None:
            yield self._reject("there is no standard input here; name a file")
            return
        try:
            yield from self._readings(_Metered(stream, self._progress), packed=False)
        except (gzip.BadGzipFile, EOFError, zlib.error):
            # A claim was being read, and its reader could not hand it over.
            yield self._reject("is a damaged gzip file; the rest is lost: pack it again", 1)
        except OSError as error:
            yield self._reject(f"stopped being readable ({error.strerror or 'input error'}); the rest is lost", 1)

    def _readings(self, raw: io.RawIOBase, *, packed: bool) -> Iterator[Reading]:
        stream = io.BufferedReader(raw, _BUFFER)
        kind = kind_of(stream.peek(PEEK)[:PEEK])
        name = self._file.name
        match kind:
            case str():
                yield self._reject(kind)
            case Kind.X12:
                # Imported here because a table needs none of it.
                from cleanclaim.claims.x12 import read_x12

                yield from read_x12(stream, name)
            case Kind.JSON:
                yield from read_json(stream, name, self._declared)
            case Kind.CSV:
                yield from read_csv(stream, name, self._mapping, self._declared)
            case Kind.PARQUET:
                yield from self._parquet(stream, packed=packed)
            case Kind.GZIP if not packed:
                yield from self._readings(cast(io.RawIOBase, gzip.GzipFile(fileobj=stream)), packed=True)
            case Kind.GZIP:
                yield self._reject("is packed with gzip twice; unpack it once")

    def _parquet(self, stream: BinaryIO, *, packed: bool) -> Iterator[Reading]:
        name = self._file.name
        if self._file.path is not None and not packed:
            yield from read_parquet(self._file.path, name, self._mapping, self._declared, self._progress)
            return
        # Parquet is read from its end, which a pipe does not have.
        with tempfile.SpooledTemporaryFile(_IN_MEMORY) as whole:
            while block := stream.read(_BUFFER):
                whole.write(block)
            whole.seek(0)
            yield from read_parquet(cast(BinaryIO, whole), name, self._mapping, self._declared)

    def _reject(self, reason: str, claims: int = 0) -> Reject:
        return Reject(self._file.name, "file", reason, claims=claims)


class _Metered(io.RawIOBase):
    """Passes bytes on and tells how many; closing it leaves the stream below open."""

    def __init__(self, stream: BinaryIO, progress: Progress | None) -> None:
        self._stream = stream
        self._progress = progress

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        block = self._stream.read(len(buffer)) or b""
        buffer[: len(block)] = block
        if self._progress is not None and block:
            self._progress(len(block))
        return len(block)
