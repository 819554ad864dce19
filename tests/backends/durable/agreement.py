"""Runs the durable engine beside the definition, and makes rules and lines to run them on."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal

from cleanclaim.backends.durable import DurableEngine
from cleanclaim.backends.reference import ReferenceEngine
from cleanclaim.claims.fields import BY_NAME
from cleanclaim.claims.model import Line, Status, canonical_order
from cleanclaim.findings.compose import positive_looks
from cleanclaim.findings.finding import Finding
from cleanclaim.policy.model import (
    TRUE,
    About,
    Condition,
    Derivation,
    FieldOf,
    Let,
    Literal,
    MessagePart,
    Period,
    Policy,
    Rule,
    Severity,
    Side,
    Source,
)
from cleanclaim.policy.tables import Table
from cleanclaim.policy.versions import Edition

AS_OF = date(2030, 1, 1)
FIRST = date(2020, 12, 28)


def own(name: str) -> FieldOf:
    """A field of the judged line."""
    return FieldOf(name, BY_NAME[name].type)


def other(name: str) -> FieldOf:
    """A field of the other line."""
    return FieldOf(name, BY_NAME[name].type, Side.OTHER)


def literal(name: str, value: str | int | Decimal | date) -> Literal:
    """A constant of a field's type."""
    return Literal(value, BY_NAME[name].type)


def rule(
    flag_if: Condition,
    *,
    id: str = "rule",
    applies: Condition = TRUE,
    unless: Condition | None = None,
    lets: tuple[tuple[str, Let], ...] = (),
    tables: tuple[str, ...] = (),
    partition: tuple[str, ...] = ("patient",),
) -> Rule:
    """A rule whose message shows its first witness, if it can have one."""
    message: tuple[MessagePart, ...] = (MessagePart("flagged"),)
    if next(positive_looks(flag_if), None) is not None:
        message += (MessagePart(value=other("line")),)
    return Rule(
        id,
        Severity.ERROR,
        About.LINE,
        applies,
        lets,
        flag_if,
        unless,
        message,
        "fix",
        "cite",
        partition=partition,
        tables=tables,
    )


def policy(*rules: Rule, strata: tuple[tuple[Derivation, ...], ...] = (), scope: Condition = TRUE) -> Policy:
    """A version always in force."""
    return Policy("p", "P", date(2000, 1, 1), Period(), scope, Source("made up"), strata, rules)


def edition(*policies: Policy, tables: dict[str, Table] | None = None) -> Edition:
    """The policies, each with the same tables."""
    return Edition.of(policies, AS_OF, {(each.id, each.version): tables or {} for each in policies})


def random_lines(seed: int, count: int, days: int = 9, patients: int = 1) -> list[Line]:
    """Lines from small pools, so that keys collide and matches are common; many values are missing."""
    rng = random.Random(seed)

    def some(*values: object) -> object:
        return rng.choice((*values, None))

    lines = []
    for number in range(1, count + 1):
        day = FIRST + timedelta(days=rng.randrange(days))
        lines.append(
            Line(
                claim=rng.choice("AB"),
                line=number,
                patient=str(rng.randrange(patients)),
                service_date=day,
                service_through=day,
                payer=some("X", "Y"),  # type: ignore[arg-type]
                received=some(day, day + timedelta(days=300)),  # type: ignore[arg-type]
                procedure=some("97124", "98940", "98941", "E0100"),  # type: ignore[arg-type]
                modifiers=tuple(rng.sample(("59", "XS", "GP"), rng.randrange(3))),
                units=some(1, 2, Decimal("1.5")),  # type: ignore[arg-type]
                minutes=some(0, 8, 23, 53),  # type: ignore[arg-type]
                charge=some(Decimal("10.00"), Decimal("10.5")),  # type: ignore[arg-type]
                allowed=some(Decimal("6.00"), Decimal("10.75")),  # type: ignore[arg-type]
                rendering_npi=some("1", "2"),  # type: ignore[arg-type]
                performer_licences=some((), ("PT",), ("LMT", "PT")),  # type: ignore[arg-type]
                status=rng.choice((Status.CLAIM, Status.CLAIM, Status.CLAIM, Status.HISTORY, Status.LOG)),
            )
        )
    return sorted(lines, key=canonical_order)


def grouped(lines: Sequence[Line]) -> Iterator[list[Line]]:
    """Lines by patient."""
    by_patient: dict[str, list[Line]] = {}
    for line in lines:
        by_patient.setdefault(line.patient, []).append(line)
    yield from by_patient.values()


def agreed(made: Edition, lines: Sequence[Line], partition: tuple[str, ...] = ("patient",)) -> list[Finding]:
    """The findings on one group, which must be those of the definition, in its order."""
    found = list(DurableEngine(made).judge(partition, lines))
    assert found == list(ReferenceEngine(made).judge(partition, lines))
    return found
