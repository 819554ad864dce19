"""Rows that stay in the files of the store: where they lie and what of them is meant, for a database to read."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import overload

from cleanclaim.claims.fields import ValueType
from cleanclaim.claims.model import Scalar
from cleanclaim.policy.diagnostics import Diagnostic, PolicyError
from cleanclaim.policy.model import Period
from cleanclaim.policy.tables import Row
from cleanclaim.tables.groups import read_texts
from cleanclaim.tables.loading import TYPED, Wanted, given_and_stored, read_as, reading
from cleanclaim.tables.releases import ROWS, Release


@dataclass(frozen=True)
class Part:
    """The rows of one release: a file whose order is theirs.

    ``given`` are the columns that the file lacks and that hold one day in every row, ``None`` an open end; ``read`` the
    columns whose texts stand for other values, with those of all texts that can be wanted.
    """

    path: Path
    given: Mapping[str, date | None]
    read: Mapping[str, Mapping[str, Scalar]]


@dataclass(frozen=True, eq=False)
class StoredRows(Sequence[Row]):
    """The rows of a table in the store, of the release that counts first on.

    ``types`` are its columns. Rows stay out whose cell in a column of ``values`` is neither blank nor among the codes
    there; then rows stay out of which an earlier part has one equal in the columns of ``superseding``. Whoever wants
    the rows as Python has them is given them by ``load``, once.
    """

    types: Mapping[str, ValueType]
    parts: tuple[Part, ...]
    values: Mapping[str, Collection[str]]
    superseding: tuple[str, ...]
    load: Callable[[], Sequence[Row]]

    @cached_property
    def _rows(self) -> Sequence[Row]:
        return self.load()

    def __iter__(self) -> Iterator[Row]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, at: int) -> Row: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Row]: ...
    def __getitem__(self, at: int | slice) -> Row | Sequence[Row]:
        return self._rows[at]


def part_of(folder: Path, release: Release, period: Period, wanted: Wanted) -> Part:
    """Where the rows of a release are. Raises as :func:`cleanclaim.tables.loading.load_rows`, but for cells that are
    read when they are asked for."""
    given, stored = given_and_stored(folder, release, period, wanted)
    path = folder / ROWS
    early = wanted.early(release, stored)
    problems: list[Diagnostic] = []
    read: dict[str, Mapping[str, Scalar]] = {}
    parquet = importlib.import_module("pyarrow.parquet")
    with reading(folder, release, path):
        parquet.read_metadata(path)
        for name in stored:
            own, type_ = release.columns[name], wanted.types[name]
            if _as_it_stands(release, own, type_):
                continue
            texts: Collection[str] = ()
            if own not in TYPED:
                with parquet.ParquetFile(path, read_dictionary=list(dict.fromkeys((name, *early)))) as file:
                    texts = read_texts(file, name, early)
            found = read_as(texts, name, type_, release, folder, problems)
            if own not in TYPED and (type_ is not ValueType.CODE or any(text != each for text, each in found.items())):
                read[name] = {text: value for text, value in found.items() if value is not None}
    if problems:
        raise PolicyError(problems)
    return Part(path, given, read)


def _as_it_stands(release: Release, own: str, type_: ValueType) -> bool:
    """Whether the cells are stored as a policy would read them: texts are, and what an importer has read so."""
    if type_ is ValueType.TEXT:
        return own not in TYPED
    return own == type_.value and (own in TYPED or (type_ is ValueType.CODE and release.kind != "generic"))
