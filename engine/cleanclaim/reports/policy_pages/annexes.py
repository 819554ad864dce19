"""Tables, values by date and examples of one version, as its page shows them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cleanclaim.catalogue import derivations_of
from cleanclaim.claims.fields import ValueType
from cleanclaim.claims.model import Scalar
from cleanclaim.policy.model import Dated, Derivation, Policy, Rule, TableSpec
from cleanclaim.policy.versions import AllTables, Tables
from cleanclaim.policy.visit import (
    conditions_of_derivation,
    conditions_of_rule,
    leaves,
    values_of_condition,
    values_of_let,
)
from cleanclaim.policy.words.values import constant_of
from cleanclaim.reports.policy_pages.examples import Example, examples
from cleanclaim.reports.policy_pages.page import VERDICTS, ExampleView, ParamView, TableView
from cleanclaim.tables.commands import import_command

MOST_ROWS = 300
"""A table that comes with a policy is shown whole up to so many rows."""
MOST_LINES = 8
"""An example of more lines is folded."""


def params(policy: Policy) -> Iterator[ParamView]:
    """The values that depend on the date of service."""
    found = {value.name: value for rule in policy.rules for value in _dated(rule, policy)}
    for name in sorted(found):
        (_, first), *later = found[name].entries
        told = [("at first", constant_of(first, found[name].type))]
        told += [(f"from {day} on", constant_of(value, found[name].type)) for day, value in later]
        yield ParamView(name, tuple(told))


def _dated(rule: Rule, policy: Policy) -> Iterator[Dated]:
    values = [value for condition in conditions_of_rule(rule) for value in values_of_condition(condition)]
    values += [value for _, let in rule.lets for value in values_of_let(let)]
    values += [part.value for part in rule.message if part.value is not None]
    derivations: tuple[Derivation, ...] = derivations_of(policy, rule)
    for derivation in derivations:
        tests = conditions_of_derivation(derivation)
        values += [value for condition in tests for value in values_of_condition(condition)]
        values += [value for _, let in derivation.lets for value in values_of_let(let)]
    return (leaf for value in values for leaf in leaves(value) if isinstance(leaf, Dated))


def tables(policy: Policy, loaded: Tables, prefix: str) -> Iterator[TableView]:
    """The tables that rules need."""
    used = {name for rule in policy.rules for name in rule.tables}
    for name, spec in policy.tables.items():
        if name not in used:
            continue
        table = loaded.get(name) if spec.imported is None else None
        few = table is not None and len(table.rows) <= MOST_ROWS
        columns = _columns(spec)
        typed = tuple(f"{name} ({_TYPES[spec.columns.get(name, ValueType.DATE)]})" for name in columns)
        yield TableView(
            f"{prefix}table-{name}",
            spec,
            import_command(spec.imported) if spec.imported is not None else None,
            _dates_of(spec),
            columns if table is not None else typed,
            len(table.rows) if table is not None else None,
            tuple(tuple(_cell(row.get(column)) for column in columns) for row in (table.rows if table and few else ())),
        )


_TYPES = {type_: type_.value for type_ in ValueType} | {ValueType.BOOLEAN: "true or false"}


def _columns(spec: TableSpec) -> tuple[str, ...]:
    dates = (name for name in (spec.start, spec.through) if name is not None and name not in spec.columns)
    return (*spec.columns, *dates)


def _cell(value: Scalar | None) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _dates_of(spec: TableSpec) -> str:
    match spec.start, spec.through:
        case None, None:
            return ""
        case start, None:
            return f"a row is in force from its {start} on"
        case None, through:
            return f"a row is in force through its {through}"
        case start, through:
            return f"a row is in force from its {start} through its {through}, both included; blank is open"


def example_views(policy: Policy, versions: Sequence[Policy], loaded: AllTables, prefix: str) -> Iterator[ExampleView]:
    """The first that flags each rule stands open, where it is short; the rest is folded."""
    shown: set[str] = set()
    for at, example in enumerate(examples(policy, versions, loaded), 1):
        flagged = {rule for verdict, rule in example.rules if verdict == "violation"}
        open_ = bool(flagged - shown) and len(example.rows) <= MOST_LINES
        shown |= flagged if open_ else set()
        yield ExampleView(f"{prefix}example-{at}", example, open_, _tells(example))


def _tells(example: Example) -> str:
    told = [
        f"{VERDICTS[verdict]}: {', '.join(rules)}"
        for verdict in VERDICTS
        if (rules := sorted(rule for each, rule in example.rules if each == verdict))
    ]
    if example.not_evaluated:
        told.append(f"not evaluated: {', '.join(example.not_evaluated)}")
    return "; ".join(told) or "silent"
