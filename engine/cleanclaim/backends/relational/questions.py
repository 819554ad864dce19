"""One question of many lines: conditions with all they look at put beside the lines as columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import ibis
import ibis.expr.types as ir

from cleanclaim.backends.relational.conditions import condition
from cleanclaim.backends.relational.keyed import counts_for_all
from cleanclaim.backends.relational.layout import KEYS, ROW
from cleanclaim.backends.relational.lets import with_let
from cleanclaim.backends.relational.looks import marked, seen
from cleanclaim.backends.relational.scope import Scope, any_of, closed
from cleanclaim.backends.relational.table_rows import beside
from cleanclaim.backends.relational.values import is_blank, value
from cleanclaim.backends.relational.world import World
from cleanclaim.policy.model import (
    All,
    Allowance,
    AnyOf,
    Call,
    Condition,
    Derived,
    Exists,
    InTable,
    Let,
    LetOf,
    Lookup,
    Not,
    Side,
    Total,
    Value,
)
from cleanclaim.policy.visit import conditions, conditions_of_let, conjuncts, leaves, values_of_condition, values_of_let

Lets = Sequence[tuple[str, Let]]


def possible(scope: Scope, needed: Sequence[Condition]) -> tuple[ir.Table, bool]:
    """The lines for which conditions that all must hold may hold, as far as the line itself says.

    And whether that leaves out many lines.
    """
    table = scope.table
    narrowed = False
    local = local_lets(scope.lets)
    for each in needed:
        for part in conjuncts(each):
            if is_local(part, local):
                table = table.filter(condition(scope.on(table), part).truth.fill_null(True))
                narrowed = True
    return table, narrowed


def concerned(world: World, scope: Scope, needed: Sequence[Condition]) -> Scope:
    """The scope without the lines of which reference tables alone tell that conditions cannot hold that all must."""
    local = local_lets(scope.lets)
    parts = [part for each in needed for part in conjuncts(each)]
    # A row that has to be there leaves fewer lines than one that must not.
    for part in sorted(parts, key=lambda part: not isinstance(part, InTable)):
        asked = _elsewhere(part)
        tests = [each for each in asked if isinstance(each, InTable)]
        named = _named_in(value for node in conditions(part) for value in values_of_condition(node))
        if tests and len(tests) == len(asked) and named <= local:
            scope = marked(world, scope, tests, KEYS)
            scope = scope.on(scope.table.filter(condition(scope, part).truth.fill_null(True)))
    return scope


def local_lets(lets: Mapping[str, Let]) -> frozenset[str]:
    """Lets that speak of the line alone."""
    found: frozenset[str] = frozenset()
    for name, let in lets.items():
        if isinstance(let, Total | Lookup | Allowance):
            continue
        if all(leaf.name in found for leaf in leaves(let) if isinstance(leaf, LetOf)):
            found |= {name}
    return found


def computed(scope: Scope) -> Scope:
    """The scope with a column for every let that is computed of the line alone.

    What names a let would else write its formula out again, and functions of dates name what they are given several
    times: a few such lets one of another are text by the megabyte.
    """
    local = local_lets(scope.lets)
    for name, named in scope.lets.items():
        if name in local and isinstance(named, Call):
            made = scope.table.mutate(**{f"let_{name}": value(scope, named).value})
            scope = scope.on(made).holding(name, f"let_{name}")
    return scope


def is_local(part: Condition, lets: frozenset[str]) -> bool:
    """Whether a condition speaks of the line alone."""
    match part:
        case All(parts) | AnyOf(parts):
            return all(is_local(each, lets) for each in parts)
        case Not(inner):
            return is_local(inner, lets)
        case Exists() | InTable() | Derived():
            return False
    return _named_in(values_of_condition(part)) <= lets


def _named_in(values: Iterable[Value]) -> frozenset[str]:
    """The lets that values name."""
    return frozenset(leaf.name for each in values for leaf in leaves(each) if isinstance(leaf, LetOf))


def complete(
    world: World,
    scope: Scope,
    needed: Sequence[Condition],
    roots: Sequence[Condition],
    shown: Mapping[Exists, tuple[str, ...]],
    *,
    wanted: frozenset[Exists] = frozenset(),
    narrowed: bool = True,
) -> Scope:
    """The scope with a column for every let and condition that needs another table.

    ``shown`` maps the looks whose witness is wanted to the columns wanted of it. Lines that see nothing by
    any of ``wanted`` looks are left out, and those of which lets say that the ``needed`` conditions cannot all hold.
    ``narrowed``: the table leaves out so many lines that it pays to keep it.
    """
    nodes = tuple(dict.fromkeys(node for root in roots for node in _elsewhere(root)))
    looking = [name for name, let in scope.lets.items() if isinstance(let, Total | Lookup | Allowance)]
    if not nodes and not looking:
        return scope
    looks = any(isinstance(node, Exists) for node in nodes)
    if narrowed and (any(_read_again(scope.lets[name]) for name in looking) if looking else looks):
        scope = scope.on(world.steps.keep(scope.table, "asked"))
    bare, local = scope, local_lets(scope.lets)
    for name in looking:
        let = scope.lets[name]
        values = (*values_of_let(let), *(each for node in conditions_of_let(let) for each in values_of_condition(node)))
        source = bare if _named_in(values) <= local else scope
        scope = with_let(world, scope, source, name, let)
    for part in (part for each in needed for part in conjuncts(each)):
        if is_local(part, frozenset(scope.lets)) and not is_local(part, local):
            scope = scope.on(scope.table.filter(condition(scope, part).truth.fill_null(True)))
    if looking and looks:
        scope = scope.on(world.steps.keep(scope.table, "named"))
    source = scope
    found: dict[Exists, ir.Table] = {}
    for at, node in enumerate(nodes):
        if isinstance(node, Exists) and node in wanted:
            made = seen(world, source, node.look, f"look_{at}", shown.get(node) or (), witness=node in shown)
            found[node] = world.steps.keep(made, "seen")
    if found:
        scope = scope.on(_with_any(world, source, found))
    for at, node in enumerate(nodes):
        match node:
            case Exists():
                made = found.get(node)
                if made is None:
                    made = seen(world, source, node.look, f"look_{at}", shown.get(node) or (), witness=node in shown)
                scope = _with_look(scope, node, f"look_{at}", made)
            case InTable():
                scope = marked(world, scope, (node,), KEYS)
            case Derived():
                scope = _with_fact(world, scope, node, f"derived_{at}")
    return scope


def _read_again(let: Let) -> bool:
    """Whether the lines that a let is of are read to find others, and again to put what is found beside them."""
    return isinstance(let, Allowance) or (isinstance(let, Total) and not counts_for_all(let.look))


def _with_any(world: World, source: Scope, found: Mapping[Exists, ir.Table]) -> ir.Table:
    """The lines that see another by one of some looks, or have a key of such a look missing."""
    places = [each.select(*KEYS) for each in found.values()]
    places = places[0] if len(places) == 1 else ibis.union(*places, distinct=True)
    if all(is_blank(source, each.look) is None for each in found):
        return closed(source.table.semi_join(places, KEYS))
    together = beside(source.table, places.mutate(seeing=True), KEYS)
    blanks = [blank for each in found if (blank := is_blank(source.on(together), each.look)) is not None]
    seeing = together.filter(together.seeing.notnull() | any_of(blanks)).drop("seeing")
    return world.steps.keep(seeing, "seeing")


def deciding(needed: Sequence[Condition]) -> frozenset[Exists]:
    """Looks of which one at least must see a line, or lack a key, for all of some conditions to hold.

    None where no such looks are known.
    """
    for part in (part for each in needed for part in conjuncts(each)):
        found = _deciding(part)
        if found:
            return found
    return frozenset()


def _deciding(part: Condition) -> frozenset[Exists]:
    match part:
        case Exists():
            return frozenset((part,))
        case All(parts):
            return deciding(parts)
        case AnyOf(parts):
            each = [_deciding(one) for one in parts]
            return frozenset().union(*each) if all(each) else frozenset()
        case _:
            return frozenset()


def _elsewhere(root: Condition) -> Sequence[Condition]:
    match root:
        case All(parts) | AnyOf(parts):
            return tuple(node for part in parts for node in _elsewhere(part))
        case Not(part):
            return _elsewhere(part)
        case Exists(look):
            judged = tuple(n for n in _elsewhere(look.where) if isinstance(n, Derived) and n.side is Side.LINE)
            return (*judged, root)
        case InTable() | Derived():
            return (root,)
        case _:
            return ()


def _with_look(scope: Scope, node: Exists, column: str, found: ir.Table) -> Scope:
    table = beside(scope.table, found, KEYS)
    truth = table[column].notnull()
    blank = is_blank(scope.on(table), node.look)
    if blank is not None:
        truth = ibis.cases((~blank, truth))
    return scope.on(table.mutate(**{column: truth})).holding(node, column)


def _with_fact(world: World, scope: Scope, node: Derived, column: str) -> Scope:
    facts = world.facts[node.fact]
    renamed = facts.select(
        **{f"{column}row": facts[ROW]},
        **{column: facts.state, f"{column}_lacks": facts.lacks},
    )
    table = scope.table.left_join(renamed, scope.table[ROW] == renamed[f"{column}row"]).drop(f"{column}row")
    return scope.on(table).holding(node, column)
