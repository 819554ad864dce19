"""The relational engine as the others are called: lines in, findings out."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Protocol

import duckdb
import pyarrow as pa

from cleanclaim.backends.errors import EngineFault
from cleanclaim.backends.reference import ReferenceEngine
from cleanclaim.backends.relational.duckdb_session import Session
from cleanclaim.backends.relational.layout import columns, declared, table_of
from cleanclaim.backends.relational.wanted import One, Wanted, wanted
from cleanclaim.claims.batch import groups
from cleanclaim.claims.model import Line
from cleanclaim.findings.finding import Finding, Verdict
from cleanclaim.policy.versions import Edition


class Judge(Protocol):
    """What a session of a database does, whichever it is."""

    def lines(self, lines: pa.Table) -> None:
        """Puts lines in the place of those that were there."""

    def run(self) -> None:
        """Judges the lines."""

    def findings(self, *, joined: bool) -> pa.Table:
        """The relation of findings."""

    @property
    def by_definition(self) -> tuple[One, ...]:
        """The rules that no expression says, and that are not judged."""


class RelationalEngine:
    """Judges lines on DuckDB, many groups at once."""

    name = "duckdb"
    at_once = 200_000
    called = "DuckDB"
    errors: tuple[type[Exception], ...] = (duckdb.Error,)
    """What the database raises; its words may hold values of the lines."""

    def __init__(self, edition: Edition, *, apart: bool = False, fewest: int | None = None) -> None:
        self._apart, self._fewest = apart, fewest
        self.edition = edition
        self._facts = declared(edition)
        self._sessions: dict[tuple[str, ...] | None, Judge] = {}

    @property
    def by_definition(self) -> tuple[str, ...]:
        """The rules met so far that no expression says, and that the definition judges."""
        return tuple(one.rule.id for session in self._sessions.values() for one in session.by_definition)

    def judge(self, partition: tuple[str, ...], lines: Sequence[Line]) -> Iterator[Finding]:
        """The findings on judged lines of any number of groups, by the rules of one partition.

        The lines may stand in any order: looks keep the groups apart, because the fields of a partition are among
        the keys of all of them. Where two lines are of one place in the canonical order, the first given is first.
        Raises :class:`~cleanclaim.backends.errors.EngineFault` where the database cannot go on.
        """
        try:
            session = self._session(partition)
            session.lines(table_of(lines, self._facts))
            session.run()
            relation = session.findings(joined=False)
        except self.errors as error:
            raise EngineFault(f"{self.called} cannot judge these lines ({type(error).__name__})") from None
        yield from found(relation)
        if session.by_definition:
            yield from self._left(session, partition, lines)

    def _left(self, session: Judge, partition: tuple[str, ...], lines: Sequence[Line]) -> Iterator[Finding]:
        """What the definition says by the rules that no expression does."""
        left = {(one.policy.id, one.policy.version, one.rule.id) for one in session.by_definition}
        reference = ReferenceEngine(self.edition)
        for group in groups(lines, partition):
            for finding in reference.judge(partition, group):
                if (finding.policy, finding.version, finding.rule) in left:
                    yield finding

    def _opened(self, wanted: Wanted) -> Judge:
        """A session for a program."""
        return Session(wanted, duckdb.connect())

    def _session(self, partition: tuple[str, ...] | None) -> Judge:
        if partition not in self._sessions:
            made = wanted(self.edition, columns(self._facts), partition, apart=self._apart, fewest=self._fewest)
            self._sessions[partition] = self._opened(made)
        return self._sessions[partition]


def found(relation: pa.Table) -> Iterator[Finding]:
    """Findings from their relation."""
    for row in relation.to_pylist():
        yield Finding(
            row["policy"],
            row["version"],
            row["rule"],
            Verdict(row["verdict"]),
            row["severity"],
            row["claim"],
            tuple(row["lines"]),
            tuple((other["claim"], other["line"]) for other in row["related"]),
            row["message"],
            row["fix"],
            row["cite"],
            tuple(row["missing"]),
            json.loads(row["because"]),
            row["fingerprint"],
        )
