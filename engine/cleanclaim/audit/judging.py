"""Judges the lines of a relation by the relational engine: all at once, or patients by slices where lines are many."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from cleanclaim.audit.odd import Connection
from cleanclaim.audit.sql import text
from cleanclaim.backends.relational.duckdb_session import Session, Told
from cleanclaim.backends.relational.gather import FOUND as SAID
from cleanclaim.backends.relational.program import Program, program
from cleanclaim.backends.relational.shapes import One
from cleanclaim.backends.relational.sources import lines_of
from cleanclaim.claims.fields import ValueType
from cleanclaim.policy.model import Rule
from cleanclaim.policy.versions import Edition, Known
from cleanclaim.store.charges import with_charges

FOUND = "audit_found"
_BARE, _PRICED = "audit_bare", "audit_priced"
_SLICE = "audit_slice"
_PATIENT = "patient"


@dataclass(frozen=True)
class Share:
    """Rules and lines that are judged together, apart from others. ``slice`` is ``None`` where they are all lines."""

    name: str
    edition: Edition
    slice: int | None


@dataclass
class Judging:
    """How the lines of ``relation`` are judged: share after share, so that an interrupted run can go on.

    ``work`` is a folder for slices.
    """

    connection: Connection
    relation: str
    lines: int
    edition: Edition
    facts: Mapping[str, ValueType]
    slices: int
    work: Path
    _session: tuple[Edition, Program, Session] | None = None

    def shares(self) -> Iterator[Share]:
        """All of them. Rules that look across patients see all lines at once."""
        if self.slices == 1:
            yield Share(f"all {self.lines:,} lines", self.edition, None)
            return
        of_patients = _only(self.edition, lambda rule: _PATIENT in rule.partition)
        across = _only(self.edition, lambda rule: _PATIENT not in rule.partition)
        for number in range(self.slices):
            yield Share(f"slice {number + 1} of {self.slices} of {self.lines:,} lines", of_patients, number)
        if across.partitions:
            yield Share(f"all {self.lines:,} lines across patients", across, None)

    def judge(self, share: Share, told: Told) -> tuple[One, ...]:
        """Judges a share; :data:`FOUND` holds its findings then, with their payers and charges.

        The rules that no expression says, and that were not judged, are returned.
        """
        lines = self.relation if share.slice is None else self._slice(share.slice)
        schema, query = lines_of(self.connection, f"SELECT * FROM {lines}", self.facts)
        if self._session is None or self._session[0] is not share.edition:
            made = program(share.edition, schema)
            self._session = share.edition, made, Session(made, self.connection)
        _, made, session = self._session
        session.lines_of(query)
        session.run(told)
        run = self.connection.execute
        run(f"CREATE OR REPLACE TEMP TABLE {_BARE} AS {session.query(joined=True)}")
        # Found by row, for that is a number and quicker met than claims.
        run(
            f"CREATE OR REPLACE TEMP TABLE {_PRICED} AS SELECT f.claim, f.line, l.status, l.payer, l.charge "
            f'FROM (SELECT DISTINCT "row", claim, line FROM {SAID}) AS f JOIN {lines} AS l ON l."row" = f."row"'
        )
        run(f"CREATE OR REPLACE TEMP VIEW {FOUND} AS {with_charges(_BARE, _PRICED)}")
        return made.by_definition

    def _slice(self, number: int) -> str:
        folder = self.work / "slices"
        if not folder.exists():
            self.connection.execute(
                f"COPY (SELECT *, hash({_PATIENT}) % {self.slices} AS {_SLICE} FROM {self.relation}) "
                f"TO {text(str(folder))} (FORMAT parquet, PARTITION_BY ({_SLICE}))"
            )
        return f"read_parquet({text(str(folder / f'{_SLICE}={number}' / '*.parquet'))}, hive_partitioning = false)"


def _only(edition: Edition, wanted: Callable[[Rule], bool]) -> Edition:
    """The edition with some of its rules."""
    policies = (
        Known(known.id, tuple(replace(p, rules=tuple(filter(wanted, p.rules))) for p in known.versions))
        for known in edition.policies
    )
    return replace(edition, policies=tuple(policies))
