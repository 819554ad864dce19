"""Writes claims of any kind once as Parquet, one part for each input file, in the layout that tables are read in.

A part is written beside its place and moved there when it is whole, so a part that is there is complete. What was
refused and what was odd is kept beside it in a hidden JSON file, which also says of which bytes the part was made.
Lists of codes stand in one column each (``diagnosis_code``), for a claim may have more of them than a numbered family.
"""

from __future__ import annotations

import hashlib
import json
import os
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor, ThreadPoolExecutor, as_completed
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from decimal import Decimal
from itertools import chain
from multiprocessing import get_context
from pathlib import Path
from threading import current_thread, main_thread
from typing import Any

import pyarrow as pa
import pyarrow.parquet as parquet

from cleanclaim import __version__
from cleanclaim.claims.fields import FIELDS, ValueType
from cleanclaim.claims.inputs import InputFile, find_inputs
from cleanclaim.claims.model import Claim, Line, Reject, Warning
from cleanclaim.claims.sources import read_file
from cleanclaim.claims.tables.mapping import NO_MAP, TableMap
from cleanclaim.claims.tables.settled import COLUMNS, SETTLED, SOURCE
from cleanclaim.claims.tables.targets import STATUS

_FORMAT = "2"
_ROWS = 50_000
_TEMPORARY = ".writing-"

_ARROW: Mapping[ValueType, pa.DataType] = {
    ValueType.CODE: pa.string(),
    ValueType.CODES: pa.list_(pa.string()),
    ValueType.TEXT: pa.string(),
    ValueType.NUMBER: pa.decimal128(18, 6),
    ValueType.MONEY: pa.decimal128(18, 2),
    ValueType.DATE: pa.date32(),
    ValueType.BOOLEAN: pa.bool_(),
}


@dataclass(frozen=True, slots=True)
class Part:
    """What was made of one input file. ``digest`` is of its bytes, and of how they were read."""

    source: str
    path: str
    digest: str
    claims: int
    lines: int
    rejected: tuple[Reject, ...]
    warnings: tuple[Warning, ...]
    unchanged: bool = False

    @property
    def rejected_claims(self) -> int:
        """Claims of the input that the part does not hold whole."""
        return sum(reject.claims for reject in self.rejected) + len(
            {reject.claim for reject in self.rejected if reject.claim is not None and not reject.claims}
        )


def part_of(file: InputFile, folder: Path) -> Path:
    """Where the part of an input file stands: named after it, apart from files of the same name elsewhere."""
    where = str(file.path.resolve()) if file.path is not None else file.name
    stem = "".join(c if c.isalnum() or c in "-_." else "_" for c in Path(where).name)[:80].lstrip(".") or "claims"
    return folder / f"{stem}.{hashlib.sha256(where.encode('utf-8', 'surrogateescape')).hexdigest()[:10]}.parquet"


def convert_one(
    file: InputFile, path: Path, *, mapping: TableMap = NO_MAP, declared: Mapping[str, ValueType] | None = None
) -> Part:
    """Makes the part of one file at ``path``, unless one made of the same bytes is there already."""
    as_it_was = _unchanged(file, path, mapping, declared or {})
    if as_it_was is not None:
        return as_it_was
    digest = _digest(file, mapping, declared or {})
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{_TEMPORARY}{os.getpid()}-{path.name}")
    try:
        part = _written(file, path, temporary, digest, mapping, declared or {})
        # The old description goes first: what is described is there whole, whenever we are stopped.
        sidecar_of(path).unlink(missing_ok=True)
        if part.lines:
            temporary.replace(path)
        else:
            path.unlink(missing_ok=True)
        described = temporary.with_suffix(".json")
        described.write_text(json.dumps(asdict(part), ensure_ascii=False, indent=1), encoding="utf-8")
        described.replace(sidecar_of(path))
    finally:
        temporary.unlink(missing_ok=True)
        temporary.with_suffix(".json").unlink(missing_ok=True)
    return part


def _unchanged(file: InputFile, path: Path, mapping: TableMap, declared: Mapping[str, ValueType]) -> Part | None:
    """The part that was made of the same bytes, if it is there whole."""
    known = read_sidecar(path)
    if known is None or (known.lines and not path.exists()) or known.digest != _digest(file, mapping, declared):
        return None
    return replace(known, unchanged=True)


def _written(
    file: InputFile, path: Path, temporary: Path, digest: str, mapping: TableMap, declared: Mapping[str, ValueType]
) -> Part:
    rejected: list[Reject] = []
    warnings: list[Warning] = []
    claims = lines = 0
    seen: set[str] = set()
    held: list[Line] = []
    schema = _schema(declared)
    with parquet.ParquetWriter(temporary, schema, compression="zstd") as writer:
        for reading in read_file(file, mapping, declared):
            if isinstance(reading, Reject):
                rejected.append(reading)
            elif isinstance(reading, Warning):
                warnings.append(reading)
            elif _fits(reading):
                held.extend(reading.lines)
                # Rows of one claim need not follow one another in a table, but each number is one claim.
                seen.add(reading.lines[0].claim)
            else:
                rejected.append(_unfit(reading))
            if len(held) >= _ROWS:
                writer.write_table(_table(held, schema, declared))
                lines += len(held)
                held = []
        writer.write_table(_table(held, schema, declared))
        lines += len(held)
    claims = len(seen)
    return Part(file.name, path.name, digest, claims, lines, tuple(rejected), tuple(warnings))


def _schema(declared: Mapping[str, ValueType]) -> pa.Schema:
    columns = [
        (COLUMNS[spec.attribute], pa.int64() if spec.name == "line" else _ARROW[spec.type]) for spec in FIELDS
    ] + [(STATUS, pa.string()), (SOURCE, pa.string())]
    columns += [(name, _ARROW[type_]) for name, type_ in sorted(declared.items())]
    return pa.schema(columns, {SETTLED: _FORMAT.encode()})


_ATTRIBUTES = tuple(Line._fields.index(spec.attribute) for spec in FIELDS)


def _table(lines: Sequence[Line], schema: pa.Schema, declared: Mapping[str, ValueType]) -> pa.Table:
    columns: list[Sequence[object]] = [[line[place] for line in lines] for place in _ATTRIBUTES]
    columns.append([line.status.value for line in lines])
    columns.append([line.source for line in lines])
    columns += [[line.facts.get(name) for line in lines] for name in sorted(declared)]
    return pa.table([pa.array(c, f.type) for c, f in zip(columns, schema, strict=True)], schema=schema)


_NUMBERS = tuple(
    (Line._fields.index(spec.attribute), spec.column, 2 if spec.type is ValueType.MONEY else 6)
    for spec in FIELDS
    if spec.type in (ValueType.NUMBER, ValueType.MONEY) and spec.name != "line"
)


def _wide(claim: Claim) -> Iterator[str]:
    for line in claim.lines:
        if line.line >= 1 << 62:
            yield "claim_line_number"
        for place, column, places in _NUMBERS:
            value: Any = line[place]
            if value is None or (type(value) is int and -(10**12) < value < 10**12):
                continue
            exact = Decimal(value)
            if abs(exact) >= Decimal(10) ** (18 - places) or exact != round(exact, places):
                yield column


def _fits(claim: Claim) -> bool:
    return next(_wide(claim), None) is None


def _unfit(claim: Claim) -> Reject:
    source, _, where = claim.lines[0].source.rpartition(", ")
    columns = ", ".join(dict.fromkeys(_wide(claim)))
    reason = f"{columns} has more digits than an amount or a number of a claim line; correct it and convert again"
    return Reject(source, where, reason, claims=0, claim=claim.lines[0].claim)


def sidecar_of(path: Path) -> Path:
    """The file beside a part that describes it."""
    return path.with_name(f".{path.name}.json")


def read_sidecar(path: Path) -> Part | None:
    """What is known of a part, or ``None`` where it is not described."""
    try:
        said = json.loads(sidecar_of(path).read_text(encoding="utf-8"))
        rejected = tuple(Reject(**each) for each in said.pop("rejected"))
        warnings = tuple(Warning(**each) for each in said.pop("warnings"))
        return Part(**said, rejected=rejected, warnings=warnings)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def _digest(file: InputFile, mapping: TableMap, declared: Mapping[str, ValueType]) -> str:
    read_as = repr((__version__, _FORMAT, file.name, sorted(mapping.rules.items()), sorted(declared.items(), key=str)))
    if file.path is None:
        raise ValueError("standard input cannot be converted")
    with file.path.open("rb") as stream:
        content = hashlib.file_digest(stream, "sha256")
    content.update(read_as.encode("utf-8", "surrogateescape"))
    return content.hexdigest()


def convert(
    paths: Sequence[str],
    folder: Path,
    *,
    jobs: int = 1,
    mapping: TableMap = NO_MAP,
    declared: Mapping[str, ValueType] | None = None,
    done: Callable[[Part, int, int], None] | None = None,
) -> tuple[list[Part], list[Reject], list[Warning]]:
    """Converts files and folders into ``folder`` by ``jobs`` processes: parts in input order, and what is no file.

    ``done`` is told of every part, with how many are done, of how many. Stopping it leaves whole parts only.
    """
    found = list(find_inputs(paths))
    files = [each for each in found if isinstance(each, InputFile) and each.path is not None]
    refused = [each for each in found if isinstance(each, Reject)]
    refused += [
        Reject(each.name, "file", "standard input cannot be converted; give a file")
        for each in found
        if isinstance(each, InputFile) and each.path is None
    ]
    folder.mkdir(parents=True, exist_ok=True)
    for stale in folder.glob(f"{_TEMPORARY}*"):
        if not _running(stale.name):
            stale.unlink(missing_ok=True)
    parts: dict[int, Part] = {}
    for n, part in _converted(files, folder, jobs, mapping, declared or {}):
        if isinstance(part, Reject):
            refused.append(part)
            continue
        parts[n] = part
        if done is not None:
            done(part, len(parts), len(files))
    return [parts[n] for n in sorted(parts)], refused, [each for each in found if isinstance(each, Warning)]


def _running(name: str) -> bool:
    number = name.removeprefix(_TEMPORARY).split("-")[0]
    with suppress(ValueError, OSError):
        os.kill(int(number), 0)
        return True
    return False


def _converted(
    files: Sequence[InputFile], folder: Path, jobs: int, mapping: TableMap, declared: Mapping[str, ValueType]
) -> Iterator[tuple[int, Part | Reject]]:
    if jobs <= 1 or len(files) <= 1:
        for n, file in enumerate(files):
            yield n, _attempt(file, folder, mapping, declared)
        return

    def as_it_was(file: InputFile) -> Part | None:
        with suppress(OSError):
            return _unchanged(file, part_of(file, folder), mapping, declared)
        return None

    left: list[int] = []
    # Digests are made without the interpreter's lock, and a process takes longer to start than most files to digest.
    with ThreadPoolExecutor(jobs) as threads:
        for n, part in enumerate(threads.map(as_it_was, files)):
            if part is not None:
                yield n, part
            else:
                left.append(n)
    if not left:
        return
    # The largest first, so that no process is left with one when the others are done.
    sizes = {
        n: file.path.stat().st_size for n, file in enumerate(files) if file.path is not None and file.path.exists()
    }
    order = sorted(left, key=lambda n: (-sizes.get(n, 0), n))
    with ProcessPoolExecutor(min(jobs, len(left)), mp_context=get_context("spawn"), initializer=_deaf) as pool:
        with _unheard():
            waiting: dict[Future[Part | Reject], int] = {
                pool.submit(_attempt, files[n], folder, mapping, declared): n for n in order
            }
        try:
            for future in as_completed(waiting):
                try:
                    yield waiting[future], future.result()
                except BrokenExecutor:
                    lost = (
                        "its process was ended by the system; is there memory enough? convert again, with fewer --jobs"
                    )
                    yield waiting[future], Reject(files[waiting[future]].name, "file", lost)
        except BaseException:
            workers = dict(getattr(pool, "_processes", None) or {})
            for process in workers.values():
                process.terminate()
            pool.shutdown(wait=True, cancel_futures=True)
            for stale in chain.from_iterable(folder.glob(f"{_TEMPORARY}{number}-*") for number in workers):
                stale.unlink(missing_ok=True)
            raise


@contextmanager
def _unheard() -> Iterator[None]:
    """Ctrl-C waits meanwhile; processes that start now do not hear it even while they import."""
    if not hasattr(signal, "pthread_sigmask") or current_thread() is not main_thread():
        yield
        return
    heard: list[int] = []
    handler = signal.signal(signal.SIGINT, lambda number, _: heard.append(number))
    # Both: processes inherit what is blocked, and another thread may take what this one blocks.
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
        signal.signal(signal.SIGINT, handler)
    if heard:
        raise KeyboardInterrupt


def _deaf() -> None:
    """The parent hears Ctrl-C and ends its workers; each of them telling of it would be noise."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _attempt(file: InputFile, folder: Path, mapping: TableMap, declared: Mapping[str, ValueType]) -> Part | Reject:
    try:
        return convert_one(file, part_of(file, folder), mapping=mapping, declared=declared)
    except OSError as error:
        return Reject(file.name, "file", f"cannot be converted: {error.strerror or 'the system refused'}")
