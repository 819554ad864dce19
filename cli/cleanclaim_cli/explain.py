"""``cleanclaim explain``: why a rule fired on a claim, or did not."""

from __future__ import annotations

import sys
from difflib import get_close_matches
from typing import Annotated

import typer

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
    batch = Input(
        readings=inputs.claims(paths, map_, facts),
        history=inputs.claims(history, map_, facts) if history else (),
        roster=inputs.roster(roster),
        payer=payer,
    ).collect()
    told = False
    for partition in sorted({each.partition for each in rules}):
        for lines in batch.partitions(partition):
            for explanation in explanations(edition, rule, lines, claim, show_phi=show_phi):
                if line in (None, explanation.line.line):
                    if told:
                        sys.stdout.write("\n")
                    sys.stdout.write(render(explanation, colour=sys.stdout.isatty()))
                    told = True
    if not told:
        rejected = [f"{reject.source}: {reject.where}: {reject.reason}" for reject in batch.rejected]
        stop(
            "\n".join(
                [
                    f"no line of claim {claim} is in the input with a date on which a version of {rule} is in force"
                    f" as of {edition.as_of}.",
                    *rejected,
                ]
            )
        )


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
