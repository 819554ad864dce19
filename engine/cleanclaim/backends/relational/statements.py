"""What a program is for a database: statements in order, and the tables that they read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cleanclaim.backends.relational.rows import Rows


@dataclass(frozen=True)
class Named:
    """A query whose result is kept under a name.

    ``by`` is the column by whose values most look for its rows; ``once`` says that one later query alone reads it.
    """

    name: str
    query: str
    by: str | None = None
    once: bool = False


@dataclass(frozen=True)
class Finding:
    """A query of findings: of one for each row of a result that is kept under the name ``of``."""

    query: str
    of: str


@dataclass(frozen=True)
class Fixpoint:
    """Queries that are repeated until the facts they make grow no more: those of ``made``, by way of ``inner``."""

    inner: tuple[Named, ...]
    made: tuple[Named, ...]


@dataclass(frozen=True)
class Gone:
    """Results that no later statement reads, by name."""

    names: tuple[str, ...]


Statement = Named | Finding | Fixpoint | Gone


@dataclass(frozen=True)
class Statements:
    """All statements of a program.

    ``parameters`` are tables by name; ``tables`` says of which version, by (policy id, version, name), a reference
    table is. ``left`` are the numbers of the rules that no expression says. ``each`` and ``joined`` are queries of the
    relation of findings: one a line, and one for all lines of a claim that fail alike where a rule is about claims.
    """

    statements: tuple[Statement, ...]
    parameters: Mapping[str, Rows]
    tables: Mapping[str, tuple[str, str, str]]
    left: tuple[int, ...]
    each: str
    joined: str
