"""Names and texts as SQL writes them, and the types of the table of lines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from cleanclaim.claims.fields import FIELDS, ValueType

TYPES: Mapping[ValueType, str] = {
    ValueType.CODE: "VARCHAR",
    ValueType.CODES: "VARCHAR[]",
    ValueType.TEXT: "VARCHAR",
    ValueType.NUMBER: "DECIMAL(18,6)",
    ValueType.MONEY: "DECIMAL(18,2)",
    ValueType.DATE: "DATE",
    ValueType.BOOLEAN: "BOOLEAN",
}
"""How the values of each type are held."""


def quoted(identifier: str) -> str:
    """An identifier, whatever it holds.

    >>> quoted('a"b')
    '"a""b"'
    """
    return '"' + identifier.replace('"', '""') + '"'


def text(value: str) -> str:
    """A text literal, whatever it holds.

    >>> text("O'Neill")
    "'O''Neill'"
    """
    if "\0" in value:
        raise ValueError("text with a zero byte has no place in SQL")
    return "'" + value.replace("'", "''") + "'"


def texts(values: Iterable[str]) -> str:
    """Text literals in brackets, as ``IN`` takes them."""
    return f"({', '.join(map(text, values))})"


def layout(facts: Mapping[str, ValueType]) -> dict[str, str]:
    """The columns of the table of lines after ``row`` and ``status``, with their types."""
    columns = {spec.attribute: "BIGINT" if spec.name == "line" else TYPES[spec.type] for spec in FIELDS}
    return columns | {f"fact_{name}": TYPES[type_] for name, type_ in facts.items()}
