"""Imports a release: plans, reads, checks, and stores it whole or not at all."""

from __future__ import annotations

from dataclasses import dataclass

from cleanclaim.tables.kind import Nature
from cleanclaim.tables.plan import Plan, Request, plan
from cleanclaim.tables.problems import ImportRefused, Problem
from cleanclaim.tables.reading import Rows, read
from cleanclaim.tables.releases import Release, StoreError
from cleanclaim.tables.store import TableStore
from cleanclaim.tables.text import Progress
from cleanclaim.tables.writing import write


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of an import. ``already`` says that the same files were there before, and nothing was done."""

    release: Release
    read: int = 0
    already: bool = False
    replaced: bool = False
    blank: int = 0
    notes: int = 0
    told: tuple[Problem, ...] = ()
    left_out: tuple[str, ...] = ()


def import_table(
    store: TableStore,
    request: Request,
    *,
    imported_at: str,
    version: str,
    replace: bool = False,
    progress: Progress = lambda done: None,
) -> Imported:
    """Imports files as one release of one table.

    ``progress`` is told how many more bytes are read. Raises :class:`ImportRefused` with all that is
    wrong with the files, and :class:`StoreError` where the store cannot take them.
    """
    planned = plan(request)
    there = _there(store, planned, replace)
    if there is not None and not replace:
        if there.same_as(_release(planned, None, imported_at, version)):
            if planned.declared:
                # Policies may want more of it than those that were there when it was imported.
                read(planned, progress)
            return Imported(there, already=True)
        raise ImportRefused(
            Problem(
                f"{there.table} {there.release} was imported before, of other files or for other dates "
                f"({', '.join(file.name for file in there.files)}, on {there.imported_at[:10]})",
                "give --replace to put these files in their place, or --release with another name",
            )
        )
    rows = read(planned, progress)
    release = _release(planned, rows, imported_at, version)
    with store.adding(release.table) as folder:
        write(rows, planned.kind.also_by, folder)
        store.put(folder, release, replacing=replace)
    return Imported(
        release,
        read=rows.read,
        replaced=there is not None,
        blank=rows.blank,
        notes=rows.notes,
        told=rows.told,
        left_out=planned.left_out,
    )


def _there(store: TableStore, planned: Plan, replace: bool) -> Release | None:
    """The release of that name that is stored; a damaged one may be replaced."""
    try:
        return store.find(planned.table, planned.release)
    except StoreError:
        if replace:
            return None
        raise


def _release(planned: Plan, rows: Rows | None, imported_at: str, version: str) -> Release:
    kind = planned.kind
    columns = {column.name: column.type.value for column in rows.columns} if rows is not None else {}
    return Release(
        table=planned.table,
        kind=kind.name,
        nature=kind.nature,
        release=planned.release,
        effective=planned.effective,
        through=planned.through,
        published=planned.published,
        rows=rows.read if rows is not None else 0,
        columns=columns,
        keys=rows.keys if rows is not None else (),
        also_by=kind.also_by,
        start=kind.start if kind.start in columns and kind.nature is not Nature.SNAPSHOT else None,
        end=kind.through if kind.through in columns and kind.nature is not Nature.SNAPSHOT else None,
        files=planned.files,
        imported_at=imported_at,
        version=version,
    )
