"""Makes the statements of a program for DuckDB, shape by shape, from expressions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache, cached_property
from itertools import chain

import ibis.expr.types as ir

from cleanclaim.backends.relational.gather import gathered
from cleanclaim.backends.relational.layout import columns_of
from cleanclaim.backends.relational.program import Program
from cleanclaim.backends.relational.reference_tables import Incoming, incoming
from cleanclaim.backends.relational.sql import text
from cleanclaim.backends.relational.statements import Finding, Fixpoint, Gone, Named, Statement, Statements
from cleanclaim.backends.relational.wanted import Wanted
from cleanclaim.backends.relational.world import Drop, Emit, Keep, Settle, Step
from cleanclaim.policy.model import TableSpec

DIALECT = "duckdb"


def sql(made: ir.Table) -> str:
    """An expression as DuckDB reads it."""
    return text(made, DIALECT)


@dataclass(frozen=True)
class Made:
    """Statements that were made last, and the tables that they are the first to read, by name.

    ``known`` is how many shapes of rules the program is known to have.
    """

    tables: list[tuple[str, Incoming]]
    statements: list[Statement]
    known: int


@dataclass
class Making:
    """The statements of a program. They can be had once; then :meth:`statements` has all of them."""

    wanted: Wanted
    _made: list[Statement] = field(default_factory=list)
    _taken: int = 0
    _held: set[str] = field(default_factory=set)

    @cached_property
    def _program(self) -> Program:
        return Program(self.wanted)

    def make(self) -> Iterator[Made]:
        """What is not made yet, after each shape."""
        # Once more at the end, for what is dropped after the last shape.
        for _, known in chain(self._program.make(), ((0, 0),)):
            steps = self._program.so_far.steps[self._taken :]
            self._taken += len(steps)
            made = [stated(step, sql) for step in steps]
            self._made += made
            yield Made(self._new_tables(), made, known)

    def statements(self) -> Statements:
        """All of them, once they are made."""
        steps, edition = self._program.so_far, self.wanted.edition
        places = {
            (id(table), _shown(policy.tables[name])): (policy.id, policy.version, name)
            for known in edition.policies
            for policy in known.versions
            for name, table in edition.tables_of(policy).items()
        }
        tables = {name: places[id(table), _shown(spec)] for name, table, spec in steps.tables.values()}
        left = tuple(one.number for one in self._program.left)
        return Statements(tuple(self._made), steps.loaded, tables, left, relation(joined=False), relation(joined=True))

    def _new_tables(self) -> list[tuple[str, Incoming]]:
        steps = self._program.so_far
        new: list[tuple[str, Incoming]] = [
            (name, incoming(table, spec)) for name, table, spec in steps.tables.values() if name not in self._held
        ]
        new += [(name, rows) for name, rows in steps.loaded.items() if name not in self._held]
        self._held.update(name for name, _ in new)
        return new


@cache
def relation(*, joined: bool) -> str:
    """The query of the relation of findings."""
    return sql(gathered(joined=joined))


def stated(step: Step, sql: Callable[[ir.Table], str]) -> Statement:
    """A step in the words of an engine."""
    match step:
        case Keep(name, made, by, once):
            return Named(name, sql(made), by, once)
        case Emit(made, of):
            return Finding(sql(made), of)
        case Settle(names, inner, made):
            kept = tuple(Named(each.name, sql(each.made)) for each in inner)
            return Fixpoint(kept, tuple(Named(name, sql(each)) for name, each in zip(names, made, strict=True)))
        case Drop(names):
            return Gone(names)


def _shown(spec: TableSpec) -> str:
    """What of a table a version reads."""
    return repr(sorted(columns_of(spec).items(), key=str))
