"""Reads the lines that ``convert`` wrote as Parquet: their cells are values already, and nothing is worked out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from itertools import groupby, repeat
from operator import itemgetter
from typing import Any

from cleanclaim.claims.fields import BY_NAME, FIELDS, ValueType
from cleanclaim.claims.model import NO_FACTS, Claim, FactValue, Line, Status
from cleanclaim.claims.tables.targets import STATUS

SETTLED = b"cleanclaim-converted"
"""The key in a file's metadata which says that its cells are values already."""
SOURCE = "file_name"
"""Tuva's column for where a row comes from; here with the claim's place in that file."""

COLUMNS: Mapping[str, str] = {spec.attribute: spec.column.rstrip("_") for spec in FIELDS}
"""The column of each attribute of a line; a list of codes stands in one."""

_claim_of = itemgetter(Line._fields.index("claim"))


def settled_lines(columns: Mapping[str, list[Any]], declared: Mapping[str, ValueType]) -> Iterator[Line]:
    """The lines of rows whose cells are ``columns``, by their names in the file."""
    given: dict[str, list[Any]] = {}
    for spec in FIELDS:
        cells = columns.get(COLUMNS[spec.attribute])
        if cells is not None:
            given[spec.attribute] = _values(cells, spec.type)
    if STATUS in columns:
        given["status"] = [Status(cell) for cell in columns[STATUS]]
    given["source"] = columns[SOURCE]
    facts = {name: _values(columns[name], type_) for name, type_ in declared.items() if name in columns}
    facts = {name: cells for name, cells in facts.items() if name not in BY_NAME}
    if facts:
        given["facts"] = [_said(facts, row) for row in zip(*facts.values(), strict=True)]
    wide = [given[name] if name in given else repeat(Line._field_defaults[name]) for name in Line._fields]
    return map(Line._make, zip(*wide, strict=False))


def claims_of(lines: Iterator[Line]) -> Iterator[Claim]:
    """Lines that follow one another, claim by claim."""
    for _, together in groupby(lines, _claim_of):
        yield Claim(tuple(together))


def _said(facts: Mapping[str, list[Any]], row: tuple[Any, ...]) -> Mapping[str, FactValue]:
    return {name: value for name, value in zip(facts, row, strict=True) if value is not None} or NO_FACTS


def _values(cells: list[Any], type_: ValueType) -> list[Any]:
    if type_ is ValueType.CODES:
        return [tuple(cell) if cell is not None else None for cell in cells]
    if type_ is ValueType.NUMBER:
        return _each_once(cells, _number)
    return cells


def _each_once(cells: list[Any], convert: Callable[[Any], Any]) -> list[Any]:
    known = {cell: convert(cell) for cell in set(cells)}
    return [known[cell] for cell in cells]


def _number(cell: int | Decimal | None) -> int | Decimal | None:
    """Without the zeros that the column's type adds."""
    if not isinstance(cell, Decimal):
        return cell
    whole = cell.to_integral_value()
    return int(whole) if cell == whole else cell.normalize()
