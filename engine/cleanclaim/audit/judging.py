"""Judges the lines of a relation by the relational engine: all at once, or patients by slices where lines are many."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from cleanclaim.audit.judged import Database, Judged, Told
from cleanclaim.audit.odd import Connection
from cleanclaim.audit.sql import text
from cleanclaim.policy.model import Rule
from cleanclaim.policy.versions import Edition, Known

_SLICE = "audit_slice"
_PATIENT = "patient"


@dataclass(frozen=True)
class Share:
    """Rules and lines that are judged together, apart from others. ``slice`` is ``None`` where they are all lines."""

    name: str
    edition: Edition
    slice: int | None

    @property
    def rules(self) -> int:
        """How many rules."""
        versions = (policy for known in self.edition.policies for policy in known.versions)
        return sum(len(self.edition.rules_of(policy)) for policy in versions)


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
        of_patients = only(self.edition, lambda rule: _PATIENT in rule.partition)
        across = only(self.edition, lambda rule: _PATIENT not in rule.partition)
        for number in range(self.slices):
            yield Share(f"slice {number + 1} of {self.slices} of {self.lines:,} lines", of_patients, number)
        if across.partitions:
            yield Share(f"all {self.lines:,} lines across patients", across, None)

    def judge(self, share: Share, told: Told) -> Judged:
        """Judges a share; what is given back holds until the next is judged."""
        return self.database.judge(share.edition, self.lines_of(share), told)

    def lines_of(self, share: Share) -> str:
        """The relation of the lines of a share."""
        return self.relation if share.slice is None else self._slice(share.slice)

    def _slice(self, number: int) -> str:
        folder = self.work / "slices"
        if not folder.exists():
            self.connection.execute(
                f"COPY (SELECT *, hash({_PATIENT}) % {self.slices} AS {_SLICE} FROM {self.relation}) "
                f"TO {text(str(folder))} (FORMAT parquet, PARTITION_BY ({_SLICE}))"
            )
        return f"read_parquet({text(str(folder / f'{_SLICE}={number}' / '*.parquet'))}, hive_partitioning = false)"


def only(edition: Edition, wanted: Callable[[Rule], bool]) -> Edition:
    """The edition with some of its rules."""
    policies = (
        Known(known.id, tuple(replace(p, rules=tuple(filter(wanted, p.rules))) for p in known.versions))
        for known in edition.policies
    )
    return replace(edition, policies=tuple(policies))
