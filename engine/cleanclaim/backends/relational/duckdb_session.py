"""Runs a program on DuckDB: its steps become tables of one connection, its findings the table of findings."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from functools import cache, cached_property
from itertools import chain
from pathlib import Path

import duckdb
import ibis
import ibis.expr.types as ir
import pyarrow as pa

from cleanclaim.backends.relational.duckdb_functions import definitions
from cleanclaim.backends.relational.gather import FOUND, RULES, gathered, rules_table
from cleanclaim.backends.relational.kept import Kept, key_of
from cleanclaim.backends.relational.program import LINES, Program
from cleanclaim.backends.relational.reference_tables import InFiles, incoming
from cleanclaim.backends.relational.rows import Rows, load, load_arrow
from cleanclaim.backends.relational.rules import FINDINGS
from cleanclaim.backends.relational.sql import text
from cleanclaim.backends.relational.statements import Fixpoint, Statement, Statements
from cleanclaim.backends.relational.words import NEEDS_INFO
from cleanclaim.backends.relational.world import RULE, Drop, Emit, Keep, Settle, Step, columns_of
from cleanclaim.findings.questions import question
from cleanclaim.policy.model import TableSpec

DIALECT = "duckdb"
Told = Callable[[int, int], None]
"""Is told how many steps are done, and how many there are."""
QUESTIONS = "questions"
"""The table of what findings that cannot be decided say."""


def sql(made: ir.Table) -> str:
    """An expression as DuckDB reads it."""
    return text(made, DIALECT)


Incoming = tuple[str, Rows | InFiles]
"""The name of a table, and its rows."""


class Session:
    """One connection that holds the reference tables of a program; lines come and go.

    Statements are made while those before them run: making them takes one core and the database all it can have. Those
    that are ``kept`` from a run before are not made again.
    """

    def __init__(self, program: Program, connection: duckdb.DuckDBPyConnection, kept: Kept | None = None) -> None:
        self.connection = connection
        for statement in definitions():
            self.connection.execute(statement)
        load(connection, RULES, rules_table(program.rules))
        self._facts = {one.number: one.policy.facts for one in program.rules}
        self._program = program
        self._statements: list[Statement] = []
        self._taken = 0
        self._held: set[str] = set()
        self._kept = kept
        self._recall()

    def lines(self, lines: pa.Table) -> None:
        """Puts lines in the place of those that were there."""
        load_arrow(self.connection, LINES, lines)

    def lines_of(self, query: str) -> None:
        """Reads the lines from a query, made by :func:`.sources.lines_of`, each time they are needed."""
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
        self.connection.execute(f"CREATE OR REPLACE TABLE {FOUND} ({_columns_of(FINDINGS)})")
        for done, statement in enumerate(self._statements):
            told(done, len(self._statements))
            self._execute(statement)
        with ThreadPoolExecutor(1) as database:
            try:
                self._make(database, told)
            except BaseException:
                self.connection.interrupt()
                raise
        self._keep()
        self._ask()
        told(1, 1)

    def _recall(self) -> None:
        """Takes up the statements that are kept of the program, if there are any."""
        made = self._kept.read(self._key) if self._kept is not None else None
        if made is None:
            return
        edition = self._program.edition
        versions = {(policy.id, policy.version): policy for known in edition.policies for policy in known.versions}
        for name, (*version, table) in made.tables.items():
            policy = versions[version[0], version[1]]
            self._load(name, incoming(edition.tables_of(policy)[table], policy.tables[table]))
        for name, rows in made.parameters.items():
            self._load(name, rows)
        self._statements += made.statements
        self._program.recalled(made.left)
        self._kept = None

    def _keep(self) -> None:
        """Keeps the statements for the next run, once all are made and have run."""
        if self._kept is None:
            return
        program, steps = self._program, self._program.so_far
        places = {
            (id(table), _shown(policy.tables[name])): (policy.id, policy.version, name)
            for known in program.edition.policies
            for policy in known.versions
            for name, table in program.edition.tables_of(policy).items()
        }
        tables = {name: places[id(table), _shown(spec)] for name, table, spec in steps.tables.values()}
        left = tuple(one.number for one in program.left)
        self._kept.write(self._key, Statements(tuple(self._statements), steps.loaded, tables, left))
        self._kept = None

    @cached_property
    def _key(self) -> str:
        program = self._program
        rules = [(one.policy.id, one.policy.version, one.rule.id, one.number) for one in program.rules]
        return key_of(program.edition, program.lines.schema(), DIALECT, rules, program.apart, program.fewest)

    def _make(self, database: Executor, told: Told) -> None:
        """Makes the statements that are not made yet, and has them run meanwhile."""
        running: deque[Future[None]] = deque()
        done = shapes = 0
        # Once more at the end, for somebody else may have had the steps made.
        for _, known in chain(self._program.make(), ((0, 0),)):
            shapes = max(shapes, known)
            statements = [_statement(step) for step in self._program.so_far.steps[self._taken :]]
            self._taken += len(statements)
            self._statements += statements
            running.append(database.submit(self._execute_all, self._new_tables(), statements))
            while running and running[0].done():
                running.popleft().result()
                done += 1
                told(min(done, shapes), shapes)
        while running:
            running.popleft().result()
            done += 1
            told(min(done, shapes), shapes)

    def _new_tables(self) -> list[Incoming]:
        """The tables that the statements made last are the first to read."""
        steps = self._program.so_far
        new = [(name, incoming(table, spec)) for name, table, spec in steps.tables.values() if name not in self._held]
        new += [(name, rows) for name, rows in steps.loaded.items() if name not in self._held]
        self._held.update(name for name, _ in new)
        return new

    def _execute_all(self, tables: Sequence[Incoming], statements: Sequence[Statement]) -> None:
        for name, rows in tables:
            self._load(name, rows)
        for statement in statements:
            self._execute(statement)

    def _load(self, name: str, rows: Rows | InFiles) -> None:
        if isinstance(rows, InFiles):
            rows.load(self.connection, name)
        else:
            load(self.connection, name, rows)

    def _execute(self, statement: Statement) -> None:
        if isinstance(statement, Fixpoint):
            self._settle(statement)
        else:
            self.connection.execute(statement)

    def _ask(self) -> None:
        """Puts into words what is missing: each list of facts of a rule once, in the words that all engines use."""
        asked = self.connection.execute(
            f'SELECT DISTINCT "{RULE}", missing FROM {FOUND} WHERE verdict = {NEEDS_INFO}'
        ).fetchall()
        if not asked:
            return
        rows = [(rule, missing, question(missing, self._facts[rule])) for rule, missing in asked]
        self.connection.execute(f'CREATE OR REPLACE TABLE {QUESTIONS} ("{RULE}" BIGINT, missing VARCHAR[], told TEXT)')
        self.connection.executemany(f"INSERT INTO {QUESTIONS} VALUES (?, ?, ?)", rows)
        self.connection.execute(
            f"UPDATE {FOUND} SET message = told FROM {QUESTIONS} AS asked "
            f'WHERE verdict = {NEEDS_INFO} AND {FOUND}."{RULE}" = asked."{RULE}" AND {FOUND}.missing = asked.missing'
        )

    def query(self, *, joined: bool) -> str:
        """The relation of findings as a query of the connection."""
        return _gathered(joined)

    def write(self, path: Path) -> None:
        """Writes the relation of findings, joined, as a Parquet file."""
        target = str(path).replace("'", "''")
        self.connection.execute(f"COPY ({_gathered(True)}) TO '{target}' (FORMAT parquet)")

    def findings(self, *, joined: bool) -> pa.Table:
        """The relation of findings as Arrow."""
        return self.connection.sql(_gathered(joined)).to_arrow_table()

    def _settle(self, facts: Fixpoint) -> None:
        for name in facts.names:
            self.connection.execute(f'CREATE OR REPLACE TABLE {name} ("row" BIGINT, state BIGINT, lacks BIGINT)')
        for lacks in ("0::BIGINT AS lacks", "lacks"):
            before: list[object] = []
            while (grown := self._again(facts, lacks)) != before:
                before = grown
        for name in facts.names:
            self.connection.execute(f"DROP TABLE {name}_next")

    def _again(self, facts: Fixpoint, lacks: str) -> list[object]:
        """Makes the facts once more from themselves, and says how much there is of each."""
        for statement in facts.inner:
            self.connection.execute(statement)
        for name, made in zip(facts.names, facts.made, strict=True):
            self.connection.execute(
                f'CREATE OR REPLACE TABLE {name}_next AS SELECT "row", state, {lacks} FROM ({made})'
            )
        grown: list[object] = []
        for name in facts.names:
            self.connection.execute(f"CREATE OR REPLACE TABLE {name} AS FROM {name}_next")
            # Truth and lacks only grow: what counts them stands still when they do.
            grown += self.connection.execute(
                f"SELECT coalesce(sum(3 - state), 0), coalesce(sum(bit_count(lacks)), 0) FROM {name}"
            ).fetchall()
        return grown


def _statement(step: Step) -> Statement:
    match step:
        case Keep(name, made, str() as by):
            # In order, a rule reads those parts of the table alone that have any of its rows.
            return f'CREATE OR REPLACE TABLE {name} AS FROM ({sql(made)}) ORDER BY "{by}"'
        case Keep(name, made):
            return f"CREATE OR REPLACE TABLE {name} AS {sql(made)}"
        case Emit(made):
            return f"INSERT INTO {FOUND} {sql(made)}"
        case Settle(names, inner, made):
            kept = tuple(f"CREATE OR REPLACE TABLE {each.name} AS {sql(each.made)}" for each in inner)
            return Fixpoint(names, kept, tuple(map(sql, made)))
        case Drop(names):
            return "; ".join(f"DROP TABLE {name}" for name in names)


def _shown(spec: TableSpec) -> str:
    """What of a table a version reads."""
    return repr(sorted(columns_of(spec).items(), key=str))


def _columns_of(schema: ibis.Schema) -> str:
    types = {
        "int64": "BIGINT",
        "int8": "TINYINT",
        "string": "VARCHAR",
        "array<string>": "VARCHAR[]",
        "array<struct<claim: string, line: int64>>": "STRUCT(claim VARCHAR, line BIGINT)[]",
    }
    return ", ".join(f'"{name}" {types[str(type_)]}' for name, type_ in schema.items())


@cache
def _gathered(joined: bool) -> str:
    return sql(gathered(joined=joined))
