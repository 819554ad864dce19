"""``cleanclaim tables``: imports the tables that authorities publish, lists them, and takes them out."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cleanclaim import __version__
from cleanclaim.policy.diagnostics import printable
from cleanclaim.reports.words import count
from cleanclaim.tables.importers import KINDS
from cleanclaim.tables.importing import Imported, import_table
from cleanclaim.tables.plan import Request
from cleanclaim.tables.problems import ImportRefused, Problem
from cleanclaim.tables.releases import Release
from cleanclaim.tables.store import StoreError, TableStore
from cleanclaim_cli import options
from cleanclaim_cli.exits import stop
from cleanclaim_cli.progress import Watch
from cleanclaim_cli.tables_dir import tables_dir

app = typer.Typer(
    help="Import the reference tables that policies look things up in.", no_args_is_help=True, add_completion=False
)

KindName = StrEnum("KindName", {name.replace("-", "_").upper(): name for name in KINDS})  # type: ignore[misc]
Supplier = StrEnum(  # type: ignore[misc]
    "Supplier", {each.upper(): each for each in sorted({name for kind in KINDS.values() for name in kind.suppliers})}
)


def _day(name: str, help: str) -> typer.models.OptionInfo:
    option: typer.models.OptionInfo = typer.Option(name, formats=["%Y-%m-%d"], metavar="DATE", help=help)
    return option


@app.command("import")
def import_(
    kind: Annotated[KindName, typer.Argument(help="What the files are.", metavar="KIND")],
    files: Annotated[
        list[Path],
        typer.Argument(help="The files as published: zip, txt, csv, xlsx; all parts of one release.", metavar="FILE…"),
    ],
    name: Annotated[
        str | None, typer.Option("--name", help="The table's name, as policies say it (generic, ucr, lcd).")
    ] = None,
    release: Annotated[
        str | None, typer.Option("--release", help="Such as 2026q3. Default: what the files' names say.")
    ] = None,
    effective: Annotated[datetime | None, _day("--effective", "The first day that the release is for.")] = None,
    through: Annotated[datetime | None, _day("--through", "The last. Default: the end of its quarter or year.")] = None,
    published: Annotated[
        datetime | None, _day("--published", "When anybody could know it. Default: its first day.")
    ] = None,
    supplier: Annotated[
        Supplier | None, typer.Option("--supplier", help="Whose table it is, where the files do not say.")
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Put it in the place of the same release, imported before.")
    ] = False,
    tables: options.Tables = None,
) -> None:
    """Import the files of one release, check them, and store them whole or not at all."""
    request = Request(
        kind=KINDS[kind.value],
        files=tuple(files),
        name=name,
        release=release.lower() if release is not None else None,
        effective=_date(effective),
        through=_date(through),
        published=_date(published),
        supplier=supplier.value if supplier is not None else None,
    )
    try:
        with _watching(files) as watch:
            done = import_table(
                TableStore(tables_dir(tables)),
                request,
                imported_at=datetime.now(UTC).isoformat(timespec="seconds"),
                version=__version__,
                replace=replace,
                progress=watch.rows if watch is not None else _silent,
            )
    except ImportRefused as refused:
        stop("\n\n".join(map(_told, refused.problems)) + "\n\nnothing was imported")
    except StoreError as error:
        stop(str(error))
    _report(done)


@app.command("list")
def list_(tables: options.Tables = None) -> None:
    """List the imported tables: release, days that it is for, rows, source, and when it was imported."""
    folder = tables_dir(tables)
    try:
        releases = TableStore(folder).releases()
    except StoreError as error:
        stop(str(error))
    if not releases:
        typer.echo(f"no tables are imported in {folder}", err=True)
        return
    heads = ("table", "release", "in force", "rows", "source", "imported")
    rows = [heads, *map(_cells, releases)]
    widths = [max(len(row[at]) for row in rows) for at in range(len(heads))]
    for row in rows:
        cells = [
            cell.rjust(width) if at == 3 else cell.ljust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        typer.echo("  ".join(cells).rstrip())


@app.command("remove")
def remove(
    table: Annotated[str, typer.Argument(help="The table, as `tables list` shows it.")],
    release: Annotated[str, typer.Argument(help="The release of it.")],
    tables: options.Tables = None,
) -> None:
    """Take one release of a table out."""
    store = TableStore(tables_dir(tables))
    try:
        gone = store.remove(table, release)
    except OSError as error:
        stop(f"{table} {release} cannot be removed ({error.strerror})")
    if not gone:
        stop(f"there is no table {table!r} with a release {release!r}; `cleanclaim tables list` shows what there is")
    typer.echo(f"{table} {release} removed")


def _report(done: Imported) -> None:
    release = done.release
    if done.already:
        typer.echo(f"already imported: {release.table} {release.release}, {count(release.rows, 'row')}")
        return
    for problem in done.told:
        typer.echo(_told(problem), err=True)
    for each in done.left_out:
        typer.echo(f"not read: {printable(each)}", err=True)
    besides = [count(n, what) for n, what in ((done.blank, "blank row"), (done.notes, "row of notes")) if n]
    left = f", {' and '.join(besides)} left out" if besides else ""
    verb = "replaced" if done.replaced else "imported"
    typer.echo(
        f"{verb} {release.table} {release.release} ({_in_force(release)}): "
        f"{count(done.read, 'row')} read, {release.rows:,} stored{left}"
    )


def _told(problem: Problem) -> str:
    """A kind of problem with its count, its first places, and what to do."""
    times = f" ({problem.count:,} times)" if problem.count > 1 else ""
    lines = [f"{'error' if problem.refuses else 'warning'}: {problem.what}{times}"]
    lines += [f"  {place}" for place in problem.places]
    if problem.places and problem.count > len(problem.places):
        lines.append(f"  … and {problem.count - len(problem.places):,} more")
    return "\n".join([*lines, f"  help: {problem.help}"])


def _cells(release: Release) -> tuple[str, ...]:
    first, *more = (file.name for file in release.files)
    source = f"{first} and {count(len(more), 'file')} more" if len(more) > 1 else ", ".join((first, *more))
    imported = release.imported_at[:10]
    return release.table, release.release, _in_force(release), f"{release.rows:,}", source, imported


def _in_force(release: Release) -> str:
    """The days of a release, in words."""
    if release.nature.value == "cumulative" and release.through is not None:
        return f"through {release.through}"
    match release.effective, release.through:
        case None, None:
            return "always"
        case None, through:
            return f"through {through}"
        case effective, None:
            return f"from {effective}"
        case effective, through:
            return f"{effective} to {through}"


def _date(moment: datetime | None) -> date | None:
    return moment.date() if moment is not None else None


def _silent(done: int) -> None:
    """Tells nobody."""


class _ImportWatch(Watch):
    """Shows how much of the files is read."""

    def rows(self, more: int) -> None:
        """So many more bytes are read."""
        self.read_so_far += more
        self._show("reading tables", self.read_so_far, None)


@contextmanager
def _watching(files: list[Path]) -> Iterator[_ImportWatch | None]:
    if not sys.stderr.isatty():
        yield None
        return
    watch = _ImportWatch(0)
    try:
        yield watch
    finally:
        if watch.bar is not None:
            watch.bar.stop()
