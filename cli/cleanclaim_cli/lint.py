"""``cleanclaim lint``: which lines break which policy, why, and on whose authority."""

from __future__ import annotations

import shutil
import sys
from enum import Enum
from typing import Annotated

import typer

from cleanclaim.backends.errors import EngineError
from cleanclaim.claims.facts_file import read_facts
from cleanclaim.claims.roster import Roster
from cleanclaim.findings.finding import Verdict
from cleanclaim.lint import Input, Report
from cleanclaim.lint import lint as judge
from cleanclaim.reports import csv as csv_report
from cleanclaim.reports import json as json_report
from cleanclaim.reports import text as text_report
from cleanclaim.tables.store import StoreError
from cleanclaim_cli import inputs, options
from cleanclaim_cli.exits import Exit, stop
from cleanclaim_cli.fail_on import FailOn
from cleanclaim_cli.progress import watching


class Format(Enum):
    """How the report is written."""

    TEXT = "text"
    JSON = "json"
    CSV = "csv"


class EngineName(Enum):
    """Which back end judges."""

    AUTO = "auto"
    DURABLE = "durable"
    REFERENCE = "reference"
    DUCKDB = "duckdb"
    SPARK = "spark"


class Show(Enum):
    """Verdicts that are shown on request."""

    BYPASSED = "bypassed"


def lint(
    paths: options.Paths,
    format_: Annotated[Format, typer.Option("--format", help="How the report is written.")] = Format.TEXT,
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
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress bar.")] = False,
) -> None:
    """Lint claims: which lines break which payer policy, why, and on whose authority.

    Exit codes: 0 clean; 1 findings at or above --fail-on, undecided ones included; 2 wrong usage,
    or a policy that does not load; 3 some input could not be read (the rest was judged).
    """
    library = inputs.library(policies or [])
    edition = inputs.edition(library, as_of)
    declared = inputs.declared(library)
    with watching(paths, quiet=quiet) as watch:
        what = Input(
            readings=inputs.claims(paths, map_, declared, watch.read if watch else None),
            history=inputs.claims(history, map_, declared) if history else (),
            roster=Roster.read(roster) if roster is not None else None,
            facts=read_facts(facts, declared) if facts is not None else None,
            payer=payer,
        )
        try:
            report = judge(
                what, edition, inputs.store(tables), engine=engine.value, progress=watch.judged if watch else None
            )
        except (EngineError, StoreError) as error:
            stop(f"{error}; no report was made")
    shown = [Verdict.VIOLATION, Verdict.NEEDS_INFO, *(Verdict(each.value) for each in show or ())]
    _print(report, format_, shown)
    raise typer.Exit(_exit_code(report, fail_on))


def _print(report: Report, format_: Format, shown: list[Verdict]) -> None:
    match format_:
        case Format.TEXT:
            width = min(shutil.get_terminal_size((100, 24)).columns, 110)
            sys.stdout.write(text_report.render(report, shown=shown, colour=sys.stdout.isatty(), width=width))
        case Format.JSON:
            sys.stdout.write(json_report.render(report, shown=shown))
        case Format.CSV:
            sys.stdout.write(csv_report.render(report, shown=shown))
            sys.stderr.write(text_report.closing(report, shown=shown, colour=sys.stderr.isatty()))


def _exit_code(report: Report, fail_on: FailOn) -> Exit:
    if report.rejected or not report.judged:
        return Exit.REJECTED
    severities = {finding.severity for finding in report.findings if finding.verdict is not Verdict.BYPASSED}
    return Exit.FINDINGS if any(map(fail_on.counts, severities)) else Exit.CLEAN
