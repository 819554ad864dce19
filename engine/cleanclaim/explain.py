"""Why a rule fired on a line, or did not: its conditions as a tree, with the values they met."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cleanclaim.backends.reference import Group, Judgement, Met, Step, judge_line
from cleanclaim.claims.fields import ValueType
from cleanclaim.claims.model import Line, Status
from cleanclaim.findings.compose import shown
from cleanclaim.policy.model import TRUE, All, AnyOf, Derived, Exists, Literal, Not, Policy, Rule
from cleanclaim.policy.privacy import private_lets, shows_patient_data
from cleanclaim.policy.versions import Edition
from cleanclaim.policy.visit import values_of_condition
from cleanclaim.policy.words import of_condition, of_let

HIDDEN = "(hidden: patient data)"

Hidden = frozenset[str] | None
"""Lets that give away patient data, which are hidden as such fields are; ``None`` hides nothing."""


@dataclass(frozen=True, slots=True)
class Node:
    """One line of an explanation. ``truth`` is ``None`` where unknown; ``met`` are the values."""

    text: str
    truth: bool | None
    met: str = ""
    parts: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class Explanation:
    """One rule of one version on one line. ``verdict`` is ``None`` where the rule is silent."""

    policy: str
    version: str
    rule: str
    line: Line
    verdict: str | None
    silence: str
    """Why the rule is silent, where it is; else empty."""
    in_scope: bool
    missing: tuple[str, ...]
    lets: tuple[tuple[str, str, str], ...]
    """Name, words and value of each let."""
    parts: tuple[Node, ...]


def explain(
    edition: Edition, rule_id: str, lines: Sequence[Line], claim: str, *, show_phi: bool = False
) -> Iterator[Explanation]:
    """Explains a rule (``rule`` or ``policy:rule``) on the lines of one claim.

    ``lines`` is the group that the rule's partition puts the claim's lines in. Versions that are
    not in force for a line are explained too: their clock says so.
    """
    for known in edition.policies:
        for policy in known.versions:
            for rule in edition.rules_of(policy):
                if rule_id not in (rule.id, f"{policy.id}:{rule.id}"):
                    continue
                group = Group(policy, lines, edition.tables_of(policy))
                group.derive()
                hidden = private_lets(rule.lets).union(
                    *(private_lets(derivation.lets) for stratum in policy.strata for derivation in stratum)
                )
                for at, line in enumerate(lines):
                    if line.claim == claim and line.status is Status.CLAIM:
                        judgement = judge_line(group, known, rule, at)
                        if judgement.clock is not False:
                            yield _explanation(policy, rule, line, judgement, None if show_phi else hidden)


def _explanation(policy: Policy, rule: Rule, line: Line, judgement: Judgement, hidden: Hidden) -> Explanation:
    parts = [
        _named("for", judgement.applies, hidden),
        _named("flag if", judgement.flag_if, hidden),
    ]
    if judgement.scope.condition != TRUE:
        parts.insert(0, _named("scope", judgement.scope, hidden))
    if judgement.clock is None:
        parts.insert(0, Node("the version in force by date of receipt", None, "received is missing"))
    if judgement.unless is not None:
        parts.append(_named("unless", judgement.unless, hidden))
    return Explanation(
        policy.id,
        policy.version,
        rule.id,
        line,
        judgement.verdict.value if judgement.verdict is not None else None,
        _silence(judgement),
        judgement.scope.truth is not False,
        tuple(sorted(judgement.missing)),
        tuple(
            (
                name,
                of_let(let),
                HIDDEN if hidden is not None and name in hidden else _met(judgement.lets[name], let.type),
            )
            for name, let in rule.lets
        ),
        tuple(parts),
    )


def _silence(judgement: Judgement) -> str:
    if judgement.verdict is not None:
        return ""
    if judgement.scope.truth is False:
        return "the policy's scope does not take in this line"
    if judgement.applies.truth is False:
        return "the rule is not for this line"
    if judgement.flag_if.truth is False:
        return "the rule is for this line, and what it flags is not so"
    return "the exception holds, whatever the missing facts are"


def _named(name: str, step: Step, hidden: Hidden) -> Node:
    node = _node(step, hidden)
    if isinstance(step.condition, All) and step.parts:
        return Node(name, node.truth, parts=node.parts)
    return Node(name, node.truth, parts=(node,))


def _node(step: Step, hidden: Hidden) -> Node:
    match step.condition:
        case All(parts) if parts:
            return Node("all of", step.truth, parts=tuple(_node(part, hidden) for part in step.parts))
        case AnyOf(parts) if parts:
            return Node("any of", step.truth, parts=tuple(_node(part, hidden) for part in step.parts))
        case Not(All() | AnyOf()):
            return Node("not", step.truth, parts=tuple(_node(part, hidden) for part in step.parts))
        case Not():
            inner = step.parts[0]
            return Node(of_condition(step.condition), step.truth, _values(inner, hidden), _below(inner, hidden))
        case _:
            return Node(of_condition(step.condition), step.truth, _values(step, hidden), _below(step, hidden))


def _below(step: Step, hidden: Hidden) -> tuple[Node, ...]:
    if not isinstance(step.condition, Derived):
        return ()
    return tuple(_node(part, hidden) for derived in step.parts for part in derived.parts)


def _values(step: Step, hidden: Hidden) -> str:
    if isinstance(step.condition, Exists):
        if step.witness is not None:
            return f"claim {step.witness.claim} line {step.witness.line} ({step.witness.procedure})"
        return "no line matched" if step.truth is False else "cannot look: " + ", ".join(sorted(step.missing))
    told = []
    for value, met in zip(values_of_condition(step.condition), step.met, strict=False):
        if not isinstance(value, Literal):
            told.append(HIDDEN if hidden is not None and shows_patient_data(value, hidden) else _met(met, value.type))
    return ", ".join(told)


def _met(met: Met, type_: ValueType) -> str:
    return shown(met.value, type_)
