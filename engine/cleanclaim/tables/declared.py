"""What policies say that a table of the user's own holds, and where its files say otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cleanclaim.claims.fields import ValueType
from cleanclaim.claims.nearest import did_you_mean
from cleanclaim.policy.diagnostics import quoted
from cleanclaim.policy.model import Policy, TableSpec
from cleanclaim.tables.cells import plain
from cleanclaim.tables.columns import typed
from cleanclaim.tables.kind import Column
from cleanclaim.tables.problems import Problem, RowProblem

# pyarrow ships no types, so its tables are Any.
Table = Any


@dataclass(frozen=True, slots=True)
class Declaration:
    """The columns that some policies declare of one imported table, the dates of its rows among them."""

    table: str
    policies: tuple[str, ...]
    columns: Mapping[str, ValueType]

    @property
    def words(self) -> str:
        """The columns with their types, as messages say them."""
        return ", ".join(f"{name} ({type_.value})" for name, type_ in self.columns.items())

    @property
    def whose(self) -> str:
        """The policies, by name."""
        return f"the {'policy' if len(self.policies) == 1 else 'policies'} {', '.join(self.policies)}"


def declarations(policies: Iterable[Policy], table: str) -> tuple[Declaration, ...]:
    """What the policies declare of an imported table; those that say the same are one."""
    found: dict[tuple[tuple[str, ValueType], ...], list[str]] = {}
    for policy in policies:
        for spec in policy.tables.values():
            if spec.imported == table:
                ids = found.setdefault(tuple(_columns(spec).items()), [])
                if policy.id not in ids:
                    ids.append(policy.id)
    return tuple(Declaration(table, tuple(ids), dict(columns)) for columns, ids in found.items())


def imported_names(policies: Iterable[Policy]) -> frozenset[str]:
    """The names of all tables that the policies import."""
    return frozenset(
        spec.imported for policy in policies for spec in policy.tables.values() if spec.imported is not None
    )


def absent(declared: Sequence[Declaration], has: Sequence[str], given: frozenset[str], place: str) -> Iterator[Problem]:
    """The columns that policies declare and the files lack. ``given`` are those that the release's own dates fill."""
    for each in declared:
        lacking = [name for name in each.columns if name not in has and name not in given]
        if lacking:
            free = [name for name in has if name not in each.columns]
            what = ", ".join(quoted(name) + did_you_mean(name, free) for name in lacking)
            dates = any(each.columns[name] is ValueType.DATE for name in lacking)
            yield Problem(
                f"{place} has no column {what}, which {each.whose} wants of {each.table}",
                f"the columns wanted are {each.words}; the file has {', '.join(has)}: name them so in the first row"
                + ("; a column of dates may be blank" if dates else ""),
            )


def unfit(declared: Sequence[Declaration], rows: Table) -> Iterator[RowProblem]:
    """The cells that are not of the type that policies declare."""
    for each in declared:
        for name, type_ in each.columns.items():
            if name not in rows.column_names:
                continue
            _, wrong = typed(rows[name].combine_chunks(), Column(name, type_, plain(type_, blank=True)))
            for problem in wrong:
                what = f"{name} cannot be read as {type_.value}, which {each.whose} wants of {each.table}"
                yield RowProblem(
                    what, f"{problem.help}; the columns are {each.words}", problem.rows, problem.count, problem.say
                )


def _columns(spec: TableSpec) -> dict[str, ValueType]:
    dates = {name: ValueType.DATE for name in (spec.start, spec.through) if name is not None}
    return {**spec.columns, **dates}
