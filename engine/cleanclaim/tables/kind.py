"""What an importer says of its tables: columns, how to find them in a file, and what makes rows contradict."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from cleanclaim.claims.fields import ValueType
from cleanclaim.claims.model import Scalar
from cleanclaim.tables.problems import RowProblem
from cleanclaim.tables.release_names import Span

Read = Callable[[str], Scalar | None]
"""Makes the value of a cell of its trimmed text; ``None`` is blank. Raises
:class:`cleanclaim.policy.table_cells.BadCell`."""


class Nature(Enum):
    """How several releases of one table answer together."""

    CUMULATIVE = "cumulative"
    """Each holds every row that ever was, with its dates: the newest answers alone."""
    SNAPSHOT = "snapshot"
    """Each holds what is in force from its date: each answers for its own time."""
    UNITED = "united"
    """They add up; a later one wins where both have a row."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column that is stored.

    ``titles`` are the beginnings of its title in files, letters and digits only, in lower case;
    ``at`` is its place where the layout goes by place.
    """

    name: str
    type: ValueType
    read: Read
    titles: tuple[str, ...] = ()
    at: int | None = None
    optional: bool = False
    """Files may leave it out; it is blank then."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of table, as ``tables import KIND`` names it.

    ``header`` says in words what header its files have. ``keys`` are the columns that rows are
    sorted and found by; ``decides`` those in which two rows of one key contradict each other.
    Rows in which the column ``void[0]`` is ``void[1]`` were never in force.
    """

    name: str
    columns: tuple[Column, ...]
    keys: tuple[str, ...]
    decides: tuple[str, ...]
    nature: Nature
    span: Span
    header: str
    start: str | None = "effective"
    through: str | None = "through"
    void: tuple[str, str] | None = None
    needs: tuple[str, ...] = ()
    """Beginnings of other titles that the header must have."""
    widest: int | None = None
    narrowest: int = 1
    quotes: bool = True
    """Whether cells may stand in quotation marks."""
    fixed: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    """Where each column stands in a line, in files without separators, and by ``line`` how such a line looks."""
    line: str = ""
    suppliers: Mapping[str, str] = field(default_factory=dict)
    """The table of each ``--supplier``; where there are none the table is called as the kind."""
    clues: tuple[tuple[str, str], ...] = ()
    """Words of file names and titles (letters and digits only), and the table that they tell."""
    prefers: str = ""
    """Of several files with the same codes in one zip, the one whose name holds this."""
    any_columns: bool = False
    """Whether the columns are whatever the file has."""
    parts: int = 1
    """In how many numbered parts (f1, f2, …) CMS publishes it."""
    also_by: tuple[str, ...] = ()
    """Other columns by which rows are looked up alone: the rows are stored sorted by each of them too."""
    check: Callable[[Any, Kind], list[RowProblem]] | None = None
    """What else rows may contradict each other in; takes the sorted table."""

    @property
    def stored(self) -> tuple[str, ...]:
        """The names of its columns."""
        return tuple(column.name for column in self.columns)


def label(cell: str) -> str:
    """A title as it is compared.

    >>> label("HCPCS/\\nCPT Code")
    'hcpcscptcode'
    """
    return "".join(character for character in cell.lower() if character.isalnum())


def places_of(kind: Kind, cells: Sequence[str]) -> dict[str, int] | None:
    """Where the columns stand if a row of cells is the header of this kind, else ``None``."""
    labels = [label(cell) for cell in cells]
    if len(labels) < kind.narrowest or (kind.widest is not None and len(labels) > kind.widest):
        return None
    if not all(any(each.startswith(need) for each in labels) for need in kind.needs):
        return None
    found: dict[str, int] = {}
    for exact in (True, False):
        for column in kind.columns:
            if column.name in found:
                continue
            at = column.at if column.at is not None else _title(column, labels, set(found.values()), exact)
            if at is not None and at < len(labels):
                found[column.name] = at
    if column_missing(kind, found):
        return None
    if any(column.at is not None and not _titled(column, labels[column.at]) for column in kind.columns):
        return None
    return found


def column_missing(kind: Kind, found: Mapping[str, int]) -> bool:
    """Whether a column is nowhere that must be there."""
    return any(column.name not in found and not column.optional for column in kind.columns)


def _title(column: Column, labels: Sequence[str], taken: set[int], exact: bool) -> int | None:
    for title in column.titles:
        for at, each in enumerate(labels):
            if at not in taken and (each == title if exact else each.startswith(title)):
                return at
    return None


def _titled(column: Column, each: str) -> bool:
    return not column.titles or any(each.startswith(title) for title in column.titles)
