"""What lines there are in a relation, counted in one pass: what tells which policies and tables concern them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date, timedelta
from itertools import chain
from typing import Any

from cleanclaim.audit.alike import Test, alike
from cleanclaim.audit.odd import Connection
from cleanclaim.audit.sql import quoted
from cleanclaim.claims.fields import BY_NAME, ValueType
from cleanclaim.claims.model import Line, Status
from cleanclaim.coverage import Coverage
from cleanclaim.imported import Met
from cleanclaim.policy.model import Compare, Condition, FieldOf, Literal, Period, Side
from cleanclaim.policy.versions import Edition
from cleanclaim.policy.visit import conditions, leaves, values_of_condition
from cleanclaim.relevance import SCOPE
from cleanclaim.tables.releases import Release
from cleanclaim.tally import FIELDS, Kind, kind_of
from cleanclaim.unevaluated import telling

_KINDS, _SPANS = "audit_kinds", "audit_spans"
_DAY = "service_date"
_FIRST, _LAST = date(1990, 1, 1), date(2100, 1, 1)


class LineKinds:
    """The lines of a relation by kind: by the fields that tell whom policies speak of, and between which dates.

    Dates between which no version of a policy and no release of a table begins or ends are of one span. Values of a
    field that no condition tells apart are one kind's, so that kinds do not grow with lines.
    """

    def __init__(
        self, connection: Connection, lines: str, edition: Edition, releases: Iterable[Release], met: Met
    ) -> None:
        self._connection = connection
        asked = _asked(edition)
        self._fields = [name for name in FIELDS if name in asked | set(SCOPE)]
        tests = _tests(edition, [name for name in self._fields if name not in SCOPE])
        values = _values(connection, lines, sorted({"procedure", *tests}))
        met.relevance.procedures.update(values["procedure"])
        for name, codes in _codes(connection, lines, sorted(met.values)).items():
            met.values[name].update(codes)
        self._alike = {name: alike(connection, name, values[name], tests[name]) for name in tests}
        _make_spans(connection, sorted(set(_bounds(edition, releases))))
        columns = "".join(f"{self._number(name)} AS {quoted(BY_NAME[name].attribute)}, " for name in self._fields)
        joins = "".join(
            f"LEFT JOIN {known.table} ON l.{quoted(BY_NAME[name].attribute)} = {known.table}.value "
            for name, known in self._alike.items()
        )
        connection.execute(
            f"CREATE OR REPLACE TABLE {_KINDS} AS SELECT {columns}status, "
            f"coalesce(s.span, {_DAY} - DATE '10000-01-01') AS span, "
            f"min({_DAY}) AS first, max({_DAY}) AS last, count(*) AS lines "
            f"FROM {lines} AS l LEFT JOIN {_SPANS} AS s ON l.{_DAY} = s.day {joins}GROUP BY ALL"
        )
        self._known: dict[tuple[str, ...], tuple[tuple[Line, Kind, int], ...]] = {}
        self._tell(met)

    def kinds(self, fields: Collection[str]) -> Sequence[tuple[Line, Kind, int]]:
        """The judged lines; a span of dates has its first and its last as examples."""
        names = tuple(name for name in self._fields if name in fields)
        if names not in self._known:
            self._known[names] = tuple(self._kinds_by(names))
        return self._known[names]

    def _kinds_by(self, names: Sequence[str]) -> Iterator[tuple[Line, Kind, int]]:
        for line, last, count in self._grouped(names, f"status = '{Status.CLAIM.value}'"):
            kind = kind_of(line)
            yield line, kind, count - 1 if last != line.service_date else count
            if last != line.service_date:
                yield line._replace(service_date=last), kind, 1

    def _tell(self, met: Met) -> None:
        """Lets the scopes of lines be taken note of, those of history too, which other lines may meet."""
        for line, last, _ in self._grouped([name for name in SCOPE if name in self._fields], "TRUE"):
            met.relevance.note_scope(line)
            met.relevance.note_scope(line._replace(service_date=last))

    def _number(self, name: str) -> str:
        return f"{self._alike[name].table}.number" if name in self._alike else f"l.{quoted(BY_NAME[name].attribute)}"

    def _grouped(self, names: Sequence[str], condition: str) -> Iterator[tuple[Line, date, int]]:
        """A line of each group on its first day, its last day, and how many lines it has."""
        attributes = [BY_NAME[name].attribute for name in names]
        columns = "".join(f"{quoted(attribute)}, " for attribute in attributes)
        rows = self._connection.execute(
            f"SELECT {columns}span, min(first), max(last), sum(lines)::BIGINT FROM {_KINDS} WHERE {condition} "
            "GROUP BY ALL ORDER BY ALL"
        ).fetchall()
        places = [Line._fields.index(attribute) for attribute in attributes]
        examples = [self._alike[name].examples if name in self._alike else None for name in names]
        for *cells, _, first, last, count in rows:
            values: list[Any] = list(Line("", 1, "", first, first))
            for place, cell, known in zip(places, cells, examples, strict=True):
                if known is not None:
                    values[place] = None if cell is None else known[cell]
                else:
                    values[place] = tuple(cell) if isinstance(cell, list) else cell
            yield Line._make(values), last, count


def _values(connection: Connection, lines: str, names: Sequence[str]) -> dict[str, list[Any]]:
    """The different values that lines have in each of some fields, ``None`` too."""
    lists = ", ".join(f"list(DISTINCT {quoted(BY_NAME[name].attribute)})" for name in names)
    (found,) = connection.execute(f"SELECT {lists} FROM {lines}").fetchall()
    return {name: values or [] for name, values in zip(names, found, strict=True)}


def _codes(connection: Connection, lines: str, names: Sequence[str]) -> dict[str, list[str]]:
    """The different codes that lines have in each of some fields; of lists those in them, for lists are far more."""
    if not names:
        return {}
    columns = {name: quoted(BY_NAME[name].attribute) for name in names}
    lists = ", ".join(
        f"list_distinct(flatten(list(DISTINCT {column})))"
        if BY_NAME[name].type is ValueType.CODES
        else f"list(DISTINCT {column}) FILTER ({column} IS NOT NULL)"
        for name, column in columns.items()
    )
    (found,) = connection.execute(f"SELECT {lists} FROM {lines}").fetchall()
    return {name: codes or [] for name, codes in zip(names, found, strict=True)}


def _make_spans(connection: Connection, days: Sequence[date]) -> None:
    """Makes the table of each day's span, so that it is looked up once a line."""
    connection.execute(f"CREATE OR REPLACE TABLE {_SPANS} (bound DATE)")
    connection.executemany(f"INSERT INTO {_SPANS} VALUES (?)", [[day] for day in days or [date.max]])
    # Days far from any bound are few, and may each be of their own, below zero.
    connection.execute(
        f"CREATE OR REPLACE TABLE {_SPANS} AS SELECT day::DATE AS day, count(bound) AS span "
        f"FROM generate_series(TIMESTAMP '{_FIRST}', TIMESTAMP '{_LAST}', INTERVAL 1 DAY) AS t(day) "
        f"LEFT JOIN {_SPANS} ON bound <= day GROUP BY day"
    )


def _tests(edition: Edition, names: Collection[str]) -> dict[str, list[Test]]:
    """What asks after each of some fields, but for fields that something asks after together with others."""
    tests: dict[str, dict[Condition, Test]] = {name: {} for name in names}
    together: set[str] = set()
    policies = (policy for known in edition.policies for policy in known.versions)
    scopes = ((policy, node) for policy in policies for node in conditions(policy.scope))
    for policy, node in chain(_telling(edition), scopes):
        read = _read(node)
        if len(read) > 1:
            together |= read
        for name in read & tests.keys():
            tests[name].setdefault(node, (policy, node))
    return {name: [*asking.values()] for name, asking in tests.items() if name not in together}


def _asked(edition: Edition) -> set[str]:
    """The fields by which it is told of whom no payer's policy speaks, and over which lines rules pass."""
    asked = set(Coverage(edition).fields)
    for _, node in _telling(edition):
        if _compared(node) is None:
            asked |= _read(node)
    return asked & set(FIELDS)


def _telling(edition: Edition) -> Iterator[Test]:
    """What tells over which lines rules pass whose table is absent."""
    for known in edition.policies:
        for policy in known.versions:
            for rule in policy.rules:
                if any(policy.tables[name].imported is not None for name in rule.tables):
                    yield from ((policy, node) for node in conditions(telling(policy, rule)))


def _read(node: Condition) -> set[str]:
    """The fields that one condition itself reads, not those inside it."""
    return {leaf.name for value in values_of_condition(node) for leaf in leaves(value) if isinstance(leaf, FieldOf)}


def _compared(found: Condition) -> date | None:
    """The day that a date of service is compared with, where that is all there is: spans tell of it."""
    match found:
        case Compare(FieldOf(name, _, Side.LINE, False), _, Literal(date() as day)) if name == _DAY:
            return day
        case _:
            return None


def _bounds(edition: Edition, releases: Iterable[Release]) -> Iterator[date]:
    """The days on which something begins, or has just ended, that may tell lines apart."""
    periods = [Period(release.effective, release.through) for release in releases]
    tables = (table for by_name in edition.tables.values() for table in by_name.values())
    periods += [covered for table in tables for covered in table.coverage or ()]
    for known in edition.policies:
        for policy in known.versions:
            periods += [policy.effective, *(rule.effective for rule in policy.rules)]
    periods += [Period(day, day) for _, node in _telling(edition) if (day := _compared(node)) is not None]
    for period in periods:
        if period.start is not None and period.start > date.min:
            yield period.start
        if period.through is not None and period.through < date.max:
            yield period.through + timedelta(days=1)
