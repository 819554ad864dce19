"""The code sets that are asked of each procedure once, and whose answers its lines carry, a column each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import ibis.expr.types as ir

from cleanclaim.backends.relational.layout import OTHER
from cleanclaim.policy.model import CodeSet, FieldOf, Member, Side, Value

IN_SET = "in_set_"
"""What the names of the columns begin with that say whether a line's procedure is in a set."""


@dataclass(frozen=True)
class Sets:
    """Sets that procedures are in, and the column of lines that says so; null where a line has no procedure."""

    columns: Mapping[CodeSet, str] = field(default_factory=dict)

    @classmethod
    def of(cls, members: Iterable[Member]) -> Sets:
        """The sets that conditions want procedures to be in."""
        sets = (_asked_of_procedure(member.value, member.among) for member in members)
        return cls({among: f"{IN_SET}{at}" for at, among in enumerate(dict.fromkeys(sets)) if among is not None})

    def read(self, members: Iterable[Member], lines: ir.Table) -> tuple[str, ...]:
        """The columns of lines by which conditions are told."""
        names = (self.columns.get(among) for among in Sets.of(members).columns)
        return tuple(name for name in dict.fromkeys(names) if name is not None and name in lines.columns)

    def told(self, table: ir.Table, subject: Value, among: object) -> ir.BooleanValue | None:
        """Whether a line's procedure is in a set; ``None`` where no column says."""
        asked = _asked_of_procedure(subject, among)
        if asked is None or asked not in self.columns or not isinstance(subject, FieldOf):
            return None
        name = f"{OTHER if subject.side is Side.OTHER else ''}{self.columns[asked]}"
        return table[name] if name in table.columns else None


def _asked_of_procedure(subject: Value, among: object) -> CodeSet | None:
    match subject, among:
        case FieldOf("procedure", declared=False), CodeSet():
            return replace(among, name=None)
        case _:
            return None
