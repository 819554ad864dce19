"""Columns of text as typed columns: each different text is read once, and every bad cell is known by its row."""

from __future__ import annotations

import unicodedata
from datetime import date
from typing import Any

from cleanclaim.claims.fields import ValueType
from cleanclaim.claims.model import Scalar
from cleanclaim.policy.table_cells import BadCell
from cleanclaim.tables.arrow import arrow
from cleanclaim.tables.kind import Column
from cleanclaim.tables.problems import SHOWN, RowProblem

# pyarrow ships no types, so its arrays are Any.
Array = Any


def typed(values: Array, column: Column) -> tuple[Array, list[RowProblem]]:
    """A dictionary column of text as the column's type.

    Dates become ``date32``, booleans ``bool``; all else becomes a dictionary of text in order, so
    that the order of its indices is the order of its values.
    """
    pa, pc = arrow(), arrow("compute")
    read: list[Scalar | None] = []
    bad: dict[int, BadCell] = {}
    for at, text in enumerate(values.dictionary.to_pylist()):
        try:
            read.append(column.read(_trimmed(text or "")))
        except BadCell as problem:
            read.append(None)
            bad[at] = problem
    return _array(pa, values.indices, read, column.type), _problems(pc, values.indices, bad, column)


def _array(pa: Any, indices: Array, read: list[Scalar | None], type_: ValueType) -> Array:
    match type_:
        case ValueType.DATE:
            return pa.array([value if isinstance(value, date) else None for value in read], pa.date32()).take(indices)
        case ValueType.BOOLEAN:
            return pa.array([value if isinstance(value, bool) else None for value in read], pa.bool_()).take(indices)
        case _:
            texts = [None if value is None else str(value) for value in read]
            ordered = sorted({text for text in texts if text is not None})
            place = {text: at for at, text in enumerate(ordered)}
            moved = pa.array([None if text is None else place[text] for text in texts], pa.int32()).take(indices)
            return pa.DictionaryArray.from_arrays(moved, pa.array(ordered, pa.string()))


def _problems(pc: Any, indices: Array, bad: dict[int, BadCell], column: Column) -> list[RowProblem]:
    """One problem for each thing to do, however many different cells it is about."""
    if not bad:
        return []
    found = []
    pa = arrow()
    for help in dict.fromkeys(problem.help for problem in bad.values()):
        some = {at: problem for at, problem in bad.items() if problem.help == help}
        rows = pc.indices_nonzero(pc.is_in(indices, value_set=pa.array(list(some), pa.int32())))
        if not len(rows):
            continue
        first = rows.slice(0, SHOWN).to_pylist()
        said = {row: some[indices[row].as_py()].message for row in first}
        found.append(RowProblem(f"{column.name} cannot be read", help, tuple(first), len(rows), said.__getitem__))
    return found


def _trimmed(text: str) -> str:
    """Text without blanks around it; no-break spaces are blanks too."""
    if text.isascii():
        return text.strip()
    return unicodedata.normalize("NFC", text).replace("\u00a0", " ").replace("\u200b", "").strip("\ufeff \t\r\n")
