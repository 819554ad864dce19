"""What stands before judging: tables read and settled, lines counted, and the part of a library that concerns them."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb

from cleanclaim.audit.judged import Database
from cleanclaim.audit.judging import Judging
from cleanclaim.audit.kinds import LineKinds
from cleanclaim.audit.on_duckdb import OnDuckDB
from cleanclaim.audit.prepare import LINES, Prepared, prepare
from cleanclaim.audit.reach import Reach
from cleanclaim.audit.request import Request
from cleanclaim.audit.sources import Sources
from cleanclaim.audit.watcher import Watcher
from cleanclaim.audit.working import limits
from cleanclaim.backends.errors import EngineMissing
from cleanclaim.backends.relational.kept import Kept
from cleanclaim.claims.fields import ValueType
from cleanclaim.coverage import Coverage, Uncovered
from cleanclaim.imported import Imported, Met, stored, with_imported
from cleanclaim.policy.versions import Edition, NotEvaluated
from cleanclaim.tables.store import TableStore
from cleanclaim.unevaluated import Unevaluated

SLICE = 10_000_000
"""Lines that are judged at once."""
NO_SPARK = "the spark engine needs PySpark, and Java 17 or newer: pip install 'cleanclaim[spark]'"


@dataclass(frozen=True)
class Ready:
    """Lines in a database, and how they are to be judged.

    ``passed_over`` are the rules that say nothing of some lines for want of a table, ``uncovered`` the payers of whom
    no policy speaks, and ``payers`` those of whom some does.
    """

    sources: Sources
    prepared: Prepared
    imported: Imported
    judging: Judging
    passed_over: tuple[NotEvaluated, ...]
    uncovered: tuple[Uncovered, ...]
    payers: tuple[str, ...]

    @classmethod
    def of(
        cls,
        request: Request,
        edition: Edition,
        tables: TableStore,
        connection: duckdb.DuckDBPyConnection,
        work: Path,
        watcher: Watcher,
        *,
        fields: Collection[str] | None = None,
        reach: Reach | None = None,
    ) -> Ready:
        """Reads what is asked for: ``fields``, or all that the tables have, and of the history what is in ``reach``.

        Raises :class:`~cleanclaim.backends.errors.EngineMissing` where Spark is asked for and absent.
        """
        facts = dict(request.facts or {})
        watcher.say(limits(connection))
        watcher.stage("reading")
        sources = Sources.open(
            request.paths,
            connection,
            work,
            mapping=request.mapping,
            facts=facts,
            history=request.history,
            stdin=request.stdin,
        )
        prepared = prepare(connection, sources, fields, facts, reach, beside=request.beside)
        met = Met(edition)
        kinds = LineKinds(connection, LINES, edition, tables.releases(), met)
        imported = with_imported(met.relevance.narrowed(edition), tables, met, in_place=True)
        lines = prepared.lines + prepared.history
        slices = max(1, math.ceil(lines / SLICE))
        database = _judging_database(request, connection, facts, work)
        coverage = Coverage(edition)
        return cls(
            sources,
            prepared,
            imported,
            Judging(connection, database, LINES, lines, imported.edition, slices, work),
            Unevaluated(edition, imported, stored(tables)).rules(kinds),
            coverage.uncovered(kinds),
            tuple(coverage.payers()),
        )


def _judging_database(
    request: Request, connection: duckdb.DuckDBPyConnection, facts: Mapping[str, ValueType], work: Path
) -> Database:
    if request.engine == OnDuckDB.name:
        return OnDuckDB(connection, facts, Kept(request.cache) if request.cache is not None else None)
    try:
        from cleanclaim.audit.on_spark import OnSpark
    except ImportError:
        raise EngineMissing(NO_SPARK) from None
    return OnSpark(connection, facts, work, request.spark_master)
