"""``cleanclaim policy``: what can be said of policies before any claim is judged."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from cleanclaim.backends.choose import Engine, choose
from cleanclaim.backends.errors import EngineMissing
from cleanclaim.lint import tables_of
from cleanclaim.policy.load import Library
from cleanclaim.policy.tables import TableError
from cleanclaim.policy.versions import AllTables, Edition
from cleanclaim.policy_tests import Outcome, run_tests
from cleanclaim.reports.words import count
from cleanclaim_cli import inputs
from cleanclaim_cli.exits import Exit, stop

app = typer.Typer(help="Check and test policies.", no_args_is_help=True)

Folders = Annotated[
    list[Path] | None, typer.Argument(help="Policy files or folders. Default: the shipped library.", metavar="[PATH]…")
]


@app.command("check")
def check(paths: Folders = None) -> None:
    """Load policies and report every error, each with its file, line and column."""
    library = inputs.library(paths or [])
    _tables(library)
    ids = {policy.id for policy in library.policies}
    versions = count(len(library.policies), "version")
    rules = count(sum(len(policy.rules) for policy in library.policies), "rule")
    tests = count(sum(len(policy.tests) for policy in library.policies), "test")
    typer.echo(f"{count(len(ids), 'policy')} in {versions} loaded: {rules}, {tests}")


@app.command("test")
def test(
    paths: Folders = None,
    only: Annotated[str | None, typer.Option("--only", help="Only policies whose id starts so.")] = None,
) -> None:
    """Run the tests that stand beside the rules, on every engine that is installed."""
    library = inputs.library(paths or [])
    tables = _tables(library)
    policies = [policy for policy in library.policies if only is None or policy.id.startswith(only)]
    failed = ran = 0
    untested = [policy.id for policy in policies if not policy.tests]
    for name in ("reference", "durable"):
        try:
            choose(name, Edition.of((), inputs.today()))
        except EngineMissing as error:
            typer.echo(f"{name}: not run, {error}", err=True)
            continue
        for outcome in run_tests(policies, tables, _engine(name)):
            ran += 1
            if not outcome.passed:
                failed += 1
                typer.echo(_failure(outcome, name))
    for policy_id in sorted(set(untested)):
        typer.echo(f"{policy_id}: a version has no tests", err=True)
    typer.echo(f"{ran - failed} passed, {failed} failed")
    if failed:
        raise typer.Exit(Exit.FINDINGS)
    if not ran:
        stop("no test was run")


def _engine(name: str) -> Callable[[Edition], Engine]:
    return lambda edition: choose(name, edition)


def _tables(library: Library) -> AllTables:
    try:
        return tables_of(library.policies)
    except TableError as error:
        stop(str(error))


def _failure(outcome: Outcome, engine: str) -> str:
    lines = [f"{outcome.place or outcome.policy}: {outcome.test} ({engine})"]
    for word, answers in (("expected", outcome.missed), ("unexpected", outcome.unexpected)):
        for rule, verdict, number in answers:
            on = f" on line {number}" if number else ""
            lines.append(f"    {word}: {rule} {verdict}{on}")
    return "\n".join(lines)
