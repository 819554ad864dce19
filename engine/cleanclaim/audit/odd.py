"""Reads each distinct odd cell of a column by the table reader itself, into a small table that joins its value back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, cast

import pyarrow as pa

from cleanclaim.audit.cells import type_of
from cleanclaim.audit.sql import quoted
from cleanclaim.backends.relational.rows import Rows, load
from cleanclaim.claims.fields import ValueType
from cleanclaim.claims.tables.assembly import joined
from cleanclaim.claims.tables.binding import Bound
from cleanclaim.claims.tables.targets import Target
from cleanclaim.claims.tables.values import Doubted, Unreadable, Value, converter, split

Connection = Any
"""duckdb's own types are incomplete; its objects go no further than this package."""

_BATCH = 50_000
ARROW: dict[ValueType, pa.DataType] = {
    ValueType.CODE: pa.string(),
    ValueType.CODES: pa.list_(pa.string()),
    ValueType.TEXT: pa.string(),
    ValueType.NUMBER: pa.decimal128(18, 6),
    ValueType.MONEY: pa.decimal128(18, 2),
    ValueType.DATE: pa.date32(),
    ValueType.BOOLEAN: pa.bool_(),
}
TOO_LONG = "has more digits than an amount or a number of a claim line"


@dataclass(frozen=True, slots=True)
class Odd:
    """The table of a column's odd cells: ``cell``, ``value``, ``reason`` (it cannot be read), ``doubt`` (it can)."""

    table: str
    refused: bool
    doubted: bool


def read_odd(connection: Connection, table: str, relation: str, column: str, condition: str, bound: Bound) -> Odd:
    """Makes the table of the cells of ``column`` that do not meet ``condition``."""
    cell = quoted(column)
    odd = f"{cell} IS NOT NULL AND NOT ({condition.format(c=cell)})"
    connection.execute(
        f"CREATE OR REPLACE TABLE {table}_cells AS SELECT row_number() OVER () AS n, cell FROM "
        f"(SELECT DISTINCT {cell} AS cell FROM {relation} WHERE {odd})"
    )
    type_ = type_of(bound.target) if not bound.target.listed else "VARCHAR[]"
    connection.execute(f"CREATE OR REPLACE TABLE {table}_read (n BIGINT, value {type_}, reason VARCHAR, doubt VARCHAR)")
    refused, doubted = _read_all(connection, table, bound)
    connection.execute(
        f"CREATE OR REPLACE TABLE {table} AS "
        f"SELECT cell, value, reason, doubt FROM {table}_cells JOIN {table}_read USING (n)"
    )
    connection.execute(f"DROP TABLE {table}_cells")
    connection.execute(f"DROP TABLE {table}_read")
    return Odd(table, refused, doubted)


def _read_all(connection: Connection, table: str, bound: Bound) -> tuple[bool, bool]:
    read = _reading(bound)
    refused = doubted = False
    arrow = pa.int64() if bound.target.name == "line" else ARROW[bound.target.type]
    count = connection.execute(f"SELECT count(*) FROM {table}_cells").fetchall()[0][0]
    for start in range(0, count, _BATCH):
        rows = connection.execute(
            f"SELECT n, cell FROM {table}_cells WHERE n > {start} AND n <= {start + _BATCH}"
        ).fetchall()
        held = [settled(read(cell), bound.target) for _, cell in rows]
        values, reasons, doubts = zip(*held, strict=True)
        known: Rows = {
            "n": (pa.int64(), [n for n, _ in rows]),
            "value": (arrow, values),
            "reason": (pa.string(), reasons),
            "doubt": (pa.string(), doubts),
        }
        load(connection, f"{table}_known", known)
        connection.execute(f"INSERT INTO {table}_read SELECT n, value, reason, doubt FROM {table}_known")
        connection.execute(f"DROP TABLE {table}_known")
        refused = refused or any(reasons)
        doubted = doubted or any(doubts)
    return refused, doubted


def _reading(bound: Bound) -> Callable[[Any], Value]:
    convert = converter(bound.target, bound.rule)
    if not bound.target.listed:
        return convert
    gaps = bound.target.counted
    whole = split(convert, bound.rule, gaps=gaps)

    def read(cell: Any) -> Value:
        if not isinstance(cell, list | tuple):
            return whole(cell)
        codes = [convert(each) for each in cell]
        cells = tuple((code,) if isinstance(code, str) else code for code in codes)
        return joined(cells, tuple(range(len(cells))) if gaps else ())

    return read


def settled(value: Value, target: Target) -> tuple[object, str | None, str | None]:
    """The value as the layout holds it, why it cannot be read, and what is odd about it."""
    if isinstance(value, Unreadable):
        return None, f"{value.reason}; {value.remedy}" if value.remedy else value.reason, None
    doubt = value.reason if isinstance(value, Doubted) else None
    plain = value.value if isinstance(value, Doubted) else value
    if plain is None or target.type not in (ValueType.NUMBER, ValueType.MONEY):
        return (list(plain) if isinstance(plain, tuple) else plain), None, doubt
    if target.name == "line":
        return (plain, None, doubt) if cast(int, plain) < 1 << 62 else (None, TOO_LONG, None)
    places = 2 if target.type is ValueType.MONEY else 6
    exact = Decimal(cast("int | Decimal", plain))
    held = exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    if abs(held) >= Decimal(10) ** (18 - places):
        return None, TOO_LONG, None
    if held != exact:
        doubt = doubt or f"has more than {places} decimals and is rounded to {places}"
    return held, None, doubt
