"""``cleanclaim explain``: why a rule fired on a claim, or did not."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import Annotated

import typer

from cleanclaim.claims.facts_file import read_facts
from cleanclaim.claims.model import Status
from cleanclaim.claims.roster import Roster
from cleanclaim.explain import Explanation
from cleanclaim.explain import explain as explanations
from cleanclaim.imported import Met, stored, with_imported
from cleanclaim.lint import Input
from cleanclaim.policy.model import Rule
from cleanclaim.policy.versions import Edition, NotEvaluated
from cleanclaim.reports.explanation import render
from cleanclaim.tables.store import StoreError
from cleanclaim.tally import Tally
from cleanclaim.unevaluated import Unevaluated
from cleanclaim_cli import inputs, options
from cleanclaim_cli.exits import stop


def explain(
    claim: Annotated[str, typer.Argument(help="The claim's number, as the report shows it.")],
    rule: Annotated[str, typer.Argument(help="A rule, as RULE or POLICY:RULE.")],
    paths: options.Paths,
    line: Annotated[int | None, typer.Option("--line", help="Only this line of the claim.")] = None,
    policies: options.Policies = None,
    payer: options.Payer = None,
    as_of: options.AsOf = None,
    history: options.History = None,
    roster: options.RosterFile = None,
    facts: options.FactsFile = None,
    map_: options.Map = None,
    tables: options.Tables = None,
    show_phi: Annotated[bool, typer.Option("--show-phi", help="Show patient identifiers too.")] = False,
) -> None:
    """Show the conditions of a rule with the values they met on a claim, fired or not."""
    library = inputs.library(policies or [])
    edition = inputs.edition(library, as_of)
    declared = inputs.declared(library)
    what = Input(
        readings=inputs.claims(paths, map_, declared),
        history=inputs.claims(history, map_, declared) if history else (),
        roster=Roster.read(roster) if roster is not None else None,
        facts=read_facts(facts, declared) if facts is not None else None,
        payer=payer,
    )
    found: list[Explanation] = []
    numbers: dict[str, set[int]] = {}
    met = Met(edition)
    with what.collect(met.note) as batch:
        store = inputs.store(tables)
        try:
            imported = with_imported(edition, store, met)
            passed_over = Unevaluated(edition, imported, stored(store))
            tally = Tally()
        except StoreError as error:
            stop(str(error))
        edition = imported.edition
        rules = _rules(edition, rule, passed_over.rules(tally))
        for partition in sorted({each.partition for each in rules}):
            for lines in batch.partitions(partition):
                for each in lines:
                    if each.claim == claim:
                        tally.see([each])
                    if each.status is Status.CLAIM:
                        numbers.setdefault(each.claim, set()).add(each.line)
                found += explanations(edition, rule, lines, claim, show_phi=show_phi)
    for reject in batch.rejected:
        typer.echo(f"could not be read: {reject.source}: {reject.where}: {reject.reason}", err=True)
    if claim not in numbers:
        stop(f"no claim {claim} is among the {len(numbers)} claims of the input." + _hint(claim, numbers))
    if line is not None and line not in numbers[claim]:
        stop(f"claim {claim} has no line {line}; its lines are {', '.join(map(str, sorted(numbers[claim])))}.")
    shown = [each for each in found if line in (None, each.line.line)]
    if not shown:
        _stop_if_passed_over(rule, passed_over.rules(tally))
        stop(f"no version of {rule} published by {edition.as_of} is in force on the dates of claim {claim}.")
    if ":" not in rule:
        shown = [each for each in shown if each.in_scope] or shown
    width = shutil.get_terminal_size((100, 24)).columns
    texts = [render(each, colour=sys.stdout.isatty(), width=width) for each in shown]
    sys.stdout.write("\n".join(texts))


def _stop_if_passed_over(wanted: str, passed_over: Sequence[NotEvaluated]) -> None:
    for each in passed_over:
        if wanted in (each.rule, f"{each.policy}:{each.rule}"):
            stop(f"{each.policy}:{each.rule} is not evaluated: {each.reason}.")


def _rules(edition: Edition, wanted: str, passed_over: Sequence[NotEvaluated]) -> list[Rule]:
    every = [
        (policy, rule) for known in edition.policies for policy in known.versions for rule in edition.rules_of(policy)
    ]
    found = [rule for policy, rule in every if wanted in (rule.id, f"{policy.id}:{rule.id}")]
    if found:
        return found
    _stop_if_passed_over(wanted, passed_over)
    names = sorted({rule.id for _, rule in every} | {f"{policy.id}:{rule.id}" for policy, rule in every})
    stop(f"no rule {wanted} as of {edition.as_of}." + _hint(wanted, names))


def _hint(wanted: str, names: Iterable[str]) -> str:
    near = get_close_matches(wanted, list(names), 3)
    return f" Did you mean {' or '.join(near)}?" if near else ""
