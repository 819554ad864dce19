"""The Boolean structure of a rule, over slots that hold 0, 1 or 2 (unknown).

A slot is the largest part of a condition that speaks of the judged line alone, a look at other
lines, or a derived fact. Negation is pushed down to the slots.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from cleanclaim.backends.durable.local import Unsupported
from cleanclaim.backends.durable.sides import grounds
from cleanclaim.backends.durable.truth import FALSE, TRUE, Truth
from cleanclaim.policy.model import TRUE as ALWAYS
from cleanclaim.policy.model import All, AnyOf, Condition, Derived, Exists, Not

ALTERNATIVES_LIMIT = 32
SLOTS_LIMIT = 200


@dataclass(frozen=True, slots=True)
class Leaf:
    """A slot, or the opposite of it."""

    slot: int
    positive: bool = True


@dataclass(frozen=True, slots=True)
class And:
    """Every part."""

    parts: tuple[Formula, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Some part."""

    parts: tuple[Formula, ...]


Formula = Leaf | And | Or

Clause = tuple[Leaf, ...]
"""Leaves of which one must hold."""
Alternative = tuple[Clause, ...]
"""Clauses that must all hold."""


@dataclass
class Slots:
    """The conditions that fill the slots of one rule, each once."""

    conditions: list[Condition] = field(default_factory=list)

    def formula(self, condition: Condition, positive: bool = True) -> Formula:
        """The structure of a condition, or of its opposite."""
        match condition:
            case _ if is_local(condition):
                return Leaf(self.slot(condition), positive)
            case Not(part):
                return self.formula(part, not positive)
            case All(parts) | AnyOf(parts):
                conjunctive = isinstance(condition, All)
                local = tuple(part for part in parts if is_local(part))
                nodes = [self.formula(part, positive) for part in parts if not is_local(part)]
                if local:
                    nodes.insert(0, self.formula(All(local) if conjunctive else AnyOf(local), positive))
                return _joined(And if conjunctive == positive else Or, nodes)
            case Derived() | Exists():
                return Leaf(self.slot(condition), positive)
            case _:
                raise Unsupported("a condition that is neither local nor a look nor a derived fact")

    def guarded(self, conjuncts: Sequence[Condition]) -> tuple[Formula, ...]:
        """The structure of a conjunction whose local part, empty or not, is slot 0."""
        flat = [part for condition in conjuncts for part in flattened(condition)]
        self.conditions.append(All(tuple(part for part in flat if is_local(part) and part != ALWAYS)))
        return (Leaf(0), *(self.formula(part) for part in flat if not is_local(part)))

    def slot(self, condition: Condition) -> int:
        """The number of the slot of a condition."""
        if condition in self.conditions[1:]:
            return self.conditions.index(condition, 1)
        if len(self.conditions) >= SLOTS_LIMIT:
            raise Unsupported(f"more than {SLOTS_LIMIT} separate conditions in one rule")
        self.conditions.append(condition)
        return len(self.conditions) - 1


def _joined(kind: type[And] | type[Or], nodes: Sequence[Formula]) -> Formula:
    """One node, with the parts of nodes of its own kind: fewer alternatives than nested ones would make."""
    parts: list[Formula] = []
    for node in nodes:
        if isinstance(node, kind):
            parts += node.parts
        else:
            parts.append(node)
    return kind(tuple(parts))


def is_local(condition: Condition) -> bool:
    """Whether a condition speaks of the judged line alone and of no derived fact."""
    rests_on = grounds(condition)
    return not (rests_on.other or rests_on.looks or rests_on.facts)


def flattened(condition: Condition) -> Iterator[Condition]:
    """The parts of nested conjunctions."""
    if isinstance(condition, All):
        for part in condition.parts:
            yield from flattened(part)
    else:
        yield condition


def alternatives(formula: Formula) -> tuple[Alternative, ...]:
    """A formula as few alternatives, each a conjunction of disjunctions of leaves.

    That is what one pattern of the engine can say; every alternative becomes a rule of its own.
    Raises :class:`Unsupported` where there would be too many.
    """
    match formula:
        case Leaf():
            return (((formula,),),)
        case And(parts):
            product: list[Alternative] = [()]
            for part in parts:
                product = [(*left, *right) for left in product for right in alternatives(part)]
                _check(product)
            return tuple(product)
        case Or(parts):
            leaves = tuple(part for part in parts if isinstance(part, Leaf))
            found: list[Alternative] = [(leaves,)] if leaves else []
            found += [each for part in parts if not isinstance(part, Leaf) for each in alternatives(part)]
            _check(found)
            return tuple(found)


def refutation(formula: Formula) -> Callable[[Sequence[Truth]], bool] | None:
    """What says of known slots that a formula is false; ``None`` if it cannot be."""
    match formula:
        case Leaf(slot, positive):
            against = FALSE if positive else TRUE
            return lambda slots: slots[slot] == against
        case And(parts):
            found = [check for part in parts if (check := refutation(part)) is not None]
            if len(found) < 2:
                return found[0] if found else None
            return lambda slots: any(check(slots) for check in found)
        case Or(parts):
            checks = [refutation(part) for part in parts]
            known = [check for check in checks if check is not None]
            return (lambda slots: all(check(slots) for check in known)) if len(known) == len(checks) else None


def _check(found: Sequence[Alternative]) -> None:
    if len(found) > ALTERNATIVES_LIMIT:
        raise Unsupported(f"more than {ALTERNATIVES_LIMIT} alternatives of conditions that rest on other lines")
