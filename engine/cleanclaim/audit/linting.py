"""Lints tables where a database reads them: no line becomes an object, and a finding only where it is wanted as one."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pyarrow as pa

from cleanclaim import __version__
from cleanclaim.audit.by_definition import by_definition
from cleanclaim.audit.places import Places
from cleanclaim.audit.prepare import LINES
from cleanclaim.audit.ready import Ready
from cleanclaim.audit.request import Request
from cleanclaim.audit.sql import text
from cleanclaim.audit.watcher import Watcher
from cleanclaim.audit.working import check_limits, working_database
from cleanclaim.backends.relational.rows import Rows, load, load_arrow
from cleanclaim.backends.relational.wanted import One
from cleanclaim.findings.counts import Counts
from cleanclaim.findings.finding import Verdict, report_order
from cleanclaim.findings.listed import LISTED, findings_of, rows_of
from cleanclaim.lint import LineLabel, Place, Report, Summary, listed
from cleanclaim.policy.versions import Edition
from cleanclaim.tables.store import TableStore

_DEFINED, _DEFINED_SAID, _ABOUT = "lint_defined", "lint_defined_said", "lint_about"
_AS_JSON = "CAST(to_json(related) AS VARCHAR) AS related"
_COLUMNS = ", ".join(_AS_JSON if name == "related" else name for name in LISTED.names)
_ORDER = "claim, lines, policy, rule, version, verdict"


def lint(request: Request, edition: Edition, tables: TableStore, watcher: Watcher | None = None) -> Report:
    """Judges every claim by every policy in the edition, as :func:`cleanclaim.lint.lint` does.

    Raises :class:`~cleanclaim.backends.errors.EngineError` where the database cannot go on, and
    :class:`cleanclaim.tables.store.StoreError` where the store of tables is damaged.
    """
    with _linting(request, edition, tables, watcher or Watcher()) as made:
        return made.report()


def lint_to_file(
    request: Request,
    edition: Edition,
    tables: TableStore,
    path: Path,
    *,
    shown: Collection[Verdict],
    watcher: Watcher | None = None,
) -> Summary:
    """Judges as :func:`lint` does and writes the ``shown`` findings to a Parquet file, sorted.

    Its columns are those of :data:`cleanclaim.findings.listed.LISTED`. Raises as :func:`lint` does.
    """
    with _linting(request, edition, tables, watcher or Watcher()) as made:
        made.write(path, shown)
        return made.summary()


@contextmanager
def _linting(request: Request, edition: Edition, tables: TableStore, watcher: Watcher) -> Iterator[_Linting]:
    check_limits(request)
    with working_database(request) as (connection, work):
        # Every cell is looked at: one that cannot be read costs its claim, whether or not a rule asks for it.
        ready = Ready.of(request, edition, tables, connection, work, watcher)
        yield _Linting(request, edition, connection, work, ready, watcher)


class _Linting:
    def __init__(
        self,
        request: Request,
        edition: Edition,
        connection: duckdb.DuckDBPyConnection,
        work: Path,
        ready: Ready,
        watcher: Watcher,
    ) -> None:
        self._connection, self._work, self._edition = connection, work, edition
        self._ready, self._watcher = ready, watcher
        self._facts = dict(request.facts or {})
        self._said: list[str] = []
        self._found = " UNION ALL ".join(self._judged())

    def report(self) -> Report:
        """All that was found."""
        rows = self._connection.sql(self._found).to_arrow_table()
        findings = tuple(sorted(findings_of(rows), key=report_order))
        return Report.of(self.summary(Counts.of(findings)), findings, self._labels())

    def write(self, path: Path, shown: Collection[Verdict]) -> None:
        """Writes findings as Parquet."""
        among = ", ".join(text(verdict.value) for verdict in shown)
        self._watcher.stage("writing findings")
        self._connection.execute(
            f"COPY (SELECT * FROM ({self._found}) WHERE verdict IN ({among}) ORDER BY {_ORDER}) "
            f"TO {text(str(path))} (FORMAT parquet)"
        )

    def summary(self, counts: Counts | None = None) -> Summary:
        """What there is to say besides findings; their numbers are ``counts``, or else counted."""
        ready, prepared, edition = self._ready, self._ready.prepared, self._edition
        return Summary(
            version=__version__,
            as_of=edition.as_of,
            engine=ready.judging.database.name,
            policies=listed(edition),
            claims=prepared.claims,
            judged=prepared.judged,
            lines=prepared.lines,
            history=prepared.history,
            history_copies=prepared.copies,
            counts=counts or self._counts(),
            not_evaluated=ready.passed_over,
            rejected=tuple(prepared.rejects()),
            warnings=prepared.warnings,
            uncovered=ready.uncovered,
            payers=ready.payers,
            releases=ready.imported.releases,
            later=edition.later,
        )

    def _judged(self) -> Iterator[str]:
        """Judges everything; queries of what was found are given back."""
        load(self._connection, _DEFINED, {each.name: (each.type, []) for each in LISTED})
        yield f"SELECT * FROM {_DEFINED}"
        if not self._ready.prepared.judged:
            return
        judging = self._ready.judging
        shares = list(judging.shares())
        left: dict[int, One] = {}
        for number, share in enumerate(shares):
            self._watcher.stage(f"judging {share.name} by {share.rules:,} rules", judging.database.found)
            judged = judging.judge(share, self._watcher.step)
            left |= {id(one.rule): one for one in judged.left}
            found, said = judged.findings, judged.said
            if len(shares) > 1:
                # The next share takes the place of this one.
                found, said = self._kept(f"found-{number}", found), self._kept(f"said-{number}", said)
            self._said.append(said)
            yield f"SELECT {_COLUMNS} FROM ({found})"
        if left:
            self._watcher.stage(f"judging {len(left):,} rules that no query says")
            self._define(list(left.values()))

    def _kept(self, name: str, query: str) -> str:
        path = text(str(self._work / f"{name}.parquet"))
        self._connection.execute(f"COPY ({query}) TO {path} (FORMAT parquet)")
        return f"SELECT * FROM read_parquet({path})"

    def _define(self, left: Sequence[One]) -> None:
        judging = self._ready.judging
        defined = by_definition(self._connection, LINES, judging.lines, self._facts, judging.edition, left)
        load_arrow(self._connection, _DEFINED, rows_of(defined.findings))
        claims, lines = [claim for claim, _ in defined.rows], [line for _, line in defined.rows]
        rows: Rows = {
            "row": (pa.int64(), list(defined.rows.values())),
            "claim": (pa.string(), claims),
            "line": (pa.int64(), lines),
        }
        load(self._connection, _DEFINED_SAID, rows)
        self._said.append(f"SELECT * FROM {_DEFINED_SAID}")

    def _labels(self) -> dict[Place, LineLabel]:
        if not self._said:
            return {}
        run = self._connection.execute
        run(f"CREATE OR REPLACE TABLE {_ABOUT} AS {' UNION '.join(self._said)}")
        place = Places(self._connection, self._ready.sources, f'SELECT "row" FROM {_ABOUT}')
        found = run(
            f"SELECT s.claim, s.line, l.procedure, l.service_date, s.row FROM {_ABOUT} AS s JOIN {LINES} AS l "
            'ON l."row" = s."row"'
        ).fetchall()
        return {(claim, line): LineLabel(place(row), procedure, day) for claim, line, procedure, day, row in found}

    def _counts(self) -> Counts:
        run = self._connection.execute
        by = run(f"SELECT verdict, severity, count(*) FROM ({self._found}) GROUP BY ALL").fetchall()
        missing = run(
            f"SELECT name, count(*) FROM (SELECT unnest(missing) AS name FROM ({self._found}) "
            f"WHERE verdict = {text(Verdict.NEEDS_INFO.value)}) GROUP BY name"
        ).fetchall()
        return Counts({(Verdict(verdict), severity): number for verdict, severity, number in by}, dict(missing))
