"""``cleanclaim convert``: claims of any kind as Parquet, once, for audits that read them many times."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from cleanclaim.convert import Part
from cleanclaim.convert import convert as make
from cleanclaim.reports.words import count
from cleanclaim_cli import inputs, options
from cleanclaim_cli.exits import Exit, stop

_SHOWN = 20
_INTERRUPTED = 130


def convert(
    paths: options.Paths,
    out: Annotated[Path, typer.Option("--out", file_okay=False, help="The folder of the Parquet files.")],
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=1, max=256, help="How many processes convert.")] = 1,
    map_: options.Map = None,
    policies: options.Policies = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Only what was refused, and no progress.")] = False,
) -> None:
    """Convert claims to Parquet in the layout of tables: one part for each file, made again only where a file changed.

    What was refused is told, and kept beside each part. Exit codes: 0 all of it; 2 wrong usage; 3 some claims or files
    could not be read (the rest was converted).
    """
    # Facts that the policies declare are columns of tables too, and JSON may carry them.
    facts = inputs.declared(inputs.library(policies or []))
    shown = _Progress(sys.stderr.isatty()) if not quiet else None
    try:
        parts, refused, warnings = make(
            paths, out, jobs=jobs, mapping=inputs.column_map(map_, facts), declared=facts, done=shown
        )
    except KeyboardInterrupt:
        typer.echo("stopped: the parts in the folder are whole, and the next run goes on with the others", err=True)
        raise typer.Exit(_INTERRUPTED) from None
    except NotADirectoryError:
        stop(f"{out} is no folder")
    told = [each for part in parts for each in part.rejected] + refused
    for reject in told[:_SHOWN]:
        typer.echo(f"rejected: {reject.source}, {reject.where}: {reject.reason}", err=True)
    if len(told) > _SHOWN:
        typer.echo(f"… and {len(told) - _SHOWN} more; all of them are beside the parts", err=True)
    odd = [*warnings, *(each for part in parts for each in part.warnings)]
    if not quiet:
        for warning in odd[:_SHOWN]:
            typer.echo(f"warning: {warning.source}, {warning.where}: {warning.reason}", err=True)
        if len(odd) > _SHOWN:
            typer.echo(f"… and {len(odd) - _SHOWN} more; all of them are beside the parts", err=True)
        _sum_up(parts, out)
    raise typer.Exit(Exit.REJECTED if told else Exit.CLEAN)


def _sum_up(parts: list[Part], out: Path) -> None:
    claims, lines = sum(part.claims for part in parts), sum(part.lines for part in parts)
    lost = sum(part.rejected_claims for part in parts)
    same = sum(part.unchanged for part in parts)
    unchanged = f", {same} of them as they were" if same else ""
    typer.echo(
        f"{count(claims, 'claim')} ({count(lines, 'line')}) of {count(len(parts), 'file')}{unchanged} "
        f"in {out}; {count(lost, 'claim')} rejected"
    )


class _Progress:
    """Tells how many files are done: one line written over and over on a terminal, else one a tenth."""

    def __init__(self, terminal: bool) -> None:
        self._terminal = terminal
        self._tenths = 0

    def __call__(self, part: Part, done: int, files: int) -> None:
        if self._terminal:
            sys.stderr.write(f"\r{done} of {count(files, 'file')} converted" + ("\n" if done == files else ""))
        elif files > 1 and done * 10 // files > self._tenths:
            self._tenths = done * 10 // files
            sys.stderr.write(f"{done} of {count(files, 'file')} converted\n")
        sys.stderr.flush()
