"""One table as it is read: for every field the cells that feed it, and the way in which each is read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cleanclaim.audit.cells import Tier
from cleanclaim.audit.odd import Odd
from cleanclaim.audit.opened import Opened
from cleanclaim.audit.sql import quoted
from cleanclaim.claims.tables.binding import Bound


@dataclass(frozen=True, slots=True)
class Cells:
    """How the cells of one column are read: by SQL, and odd ones by way of a table (``alias`` joins it)."""

    column: str
    tier: Tier
    odd: Odd | None = None
    alias: str = ""
    slot: int | None = None
    """Its number in its family, where places in the list count."""

    @property
    def value(self) -> str:
        """The SQL expression of the value."""
        plain = self.tier.value.format(c=quoted(self.column))
        if self.odd is None:
            return plain
        # Only where a cell is odd does its table have a row.
        return f"CASE WHEN {self.alias}.cell IS NOT NULL THEN {self.alias}.value ELSE {plain} END"

    @property
    def join(self) -> str:
        """The join that its odd cells need."""
        return (
            f"LEFT JOIN {self.odd.table} AS {self.alias} ON {quoted(self.column)} = {self.alias}.cell"
            if self.odd
            else ""
        )


@dataclass(frozen=True, slots=True)
class Reading:
    """One table as it is read: the cells of each target; ``constants`` are targets that are the same in every row."""

    opened: Opened
    cells: Mapping[str, tuple[Cells, ...]]
    bound: Mapping[str, Bound]
    constants: Mapping[str, object]
    blanks: Mapping[str, int]
    """Rows without a value, of the targets that need one."""

    @property
    def plain(self) -> bool:
        """Whether every cell is written as SQL reads it, and none is blank that every row must have."""
        return not self.blanks and not any(cells.odd for cells in self.columns)

    @property
    def columns(self) -> Iterator[Cells]:
        """All columns that are read."""
        for each in self.cells.values():
            yield from each

    @property
    def joins(self) -> str:
        """All joins with tables of odd cells."""
        return " ".join(cells.join for cells in self.columns if cells.odd)
