"""Runs a program on DuckDB: its steps become tables of one connection, its findings the table of findings."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa

from cleanclaim.backends.relational.duckdb_functions import definitions
from cleanclaim.backends.relational.executing import Told, execute, execute_side_by_side
from cleanclaim.backends.relational.found import FINDINGS, FOUND, NEEDS_INFO, QUESTIONS, RULES, rules_table
from cleanclaim.backends.relational.kept import Kept, key_of
from cleanclaim.backends.relational.layout import RULE
from cleanclaim.backends.relational.reference_tables import Incoming, InFiles, incoming
from cleanclaim.backends.relational.rows import Rows, load, load_arrow
from cleanclaim.backends.relational.statements import Statement, Statements
from cleanclaim.backends.relational.wanted import LINES, MANY, SIDE_BY_SIDE, One, Wanted
from cleanclaim.findings.questions import question

if TYPE_CHECKING:
    from cleanclaim.backends.relational.making import Making

_HELD = "held_lines"


class Session:
    """One connection that holds the reference tables of a program; lines come and go.

    Statements are made while those before them run: making them takes one core and the database all it can have. Those
    that are ``kept`` from a run before are not made again, and nothing is imported that makes them.
    """

    def __init__(self, wanted: Wanted, connection: duckdb.DuckDBPyConnection, kept: Kept | None = None) -> None:
        self.connection = connection
        for statement in definitions():
            self.connection.execute(statement)
        load(connection, RULES, rules_table(wanted.rules))
        self._wanted = wanted
        self._facts = {one.number: one.policy.facts for one in wanted.rules}
        self._kept = kept
        self._side_by_side = False
        self._made = kept.read(self._key) if kept is not None else None
        if self._made is not None:
            self._take_up(self._made)

    @property
    def by_definition(self) -> tuple[One, ...]:
        """The rules that no expression says, and that are not judged here."""
        left = self._statements.left
        return tuple(one for one in self._wanted.rules if one.number in left)

    def lines(self, lines: pa.Table) -> None:
        """Puts lines in the place of those that were there."""
        load_arrow(self.connection, LINES, lines)

    def lines_of(self, query: str, lines: int | None = None) -> None:
        """Reads the lines from a query, made by :func:`.sources.lines_of`, each time they are needed.

        How many ``lines`` there are tells how to run; where that is not known, they are taken for many.
        """
        self._side_by_side = lines is not None and lines <= SIDE_BY_SIDE
        if lines is not None and lines < MANY:
            self.connection.execute(f"CREATE OR REPLACE TABLE {_HELD} AS {query}")
            query = f"SELECT * FROM {_HELD}"
        self.connection.execute(f"CREATE OR REPLACE VIEW {LINES} AS {query}")

    def run(self, told: Told = lambda done, steps: None) -> None:
        """Judges the lines; :data:`FOUND` holds what the rules say."""
        # Tables that last for a few statements are not worth the checkpoints that DuckDB makes of them.
        self.connection.execute("SET checkpoint_threshold = '1TB'")
        try:
            self._run(told)
        finally:
            self.connection.execute("RESET checkpoint_threshold")

    def _run(self, told: Told) -> None:
        columns = ", ".join(f'"{name}" {type_}' for name, type_ in FINDINGS.items())
        self.connection.execute(f"CREATE OR REPLACE TABLE {FOUND} ({columns})")
        if self._made is None:
            self._make_and_run(told)
        elif self._side_by_side and (threads := self._threads()) > 1:
            execute_side_by_side(self.connection, self._made.statements, told, threads)
        else:
            for done, statement in enumerate(self._made.statements):
                told(done, len(self._made.statements))
                execute(self.connection, statement)
        self._ask()
        told(1, 1)

    def _threads(self) -> int:
        ((threads,),) = self.connection.execute("SELECT current_setting('threads')").fetchall()
        return int(threads)

    @property
    def _statements(self) -> Statements:
        if self._made is None:
            making = self._making
            for made in making.make():
                self._load_all(made.tables)
            self._made = making.statements()
        return self._made

    @cached_property
    def _making(self) -> Making:
        # Imported where it is needed: what makes statements takes far longer to import than kept ones to run.
        from cleanclaim.backends.relational.making import Making

        return Making(self._wanted)

    @cached_property
    def _key(self) -> str:
        wanted = self._wanted
        rules = [(one.policy.id, one.policy.version, one.rule.id, one.number) for one in wanted.rules]
        return key_of(wanted.edition, wanted.columns, rules, wanted.apart, wanted.fewest)

    def _take_up(self, made: Statements) -> None:
        """Loads the tables that kept statements read."""
        edition = self._wanted.edition
        versions = {(policy.id, policy.version): policy for known in edition.policies for policy in known.versions}
        for name, (*version, table) in made.tables.items():
            policy = versions[version[0], version[1]]
            self._load(name, incoming(edition.tables_of(policy)[table], policy.tables[table]))
        for name, rows in made.parameters.items():
            self._load(name, rows)

    def _make_and_run(self, told: Told) -> None:
        with ThreadPoolExecutor(1) as database:
            try:
                self._run_while_made(database, told)
            except BaseException:
                self.connection.interrupt()
                raise
        self._made = self._making.statements()
        # Kept once all of them have run.
        if self._kept is not None:
            self._kept.write(self._key, self._made)

    def _run_while_made(self, database: Executor, told: Told) -> None:
        running: deque[Future[None]] = deque()
        done = shapes = 0
        for made in self._making.make():
            shapes = max(shapes, made.known)
            running.append(database.submit(self._execute_all, made.tables, made.statements))
            while running and running[0].done():
                running.popleft().result()
                done += 1
                told(min(done, shapes), shapes)
        while running:
            running.popleft().result()
            done += 1
            told(min(done, shapes), shapes)

    def _execute_all(self, tables: Sequence[tuple[str, Incoming]], statements: Sequence[Statement]) -> None:
        self._load_all(tables)
        for statement in statements:
            execute(self.connection, statement)

    def _load_all(self, tables: Sequence[tuple[str, Incoming]]) -> None:
        for name, rows in tables:
            self._load(name, rows)

    def _load(self, name: str, rows: Incoming) -> None:
        if isinstance(rows, InFiles):
            rows.load(self.connection, name)
        else:
            load(self.connection, name, rows)

    def _ask(self) -> None:
        """Puts into words what is missing: each list of facts of a rule once, in the words that all engines use."""
        asked = self.connection.execute(
            f'SELECT DISTINCT "{RULE}", missing FROM {FOUND} WHERE verdict = {NEEDS_INFO}'
        ).fetchall()
        if not asked:
            return
        rows: Rows = {
            RULE: (pa.int64(), [rule for rule, _ in asked]),
            "missing": (pa.list_(pa.string()), [missing for _, missing in asked]),
            "told": (pa.string(), [question(missing, self._facts[rule]) for rule, missing in asked]),
        }
        load(self.connection, QUESTIONS, rows)
        self.connection.execute(
            f"UPDATE {FOUND} SET message = told FROM {QUESTIONS} AS asked "
            f'WHERE verdict = {NEEDS_INFO} AND {FOUND}."{RULE}" = asked."{RULE}" AND {FOUND}.missing = asked.missing'
        )

    def query(self, *, joined: bool) -> str:
        """The relation of findings as a query of the connection."""
        return self._statements.joined if joined else self._statements.each

    def write(self, path: Path) -> None:
        """Writes the relation of findings, joined, as a Parquet file."""
        target = str(path).replace("'", "''")
        self.connection.execute(f"COPY ({self.query(joined=True)}) TO '{target}' (FORMAT parquet)")

    def findings(self, *, joined: bool) -> pa.Table:
        """The relation of findings as Arrow."""
        return self.connection.sql(self.query(joined=joined)).to_arrow_table()
