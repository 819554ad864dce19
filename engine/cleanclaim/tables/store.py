"""The imported tables: releases side by side in a folder, and the rows of them that a run asks for."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from pathlib import Path

from cleanclaim.policy.model import Period, TableSpec
from cleanclaim.policy.tables import Row, Table
from cleanclaim.tables.in_place import StoredRows, part_of
from cleanclaim.tables.kind import Nature
from cleanclaim.tables.loading import Wanted, load_rows
from cleanclaim.tables.release_names import SAFE
from cleanclaim.tables.releases import DISK, MANIFEST, Release, StoreError, damaged, read_manifest

_READ = "see that you may read it, or name another with --tables"

__all__ = ["Loaded", "Release", "StoreError", "TableStore"]


@dataclass(frozen=True)
class Loaded:
    """A table as a policy declares it: its rows, the dates of service that its releases speak of, and their names."""

    table: Table
    coverage: tuple[Period, ...]
    releases: tuple[str, ...]


@dataclass(frozen=True)
class _Asked:
    """What is wanted of a table, and the releases that answer, each with its days; the one that wins is first."""

    needs: Wanted
    chosen: Sequence[tuple[Release, Period]]

    def loaded(self, rows: Sequence[Row]) -> Loaded:
        """The answer, of these rows."""
        table = Table(self.needs.spec.name, rows, self.needs.start, self.needs.through)
        names = tuple(sorted(release.release for release, _ in self.chosen))
        return Loaded(table, _merged([period for _, period in self.chosen]), names)

    @property
    def superseding(self) -> tuple[str, ...]:
        """The columns in which a row is equal to one of a later release that stands for it: of the same key and start,
        or the same altogether. None where releases answer apart."""
        newest, types, start = self.chosen[0][0], self.needs.types, self.needs.start
        if newest.nature is not Nature.UNITED:
            return ()
        if newest.kind == "generic" or not all(key in types for key in newest.keys):
            return tuple(types)
        return (*newest.keys, *((start,) if start is not None and start not in newest.keys else ()))


class TableStore:
    """A folder of tables, each release of each in a folder of its own."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def releases(self) -> tuple[Release, ...]:
        """All that is stored, by table and by the days that it is for. Raises :class:`StoreError`."""
        try:
            tables = sorted(path.name for path in self.root.iterdir() if path.is_dir() and SAFE.match(path.name))
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise StoreError(f"the folder of tables {self.root} cannot be read ({error.strerror})", _READ) from None
        return tuple(release for table in tables for release in self._of(table))

    def load(self, spec: TableSpec, as_of: date, wanted: Mapping[str, Collection[str]] = {}) -> Loaded | None:
        """The table that a policy imports, as it was known on a day; ``None`` where no release was.

        Rows whose cell in a column of ``wanted`` is neither blank nor among the values there may be
        left out. Raises :class:`cleanclaim.policy.diagnostics.PolicyError` where the stored table is
        not what the policy declares, and :class:`StoreError` where it is damaged.
        """
        asked = self._asked(spec, as_of, wanted)
        return asked.loaded(self._rows(asked)) if asked is not None else None

    def in_place(self, spec: TableSpec, as_of: date, wanted: Mapping[str, Collection[str]] = {}) -> Loaded | None:
        """The table of :meth:`load` with its rows left in their files, as
        :class:`cleanclaim.tables.in_place.StoredRows`. Raises as that does."""
        asked = self._asked(spec, as_of, wanted)
        if asked is None:
            return None
        parts = tuple(part_of(self._folder(release), release, period, asked.needs) for release, period in asked.chosen)
        rows = StoredRows(
            asked.needs.types, parts, wanted, asked.superseding if len(parts) > 1 else (), partial(self._rows, asked)
        )
        return asked.loaded(rows)

    def _asked(self, spec: TableSpec, as_of: date, wanted: Mapping[str, Collection[str]]) -> _Asked | None:
        if spec.imported is None or not SAFE.match(spec.imported):
            return None
        known = [each for each in self._of(spec.imported) if each.published is None or each.published <= as_of]
        if not known:
            return None
        chosen = _answering(known)
        return _Asked(Wanted(spec, *_dates(spec, chosen), wanted), chosen)

    def _rows(self, asked: _Asked) -> list[Row]:
        rows: list[Row] = []
        seen: set[tuple[object, ...]] = set()
        for release, period in asked.chosen:
            found = load_rows(self._folder(release), release, period, asked.needs)
            if len(asked.chosen) > 1 and asked.superseding:
                found = list(_not_superseded(found, asked.superseding, seen))
            rows += found
        return rows

    def find(self, table: str, release: str) -> Release | None:
        """A release, or ``None``."""
        if not SAFE.match(table) or not SAFE.match(release) or not (self.root / table / release).is_dir():
            return None
        return read_manifest(self.root / table / release)

    def remove(self, table: str, release: str) -> bool:
        """Takes a release out, damaged ones too; whether it was there."""
        folder = self.root / table / release
        if not SAFE.match(table) or not SAFE.match(release) or not folder.is_dir():
            return False
        self._discard(folder)
        return True

    @contextmanager
    def adding(self, table: str) -> Iterator[Path]:
        """A new folder in which a release is written; it is gone afterwards unless :meth:`put` took it."""
        folder = self.root / table
        try:
            folder.mkdir(parents=True, exist_ok=True)
            made = Path(tempfile.mkdtemp(prefix=".new-", dir=folder))
        except OSError as error:
            raise StoreError(f"the folder of tables {self.root} cannot be written ({error.strerror})", DISK) from None
        try:
            made.chmod(0o755)
            yield made
        finally:
            shutil.rmtree(made, ignore_errors=True)

    def put(self, written: Path, release: Release, *, replacing: bool) -> None:
        """Makes a written folder the release: whole at once, whatever else is imported meanwhile."""
        try:
            (written / MANIFEST).write_text(release.to_json(), encoding="utf-8")
        except OSError as error:
            raise StoreError(
                f"the table cannot be stored in {written.parent} ({error.strerror or error})", DISK
            ) from None
        folder = self._folder(release)
        try:
            if replacing and folder.is_dir():
                self._discard(folder)
            # Renaming onto a folder with files in it fails, so of two imports at once one wins.
            written.rename(folder)
        except OSError:
            raise StoreError(
                f"{release.table} {release.release} was imported by somebody else meanwhile",
                "look at `cleanclaim tables list`, and import it again with --replace if it is not the same",
            ) from None

    def _folder(self, release: Release) -> Path:
        return self.root / release.table / release.release

    def _of(self, table: str) -> list[Release]:
        try:
            folders = [path for path in (self.root / table).iterdir() if path.is_dir() and SAFE.match(path.name)]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise StoreError(f"the folder {self.root / table} cannot be read ({error.strerror})", _READ) from None
        found = sorted((read_manifest(path) for path in folders), key=lambda each: each.order)
        if len({(each.kind, each.nature) for each in found}) > 1:
            kinds = " and ".join(sorted({each.kind for each in found}))
            raise damaged(self._folder(found[-1]), f"{table} has releases of different kinds, {kinds}")
        return found

    def _discard(self, folder: Path) -> None:
        """Takes a folder out of sight at once, then removes it."""
        away = Path(tempfile.mkdtemp(prefix=".old-", dir=folder.parent))
        try:
            folder.rename(away / "gone")
        except FileNotFoundError:
            pass
        finally:
            shutil.rmtree(away, ignore_errors=True)


def _answering(known: Sequence[Release]) -> list[tuple[Release, Period]]:
    """The releases that answer, each with the days for which it does; the one that wins is first."""
    nature = known[0].nature
    if nature is Nature.CUMULATIVE:
        newest = known[-1]
        return [(newest, Period(None, newest.through))]
    if nature is Nature.UNITED:
        later_first = sorted(known, key=lambda each: (each.order, each.imported_at), reverse=True)
        return [(each, Period(each.effective, each.through)) for each in later_first]
    found: list[tuple[Release, Period]] = []
    following: date | None = None
    for each in reversed(known):
        if each.effective is None or (following is not None and each.effective >= following):
            continue
        last = following - timedelta(days=1) if following is not None else None
        through = min((day for day in (each.through, last) if day is not None), default=None)
        found.append((each, Period(each.effective, through)))
        following = each.effective
    return found


def _dates(spec: TableSpec, chosen: Sequence[tuple[Release, Period]]) -> tuple[str | None, str | None]:
    """The columns of the rows' dates: those that the policy names, else those that the table has.

    A release that is for certain days gives them to rows without dates of their own.
    """
    newest = chosen[0][0]
    dated = any(period != Period() for _, period in chosen) and newest.nature is not Nature.CUMULATIVE
    start = spec.start or newest.start or ("effective" if dated else None)
    end = spec.through or newest.end or ("through" if dated else None)
    return start, end


def _not_superseded(rows: Sequence[Row], columns: tuple[str, ...], seen: set[tuple[object, ...]]) -> Iterator[Row]:
    """Rows that no later release has, by the columns that tell."""
    mine: set[tuple[object, ...]] = set()
    for row in rows:
        key = tuple(row[name] for name in columns)
        mine.add(key)
        if key not in seen:
            yield row
    seen |= mine


def _merged(periods: Sequence[Period]) -> tuple[Period, ...]:
    """Periods in order, those that meet joined."""
    found: list[Period] = []
    for each in sorted(periods, key=lambda period: period.start or date.min):
        last = found[-1] if found else None
        if last is not None and _meet(last, each):
            ends = None if last.through is None or each.through is None else max(last.through, each.through)
            found[-1] = replace(last, through=ends)
        else:
            found.append(each)
    return tuple(found)


def _meet(first: Period, second: Period) -> bool:
    if first.through is None or second.start is None or first.through == date.max:
        return True
    return second.start <= first.through + timedelta(days=1)
