"""Rows that stand in for imported tables in a policy's tests, typed as the table's columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from cleanclaim.claims.fields import ValueType
from cleanclaim.claims.model import Scalar
from cleanclaim.policy.diagnostics import quoted
from cleanclaim.policy.model import TableSpec
from cleanclaim.policy.names import Names
from cleanclaim.policy.reading import is_null, suggestion
from cleanclaim.policy.scalars import Want, constant
from cleanclaim.policy.tree import Entry, MappingNode, Node

TestRow = Mapping[str, Scalar | None]


def test_tables(names: Names, node: Node | None) -> dict[str, tuple[TestRow, ...]]:
    """The rows by table. A column that is left out, or is null, is a blank cell."""
    specs = names.tables.specs
    found: dict[str, tuple[TestRow, ...]] = {}
    for entry in names.reading.entries(node, "`test_tables`"):
        spec = specs.get(entry.key.text)
        if spec is None:
            names.reading.unknown("table", entry.key, specs)
        elif spec.file is not None:
            help = "the tests read the file itself; remove these rows"
            names.reading.error("test-table", f"{quoted(spec.name)} is not imported", entry.key, help)
        else:
            found[spec.name] = tuple(_rows(names, spec, entry))
    return found


def _rows(names: Names, spec: TableSpec, entry: Entry) -> Iterator[TestRow]:
    dates = {column: ValueType.DATE for column in (spec.start, spec.through) if column is not None}
    types = {**spec.columns, **dates}
    for item in names.reading.items(entry.value, f"the rows of {entry.key.text}"):
        row = names.reading.mapping(item, "a row")
        if row is not None:
            yield {**dict.fromkeys(types), **dict(_cells(names, spec, types, row))}


def _cells(
    names: Names, spec: TableSpec, types: Mapping[str, ValueType], row: MappingNode
) -> Iterator[tuple[str, Scalar | None]]:
    for key, node in row.entries:
        if key.text not in types:
            help = suggestion(key.text, types, f"the table {spec.name}", "columns")
            message = f"no rule uses a column {quoted(key.text)} of {spec.name}"
            names.reading.error("unknown-column", message, key, help)
        elif not is_null(node):
            scalar = names.reading.scalar(node, f"the cell of {key.text}")
            if scalar is not None:
                yield key.text, constant(names.reading, scalar, Want(types[key.text], key.text))
