"""Audits and lints the same inputs, and puts what both found side by side."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow.parquet as parquet

from cleanclaim.audit.request import Request
from cleanclaim.audit.run import Audited, audit
from cleanclaim.audit.watcher import Found, Watcher
from cleanclaim.claims.fields import ValueType
from cleanclaim.claims.model import Line
from cleanclaim.claims.sources import read
from cleanclaim.claims.tables.mapping import NO_MAP, TableMap
from cleanclaim.convert import _schema, _table
from cleanclaim.findings.finding import Finding
from cleanclaim.lint import Input, Report, edition_of, lint
from cleanclaim.policy.load import load_library
from cleanclaim.policy.versions import Edition
from cleanclaim.store.schema import PAYLOAD
from cleanclaim.store.store import Store, open_store
from cleanclaim.tables.store import TableStore
from tests.audit.tables import write_csv
from tests.store.made import Clock, everything, rows

NO_TABLES = TableStore(Path("nowhere"))
SAID = tuple(name for name, _ in PAYLOAD if name not in ("payer", "charges"))
"""What an engine says of a finding; the payer and the charges come from the lines."""

Row = dict[str, Any]


class Heard(Watcher):
    """Keeps what a watcher is told; raises where a stage of this name begins."""

    def __init__(self, stop_at: str | None = None) -> None:
        self.stages: list[str] = []
        self.said: list[str] = []
        self.counts: list[int | None] = []
        self._found: Found | None = None
        self._stop_at = stop_at

    def stage(self, name: str, found: Found | None = None) -> None:
        self.stages.append(name)
        self._found = found
        if self._stop_at is not None and name.startswith(self._stop_at):
            raise Stopped

    def step(self, done: int, steps: int) -> None:
        if self._found is not None:
            self.counts.append(self._found())

    def say(self, text: str) -> None:
        self.said.append(text)


class Stopped(Exception):
    """Stands for whatever ends an audit early."""


@dataclass
class Desk:
    """A folder in which audits run: a store, a library, a clock, and what is read beside the inputs."""

    folder: Path
    edition: Edition
    mapping: TableMap = NO_MAP
    facts: Mapping[str, ValueType] = field(default_factory=dict)
    tables: TableStore = NO_TABLES
    clock: Clock = field(default_factory=Clock)
    name: str = "audit.duckdb"

    @property
    def store(self) -> Store:
        return open_store(self.folder / self.name, wait=0.3)

    def audit(
        self,
        paths: Sequence[Path],
        history: Sequence[Path] = (),
        *,
        resume: bool = False,
        watcher: Watcher | None = None,
        **limits: Any,
    ) -> Audited:
        """One night."""
        self.clock.days(1)
        request = Request(
            [str(path) for path in paths], [str(path) for path in history], self.mapping, self.facts, **limits
        )
        return audit(request, self.edition, self.tables, self.store, self.clock, resume=resume, watcher=watcher)

    def lint(self, paths: Sequence[Path], history: Sequence[Path] = (), engine: str = "auto") -> Report:
        """What ``lint`` says of the same."""

        def readings(of: Sequence[Path]) -> Any:
            return read([str(path) for path in of], mapping=self.mapping, declared=self.facts)

        what = Input(readings(paths), readings(history) if history else ())
        return lint(what, self.edition, self.tables, engine=engine)

    def kept(self) -> dict[str, Row]:
        """What the store says of every finding, by fingerprint."""
        found = rows(self.store, f"SELECT fingerprint, {', '.join(SAID)} FROM findings WHERE state <> 'resolved'")
        return {str(fingerprint): _read(dict(zip(SAID, cells, strict=True))) for fingerprint, *cells in found}

    def all(self, *, but_runs: bool = False) -> dict[str, list[tuple[object, ...]]]:
        """Every row of the store."""
        with self.store.reading() as database:
            return everything(database, but_runs=but_runs)


def desk(folder: Path, policies: Sequence[Path], mapping: TableMap = NO_MAP, **other: Any) -> Desk:
    """A desk with policies of files and folders, as known when its clock begins."""
    library = load_library(policies, lean=True)
    facts = {name: fact.type for policy in library.policies for name, fact in policy.facts.items()}
    return Desk(folder, edition_of(library.policies, Clock().now.date()), mapping, facts, **other)


def linted(report: Report) -> dict[str, Row]:
    """What lint says of every finding, as the store would keep it."""
    return {finding.fingerprint: _as_kept(finding) for finding in report.findings}


def same(desk: Desk, done: Audited, report: Report) -> int:
    """Holds an audit that was the first of its store to what ``lint`` says; how many findings both have."""
    wanted, got = linted(report), desk.kept()
    assert len(wanted) == len(report.findings), "lint gives a fingerprint twice"
    assert got.keys() == wanted.keys()
    differing = [(got[each], wanted[each]) for each in sorted(wanted) if got[each] != wanted[each]]
    assert not differing, differing[0]
    run = done.run
    assert (run.claims, run.judged, run.lines) == (report.claims, report.judged, report.lines)
    assert run.claims == run.judged + run.rejected
    assert sum(run.findings.values()) == run.new == len(wanted)
    assert done.uncovered == report.uncovered
    assert done.payers == report.payers
    assert done.not_evaluated == report.not_evaluated, (done.not_evaluated, report.not_evaluated)
    assert dict(run.tables) == dict(report.releases)
    told = {(each.source, each.where, each.reason, each.claims) for each in done.rejected}
    assert told == {(each.source, each.where, each.reason, each.claims) for each in report.rejected}
    return len(wanted)


def write_lines(path: Path, lines: Sequence[Line], facts: Mapping[str, ValueType]) -> None:
    """Lines as ``convert`` writes them."""
    ordered = sorted(lines, key=lambda line: (line.claim, line.line))
    placed = [line._replace(source=f"{path.name}, line {n}") for n, line in enumerate(ordered)]
    parquet.write_table(_table(placed, _schema(facts), facts), path)


def as_billed(batches: Sequence[Sequence[Line]]) -> list[Line]:
    """A claim is of one person and its lines are numbered; the batches meet, for they are of the same people."""
    lines = [line for batch in batches for line in batch]
    return [
        line._replace(claim=f"{line.claim}-{line.patient}-{line.status.value}", line=at)
        for at, line in enumerate(lines, 1)
    ]


def claim(number: str, *lines: str, patient: str = "P1", day: str = "2026-01-05", payer: str = "ACME") -> list[Row]:
    """The rows of a claim; a line is ``procedure units charge``."""
    made: list[Row] = []
    for at, line in enumerate(lines, 1):
        procedure, units, charge = line.split()
        made.append(
            {"claim_id": number, "claim_line_number": str(at), "person_id": patient, "claim_line_start_date": day}
            | {"hcpcs_code": procedure, "service_unit_quantity": units, "charge_amount": charge, "payer": payer}
        )
    return made


def write(path: Path, *claims: list[Row]) -> Path:
    """Claims as CSV."""
    write_csv(path, [row for each in claims for row in each])
    return path


def batch(path: Path, claims: int = 60, *, first: int = 0, units: int = 3) -> Path:
    """Claims of which most rules find something, of some people and days."""
    made = [
        claim(
            f"C{n:03}",
            f"97124 {units if n % 5 else 1} {30 + n % 7}.00",
            f"{'98940' if n % 2 else '98941'} 1 50.00",
            patient=f"P{n // 3}",
            day=f"2026-01-{1 + n % 2:02}",
            payer=("ACME", "BETA", "GAMMA")[n % 3],
        )
        for n in range(first, claims)
    ]
    return write(path, *made)


def _as_kept(finding: Finding) -> Row:
    related = [{"claim": number, "line": line} for number, line in finding.related]
    values = {name: getattr(finding, name) for name in SAID if name != "related"}
    return _plain(values | {"verdict": finding.verdict.value, "related": related, "because": dict(finding.because)})


def _read(row: Row) -> Row:
    return _plain(row | {"related": json.loads(row["related"]), "because": json.loads(row["because"])})


def _plain(row: Row) -> Row:
    return {name: list(value) if isinstance(value, tuple) else value for name, value in row.items()}
