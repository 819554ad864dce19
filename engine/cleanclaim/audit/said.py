"""A file of facts as tables: what it says of whole claims, and what of single lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pyarrow as pa

from cleanclaim.audit.loading import load
from cleanclaim.audit.odd import ARROW, Connection, settled
from cleanclaim.audit.sql import quoted
from cleanclaim.claims.facts import OTHERWISE, Facts, Key
from cleanclaim.claims.fields import BY_NAME, ValueType
from cleanclaim.claims.model import Reject, Warning
from cleanclaim.claims.tables.facts_columns import facts_targets
from cleanclaim.claims.tables.targets import Target

CLAIMS = "audit_said_of_claims"
LINES = "audit_said_of_lines"


@dataclass(frozen=True)
class Told:
    """What the tables say: by name the SQL expressions of a line's value, and of the file's row that says it."""

    values: Mapping[str, str]
    rows: Mapping[str, str]
    problems: tuple[Reject, ...]


def load_facts(connection: Connection, facts: Facts, declared: Mapping[str, ValueType]) -> Told:
    """Makes both tables: ``v_n`` is the value of the n-th fact and ``r_n`` the file's row that speaks of it."""
    spoken = {name for said in facts.said.values() for name in said}
    names = [target for name, target in facts_targets(declared).items() if name in spoken]
    problems: list[Reject] = []
    for table, of_lines in ((CLAIMS, False), (LINES, True)):
        keys = [key for key in facts.rows if (key[1] is not None) is of_lines]
        load(connection, table, _table(facts, keys, names, problems))
    values: dict[str, str] = {}
    rows: dict[str, str] = {}
    for n, target in enumerate(names):
        # A line's own row wins, even where it cannot be read and the fact is unknown.
        said = f"{LINES}.r_{n} IS NOT NULL"
        values[target.name] = f"CASE WHEN {said} THEN {LINES}.v_{n} ELSE {CLAIMS}.v_{n} END"
        rows[target.name] = f"CASE WHEN {said} THEN {LINES}.r_{n} ELSE {CLAIMS}.r_{n} END"
    return Told(values, rows, tuple(problems))


def _table(facts: Facts, keys: list[Key], names: list[Target], problems: list[Reject]) -> pa.Table:
    columns: dict[str, pa.Array] = {
        "claim": pa.array([claim for claim, _ in keys], pa.string()),
        "line": pa.array([line for _, line in keys], pa.int64()),
        "said_in": pa.array([facts.rows[key] for key in keys], pa.int64()),
        "judged": pa.nulls(len(keys), pa.int64()),
    }
    for n, target in enumerate(names):
        values: list[object] = []
        rows: list[int | None] = []
        for key in keys:
            # Of a claim with a line that cannot be told nothing is said, but its rows are of some line.
            said = facts.said.get(key, {}).get(target.name) if key[0] not in facts.doubtful else None
            value, reason, _ = settled(said.value if said is not None else None, target)
            if said is not None and reason is not None:
                told = f"{target.column} {reason}; it is left unknown"
                problems.append(Reject(facts.source, f"row {said.row}", told))
            values.append(value)
            rows.append(said.row if said is not None else None)
        columns[f"v_{n}"] = pa.array(values, ARROW[target.type])
        columns[f"r_{n}"] = pa.array(rows, pa.int64())
    return pa.table(columns)


def warnings(
    connection: Connection, told: Told, facts: Facts, judged: str, past: str | None, joins: str
) -> Iterator[Warning]:
    """What claims give otherwise, and the rows that were of no line; ``judged`` and ``past`` are lines as read."""
    columns = ", ".join(map(quoted, ("row", "status", "claim", "line", *map(_attribute, told.values))))
    met = " UNION ALL ".join(f"SELECT {columns} FROM {each}" for each in (judged, past) if each is not None)
    doubts: list[tuple[int, str, int, int]] = []
    for name, value in told.values.items():
        own = quoted(_attribute(name))
        row, count, said = connection.execute(
            f"SELECT min(row), count(*), arg_min(said, row) FROM (SELECT t.row AS row, {told.rows[name]} AS said "
            f"FROM ({met}) AS t{joins} WHERE t.{own} <> {value})"
        ).fetchall()[0]
        if count:
            doubts.append((row, name, count, said))
    for _, name, count, said in sorted(doubts, key=lambda each: each[0]):
        where = f"row {said}" + (f" and {count - 1} more" if count > 1 else "")
        yield Warning(facts.source, where, f"{name} {OTHERWISE}")
    idle = []
    for table, keys in ((CLAIMS, "claim"), (LINES, "claim, line")):
        found = f"SELECT said_in FROM {table} ANTI JOIN ({met}) AS t USING ({keys})"
        idle += [row for (row,) in connection.execute(found).fetchall()]
    if idle:
        others = f" and {len(idle) - 1} more" if len(idle) > 1 else ""
        reason = "is of no claim line that was read; compare its claim and line numbers with the report's"
        yield Warning(facts.source, f"row {min(idle)}{others}", reason)


def _attribute(name: str) -> str:
    return BY_NAME[name].attribute if name in BY_NAME else f"fact_{name}"
