"""Judges lines where they lie: on the DuckDB connection that reads them."""

from __future__ import annotations

from collections.abc import Mapping

from cleanclaim.audit.judged import Judged, Told
from cleanclaim.audit.odd import Connection
from cleanclaim.backends.relational.duckdb_session import Session
from cleanclaim.backends.relational.found import FOUND
from cleanclaim.backends.relational.kept import Kept
from cleanclaim.backends.relational.sources import lines_of
from cleanclaim.backends.relational.wanted import FEWEST, MANY, wanted
from cleanclaim.claims.fields import ValueType
from cleanclaim.policy.versions import Edition


class OnDuckDB:
    """The relational engine on one connection; a program is made once for all lines that it judges.

    ``kept`` are the statements of programs that were made in runs before.
    """

    name = "duckdb"

    def __init__(self, connection: Connection, facts: Mapping[str, ValueType], kept: Kept | None = None) -> None:
        self._connection = connection
        self._kept = kept
        self._facts = facts
        self._made: tuple[Edition, Session] | None = None

    def found(self) -> int | None:
        """How many findings there are so far, while others are being made."""
        with self._connection.cursor() as beside:
            ((count,),) = beside.execute(f"SELECT count(*) FROM {FOUND}").fetchall()
        return int(count)

    def judge(self, edition: Edition, lines: str, told: Told) -> Judged:
        """The findings on the lines of a relation."""
        columns, query = lines_of(self._connection, f"SELECT * FROM {lines}", self._facts)
        ((count,),) = self._connection.execute(f"SELECT count(*) FROM {lines}").fetchall()
        if self._made is None or self._made[0] is not edition:
            made = wanted(edition, columns, fewest=FEWEST if count >= MANY else None)
            self._made = edition, Session(made, self._connection, self._kept)
        _, session = self._made
        session.lines_of(query, count)
        session.run(told)
        return Judged(session.query(joined=True), f'SELECT "row", claim, line FROM {FOUND}', session.by_definition)
