"""``cleanclaim explain``: why a rule fired on a claim, or did not."""

from __future__ import annotations

import sys
from difflib import get_close_matches
from typing import Annotated

import typer

from cleanclaim.claims.roster import Roster
from cleanclaim.explain import explain as explanations
from cleanclaim.lint import Input
from cleanclaim.policy.model import Rule
from cleanclaim.policy.versions import Edition
from cleanclaim.reports.explanation import render
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
    map_: options.Map = None,
    show_phi: Annotated[bool, typer.Option("--show-phi", help="Show patient identifiers too.")] = False,
) -> None:
    """Show the conditions of a rule with the values they met on a claim, fired or not."""
    library = inputs.library(policies or [])
    edition = inputs.edition(library, as_of)
    facts = inputs.declared(library)
    rules = _rules(edition, rule)
    what = Input(
        readings=inputs.claims(paths, map_, facts),
        history=inputs.claims(history, map_, facts) if history else (),
        roster=Roster.read(roster) if roster is not None else None,
        payer=payer,
    )
    told = False
    with what.collect() as batch:
        for partition in sorted({each.partition for each in rules}):
            for lines in batch.partitions(partition):
                for explanation in explanations(edition, rule, lines, claim, show_phi=show_phi):
                    if line in (None, explanation.line.line):
                        sys.stdout.write("\n" * told + render(explanation, colour=sys.stdout.isatty()))
                        told = True
    if not told:
        why = f"no line of claim {claim} is in the input on a date for which {rule} is in force as of {edition.as_of}."
        stop("\n".join([why, *(f"{r.source}: {r.where}: {r.reason}" for r in batch.rejected)]))


def _rules(edition: Edition, wanted: str) -> list[Rule]:
    every = [
        (policy, rule) for known in edition.policies for policy in known.versions for rule in edition.rules_of(policy)
    ]
    found = [rule for policy, rule in every if wanted in (rule.id, f"{policy.id}:{rule.id}")]
    if found:
        return found
    withheld = [n for n in edition.not_evaluated if wanted in (n.rule, f"{n.policy}:{n.rule}")]
    if withheld:
        stop(f"{withheld[0].policy}:{withheld[0].rule} is not evaluated: {withheld[0].reason}")
    names = sorted({rule.id for _, rule in every} | {f"{policy.id}:{rule.id}" for policy, rule in every})
    near = get_close_matches(wanted, names, 3)
    stop(f"no rule {wanted} as of {edition.as_of}." + (f" Did you mean {' or '.join(near)}?" if near else ""))
