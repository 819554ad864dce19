"""What depends on what: derivations in strata, the tables and facts that rules need, and partitions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from cleanclaim.policy.model import (
    All,
    AnyOf,
    Condition,
    Derivation,
    Derived,
    Exists,
    InTable,
    Let,
    Look,
    Lookup,
    Not,
    Rule,
)
from cleanclaim.policy.visit import conditions, conditions_of_let, derived_in, looks_of_let

Strata = tuple[tuple[Derivation, ...], ...]
Concluding = Mapping[str, Sequence[Derivation]]


@dataclass(frozen=True, slots=True)
class Cycle:
    """Facts that need each other, at least once through a negation: ``facts[0]`` needs ``facts[1]`` …"""

    facts: tuple[str, ...]

    def __str__(self) -> str:
        return " → ".join((*self.facts, self.facts[0]))


def stratify(derivations: Sequence[Derivation]) -> Strata | tuple[Cycle, ...]:
    """Derivations in an order in which they can be evaluated, or the cycles that forbid any.

    Facts that need each other only positively share a stratum. Ties stand as written.
    """
    needs: dict[str, dict[str, bool]] = {derivation.fact: {} for derivation in derivations}
    for derivation in derivations:
        edges = needs[derivation.fact]
        for fact, strict in _uses(derivation):
            if fact in needs:
                edges[fact] = edges.get(fact, False) or strict
    groups = _components({fact: tuple(edges) for fact, edges in needs.items()})
    cycles = tuple(cycle for group in groups if (cycle := _strict_cycle(group, needs)) is not None)
    if cycles:
        return cycles
    strata = (tuple(d for d in derivations if d.fact in group) for group in map(frozenset, groups))
    return tuple(_with_tables(strata))


def by_fact(strata: Strata) -> Concluding:
    """The derivations of each fact."""
    found: dict[str, list[Derivation]] = {}
    for stratum in strata:
        for derivation in stratum:
            found.setdefault(derivation.fact, []).append(derivation)
    return found


def with_dependencies(rule: Rule, concluding: Concluding) -> Rule:
    """The rule with the derived facts and tables that it needs, directly or through others."""
    derived = _closure(_derived_by(_conditions(rule)), concluding)
    tables = set(_tables_of(_conditions(rule), rule.lets))
    for fact in derived:
        for derivation in concluding[fact]:
            tables.update(derivation.tables)
    return replace(rule, derived=tuple(sorted(derived)), tables=tuple(sorted(tables)))


def partition(rule: Rule, concluding: Concluding) -> tuple[str, ...] | None:
    """The fields that all looks of a rule and of its derived facts share; ``None`` if there is none."""
    looks = list(_looks(_conditions(rule), rule.lets))
    for fact in rule.derived:
        for derivation in concluding[fact]:
            looks += _looks((derivation.applies, derivation.when), derivation.lets)
    if not looks or all(any(key.name == "patient" for key in look.same) for look in looks):
        return ("patient",)
    shared = frozenset.intersection(*(frozenset(key.name for key in look.same) for look in looks))
    return tuple(sorted(shared)) or None


# --- what uses what -----------------------------------------------------------------------------


def _uses(derivation: Derivation) -> Iterator[tuple[str, bool]]:
    """Facts that a derivation uses, each with whether the use is negative or otherwise strict."""
    yield from _signed(derivation.applies)
    yield from _signed(derivation.when)
    for _, let in derivation.lets:
        for condition in conditions_of_let(let):
            if isinstance(condition, Derived):
                yield condition.fact, True


def _signed(condition: Condition, negative: bool = False) -> Iterator[tuple[str, bool]]:
    match condition:
        case All(parts) | AnyOf(parts):
            for part in parts:
                yield from _signed(part, negative)
        case Not(part):
            yield from _signed(part, not negative)
        case Exists(look) if negative:
            yield from ((node.fact, True) for node in derived_in(look.where))
        case Exists(look):
            yield from _signed(look.where)
        case Derived(fact):
            yield fact, negative


def _conditions(rule: Rule) -> tuple[Condition, ...]:
    return (rule.applies, rule.flag_if, *(() if rule.unless is None else (rule.unless,)), *_in_lets(rule.lets))


def _in_lets(lets: Iterable[tuple[str, Let]]) -> tuple[Condition, ...]:
    return tuple(look.where for _, let in lets for look in looks_of_let(let))


def _derived_by(roots: Iterable[Condition]) -> set[str]:
    return {node.fact for root in roots for node in derived_in(root)}


def _tables_of(roots: Iterable[Condition], lets: Iterable[tuple[str, Let]]) -> Iterator[str]:
    for root in roots:
        yield from (node.table for node in conditions(root) if isinstance(node, InTable))
    yield from (let.table for _, let in lets if isinstance(let, Lookup))


def _looks(roots: Iterable[Condition], lets: Iterable[tuple[str, Let]]) -> Iterator[Look]:
    for root in roots:
        yield from (node.look for node in conditions(root) if isinstance(node, Exists))
    for _, let in lets:
        yield from looks_of_let(let)


def _closure(facts: Iterable[str], concluding: Concluding) -> frozenset[str]:
    found: set[str] = set()
    waiting = [fact for fact in facts if fact in concluding]
    while waiting:
        fact = waiting.pop()
        if fact not in found:
            found.add(fact)
            for derivation in concluding[fact]:
                waiting += [used for used, _ in _uses(derivation) if used in concluding]
    return frozenset(found)


def _with_tables(strata: Iterable[tuple[Derivation, ...]]) -> Iterator[tuple[Derivation, ...]]:
    """Adds to each derivation the tables that it needs, those of the facts before it too."""
    of_fact: dict[str, frozenset[str]] = {}
    for stratum in strata:
        needed: set[str] = set()
        for derivation in stratum:
            roots = (derivation.applies, derivation.when, *_in_lets(derivation.lets))
            needed.update(_tables_of(roots, derivation.lets))
            needed.update(*(of_fact.get(fact, ()) for fact, _ in _uses(derivation)))
        # Facts of one stratum need each other, so they need each other's tables.
        of_fact.update((derivation.fact, frozenset(needed)) for derivation in stratum)
        yield tuple(replace(derivation, tables=tuple(sorted(needed))) for derivation in stratum)


# --- components ---------------------------------------------------------------------------------


def _components(needs: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """Strongly connected components, each after those that it needs (Tarjan, without recursion)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    on_stack: set[str] = set()
    groups: list[list[str]] = []
    for root in needs:
        if root in index:
            continue
        work = [(root, iter(needs[root]))]
        index[root] = low[root] = len(index)
        stack.append(root)
        on_stack.add(root)
        while work:
            fact, rest = work[-1]
            advanced = False
            for used in rest:
                if used not in index:
                    index[used] = low[used] = len(index)
                    stack.append(used)
                    on_stack.add(used)
                    work.append((used, iter(needs[used])))
                    advanced = True
                    break
                if used in on_stack:
                    low[fact] = min(low[fact], index[used])
            if advanced:
                continue
            work.pop()
            if work:
                above = work[-1][0]
                low[above] = min(low[above], low[fact])
            if low[fact] == index[fact]:
                group: list[str] = []
                while True:
                    found = stack.pop()
                    on_stack.discard(found)
                    group.append(found)
                    if found == fact:
                        break
                groups.append(group)
    return groups


def _strict_cycle(group: Sequence[str], needs: Mapping[str, Mapping[str, bool]]) -> Cycle | None:
    """The shortest cycle through a strict edge of a component, from the fact that is written first."""
    members = frozenset(group)
    for fact in (fact for fact in needs if fact in members):
        for used, strict in needs[fact].items():
            if strict and used in members:
                return Cycle((fact, *_path(used, fact, members, needs)))
    return None


def _path(start: str, end: str, members: frozenset[str], needs: Mapping[str, Mapping[str, bool]]) -> tuple[str, ...]:
    """The facts from ``start`` on the shortest way to ``end``, which is left out."""
    came: dict[str, str | None] = {start: None}
    waiting = [start]
    for fact in waiting:
        if fact == end:
            break
        for used in needs[fact]:
            if used in members and used not in came:
                came[used] = fact
                waiting.append(used)
    path: list[str] = []
    at: str | None = came[end]
    while at is not None:
        path.append(at)
        at = came[at]
    return tuple(reversed(path))
