"""Lines that Spark can read already, as a frame: the table of lines that programs read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import ibis
import ibis.expr.datatypes as dt
from ibis.backends.sql.datatypes import PySparkType

from cleanclaim.backends.relational.layout import ROW, STATUS, schema
from cleanclaim.backends.relational.sources import serves
from cleanclaim.claims.fields import ValueType
from cleanclaim.claims.model import Status

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


def lines_of(frame: DataFrame, facts: Mapping[str, ValueType]) -> tuple[ibis.Schema, DataFrame]:
    """The lines of a frame, as a schema to make a program for and the frame to give its session.

    The frame has columns by the names of :class:`cleanclaim.claims.model.Line`, and ``fact_…`` for declared facts;
    those that it lacks are missing on every line. Without a ``row`` Spark numbers the lines, each time that it reads
    them: give one where files may come in another order. Without a ``status`` all are judged.
    """
    given = {name: PySparkType.from_string(type_) for name, type_ in frame.dtypes}
    types: dict[str, dt.DataType] = {}
    columns: list[str] = []
    for name, wanted in schema(facts).items():
        types[name] = given[name] if name in given and serves(name, given[name], wanted) else wanted
        columns.append(f"{_column(name, given, types[name])} AS `{name}`")
    return ibis.schema(types), frame.selectExpr(*columns)


def _column(name: str, given: Mapping[str, dt.DataType], type_: dt.DataType) -> str:
    held = PySparkType.to_string(type_)
    if name in given:
        return f"`{name}`" if given[name] == type_ else f"CAST(`{name}` AS {held})"
    if name == ROW:
        return "monotonically_increasing_id()"
    if name == STATUS:
        return f"'{Status.CLAIM.value}'"
    return f"CAST(NULL AS {held})"
