"""What a program is wanted for: rules of an edition, over lines of some columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cleanclaim.policy.model import Policy, Rule
from cleanclaim.policy.versions import Edition, Known

LINES = "lines"
"""The table of lines that every program reads."""
FEWEST, MANY = 6, 500_000
"""So many shapes of rules at least, and so many lines, make up for finding those of their payer apart. Fewer lines are
held, for to plan what reads them takes longer than to read them."""
SIDE_BY_SIDE = 4_000_000
"""Of up to so many lines a statement keeps no two cores busy, and others run beside it."""


@dataclass(frozen=True)
class One:
    """One rule of one version, and the number that stands for it."""

    known: Known
    policy: Policy
    rule: Rule
    number: int


@dataclass(frozen=True)
class Wanted:
    """Rules of an edition, and the columns of the lines that they judge, each with its type as DuckDB names it.

    ``apart`` makes a parameter of every constant, which is for tests. Where rules of one payer are ``fewest`` shapes or
    more, its lines are found first, which pays where lines are many.
    """

    edition: Edition
    columns: Mapping[str, str]
    rules: tuple[One, ...]
    apart: bool = False
    fewest: int | None = None


def wanted(
    edition: Edition,
    columns: Mapping[str, str],
    partition: tuple[str, ...] | None = None,
    *,
    apart: bool = False,
    fewest: int | None = None,
) -> Wanted:
    """All rules of an edition, or those of one partition."""
    return Wanted(edition, columns, tuple(_numbered(edition, partition)), apart, fewest)


def _numbered(edition: Edition, partition: tuple[str, ...] | None) -> Iterator[One]:
    number = 0
    for known in edition.policies:
        for policy in known.versions:
            for rule in edition.rules_of(policy):
                if partition in (None, rule.partition):
                    yield One(known, policy, rule, number)
                    number += 1
