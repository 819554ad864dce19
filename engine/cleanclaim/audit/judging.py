"""Judges the lines of a relation by the relational engine: all at once, or patients by slices where lines are many."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from cleanclaim.audit.judged import Database, Told
from cleanclaim.audit.odd import Connection
from cleanclaim.audit.sql import text
from cleanclaim.backends.relational.wanted import One
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
    database: Database
    relation: str
    lines: int
    edition: Edition
    slices: int
    work: Path

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
        judged = self.database.judge(share.edition, lines, told)
        run = self.connection.execute
        run(f"CREATE OR REPLACE TEMP TABLE {_BARE} AS {judged.findings}")
        # Found by row, for that is a number and quicker met than claims.
        run(
            f"CREATE OR REPLACE TEMP TABLE {_PRICED} AS SELECT s.claim, s.line, l.status, l.payer, l.charge "
            f'FROM (SELECT DISTINCT * FROM ({judged.said})) AS s JOIN {lines} AS l ON l."row" = s."row"'
        )
        run(f"CREATE OR REPLACE TEMP VIEW {FOUND} AS {with_charges(_BARE, _PRICED)}")
        return judged.left

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
