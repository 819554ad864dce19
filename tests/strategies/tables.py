"""Random rows of reference tables: few keys, so that several rows share one, and blank cells."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from cleanclaim.claims.fields import ValueType
from cleanclaim.claims.model import Scalar
from cleanclaim.policy.model import Period
from cleanclaim.policy.tables import Row, Table
from tests.strategies.choose import Choose
from tests.strategies.pools import CODE_POOLS, value_of
from tests.strategies.speaks import TableShape
from tests.strategies.vocabularies import TABLES

STARTS = (date(2019, 1, 1), date(2018, 7, 1))
"""First dates before all dates of service, so that several rows of one key are in force."""
COVERAGES = tuple(
    tuple(Period(date.fromisoformat(start), date.fromisoformat(through)) for start, through in spans)
    for spans in (
        (("2020-01-01", "2020-12-31"),),
        (("2020-01-02", "2020-02-01"),),
        (("2019-12-31", "2020-01-01"), ("2020-03-01", "2021-01-01")),
    )
)
"""Dates of service that releases are for: with an end on either side of a boundary, and with a gap."""
SHAPES = {shape.name: shape for shape in TABLES}


@dataclass(frozen=True)
class Rows:
    """The rows of one table, as plain data, and the dates of service that they are for (``None``: all)."""

    name: str
    rows: tuple[Row, ...]
    coverage: tuple[Period, ...] | None = None

    def table(self) -> Table:
        """The table as a back end is given it."""
        shape = SHAPES[self.name]
        return Table(self.name, self.rows, shape.start, shape.through, self.coverage)


def rows(choose: Choose, name: str) -> Rows:
    """Some rows of a table; now and then a release that is not for all dates, rarely one for none."""
    found = tuple(_row(choose, SHAPES[name]) for _ in range(choose.integer(0, 9)))
    if choose.chance(25):
        return Rows(name, found, choose.pick(COVERAGES) if choose.chance(90) else ())
    return Rows(name, found)


def _row(choose: Choose, shape: TableShape) -> Row:
    return {column: _cell(choose, shape, column, type_) for column, type_ in shape.columns.items()}


def _cell(choose: Choose, shape: TableShape, column: str, type_: ValueType) -> Scalar | None:
    if choose.chance(50 if column == shape.through else 8):
        return None
    if column == shape.start and choose.chance(60):
        return choose.pick(STARTS)
    if type_ is ValueType.CODE:
        return choose.pick(CODE_POOLS[shape.families[column]][:3])
    return value_of(choose, type_, "state" if column == "state" else None)
