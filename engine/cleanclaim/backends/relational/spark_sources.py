"""Lines that Spark can read already, as a frame: the table of lines that programs read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import ibis.expr.datatypes as dt
from ibis.backends.sql.datatypes import DuckDBType, PySparkType

from cleanclaim.backends.relational.layout import ROW, STATUS, columns
from cleanclaim.backends.relational.sources import may_be_whole
from cleanclaim.backends.relational.typed import schema
from cleanclaim.claims.fields import ValueType
from cleanclaim.claims.model import Status

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


def lines_of(frame: DataFrame, facts: Mapping[str, ValueType]) -> tuple[Mapping[str, str], DataFrame]:
    """The lines of a frame, as the columns to make a program for and the frame to give its session.

    The frame has columns by the names of :class:`cleanclaim.claims.model.Line`, and ``fact_…`` for declared facts;
    those that it lacks are missing on every line. Without a ``row`` Spark numbers the lines, each time that it reads
    them: give one where files may come in another order. Without a ``status`` all are judged.
    """
    given = {name: PySparkType.from_string(type_) for name, type_ in frame.dtypes}
    types: dict[str, str] = {}
    cells: list[str] = []
    named = columns(facts)
    for name, wanted in schema(named).items():
        found = given.get(name)
        whole = found is not None and found.is_integer() and may_be_whole(name, named[name])
        held = found if found is not None and (found == wanted or whole) else wanted
        types[name] = DuckDBType.to_string(held)
        cells.append(f"{_cell(name, found, held)} AS `{name}`")
    return types, frame.selectExpr(*cells)


def _cell(name: str, given: dt.DataType | None, type_: dt.DataType) -> str:
    held = PySparkType.to_string(type_)
    if given is not None:
        return f"`{name}`" if given == type_ else f"CAST(`{name}` AS {held})"
    if name == ROW:
        return "monotonically_increasing_id()"
    if name == STATUS:
        return f"'{Status.CLAIM.value}'"
    return f"CAST(NULL AS {held})"
