"""The performer roster as a table: for each performer, state and span of days, what was held."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pyarrow as pa

from cleanclaim.audit.loading import load
from cleanclaim.audit.odd import Connection
from cleanclaim.claims.roster import Licence, Roster

TABLE = "audit_roster"
JOIN = (
    f" LEFT JOIN {TABLE} ON {TABLE}.npi = t.rendering_npi AND t.service_date BETWEEN {TABLE}.first AND {TABLE}.last "
    # A performer whose every row is of any state is known wherever the service was, even where that is unknown.
    f"AND CASE WHEN {TABLE}.state IS NOT NULL THEN {TABLE}.state = t.state "
    f"ELSE coalesce(NOT list_contains({TABLE}.others, t.state), len({TABLE}.others) = 0) END"
)
"""Finds at most one row for a line ``t``."""
_ELSEWHERE = ""
"""A state of which no licence is."""
_ROW = tuple[str, str | None, list[str], date, date, list[str], str | None]
_SCHEMA = pa.schema(
    [
        ("npi", pa.string()),
        ("state", pa.string()),
        ("others", pa.list_(pa.string())),
        ("first", pa.date32()),
        ("last", pa.date32()),
        ("held", pa.list_(pa.string())),
        ("supervisor", pa.string()),
    ]
)


def load_roster(connection: Connection, roster: Roster) -> None:
    """Makes the table; what lines get of it is what :meth:`cleanclaim.claims.roster.Roster.apply` gives them."""
    rows = [row for npi in sorted(roster.licences) for row in _rows(roster, npi)]
    columns = [pa.array([row[n] for row in rows], field.type) for n, field in enumerate(_SCHEMA)]
    load(connection, TABLE, pa.table(columns, schema=_SCHEMA))


def _rows(roster: Roster, npi: str) -> Iterator[_ROW]:
    licences = roster.licences[npi]
    states = sorted({row.state for row in licences if row.state is not None})
    for state in (*states, None):
        for first, last in _spans(licences):
            held, supervisor = roster.performer(npi, first, state if state is not None else _ELSEWHERE)
            if held is not None:
                yield npi, state, states, first, last, list(held), supervisor


def _spans(licences: tuple[Licence, ...]) -> Iterator[tuple[date, date]]:
    """The days from the first to the last of the calendar, in spans within which nothing changes."""
    starts = {date.min} | {row.first for row in licences}
    starts |= {row.last + timedelta(1) for row in licences if row.last < date.max}
    ordered = sorted(starts)
    for first, following in zip(ordered, [*ordered[1:], None], strict=True):
        yield first, following - timedelta(1) if following is not None else date.max
