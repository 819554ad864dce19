"""Walks over the policy model that more than one reader of it needs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cleanclaim.policy.model import (
    All,
    Allowance,
    AnyOf,
    Call,
    Compare,
    Condition,
    Dated,
    Derivation,
    Derived,
    Exists,
    FieldOf,
    HasAny,
    InTable,
    IsMissing,
    Let,
    LetOf,
    Literal,
    Look,
    Lookup,
    Member,
    Not,
    Rule,
    Total,
    Value,
)


def conditions(root: Condition) -> Iterator[Condition]:
    """A condition and all conditions in it, those on other lines too, in the order written."""
    yield root
    match root:
        case All(parts) | AnyOf(parts):
            for part in parts:
                yield from conditions(part)
        case Not(part):
            yield from conditions(part)
        case Exists(look):
            yield from conditions(look.where)


def conjuncts(found: Condition) -> Iterator[Condition]:
    """The conditions that must all hold."""
    if isinstance(found, All):
        for part in found.parts:
            yield from conjuncts(part)
    else:
        yield found


def leaves(value: Value) -> Iterator[Literal | Dated | FieldOf | LetOf]:
    """The values that a value is computed from."""
    if isinstance(value, Call):
        for argument in value.arguments:
            yield from leaves(argument)
    else:
        yield value


def values_of_condition(condition: Condition) -> Iterator[Value]:
    """The values that one condition node itself speaks of, not those of conditions inside it."""
    match condition:
        case Compare(left, _, right):
            yield left
            yield right
        case Member(value) | HasAny(value) | IsMissing(value):
            yield value
        case InTable(_, key, on):
            yield from (value for _, value in key)
            yield on
        case Exists(look):
            yield from values_of_look(look)


def values_of_look(look: Look) -> Iterator[Value]:
    """The keys of a look and the length of its window; not the values in its ``where``."""
    yield from look.same
    yield from look.differs
    if look.within is not None and look.within.days is not None:
        yield look.within.days


def looks_of_let(let: Let) -> Iterator[Look]:
    """The look of a total or an allowance."""
    if isinstance(let, Total | Allowance):
        yield let.look


def values_of_let(let: Let) -> Iterator[Value]:
    """The values that a let itself speaks of, not those in the conditions of its look."""
    match let:
        case Total(_, look):
            yield from values_of_look(look)
        case Allowance(method, look):
            yield method
            yield from values_of_look(look)
        case Lookup(_, _, key, on):
            yield from (value for _, value in key)
            yield on
        case _:
            yield let


def conditions_of_let(let: Let) -> Iterator[Condition]:
    """The conditions in a let's look."""
    for look in looks_of_let(let):
        yield from conditions(look.where)


def conditions_of_rule(rule: Rule) -> Iterator[Condition]:
    """Every condition of a rule: ``for``, ``flag_if``, ``unless``, and those of its lets."""
    yield from conditions(rule.applies)
    yield from conditions(rule.flag_if)
    if rule.unless is not None:
        yield from conditions(rule.unless)
    for _, let in rule.lets:
        yield from conditions_of_let(let)


def conditions_of_derivation(derivation: Derivation) -> Iterator[Condition]:
    """Every condition of a derivation, those of its lets too."""
    yield from conditions(derivation.applies)
    yield from conditions(derivation.when)
    for _, let in derivation.lets:
        yield from conditions_of_let(let)


def fields_of(root: Condition) -> Iterator[FieldOf]:
    """Every field or declared fact that a condition reads, of either line, repeats included."""
    return _fields(conditions(root), ())


def fields_of_rule(rule: Rule) -> Iterator[FieldOf]:
    """Every field or declared fact that a rule reads, of either line, repeats included."""
    return _fields(conditions_of_rule(rule), (let for _, let in rule.lets))


def fields_of_derivation(derivation: Derivation) -> Iterator[FieldOf]:
    """Every field or declared fact that a derivation reads, of either line, repeats included."""
    return _fields(conditions_of_derivation(derivation), (let for _, let in derivation.lets))


def _fields(tests: Iterable[Condition], lets: Iterable[Let]) -> Iterator[FieldOf]:
    for test in tests:
        for value in values_of_condition(test):
            yield from (leaf for leaf in leaves(value) if isinstance(leaf, FieldOf))
    for let in lets:
        for value in values_of_let(let):
            yield from (leaf for leaf in leaves(value) if isinstance(leaf, FieldOf))


def derived_in(condition: Condition) -> Iterator[Derived]:
    """The derived facts that a condition uses."""
    return (node for node in conditions(condition) if isinstance(node, Derived))
