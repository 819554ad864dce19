"""Reads the same inputs by the table reader and by SQL, and says where they differ."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from cleanclaim.audit.beside import NOTHING, Beside
from cleanclaim.audit.prepare import LINES, Prepared, prepare
from cleanclaim.audit.reach import Reach
from cleanclaim.audit.sources import Sources
from cleanclaim.claims.fields import FIELDS, ValueType
from cleanclaim.claims.model import Line, Status, Warning
from cleanclaim.claims.sources import read
from cleanclaim.claims.tables.mapping import NO_MAP, TableMap
from cleanclaim.lint import Input

_PLACES = {spec.attribute: n for n, spec in enumerate(FIELDS)}
EVERY = frozenset(spec.name for spec in FIELDS) | {"line_status"}


@dataclass(frozen=True)
class Read:
    """What a way of reading makes of inputs, so that it can be compared."""

    lines: list[tuple[Any, ...]]
    claims: int
    judged: int
    billed: int
    history: int
    copies: int
    rejected: set[tuple[str, str, str, int]]
    warned: set[tuple[str, str]]
    """By source and reason: SQL tells once for many rows what the batch tells of each."""


def by_batch(
    paths: Sequence[Path],
    history: Sequence[Path] = (),
    mapping: TableMap = NO_MAP,
    facts: Mapping[str, ValueType] | None = None,
    beside: Beside = NOTHING,
) -> Read:
    """Line by line."""
    declared = facts or {}
    what = Input(
        read([str(path) for path in paths], mapping=mapping, declared=declared),
        read([str(path) for path in history], mapping=mapping, declared=declared) if history else (),
        beside.roster,
        beside.facts,
        beside.payer,
    )
    with what.collect() as batch:
        # A group without a line to judge is left out of partitions, so lines are looked at where they are kept.
        lines = [_plain(line, declared) for line in batch._lines]
        rejected = {(each.source, each.where, each.reason, each.claims) for each in batch.rejected}
        told = warned(batch.warnings)
        claims = batch.claims + batch.rejected_claims
        return Read(
            sorted(lines, key=repr),
            claims,
            batch.claims,
            batch.lines,
            batch.history,
            batch.history_copies,
            rejected,
            told,
        )


def by_sql(
    paths: Sequence[Path],
    work: Path,
    history: Sequence[Path] = (),
    mapping: TableMap = NO_MAP,
    facts: Mapping[str, ValueType] | None = None,
    reach: Reach | None = None,
    beside: Beside = NOTHING,
) -> Read:
    """By the database."""
    declared = facts or {}
    with duckdb.connect() as connection:
        found = prepared(connection, paths, work, history, mapping, declared, reach, beside)
        rows = connection.execute(f"SELECT * FROM {LINES}").fetchall()
        names = [column[0] for column in connection.description or ()]
        lines = [_row(dict(zip(names, row, strict=True)), declared) for row in rows]
        rejected = {(each.source, each.where, each.reason, each.claims) for each in found.rejects()}
        assert len({row[0] for row in rows}) == len(rows)
        assert found.claims == found.judged + found.rejected
        told = warned(found.warnings)
        return Read(
            sorted(lines, key=repr),
            found.claims,
            found.judged,
            found.lines,
            found.history,
            found.copies,
            rejected,
            told,
        )


def prepared(
    connection: duckdb.DuckDBPyConnection,
    paths: Sequence[Path],
    work: Path,
    history: Sequence[Path] = (),
    mapping: TableMap = NO_MAP,
    facts: Mapping[str, ValueType] | None = None,
    reach: Reach | None = None,
    beside: Beside = NOTHING,
) -> Prepared:
    """The table of lines with every field."""
    sources = Sources.open(
        [str(path) for path in paths],
        connection,
        work,
        mapping=mapping,
        facts=facts,
        history=[str(path) for path in history],
    )
    return prepare(connection, sources, EVERY | set(facts or {}), facts, reach, beside=beside)


def _plain(line: Line, facts: Mapping[str, ValueType]) -> tuple[Any, ...]:
    values = [_value(getattr(line, spec.attribute)) for spec in FIELDS]
    return (line.status.value, *values, *(_value(line.facts.get(name)) for name in facts))


def _row(row: Mapping[str, Any], facts: Mapping[str, ValueType]) -> tuple[Any, ...]:
    values = [_value(row[spec.attribute]) for spec in FIELDS]
    for name in ("claim", "patient"):
        # Numbers stay numbers where a table has them so; they stand for the same claims and people.
        values[_PLACES[name]] = str(row[name])
    assert row["status"] in {status.value for status in Status}
    return (row["status"], *values, *(_value(row[f"fact_{name}"]) for name in facts))


def _value(value: object) -> object:
    if isinstance(value, tuple | list):
        return tuple(value)
    if value is None or isinstance(value, str | bool) or not hasattr(value, "as_integer_ratio"):
        return value
    return value.as_integer_ratio()


def warned(warnings: Iterable[Warning]) -> set[tuple[str, str]]:
    # Which claims are named first is nobody's concern.
    return {
        (each.source.partition(", ")[0], each.reason.partition(":")[0] if each.where == "claims" else each.reason)
        for each in warnings
    }
