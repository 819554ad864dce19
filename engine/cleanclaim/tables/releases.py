"""A release of a table in the store: what its manifest says of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from cleanclaim.tables.kind import Nature

MANIFEST, ROWS = "manifest.json", "rows.parquet"
PLACE = "__place"
"""In a file sorted by another column, the place of a row among all."""
FORMAT = 1
DISK = "see that the disk has room and the folder can be written, or name another with --tables"


class StoreError(Exception):
    """Stored tables that cannot be used: what is wrong, and what to do."""

    def __init__(self, what: str, help: str) -> None:
        super().__init__(f"{what}; {help}")
        self.what, self.help = what, help


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file that the rows were read from."""

    name: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Release:
    """One imported release of one table.

    ``effective`` and ``through`` are the days that it is for, both included, ``None`` open;
    ``published`` when anybody could know it, ``None`` always. ``start`` and ``end`` name the
    columns of its rows' own dates, where they have any; ``keys`` those that the rows are sorted by,
    ``also_by`` those by which another file of the same rows is.
    """

    table: str
    kind: str
    nature: Nature
    release: str
    effective: date | None
    through: date | None
    published: date | None
    rows: int
    columns: Mapping[str, str]
    keys: tuple[str, ...]
    also_by: tuple[str, ...]
    start: str | None
    end: str | None
    files: tuple[SourceFile, ...]
    imported_at: str
    version: str

    @property
    def order(self) -> tuple[date, str]:
        """Sorts releases by what they are for."""
        return self.effective or date.min, self.release

    def same_as(self, other: Release) -> bool:
        """Whether both were made of the same files and are for the same days."""
        files = {file.sha256 for file in self.files}, {file.sha256 for file in other.files}
        dates = [(each.effective, each.through, each.published) for each in (self, other)]
        return files[0] == files[1] and dates[0] == dates[1]

    def to_json(self) -> str:
        """The manifest."""
        content = {
            "format": FORMAT,
            "table": self.table,
            "kind": self.kind,
            "nature": self.nature.value,
            "release": self.release,
            "effective": _iso(self.effective),
            "through": _iso(self.through),
            "published": _iso(self.published),
            "rows": self.rows,
            "columns": dict(self.columns),
            "keys": list(self.keys),
            "also_by": list(self.also_by),
            "dates": {"from": self.start, "through": self.end},
            "files": [{"name": file.name, "sha256": file.sha256, "bytes": file.size} for file in self.files],
            "imported_at": self.imported_at,
            "cleanclaim": self.version,
        }
        return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def read_manifest(folder: Path) -> Release:
    """The release in a folder. Raises :class:`StoreError` where its manifest cannot be read."""
    try:
        content = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        if content["format"] != FORMAT:
            raise StoreError(
                f"{folder.parent.name} {folder.name} in the tables was stored by another version of cleanclaim "
                f"(format {content['format']})",
                f"remove the folder {folder} and import the release again",
            )
        release = Release(
            table=str(content["table"]),
            kind=str(content["kind"]),
            nature=Nature(content["nature"]),
            release=str(content["release"]),
            effective=_day(content["effective"]),
            through=_day(content["through"]),
            published=_day(content["published"]),
            rows=int(content["rows"]),
            columns={str(name): str(type_) for name, type_ in content["columns"].items()},
            keys=tuple(map(str, content["keys"])),
            also_by=tuple(map(str, content["also_by"])),
            start=content["dates"]["from"],
            end=content["dates"]["through"],
            files=tuple(SourceFile(str(f["name"]), str(f["sha256"]), int(f["bytes"])) for f in content["files"]),
            imported_at=str(content["imported_at"]),
            version=str(content["cleanclaim"]),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise damaged(folder, f"its {MANIFEST} cannot be read ({type(error).__name__})") from None
    if (release.table, release.release) != (folder.parent.name, folder.name):
        raise damaged(folder, f"its {MANIFEST} is that of {release.table} {release.release}")
    return release


def by_column(column: str) -> str:
    """The name of the file of rows that is sorted by another column than the first key.

    >>> by_column("column_2")
    'rows-by-column_2.parquet'
    """
    return f"rows-by-{column}.parquet"


def damaged(folder: Path, why: str) -> StoreError:
    """The error for a release that cannot be used."""
    return StoreError(
        f"the imported table {folder.parent.name}, release {folder.name}, is damaged: {why}",
        f"remove the folder {folder} and import the release again",
    )


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day is not None else None


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text is not None else None
