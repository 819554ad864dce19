"""Reads a claims table from Parquet, batch by batch and column by column."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from cleanclaim.claims.fields import ValueType
from cleanclaim.claims.model import Reading, Reject, Warning
from cleanclaim.claims.tables.assembly import Assembly, Column, gather, joined
from cleanclaim.claims.tables.binding import Binding, Bound, bind
from cleanclaim.claims.tables.mapping import NO_MAP, TableMap
from cleanclaim.claims.tables.settled import SETTLED, claims_of, settled_lines
from cleanclaim.claims.tables.targets import Target
from cleanclaim.claims.tables.values import Cell, Doubted, Unreadable, Value, converter, split

_BATCH = 65_536
_ODD = (Unreadable, Doubted)
DAMAGE = (OSError, ValueError, ArithmeticError, LookupError, MemoryError)
"""What pyarrow raises beside its own exceptions where a file's bytes make no sense: text that is no
text, days that no calendar has, sizes beyond all memory."""

# pyarrow ships no types, so its arrays are Any; they go no further than this file.
_Array = Any


def read_parquet(
    path: str | Path | BinaryIO,
    source: str,
    mapping: TableMap = NO_MAP,
    declared: Mapping[str, ValueType] | None = None,
    progress: Callable[[int], None] | None = None,
) -> Iterator[Reading]:
    """The claims of a Parquet file in Tuva's ``medical_claim`` layout, or as ``mapping`` says.

    ``path`` may be an open file that can seek. ``declared`` are the facts that loaded policies
    declare; ``progress`` is told how many bytes of the file each batch of rows stands for.
    """
    try:
        parquet = importlib.import_module("pyarrow.parquet")
        arrow = importlib.import_module("pyarrow")
    except ImportError:
        yield Reject(source, "file", "Parquet is read with pyarrow, which is not installed: pip install pyarrow")
        return
    try:
        file = parquet.ParquetFile(path)
        header = list(file.schema_arrow.names)
    except (arrow.ArrowException, *DAMAGE):
        yield Reject(source, "file", "is not a whole Parquet file; was it cut short? write or copy it again")
        return
    if SETTLED in (file.metadata.metadata or {}):
        yield from _settled(file, source, declared or {}, arrow, progress)
        return
    binding = bind(header, source, mapping, declared or {})
    rejects = binding.rejects or tuple(_unfit(binding, file.schema_arrow, source, arrow))
    if rejects:
        yield from rejects
        return
    yield from binding.warnings
    yield from _numeric_codes(binding, file.schema_arrow, source, arrow)
    yield from _batches(file, source, binding, arrow, progress)


def _batches(
    file: _Array, source: str, binding: Binding, arrow: _Array, progress: Callable[[int], None] | None
) -> Iterator[Reading]:
    header = list(file.schema_arrow.names)
    names = sorted({header[place] for each in binding.bound for place in each.places})
    assembly = Assembly(source, binding)
    row = 1
    share = _bytes_a_row(file)
    batches = file.iter_batches(batch_size=_BATCH, columns=names)
    while True:
        try:
            batch = next(batches, None)
            if batch is None:
                break
            at = list(batch.schema.names)
            columns = {
                each.target.name: _column(each, [batch.column(at.index(header[place])) for place in each.places], arrow)
                for each in binding.bound
                if each.places
            }
        except (arrow.ArrowException, *DAMAGE):
            claim = assembly.open_claim
            reason = "the file is damaged from here on, and what follows is lost; write or copy it again"
            yield Reject(source, f"row {row}", reason, claims=0 if claim else 1, claim=claim)
            assembly.note_row()
            break
        yield from assembly.readings(columns, range(row, row + batch.num_rows))
        row += batch.num_rows
        if progress is not None:
            progress(int(share * batch.num_rows))
    yield from assembly.close()


def _settled(
    file: _Array,
    source: str,
    declared: Mapping[str, ValueType],
    arrow: _Array,
    progress: Callable[[int], None] | None,
) -> Iterator[Reading]:
    """What was converted; its rows are told by their places in the files that they were made of."""
    share = _bytes_a_row(file)
    batches = file.iter_batches(batch_size=_BATCH)
    row, before = 1, None
    while True:
        try:
            batch = next(batches, None)
            if batch is None:
                return
            columns = {name: batch.column(n).to_pylist() for n, name in enumerate(batch.schema.names)}
            claims = list(claims_of(settled_lines(columns, declared)))
        except (arrow.ArrowException, *DAMAGE):
            reason = "the file is damaged from here on, and what follows is lost; convert the claims again"
            yield Reject(source, f"row {row}", reason, claims=0 if before else 1, claim=before)
            return
        yield from claims
        row += batch.num_rows
        before = claims[-1].lines[0].claim if claims else before
        if progress is not None:
            progress(int(share * batch.num_rows))


def _bytes_a_row(file: _Array) -> float:
    groups = [file.metadata.row_group(n) for n in range(file.metadata.num_row_groups)]
    stored = sum(group.column(n).total_compressed_size for group in groups for n in range(group.num_columns))
    return float(stored) / max(1, int(file.metadata.num_rows))


def _column(bound: Bound, arrays: list[_Array], arrow: _Array) -> Column:
    convert = converter(bound.target, bound.rule)
    if not bound.target.listed:
        return _scalars(arrays[0], convert)
    gaps = bound.target.counted
    whole = split(convert, bound.rule, gaps=gaps)
    columns = [_lists(a, convert, gaps) if _is_list(a.type, arrow) else _scalars(a, whole) for a in arrays]
    return gather(columns, bound.slots)


def _scalars(array: _Array, convert: Callable[[Cell], Value]) -> Column:
    """Converts each distinct value once: codes and dates repeat, and so do people."""
    encoded = array if hasattr(array, "dictionary") else array.dictionary_encode(null_encoding="encode")
    if encoded.null_count:
        encoded = array.dictionary_decode().dictionary_encode(null_encoding="encode")
    values = [convert(cell) for cell in encoded.dictionary.to_pylist()]
    places: list[int] = _plain_integers(encoded.indices)
    return Column(list(map(values.__getitem__, places)), any(isinstance(value, _ODD) for value in values))


def _plain_integers(array: _Array) -> Any:
    # to_pylist makes an object for each cell first and takes ten times as long.
    formats = {8: "b", 16: "h", 32: "i", 64: "q"}
    whole: Any = memoryview(array.buffers()[1])
    return whole.cast(formats[array.type.bit_width])[array.offset : array.offset + len(array)]


def _lists(array: _Array, convert: Callable[[Cell], Value], gaps: bool) -> Column:
    known: dict[tuple[Cell, ...] | None, Value] = {}
    column: list[Value] = []
    for cells in array.to_pylist():
        key = tuple(cells) if cells else None
        if key not in known:
            codes = [convert(cell) for cell in key or ()]
            cells_ = tuple((code,) if isinstance(code, str) else code for code in codes)
            known[key] = joined(cells_, tuple(range(len(cells_))) if gaps else ())
        column.append(known[key])
    return Column(column, any(type(value) is Unreadable for value in known.values()))


def _is_list(type_: _Array, arrow: _Array) -> bool:
    types = arrow.types
    return bool(types.is_list(type_) or types.is_large_list(type_) or types.is_fixed_size_list(type_))


def _unfit(binding: Binding, schema: _Array, source: str, arrow: _Array) -> Iterator[Reject]:
    for each in binding.bound:
        for place in each.places:
            type_ = schema.types[place]
            plain_list = _is_list(type_, arrow) and not arrow.types.is_nested(type_.value_type)
            if arrow.types.is_nested(type_) and not (each.target.listed and plain_list):
                yield Reject(
                    source,
                    f"column {schema.names[place]}",
                    f"holds {type_} values, from which {each.target.column} cannot be read; give it a plain column",
                )


def _numeric_codes(binding: Binding, schema: _Array, source: str, arrow: _Array) -> Iterator[Warning]:
    for each in binding.bound:
        for place in each.places:
            type_ = schema.types[place]
            inner = type_.value_type if _is_list(type_, arrow) or arrow.types.is_dictionary(type_) else type_
            if _loses_zeros(each.target, inner, arrow):
                yield Warning(
                    source,
                    f"column {schema.names[place]}",
                    f"holds numbers where {each.target.column} is a code: leading zeros and codes such as 12E45 may "
                    "already be lost; write the column as text",
                )


def _loses_zeros(target: Target, type_: _Array, arrow: _Array) -> bool:
    types = arrow.types
    number = types.is_integer(type_) or types.is_floating(type_) or types.is_decimal(type_)
    return bool(number and target.type in (ValueType.CODE, ValueType.CODES) and not target.width)
