"""``cleanclaim policy list`` and ``policy docs``: what a policy library holds, as a list and as pages."""

from __future__ import annotations

import shutil
import sys
from difflib import get_close_matches
from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from cleanclaim.catalogue import Catalogue, authority_of, catalogue
from cleanclaim.policy.diagnostics import PolicyError
from cleanclaim.policy.load import Library, load_library
from cleanclaim.reports import policy_list
from cleanclaim.reports.words import count
from cleanclaim.shipped import shipped
from cleanclaim_cli import inputs, options
from cleanclaim_cli.exits import stop

_WIDEST = 120
_SHOWN = 5

Folders = Annotated[
    list[Path] | None, typer.Argument(help="Policy files or folders. Default: the shipped library.", metavar="[PATH]…")
]


class Format(Enum):
    """How the list is written."""

    TEXT = "text"
    JSON = "json"


def list_(
    paths: Folders = None,
    format_: Annotated[Format, typer.Option("--format", help="How the list is written.")] = Format.TEXT,
    as_of: options.AsOf = None,
    authority: Annotated[
        str | None, typer.Option("--authority", help="Only policies of this authority: the first part of their ids.")
    ] = None,
) -> None:
    """List policies by authority: versions, rules with severity, tables, facts asked for, how the source was read."""
    library = _library(paths, examples=format_ is Format.JSON)
    day = as_of.date() if as_of is not None else inputs.today()
    found = catalogue(library.policies, day, _authority(library, authority))
    if not found.entries:
        stop(f"no policy was published by {day}; the first was on {min(p.published for p in library.policies)}.")
    sys.stdout.write(_rendered(found, format_))


def docs(
    out: Annotated[
        Path, typer.Option("--out", file_okay=False, help="The folder for the pages: new, empty, or of an earlier run.")
    ],
    paths: Folders = None,
) -> None:
    """Write readable pages: each rule in words, examples from its tests, sources, and the history of versions."""
    # Only this command needs the templates, and they cost others time.
    from cleanclaim.lint import tables_of
    from cleanclaim.reports.policy_pages.folder import ForeignFiles, write
    from cleanclaim.reports.policy_pages.pages import pages

    library = _library(paths, examples=True)
    try:
        made = pages(catalogue(library.policies), tables_of(library.policies))
    except PolicyError as error:
        inputs.stop_with(error)
    try:
        write(out, made.texts)
    except ForeignFiles as error:
        stop(f"{error}.")
    except OSError as error:
        stop(f"{out}: cannot be written: {error.strerror}")
    for name in made.failing[:_SHOWN]:
        typer.echo(f"this test does not come out as it says, and its page tells so: {name}", err=True)
    if len(made.failing) > _SHOWN:
        typer.echo(f"and {len(made.failing) - _SHOWN} more; run cleanclaim policy test", err=True)
    typer.echo(f"{count(len(made.texts) - 2, 'policy')}: open {(out / 'index.html').as_posix()}")


def _rendered(found: Catalogue, format_: Format) -> str:
    if format_ is Format.JSON:
        return policy_list.render_json(found)
    width = min(shutil.get_terminal_size((100, 24)).columns, _WIDEST)
    return policy_list.render(found, colour=sys.stdout.isatty(), width=width)


def _library(paths: list[Path] | None, *, examples: bool) -> Library:
    try:
        return load_library(paths or [shipped("policies")], lean=not examples)
    except PolicyError as error:
        stop(
            "\n\n".join(
                [
                    *(problem.render(color=sys.stderr.isatty()) for problem in error.diagnostics),
                    count(len(error.diagnostics), "error"),
                ]
            )
        )


def _authority(library: Library, wanted: str | None) -> str | None:
    known = sorted({authority_of(policy.id) for policy in library.policies})
    if wanted is None or wanted in known:
        return wanted
    near = get_close_matches(wanted, known, 3)
    hint = f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(known)}."
    stop(f"no policy is of the authority {wanted}; {hint}")
