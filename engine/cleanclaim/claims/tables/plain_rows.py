"""The rows of a small table as they stand, CSV or Parquet: for files that go with the claims."""

from __future__ import annotations

import importlib
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from cleanclaim.claims.delimited import DelimitedText, read_delimited
from cleanclaim.claims.kinds import PEEK, Kind, kind_of
from cleanclaim.claims.tables.parquet_tables import DAMAGE
from cleanclaim.claims.tables.values import Cell

Cells = Sequence[Cell | list[Cell]]


@dataclass(frozen=True, slots=True)
class PlainRows:
    """A header and numbered rows: cells, or the reason why there is no row. CSV counts its header as row 1."""

    header: list[str]
    rows: Iterator[tuple[int, Cells | str]]
    text: DelimitedText | None = field(default=None, repr=False)

    @property
    def recoded(self) -> int | None:
        """After the last row: the first text line that was read as Windows-1252, or ``None``."""
        return self.text.recoded if self.text is not None else None


def plain_rows(stream: BinaryIO) -> PlainRows | str:
    """The rows of an open file or pipe, or why it has none."""
    if not stream.seekable():
        stream = io.BytesIO(stream.read())
    start = stream.read(PEEK)
    stream.seek(0)
    kind = kind_of(start)
    if isinstance(kind, str):
        return kind
    if kind is Kind.CSV:
        text = read_delimited(stream)
        return PlainRows(text.header, iter(text.rows), text)
    if kind is Kind.PARQUET:
        return _parquet(stream)
    return "is neither CSV nor Parquet; save it as CSV, one row a line"


def _parquet(stream: BinaryIO) -> PlainRows | str:
    try:
        parquet = importlib.import_module("pyarrow.parquet")
        arrow = importlib.import_module("pyarrow")
    except ImportError:
        return "Parquet is read with pyarrow, which is not installed: pip install pyarrow"
    try:
        table = parquet.read_table(stream)
        columns: list[list[Any]] = [column.to_pylist() for column in table.columns]
    except (arrow.ArrowException, *DAMAGE):
        return "is not a whole Parquet file; was it cut short? write or copy it again"
    return PlainRows(list(table.column_names), iter(enumerate(zip(*columns, strict=True), start=1)))
