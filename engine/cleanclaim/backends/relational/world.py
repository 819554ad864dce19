"""What expressions of one version are made from: the lines, its tables, its facts, and steps to keep results in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import ibis
import ibis.expr.types as ir

from cleanclaim.backends.relational.layout import columns_of
from cleanclaim.backends.relational.rows import Rows
from cleanclaim.backends.relational.scope import Bits
from cleanclaim.backends.relational.sets import Sets
from cleanclaim.backends.relational.typed import IBIS_TYPES, schema_of
from cleanclaim.policy.model import CodeSet, Look, Policy, TableSpec
from cleanclaim.policy.tables import Table


@dataclass(frozen=True)
class Keep:
    """A result that later steps read, under a name.

    ``by`` is the column by whose values most look for its rows; ``once`` says that one step alone reads it.
    """

    name: str
    made: ir.Table
    by: str | None = None
    once: bool = False


@dataclass(frozen=True)
class Emit:
    """Findings, one for each row of a result that is kept under the name ``of``."""

    made: ir.Table
    of: str


@dataclass(frozen=True)
class Settle:
    """Facts that feed each other: made again from themselves until they grow no more.

    ``names`` are their tables, ``made`` what each is made of, by way of ``inner``. First their truth
    settles, then what they lack, which is nothing until then.
    """

    names: tuple[str, ...]
    inner: tuple[Keep, ...]
    made: tuple[ir.Table, ...]


@dataclass(frozen=True)
class Drop:
    """Results that no later step reads, by name."""

    names: tuple[str, ...]


Step = Keep | Emit | Settle | Drop


@dataclass
class Steps:
    """Steps in the order in which they run, each named once, and the reference tables that they read."""

    steps: list[Step] = field(default_factory=list)
    tables: dict[tuple[object, ...], tuple[str, Table, TableSpec]] = field(default_factory=dict)
    count: int = 0
    met: ir.Table | None = None
    loaded: dict[str, Rows] = field(default_factory=dict)
    """Tables of parameters, by name."""

    def parameters(self, rows: Rows) -> ir.Table:
        """A table of parameters, a row for every rule of a shape."""
        name = next((name for name, held in self.loaded.items() if held is rows), f"parameters_{len(self.loaded)}")
        self.loaded[name] = rows
        return ibis.table(schema_of(rows), name=name)

    def procedures(self, lines: ir.Table) -> ir.Table:
        """The procedures that any line has."""
        if self.met is None:
            self.met = self.keep(lines.select("procedure").distinct(), "procedures")
        return self.met

    def keep(self, made: ir.Table, what: str, by: str | None = None, *, once: bool = False) -> ir.Table:
        """Keeps a result, and gives the table that holds it; ``by`` and ``once`` are those of :class:`Keep`."""
        name = self.name(what)
        self.steps.append(Keep(name, made, by, once))
        return ibis.table(made.schema(), name=name)

    def drop(self, begun: int) -> None:
        """Drops what is kept since so many steps, but for the procedures, which all may ask for."""
        lasting = {self.met.get_name()} if self.met is not None else set()
        names: dict[str, None] = {}
        for step in self.steps[begun:]:
            match step:
                case Keep(name):
                    names[name] = None
                case Settle(settled):
                    names.update(dict.fromkeys(settled))
                case Drop(dropped):
                    lasting.update(dropped)
        gone = tuple(name for name in names if name not in lasting)
        if gone:
            self.steps.append(Drop(gone))

    def undo(self, begun: int) -> None:
        """Takes back the steps since so many."""
        if self.met is not None and any(
            getattr(step, "name", "") == self.met.get_name() for step in self.steps[begun:]
        ):
            self.met = None
        del self.steps[begun:]

    def name(self, what: str) -> str:
        """A name that no other result has."""
        self.count += 1
        return f"{what}_{self.count}"


@dataclass
class World:
    """What one version of a policy can speak of."""

    lines: ir.Table
    all_lines: ir.Table
    policy: Policy
    tables: Mapping[str, Table]
    steps: Steps
    bits: Bits = field(default_factory=Bits)
    sets: Sets = field(default_factory=Sets)
    kept: bool = False
    """Whether a step before made the lines: what is few among them is found again sooner than it is written."""
    procedures: tuple[CodeSet, ...] = ()
    """Sets that the procedures of all judged lines are in."""
    alike: Mapping[Look, ir.Table] = field(default_factory=dict)
    """Lines among which alone a look can find any."""
    rules: ir.Table | None = None
    """The parameters of the rules that are judged together."""
    facts: dict[str, ir.Table] = field(default_factory=dict)

    def table(self, name: str) -> ir.Table:
        """A reference table: its columns, the ``starts`` and ``ends`` of every row, and its ``rank`` among others."""
        held = self.tables[name]
        spec = self.policy.tables[name]
        # Versions of a policy share a table's rows, which are then loaded once.
        key = (id(held.rows), held.start, held.through, *sorted(spec.columns.items(), key=str))
        stored, _, _ = self.steps.tables.setdefault(key, (f"table_{len(self.steps.tables)}", held, spec))
        columns = {f"c_{column}": IBIS_TYPES[type_] for column, type_ in columns_of(spec).items()}
        # A view, because one expression may ask a table twice.
        return ibis.table(ibis.schema(columns | PERIOD), name=stored).view()


PERIOD = {"starts": "date", "ends": "date", "rank": "int64"}
