"""One opened input table: its relation, how its rows are numbered, and which of its columns feed what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from cleanclaim.claims.model import Reject, Warning
from cleanclaim.claims.tables.binding import Binding

NUMBERED = "cleanclaim_row"
"""The column that numbers the rows of a table where it is not read from files: a name that no table has of its own."""
INPUT_BITS = 40
"""A line's ``row`` is its input's number, shifted by so many bits, and the number of its row in the input."""


@dataclass(frozen=True, slots=True)
class Opened:
    """Inputs of one layout, read as one relation.

    ``names`` are what messages call the inputs and ``numbers`` their places among all inputs; ``at`` is an SQL
    expression for the place of a row's input in these lists (from 0) and ``row`` for the number of the row in its
    input, as people count. ``settled``: written by ``convert``, so that cells are values already.
    """

    names: tuple[str, ...]
    numbers: tuple[int, ...]
    relation: str
    types: Mapping[str, str]
    header: tuple[str, ...]
    binding: Binding
    at: str
    row: str
    history: bool = False
    settled: bool = False
    rejects: tuple[tuple[int, Reject], ...] = ()
    """What converting the inputs refused, by input number."""
    blank_rows: bool = False
    """Rows without any cell may stand in it, which are no rows."""

    @property
    def number(self) -> str:
        """An SQL expression for the number of a row's input."""
        first = self.numbers[0]
        if self.numbers == tuple(range(first, first + len(self.numbers))):
            return f"({first} + {self.at})"
        return f"list_extract({list(self.numbers)}, CAST({self.at} AS BIGINT) + 1)"

    @property
    def key(self) -> str:
        """An SQL expression for the ``row`` that tells a line from every other."""
        return f"(CAST({self.number} AS BIGINT) << {INPUT_BITS}) + CAST({self.row} AS BIGINT)"


@dataclass(slots=True)
class Told:
    """What is said of inputs while they are opened and read."""

    rejects: list[tuple[int | None, Reject]] = field(default_factory=list)
    warnings: list[Warning] = field(default_factory=list)
