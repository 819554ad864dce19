"""Cells of a Parquet file, group of rows by group: only groups, and of them only rows, that can be wanted.

Plain Python over Arrow's buffers: importing Arrow's compute functions would take longer than the rest of a load.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import Any

# pyarrow ships no types, so what comes of it is Any.
File = Any
Array = Any

_FEW = 8
"""Where less than one row in so many is wanted, its cells are taken one by one."""


def read_cells(file: File, columns: Sequence[str], values: Mapping[str, set[str]]) -> dict[str, list[Any]]:
    """The cells of some columns, in the order of the rows.

    Rows stay out whose cell in a column of ``values`` is filled and not among the texts there. The
    file is opened with those columns as dictionaries.
    """
    found: dict[str, list[Any]] = {name: [] for name in columns}
    for at in _groups(file.metadata, values):
        # One group at a time holds a large table's memory down, and gives each column in one piece.
        table = file.read_row_group(at, columns=list(columns), use_threads=False)
        arrays = {name: _whole(table[name]) for name in columns}
        rows: Sequence[int] = range(len(table))
        for name, texts in values.items():
            rows = _wanted(arrays[name], texts, rows)
        for name, array in arrays.items():
            if len(rows) * _FEW < len(table):
                found[name] += [array[row].as_py() for row in rows]
            elif rows:
                cells = array.to_pylist()
                found[name] += cells if len(rows) == len(cells) else [cells[row] for row in rows]
    return found


def read_texts(file: File, column: str, values: Mapping[str, set[str]]) -> set[str]:
    """The different texts of a column, opened as a dictionary, in the rows that :func:`read_cells` gives."""
    found: set[str] = set()
    for at in _groups(file.metadata, values):
        table = file.read_row_group(at, columns=list(dict.fromkeys((column, *values))), use_threads=False)
        texts = _whole(table[column])
        rows: Sequence[int] = range(len(table))
        for name, wanted in values.items():
            rows = _wanted(_whole(table[name]), wanted, rows)
        every = texts.dictionary.to_pylist()
        if len(rows) == len(table):
            found.update(every)
        elif rows:
            places = texts.indices.to_pylist()
            found.update(every[place] for row in rows if (place := places[row]) is not None)
    return found


def _wanted(column: Array, texts: set[str], rows: Sequence[int]) -> Sequence[int]:
    if len(rows) * _FEW < len(column):
        return [row for row in rows if (cell := column[row].as_py()) is None or cell in texts]
    places = {at for at, text in enumerate(column.dictionary.to_pylist()) if text in texts}
    if column.null_count:
        cells = column.indices.to_pylist()
        return [row for row in rows if cells[row] is None or cells[row] in places]
    if not places:
        return ()
    indices = memoryview(column.indices.buffers()[1]).cast("i")[column.offset : column.offset + len(column)]
    if len(rows) == len(indices):
        return [row for row, at in enumerate(indices) if at in places]
    return [row for row in rows if indices[row] in places]


def _whole(column: Any) -> Array:
    """A column of one group as one array."""
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def _groups(metadata: Any, values: Mapping[str, set[str]]) -> list[int]:
    """Groups whose least and greatest value leave room for a wanted one, or that have blanks."""
    if not metadata.num_row_groups:
        return []
    first = metadata.row_group(0)
    places = {first.column(at).path_in_schema: at for at in range(metadata.num_columns)}
    ordered = {places[name]: sorted(texts) for name, texts in values.items()}
    found = []
    for at in range(metadata.num_row_groups):
        group = metadata.row_group(at)
        if all(_may_hold(group.column(place).statistics, texts) for place, texts in ordered.items()):
            found.append(at)
    return found


def _may_hold(statistics: Any, texts: Sequence[str]) -> bool:
    if statistics is None or not statistics.has_min_max or not statistics.has_null_count or statistics.null_count:
        return True
    at = bisect_left(texts, statistics.min)
    return at < len(texts) and texts[at] <= statistics.max
