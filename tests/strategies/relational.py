"""The relational engine called as the others are, lines in and findings out, so that they can be compared."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

import duckdb
import pyarrow as pa

from cleanclaim.backends.reference import ReferenceEngine
from cleanclaim.backends.relational.duckdb_session import Session
from cleanclaim.backends.relational.layout import columns, declared, table_of
from cleanclaim.backends.relational.wanted import wanted
from cleanclaim.claims.batch import groups
from cleanclaim.claims.model import Line
from cleanclaim.findings.finding import Finding, Verdict
from cleanclaim.policy.versions import Edition


class RelationalEngine:
    """Judges lines on DuckDB, many groups at once."""

    name = "duckdb"

    def __init__(self, edition: Edition, *, apart: bool = False, fewest: int | None = None) -> None:
        self._apart, self._fewest = apart, fewest
        self.edition = edition
        self._facts = declared(edition)
        self._sessions: dict[tuple[str, ...], Session] = {}

    @property
    def by_definition(self) -> tuple[str, ...]:
        """The rules met so far that no expression says, and that the definition judges."""
        return tuple(one.rule.id for session in self._sessions.values() for one in session.by_definition)

    def judge(self, partition: tuple[str, ...], lines: Sequence[Line]) -> Iterator[Finding]:
        """The findings on judged lines of any number of groups, by the rules of one partition.

        The lines may stand in any order: looks keep the groups apart, because the fields of a partition are among
        the keys of all of them. Where two lines are of one place in the canonical order, the first given is first.
        """
        session = self._session(partition)
        session.lines(table_of(lines, self._facts))
        session.run()
        yield from findings_of(session.findings(joined=False))
        left = {(one.policy.id, one.policy.version, one.rule.id) for one in session.by_definition}
        if left:
            reference = ReferenceEngine(self.edition)
            for group in groups(lines, partition):
                for finding in reference.judge(partition, group):
                    if (finding.policy, finding.version, finding.rule) in left:
                        yield finding

    def _session(self, partition: tuple[str, ...]) -> Session:
        if partition not in self._sessions:
            made = wanted(self.edition, columns(self._facts), partition, apart=self._apart, fewest=self._fewest)
            self._sessions[partition] = Session(made, duckdb.connect())
        return self._sessions[partition]


def findings_of(relation: pa.Table) -> Iterator[Finding]:
    """Findings from the relation of a session."""
    for row in relation.to_pylist():
        related = tuple((other["claim"], other["line"]) for other in row["related"])
        whole = {"verdict": Verdict(row["verdict"]), "related": related, "because": json.loads(row["because"])}
        yield Finding(**row | whole | {name: tuple(row[name]) for name in ("lines", "missing")})
