"""``cleanclaim lint``: which lines break which policy, why, and on whose authority."""

from __future__ import annotations

import shutil
import sys
from enum import Enum
from typing import Annotated, TextIO

import typer

from cleanclaim.backends.errors import EngineError
from cleanclaim.findings.finding import Verdict
from cleanclaim.lint import Report, Summary
from cleanclaim.reports import csv as csv_report
from cleanclaim.reports import json as json_report
from cleanclaim.reports import text as text_report
from cleanclaim.tables.store import StoreError
from cleanclaim_cli import inputs, options
from cleanclaim_cli.exits import Exit, stop
from cleanclaim_cli.fail_on import FailOn
from cleanclaim_cli.judging import Asked, Limits, in_database, line_by_line
from cleanclaim_cli.output_file import NO_TERMINAL, whole
from cleanclaim_cli.progress import watching


class Format(Enum):
    """How the report is written."""

    TEXT = "text"
    JSON = "json"
    CSV = "csv"
    PARQUET = "parquet"


class EngineName(Enum):
    """Which back end judges."""

    AUTO = "auto"
    DURABLE = "durable"
    REFERENCE = "reference"
    DUCKDB = "duckdb"
    SPARK = "spark"


_DATABASES = (EngineName.DUCKDB, EngineName.SPARK)


class Show(Enum):
    """Verdicts that are shown on request."""

    BYPASSED = "bypassed"


def lint(
    paths: options.Paths,
    format_: Annotated[Format, typer.Option("--format", help="How the report is written.")] = Format.TEXT,
    output: options.Output = None,
    policies: options.Policies = None,
    payer: options.Payer = None,
    as_of: options.AsOf = None,
    history: options.History = None,
    roster: options.RosterFile = None,
    facts: options.FactsFile = None,
    map_: options.Map = None,
    tables: options.Tables = None,
    engine: Annotated[EngineName, typer.Option("--engine", help="Which back end judges.")] = EngineName.AUTO,
    show: Annotated[
        list[Show] | None, typer.Option("--show", help="Also list lines that an exception excuses.")
    ] = None,
    fail_on: Annotated[
        FailOn, typer.Option("--fail-on", help="The least severity of a finding that makes the exit code 1.")
    ] = FailOn.ERROR,
    memory: options.Memory = None,
    threads: options.Threads = None,
    temporary: options.Temporary = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress bar.")] = False,
) -> None:
    """Lint claims: which lines break which payer policy, why, and on whose authority.

    Exit codes: 0 clean; 1 findings at or above --fail-on, undecided ones included; 2 wrong usage,
    or a policy that does not load; 3 some input could not be read (the rest was judged).
    """
    if format_ is Format.PARQUET and output is None:
        stop(NO_TERMINAL)
    limits = Limits(memory, threads, temporary)
    if limits.given and engine not in _DATABASES:
        stop("--memory, --threads and --temp are for --engine duckdb and spark")
    library = inputs.library(policies or [])
    edition = inputs.edition(library, as_of)
    declared = inputs.declared(library)
    asked = Asked(paths, history or (), map_, roster, facts, payer, edition, declared, inputs.store(tables))
    shown = [Verdict.VIOLATION, Verdict.NEEDS_INFO, *(Verdict(each.value) for each in show or ())]
    made: Summary
    with whole(output) as aside:
        try:
            with watching(paths, quiet=quiet) as watch:
                if engine in _DATABASES:
                    into = aside if format_ is Format.PARQUET else None
                    made = in_database(asked, engine.value, limits, watch, into, shown)
                else:
                    made = line_by_line(asked, engine.value, watch)
        except (EngineError, StoreError) as error:
            stop(f"{error}; no report was made")
        if not isinstance(made, Report):
            pass  # Its findings went from the database to the file.
        elif aside is None:
            _print(made, format_, shown, sys.stdout)
        elif format_ is Format.PARQUET:
            # Imported where it is wanted, and pyarrow with it.
            from cleanclaim.reports import parquet as parquet_report

            parquet_report.write(made, aside, shown=shown)
        else:
            with aside.open("w", encoding="utf-8", newline="") as out:
                _print(made, format_, shown, out)
    if format_ in (Format.CSV, Format.PARQUET):
        sys.stderr.write(text_report.closing(made, shown=shown, colour=sys.stderr.isatty()))
    raise typer.Exit(_exit_code(made, fail_on))


def _print(report: Report, format_: Format, shown: list[Verdict], out: TextIO) -> None:
    match format_:
        case Format.JSON:
            out.write(json_report.render(report, shown=shown))
        case Format.CSV:
            out.write(csv_report.render(report, shown=shown))
        case _:
            width = min(shutil.get_terminal_size((100, 24)).columns, 110)
            out.write(text_report.render(report, shown=shown, colour=out.isatty(), width=width))


def _exit_code(made: Summary, fail_on: FailOn) -> Exit:
    if made.rejected or not made.judged:
        return Exit.REJECTED
    return Exit.FINDINGS if any(map(fail_on.counts, made.counts.severities)) else Exit.CLEAN
