"""``cleanclaim tables``: imports the tables that authorities publish, lists them, and takes them out."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from cleanclaim import __version__
from cleanclaim.claims.nearest import did_you_mean
from cleanclaim.policy.diagnostics import PolicyError, printable
from cleanclaim.policy.load import load_library
from cleanclaim.policy.model import Policy
from cleanclaim.reports.words import count
from cleanclaim.shipped import shipped
from cleanclaim.tables.declared import declarations, imported_names
from cleanclaim.tables.importers import KINDS
from cleanclaim.tables.importing import Imported, import_table
from cleanclaim.tables.plan import Request
from cleanclaim.tables.problems import ImportRefused, Problem
from cleanclaim.tables.releases import Release
from cleanclaim.tables.store import StoreError, TableStore
from cleanclaim_cli import inputs, options
from cleanclaim_cli.exits import stop
from cleanclaim_cli.progress import Watch
from cleanclaim_cli.tables_dir import tables_dir

app = typer.Typer(
    help="Import the reference tables that policies look things up in.", no_args_is_help=True, add_completion=False
)

_NOTHING = "\n\nnothing was imported"

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
    policies: options.Policies = None,
    tables: options.Tables = None,
) -> None:
    """Import the files of one release, check them, and store them whole or not at all.

    A generic table must have the columns that the policies (shipped, or --policies) declare of it.
    """
    if policies and not KINDS[kind.value].any_columns:
        _stop("--policies is only for generic tables", f"leave it out: the columns of {kind.value} are known")
    known = _policies(policies) if KINDS[kind.value].any_columns else ()
    request = Request(
        kind=KINDS[kind.value],
        files=tuple(files),
        name=name,
        release=release.lower() if release is not None else None,
        effective=_date(effective),
        through=_date(through),
        published=_date(published),
        supplier=supplier.value if supplier is not None else None,
        declared=declarations(known, name) if name is not None else (),
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
        stop("\n\n".join(map(_told, refused.problems)) + _NOTHING)
    except StoreError as error:
        stop(_told(Problem(error.what, error.help)) + _NOTHING)
    if known and not request.declared:
        typer.echo(_told(_unknown(done.release.table, known)), err=True)
    _report(done)


@app.command("list")
def list_(tables: options.Tables = None) -> None:
    """List the imported tables: release, days that it is for, rows, source, and when it was imported."""
    folder = tables_dir(tables)
    try:
        releases = TableStore(folder).releases()
    except StoreError as error:
        _stop(error.what, error.help)
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
        _stop(
            f"{table} {release} cannot be removed ({error.strerror})", "see that you may write in the folder of tables"
        )
    if not gone:
        _stop(f"there is no table {table!r} with a release {release!r}", "`cleanclaim tables list` shows what there is")
    typer.echo(f"{table} {release} removed")


def _policies(folders: list[Path] | None) -> tuple[Policy, ...]:
    """The policies that may want a table, which are those of a lint with the same option."""
    paths = [shipped("policies") if path == inputs.SHIPPED and not path.exists() else path for path in folders or ()]
    try:
        return load_library(paths or [shipped("policies")], lean=True).policies
    except PolicyError as error:
        found = [problem.render(color=sys.stderr.isatty()) for problem in error.diagnostics]
        stop("\n\n".join(found) + _NOTHING)


def _unknown(table: str, policies: tuple[Policy, ...]) -> Problem:
    """Nobody asks for the table, so nothing says what it must hold."""
    near = did_you_mean(table, sorted(imported_names(policies)))
    return Problem(
        f"no policy imports a table called {table}{near}; its columns were not checked",
        "if a policy of your own does, import it with --policies and its folder; "
        "if the name is wrong, take it out with `cleanclaim tables remove` and import it again",
        refuses=False,
    )


def _stop(what: str, help: str) -> NoReturn:
    stop(_told(Problem(what, help)))


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
        self.show("reading tables", self.read_so_far, None)


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
