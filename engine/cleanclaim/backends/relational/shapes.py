"""Rules of one shape: those that differ only in constants, which become the rows of a table of parameters.

A statement of its own costs a rule more than its findings do, so one statement judges all rules of a
shape: ``procedure in {97124}`` and ``procedure in {97140}`` are ``procedure in <parameter 0>`` of two rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar, cast

import pyarrow as pa

from cleanclaim.backends.relational.clocks import Due, due
from cleanclaim.backends.relational.layout import TYPES
from cleanclaim.backends.relational.nodes import fields_in, names_of
from cleanclaim.backends.relational.rows import Rows
from cleanclaim.backends.relational.scope import Slot
from cleanclaim.backends.relational.wanted import One
from cleanclaim.claims.fields import ValueType
from cleanclaim.claims.model import Scalar
from cleanclaim.policy.model import (
    CodeSet,
    Dated,
    FieldOf,
    HasAny,
    InTable,
    Literal,
    Lookup,
    Member,
    MessagePart,
    Method,
    Period,
    Policy,
    Rule,
    shape,
)
from cleanclaim.policy.tables import Table
from cleanclaim.policy.versions import Tables

Constant = Scalar | tuple[Scalar, ...]
Found = list[tuple[Constant, pa.DataType]]
Node = TypeVar("Node")
Given = TypeVar("Given")
_LONGEST_RANGE = 2000
_METHODS = frozenset(method.value for method in Method)


@dataclass(frozen=True)
class Shape:
    """Rules that are judged together. ``policy``, ``rule`` and ``due`` hold a slot where they differ.

    ``parameters`` has a row for every rule, or is ``None`` where there is but one.
    """

    policy: Policy
    rule: Rule
    due: Due
    rules: tuple[One, ...]
    parameters: Rows | None = None


@dataclass(frozen=True)
class _LiftedPolicy:
    """A policy with its scope lifted, which is the same for all of its rules; and that scope as text."""

    policy: Policy
    scope: str
    constants: tuple[tuple[Constant, pa.DataType], ...]


@dataclass(frozen=True)
class _Lifted:
    policy: _LiftedPolicy
    rule: Rule
    due: Due
    plain: Due
    constants: tuple[tuple[Constant, pa.DataType], ...]


def shapes(rules: Sequence[One], tables: Mapping[tuple[str, str], Tables], *, apart: bool = False) -> tuple[Shape, ...]:
    """The shapes of some rules, each where its first rule stands.

    ``apart`` makes a shape of every rule, all its constants parameters; that is for tests.
    """
    groups: dict[object, list[tuple[One, _Lifted]]] = {}
    policies: dict[tuple[str, str], _LiftedPolicy] = {}
    for one in rules:
        version = (one.policy.id, one.policy.version)
        if version not in policies:
            policies[version] = _lifted_policy(one.policy)
        mine = tables.get(version, {})
        lifted = _lifted(one, policies[version], mine)
        key = (one.number if apart else 0, *_key(one, lifted, mine))
        groups.setdefault(key, []).append((one, lifted))
    return tuple(_shape(group, apart) for group in groups.values())


def _key(one: One, lifted: _Lifted, tables: Tables) -> tuple[object, ...]:
    rule = lifted.rule
    # Facts are of one version, and the words of a message name who knows the declared ones.
    version = (one.policy.id, one.policy.version) if rule.derived else ()
    roots = (one.rule.applies, one.rule.lets, one.rule.flag_if, one.rule.unless) if one.policy.facts else ()
    who = {field.name: one.policy.facts[field.name].who for field in fields_in(*roots) if field.declared}
    held = tuple((name, _identity(tables[name])) for name in rule.tables)
    body = (rule.applies, rule.lets, rule.flag_if, rule.unless, rule.message, rule.clock)
    types = tuple(str(type_) for _, type_ in lifted.constants)
    return (lifted.policy.scope, repr((body, lifted.due)), types, version, tuple(sorted(who.items())), held)


def _identity(table: Table) -> tuple[object, ...]:
    return (id(table.rows), table.start, table.through)


def _shape(group: Sequence[tuple[One, _Lifted]], apart: bool) -> Shape:
    first, lifted = group[0]
    ones = tuple(one for one, _ in group)
    if len(group) == 1 and not apart:
        return Shape(first.policy, first.rule, lifted.plain, ones)
    columns: dict[str, tuple[pa.DataType, Sequence[object]]] = {"rule": (pa.int32(), [one.number for one in ones])}
    same: dict[Slot, Constant] = {}
    for at, (constant, type_) in enumerate(lifted.constants):
        values = [each.constants[at][0] for _, each in group]
        if not apart and all(value == constant for value in values):
            same[Slot(at)] = constant
        else:
            columns[Slot(at).column] = (type_, [list(v) if isinstance(v, tuple) else v for v in values])
    policy, rule = _parts_filled(lifted.policy.policy, lifted.rule, same)
    return Shape(policy, rule, _filled(lifted.due, same), ones, columns)


def _lifted_policy(policy: Policy) -> _LiftedPolicy:
    found: Found = []
    scope = _lift(policy.scope, found)
    return _LiftedPolicy(replace(policy, scope=scope), repr(scope), tuple(found))


def _lifted(one: One, policy: _LiftedPolicy, tables: Tables) -> _Lifted:
    found: Found = [*policy.constants]
    rule = one.rule
    rule = replace(
        rule,
        applies=_lift(rule.applies, found),
        lets=_lift(rule.lets, found),
        flag_if=_lift(rule.flag_if, found),
        unless=_lift(rule.unless, found),
        message=_lift(rule.message, found),
    )
    plain = due(one.known, one.policy, one.rule, tables)
    return _Lifted(policy, rule, _lift(plain, found), plain, tuple(found))


def _parts_filled(policy: Policy, rule: Rule, same: Mapping[Slot, Constant]) -> tuple[Policy, Rule]:
    return replace(policy, scope=_filled(policy.scope, same)), replace(
        rule,
        applies=_filled(rule.applies, same),
        lets=_filled(rule.lets, same),
        flag_if=_filled(rule.flag_if, same),
        unless=_filled(rule.unless, same),
        message=_filled(rule.message, same),
    )


def _slot(found: Found, constant: Constant, type_: pa.DataType) -> Slot:
    found.append((constant, type_))
    return Slot(len(found) - 1)


def _lift(node: Node, found: Found) -> Node:
    """A node with a slot for every constant that may be a parameter; the slot stands where the constant did."""
    return cast("Node", _lifted_node(node, found))


def _lifted_node(node: object, found: Found) -> object:
    match node:
        case FieldOf():
            return node
        case Literal(value, type_):
            # A method decides what is asked of other lines, so it stays.
            return node if value in _METHODS else _with(node, value=_slot(found, value, TYPES[type_]))
        case CodeSet():
            codes = spelled(node)
            return replace(node, name=None) if codes is None else _slot(found, codes, TYPES[ValueType.CODES])
        case Member(FieldOf(_, type_), tuple() as among) if among:
            return _with(node, among=_slot(found, among, pa.list_(TYPES[type_])))
        case Member(value, tuple()):
            return _with(node, value=_lift(value, found))
        case Dated(_, entries, type_):
            if any(each in _METHODS for _, each in entries):
                return replace(node, name="")
            lifted = tuple((_slot(found, day, pa.date32()), _slot(found, each, TYPES[type_])) for day, each in entries)
            return _with(node, name="", entries=lifted)
        case MessagePart(text, None):
            return _with(node, text=_slot(found, text, pa.string()))
        case InTable(_, key, on):
            return replace(node, key=_lift(key, found), on=_lift(on, found))
        case Lookup(default=default, type=type_) if default is not None:
            bare = replace(node, key=_lift(node.key, found), on=_lift(node.on, found))
            return _with(bare, default=_slot(found, default, TYPES[type_]))
        case Period(start, through):
            days = (day if day is None else _slot(found, day, pa.date32()) for day in (start, through))
            return _with(node, **dict(zip(("start", "through"), days, strict=True)))
        case _:
            return _rebuilt(node, _lifted_node, found)


def _filled(node: Node, same: Mapping[Slot, Constant]) -> Node:
    """A node whose slots that hold the same in every rule are constants again."""
    return cast("Node", _filled_node(node, same))


def _filled_node(node: object, same: Mapping[Slot, Constant]) -> object:
    match node:
        case Slot():
            return same.get(node, node)
        case Member(value, among) | HasAny(value, among) if isinstance(among, Slot) and among in same:
            constant = same[among]
            assert isinstance(constant, tuple)
            codes = value.type in (ValueType.CODE, ValueType.CODES)
            filled = CodeSet(None, frozenset(map(str, constant))) if codes else constant
            return _with(node, value=_filled_node(value, same), among=filled)
        case CodeSet():
            return node
        case _:
            return _rebuilt(node, _filled_node, same)


def _rebuilt(node: object, change: Callable[[object, Given], object], given: Given) -> object:
    if isinstance(node, tuple):
        return tuple([change(each, given) for each in node])
    names = names_of(type(node))
    if not names:
        return node
    return type(node)(*[change(getattr(node, name), given) for name in names])


# A slot has the place of a constant and not its type, which the model's own ``replace`` would want.
_with = cast("Callable[..., object]", replace)


def spelled(codes: CodeSet) -> tuple[str, ...] | None:
    """All codes of a set, its ranges counted out; ``None`` where only the codes met could tell.

    >>> spelled(CodeSet(None, frozenset({"A1"}), (("97110", "97112"),)))
    ('97110', '97111', '97112', 'A1')
    """
    if codes.prefixes:
        return None
    found = set(codes.codes)
    for low, high in codes.ranges:
        alike = next((at for at, pair in enumerate(zip(low, high, strict=True)) if pair[0] != pair[1]), len(low))
        first, last = low[alike:], high[alike:]
        if not first:
            found.add(low)
        elif "A" in shape(first) or int(last) - int(first) > _LONGEST_RANGE:
            return None
        else:
            found.update(f"{low[:alike]}{number:0{len(first)}}" for number in range(int(first), int(last) + 1))
    return tuple(sorted(found))
