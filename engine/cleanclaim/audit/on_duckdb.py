"""Judges lines where they lie: on the DuckDB connection that reads them."""

from __future__ import annotations

from collections.abc import Mapping

from cleanclaim.audit.judged import Judged, Told
from cleanclaim.audit.odd import Connection
from cleanclaim.backends.relational.duckdb_session import Session
from cleanclaim.backends.relational.gather import FOUND
from cleanclaim.backends.relational.program import Program, program
from cleanclaim.backends.relational.sources import lines_of
from cleanclaim.claims.fields import ValueType
from cleanclaim.policy.versions import Edition


class OnDuckDB:
    """The relational engine on one connection; a program is made once for all lines that it judges."""

    name = "duckdb"

    def __init__(self, connection: Connection, facts: Mapping[str, ValueType]) -> None:
        self._connection = connection
        self._facts = facts
        self._made: tuple[Edition, Program, Session] | None = None

    def judge(self, edition: Edition, lines: str, told: Told) -> Judged:
        """The findings on the lines of a relation."""
        schema, query = lines_of(self._connection, f"SELECT * FROM {lines}", self._facts)
        if self._made is None or self._made[0] is not edition:
            made = program(edition, schema)
            self._made = edition, made, Session(made, self._connection)
        _, made, session = self._made
        session.lines_of(query)
        session.run(told)
        return Judged(session.query(joined=True), f'SELECT "row", claim, line FROM {FOUND}', made.by_definition)
