"""``cleanclaim audit report`` and ``audit waive``: what became of findings, and who answers for leaving some."""

from __future__ import annotations

import shutil
import sys
from datetime import date, datetime
from enum import Enum
from pathlib import Path
from typing import Annotated, TextIO

import typer

from cleanclaim.reports.words import count
from cleanclaim.store.errors import StoreError
from cleanclaim.store.report import Reading
from cleanclaim.store.report import report as read_report
from cleanclaim.store.store import WAIT, open_store
from cleanclaim.store.waivers import Waiver
from cleanclaim_cli import options
from cleanclaim_cli.exits import stop
from cleanclaim_cli.output_file import NO_TERMINAL, whole

StoreOption = Annotated[
    str,
    typer.Option("--store", metavar="FILE|URL", help="The store that `audit` wrote: a file, or postgresql://…"),
]
Wait = Annotated[float, typer.Option("--wait", min=0, help="Seconds to wait while another process writes to it.")]


class Format(Enum):
    """How the report is written."""

    TEXT = "text"
    JSON = "json"
    CSV = "csv"
    HTML = "html"
    PARQUET = "parquet"


def report(
    store: StoreOption,
    since: Annotated[
        str | None,
        typer.Option(
            "--since",
            metavar="RUN|DATE",
            help="What changed after this run, or from this day (UTC) on; 0: all. Default: the latest run.",
        ),
    ] = None,
    format_: Annotated[Format, typer.Option("--format", help="How the report is written.")] = Format.TEXT,
    output: options.Output = None,
    wait: Wait = WAIT,
) -> None:
    """Tell what is new, reopened, still open, waived and resolved, by payer, policy and rule.

    Text sums up on one screen; JSON, CSV and Parquet list every finding, HTML the first thousand.
    Exit codes: 0 told; 2 wrong usage, or no such store.
    """
    if format_ is Format.PARQUET and output is None:
        stop(NO_TERMINAL)
    try:
        with (
            read_report(open_store(store, wait=wait), since=_since(since), today=datetime.now().date()) as reading,
            whole(output) as aside,
        ):
            if aside is None:
                _write(reading, format_, sys.stdout)
            else:
                _write_file(reading, format_, aside)
    except StoreError as error:
        stop(str(error))
    except OSError as error:
        stop(f"{output} cannot be written: {error.strerror}")


def waive(
    fingerprints: Annotated[
        list[str],
        typer.Argument(metavar="FINGERPRINT…", help="Findings, by at least 8 digits that no other begins with."),
    ],
    store: StoreOption,
    by: Annotated[str, typer.Option("--by", metavar="NAME", help="Who answers for it.")],
    reason: Annotated[str | None, typer.Option("--reason", help="Why the finding may stay.")] = None,
    until: Annotated[
        datetime | None,
        typer.Option("--until", formats=["%Y-%m-%d"], metavar="DATE", help="The waiver's last day. Default: for good."),
    ] = None,
    remove: Annotated[bool, typer.Option("--remove", help="Take the waiver back.")] = False,
    wait: Wait = WAIT,
) -> None:
    """Waive findings: they stay listed as waived, with the reason, and are not counted as open.

    All of them or, if one cannot be waived, none. Exit codes: 0 done; 2 not.
    """
    if remove and (reason is not None or until is not None):
        stop("--remove takes a waiver back; it goes without --reason and --until")
    if not remove and reason is None:
        stop("say why with --reason")
    try:
        opened = open_store(store, wait=wait)
        if remove:
            done = opened.unwaive(fingerprints, by, _now)
        else:
            last_day = until.date() if until is not None else None
            done = opened.waive(fingerprints, Waiver(reason or "", by, last_day), _now)
    except StoreError as error:
        stop(str(error))
    typer.echo(f"{count(len(done), 'finding')} {'no longer waived' if remove else 'waived'}", err=True)


def _now() -> datetime:
    return datetime.now().astimezone()


def _since(text: str | None) -> int | date | None:
    if text is None:
        return None
    if text.isascii() and text.isdigit() and len(text) < 8:
        return int(text)
    try:
        return date.fromisoformat(text)
    except ValueError:
        stop(f"--since {text}: give the number of a run, or a day as 2026-01-31")


def _write_file(reading: Reading, format_: Format, path: Path) -> None:
    if format_ is Format.PARQUET:
        from cleanclaim.reports import audit_parquet

        audit_parquet.write(reading, path)
        return
    with path.open("w", encoding="utf-8", newline="") as out:
        _write(reading, format_, out)


def _write(reading: Reading, format_: Format, out: TextIO) -> None:
    # Each is imported only when it is asked for.
    match format_:
        case Format.JSON:
            from cleanclaim.reports import audit_json

            audit_json.write(reading, out)
        case Format.CSV:
            from cleanclaim.reports import audit_csv

            audit_csv.write(reading, out)
        case Format.HTML:
            from cleanclaim.reports import audit_html

            out.write(audit_html.render(reading))
        case _:
            from cleanclaim.reports import audit_text

            width = min(shutil.get_terminal_size((100, 24)).columns, 120)
            out.write(audit_text.render(reading.report, colour=out.isatty(), width=width))
