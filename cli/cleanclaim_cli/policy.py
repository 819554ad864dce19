"""``cleanclaim policy``: what can be said of policies before any claim is judged."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Annotated

import typer

from cleanclaim.backends.choose import Engine, choose
from cleanclaim.backends.errors import EngineMissing
from cleanclaim.lint import tables_of
from cleanclaim.policy.diagnostics import Diagnostic, PolicyError
from cleanclaim.policy.load import Library, check_library, load_library
from cleanclaim.policy.versions import AllTables, Edition
from cleanclaim.policy_tests import Answer, Outcome, run_tests
from cleanclaim.reports.words import count
from cleanclaim.shipped import shipped
from cleanclaim_cli import catalogue, inputs
from cleanclaim_cli.exits import Exit, stop

app = typer.Typer(help="Check, test, list and describe policies.", no_args_is_help=True, add_completion=False)
app.command("list")(catalogue.list_)
app.command("docs")(catalogue.docs)

Folders = Annotated[
    list[Path] | None, typer.Argument(help="Policy files or folders. Default: the shipped library.", metavar="[PATH]…")
]


@app.command("check")
def check(paths: Folders = None) -> None:
    """Load policies and their tables and report every error, each with its file, line and column."""
    library, problems = check_library(paths or [shipped("policies")])
    if library is None:
        stop(_told(problems))
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
    library = _library(paths)
    tables = _tables(library)
    policies = [policy for policy in library.policies if only is None or policy.id.startswith(only)]
    failed = ran = 0
    failures: dict[Outcome, list[str]] = {}
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
                failures.setdefault(outcome, []).append(name)
    for outcome, engines in failures.items():
        typer.echo(_failure(outcome, engines))
    for policy_id in sorted(set(untested)):
        typer.echo(f"{policy_id}: a version has no tests", err=True)
    typer.echo(f"{ran - failed} passed, {failed} failed")
    if failed:
        raise typer.Exit(Exit.FINDINGS)
    if not ran:
        stop("no test was run")


def _engine(name: str) -> Callable[[Edition], Engine]:
    return lambda edition: choose(name, edition)


def _library(paths: list[Path] | None) -> Library:
    try:
        return load_library(paths or [shipped("policies")])
    except PolicyError as error:
        stop(_told(error.diagnostics))


def _tables(library: Library) -> AllTables:
    try:
        return tables_of(library.policies)
    except PolicyError as error:
        stop(_told(error.diagnostics))


def _told(problems: Iterable[Diagnostic]) -> str:
    colour = sys.stderr.isatty()
    shown = [problem.render(color=colour) for problem in problems]
    return "\n\n".join([*shown, count(len(shown), "error")])


def _failure(outcome: Outcome, engines: list[str]) -> str:
    lines = [f"{outcome.place or outcome.policy}: {outcome.test} (on {' and '.join(engines)})"]
    lines += [f"    expected: {_answer(answer)}" for answer in outcome.missed]
    for answer, said in zip(outcome.unexpected, outcome.said, strict=True):
        lines.append(f"    unexpected: {_answer(answer)}")
        lines.append(f"        {said}")
    return "\n".join(lines)


def _answer(answer: Answer) -> str:
    rule, verdict, number = answer
    return f"{rule} {verdict} on line {number}" if number else f"{rule} {verdict}"
