"""Rows of a stored release as a policy declares its table; only the parts of the file that can matter are read."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from cleanclaim.claims.fields import ValueType
from cleanclaim.claims.model import Scalar
from cleanclaim.policy.diagnostics import Diagnostic, PolicyError, quoted
from cleanclaim.policy.model import Period, TableSpec
from cleanclaim.policy.scalars import A
from cleanclaim.policy.table_cells import BadCell, cell
from cleanclaim.tables.groups import read_cells
from cleanclaim.tables.releases import PLACE, ROWS, Release, StoreError, by_column, damaged

Row = Mapping[str, Scalar | None]

MOST_TOLD = 10
TYPED = ("date", "boolean")
"""Types of columns that are stored as what they are; all else is text."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a policy wants of a table: its columns, the names of the rows' dates, and the codes that matter."""

    spec: TableSpec
    start: str | None
    through: str | None
    values: Mapping[str, Collection[str]]

    @property
    def types(self) -> dict[str, ValueType]:
        """The columns, dates among them, with their types."""
        dates = {name: ValueType.DATE for name in (self.start, self.through) if name is not None}
        own = {name: ValueType.DATE for name in (self.spec.start, self.spec.through) if name is not None}
        return {**dates, **self.spec.columns, **own}

    def early(self, release: Release, stored: Collection[str]) -> dict[str, set[str]]:
        """The codes that matter of columns that tell it as they are stored: a generic table's, which are stored as its
        file has them, do so once they are typed."""
        early = {} if release.kind == "generic" else self.values
        return {name: set(codes) for name, codes in early.items() if name in stored and release.columns[name] == "code"}


def load_rows(folder: Path, release: Release, period: Period, wanted: Wanted) -> list[Row]:
    """The rows of one release. ``period`` are the days for which it answers; they are the dates of rows
    that have none of their own."""
    types = wanted.types
    given, stored = given_and_stored(folder, release, period, wanted)
    values = wanted.early(release, stored)
    cells = _read(folder, release, stored or [next(iter(release.columns))], values)
    size = len(next(iter(cells.values())))
    problems: list[Diagnostic] = []
    columns: dict[str, Sequence[Scalar | None]] = {}
    for name, type_ in types.items():
        if name in given:
            columns[name] = [given[name]] * size
        else:
            columns[name] = _typed(cells[name], name, type_, release, folder, problems)
    if problems:
        raise PolicyError(problems)
    names = tuple(columns)
    rows: list[Row] = [dict(zip(names, cells, strict=True)) for cells in zip(*columns.values(), strict=True)]
    return rows if len(values) == len(wanted.values) else list(_matching(rows, wanted.values))


def given_and_stored(
    folder: Path, release: Release, period: Period, wanted: Wanted
) -> tuple[dict[str, date | None], list[str]]:
    """The columns that hold one day in every row, with it, and those that the release has. Raises
    :class:`cleanclaim.policy.diagnostics.PolicyError` where it lacks one."""
    given = {name: day for name, day in _given(release, period, wanted).items() if name in wanted.types}
    absent = [name for name in wanted.types if name not in release.columns and name not in given]
    if absent:
        raise PolicyError(_absent(release, folder, name) for name in absent)
    return given, [name for name in wanted.types if name not in given]


def _given(release: Release, period: Period, wanted: Wanted) -> dict[str, date | None]:
    """The dates that the release gives to rows without their own, by the column that holds them."""
    given: dict[str, date | None] = {}
    for name, own, usual, day in (
        (wanted.start, release.start, "effective", period.start),
        (wanted.through, release.end, "through", period.through),
    ):
        if own is not None:
            continue
        if release.kind == "generic" and day is None:
            # Open at this end; a column that the policy itself names must be there.
            if name is not None and name not in (wanted.spec.start, wanted.spec.through):
                given[name] = None
            continue
        given[usual] = day
        if name is not None and wanted.spec.start is None:
            given[name] = day
    return {name: day for name, day in given.items() if name not in release.columns}


def _read(
    folder: Path, release: Release, columns: Sequence[str], values: Mapping[str, set[str]]
) -> dict[str, list[Any]]:
    """The cells of the columns, of those rows that can be wanted, in the order of the rows."""
    parquet = importlib.import_module("pyarrow.parquet")
    first = release.keys[0] if release.keys else None
    other = next((name for name in release.also_by if name in values and first not in values), None)
    path = folder / (by_column(other) if other is not None else ROWS)
    with reading(folder, release, path), parquet.ParquetFile(path, read_dictionary=list(values)) as file:
        if other is None:
            return read_cells(file, columns, values)
        cells = read_cells(file, [*columns, PLACE], values)
    places = cells.pop(PLACE)
    order = sorted(range(len(places)), key=places.__getitem__)
    return {name: [found[at] for at in order] for name, found in cells.items()}


@contextmanager
def reading(folder: Path, release: Release, path: Path) -> Iterator[None]:
    """Makes a :class:`cleanclaim.tables.releases.StoreError` of what goes wrong with a file."""
    pa = importlib.import_module("pyarrow")
    try:
        yield
    except FileNotFoundError:
        raise StoreError(
            f"the imported table {release.table}, release {release.release}, was removed while it was read, or is "
            f"damaged: {path} is not there",
            "run again, or import the release again",
        ) from None
    except (pa.ArrowException, OSError, ValueError, KeyError):
        raise damaged(folder, f"{path.name} is not a whole file") from None


def _typed(
    cells: Sequence[Any], name: str, type_: ValueType, release: Release, folder: Path, problems: list[Diagnostic]
) -> list[Scalar | None]:
    """The cells as the policy declares them; each different one is read once."""
    read = read_as(cells, name, type_, release, folder, problems)
    if release.columns[name] in TYPED:
        return list(cells)
    return [None if text is None else read[text] for text in cells]


def read_as(
    texts: Iterable[Any], name: str, type_: ValueType, release: Release, folder: Path, problems: list[Diagnostic]
) -> dict[str, Scalar | None]:
    """What each text of a column stands for; what is wrong with the column is told to ``problems``. Dates and truths
    are stored as what they are."""
    own = release.columns[name]
    if own in TYPED:
        if type_.value != own:
            what = f"column {quoted(name)} of {release.table} holds {A[ValueType(own)]}, not {A[type_]}"
            problems.append(_problem(folder, what, f"declare {name}: {own}"))
        return {}
    read: dict[str, Scalar | None] = {}
    bad = 0
    for text in dict.fromkeys(texts):
        if text is None:
            continue
        try:
            read[text] = cell(text, type_)
        except BadCell as wrong:
            read[text] = None
            bad += 1
            if bad <= MOST_TOLD:
                message = f"column {quoted(name)} of {release.table}, release {release.release}: {wrong.message}"
                problems.append(_problem(folder, message, f"{wrong.help}, and import the table again"))
    return read


def _matching(rows: Sequence[Row], values: Mapping[str, Collection[str]]) -> Iterator[Row]:
    keep: list[Callable[[Row], bool]] = [_holds(name, frozenset(codes)) for name, codes in values.items()]
    return (row for row in rows if all(test(row) for test in keep))


def _holds(name: str, codes: frozenset[str]) -> Callable[[Row], bool]:
    return lambda row: row.get(name) is None or row[name] in codes


def _absent(release: Release, folder: Path, name: str) -> Diagnostic:
    has = ", ".join(release.columns)
    own = f"; its dates are {release.start} and {release.end}" if release.start is not None else ""
    return _problem(
        folder,
        f"the imported table {release.table}, release {release.release}, has no column {quoted(name)}",
        f"it has {has}{own}; correct the policy, or import a file with that column",
    )


def _problem(folder: Path, message: str, help: str) -> Diagnostic:
    return Diagnostic("table", message, folder.as_posix(), 1, 1, "", help)
