"""Narrows an opened history to the days that rules can reach, where the table itself can find them."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date

from cleanclaim.audit.odd import Connection
from cleanclaim.audit.opened import Opened
from cleanclaim.audit.reach import Reach
from cleanclaim.audit.sql import quoted

_NUMBERS = ("file_index", "file_row_number")
"""Columns that DuckDB adds to a table, but not to a query of one."""
_DAYS = ("DATE", "TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS")


@dataclass(frozen=True, slots=True)
class Seen:
    """The first and last date of service under judgement."""

    first: date | None
    last: date | None

    @classmethod
    def of(cls, connection: Connection, judged: str) -> Seen:
        """Of the lines of a relation."""
        return cls(*connection.execute(f"SELECT min(service_date), max(service_date) FROM {judged}").fetchall()[0])


def reached(opened: Opened, reach: Reach | None, seen: Seen) -> Opened:
    """The table without rows that no rule can meet; a row whose date is not written as one stays, to be refused."""
    if reach is None or seen.first is None or seen.last is None:
        return opened
    if not reach.rules:
        return _where(opened, "FALSE")
    bound = next((each for each in opened.binding.bound if each.target.name == "service_date"), None)
    if bound is None or not bound.places or bound.rule.values or bound.rule.format:
        return opened
    column = opened.header[bound.places[0]]
    if opened.types[column] not in _DAYS:
        return opened
    start, end = reach.dates(seen.first, seen.last)
    day = f"CAST({quoted(column)} AS DATE)" if opened.types[column] != "DATE" else quoted(column)
    parts = [f"{day} >= DATE '{start.isoformat()}'"] if start is not None else []
    parts += [f"{day} <= DATE '{end.isoformat()}'"] if end is not None else []
    return _where(opened, " AND ".join(parts)) if parts else opened


def _where(opened: Opened, condition: str) -> Opened:
    numbers = [name for name in _NUMBERS if name in (opened.at, *re.findall(r"\w+", opened.row))]
    return replace(opened, relation=f"(SELECT {', '.join(['*', *numbers])} FROM {opened.relation} WHERE {condition})")
