"""What a random condition may speak of at its place: names with their types, and the looks allowed there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from cleanclaim.claims.fields import ValueType
from tests.strategies.choose import Choose
from tests.strategies.pools import BY_TYPE, COMMON, TYPES

Anchor = tuple[str, ...]
"""The fields that every look of a rule shares; empty where no look is made."""


@dataclass(frozen=True)
class TableShape:
    """The columns of a random table by type, and the names of its date columns."""

    name: str
    columns: Mapping[str, ValueType]
    families: Mapping[str, str]
    start: str | None
    through: str | None


@dataclass(frozen=True)
class Vocabulary:
    """The names that one policy defines. ``derived`` maps a fact to the anchor of its looks.

    ``dated`` are the params that depend on a date, ``hidden`` the defined values that hold patient data.
    """

    sets: Mapping[str, str]
    params: Mapping[str, ValueType]
    dated: set[str]
    methods: tuple[str, ...]
    tables: tuple[TableShape, ...]
    derived: dict[str, Anchor] = field(default_factory=dict)
    defined: dict[str, ValueType] = field(default_factory=dict)
    hidden: set[str] = field(default_factory=set)

    def params_of(self, type_: ValueType, *, constant: bool) -> list[str]:
        """Params of a type; only those that do not depend on a date, if ``constant``."""
        return [name for name, its in self.params.items() if its is type_ and not (constant and name in self.dated)]

    def defined_of(self, type_: ValueType) -> list[str]:
        """Defined values of a type."""
        return [name for name, its in self.defined.items() if its is type_]

    def sets_of(self, family: str) -> list[str]:
        """Sets of codes of a family."""
        return [name for name, its in self.sets.items() if its == family]


@dataclass(frozen=True)
class Let:
    """A let of a rule. One that ``looks`` rests on other lines, so no look may use it."""

    name: str
    type: ValueType
    looks: bool
    shown: bool
    """Whether a message may show it: it holds no patient data."""


@dataclass(frozen=True)
class Speaks:
    """One place in a policy where a condition or value stands.

    ``facts`` are derived facts that may be used anyhow, ``growing`` those that may only be used
    positively because they depend on the fact being derived.
    """

    vocabulary: Vocabulary
    anchor: Anchor = ()
    looking: bool = False
    positive: bool = True
    lets: tuple[Let, ...] = ()
    facts: tuple[str, ...] = ()
    growing: tuple[str, ...] = ()

    def inside_look(self, *, positive: bool) -> Speaks:
        """The place inside a look's ``where``."""
        return replace(self, looking=True, positive=positive)

    def negated(self) -> Speaks:
        """The place inside a ``not``."""
        return replace(self, positive=not self.positive)

    def strict(self) -> Speaks:
        """A place where no fact that is still growing may stand."""
        return replace(self, growing=())

    @property
    def usable_facts(self) -> tuple[str, ...]:
        """Derived facts that may be tested for ``true`` here."""
        return self.facts + (self.growing if self.positive else ())

    def lets_of(self, type_: ValueType) -> list[str]:
        """Lets of a type."""
        return [let.name for let in self.lets if let.type is type_ and not (self.looking and let.looks)]


def a_field(choose: Choose) -> tuple[str, ValueType]:
    """Any field or declared fact; the common ones more often."""
    if choose.chance(80):
        name = choose.pick(COMMON)
    else:
        name = choose.pick(ALL_FIELDS)
    return name, TYPES[name]


def a_field_of(choose: Choose, type_: ValueType) -> str:
    """Any field or declared fact of a type; the first of them more often."""
    names = BY_TYPE[type_]
    return choose.pick(names[:3] if choose.chance(60) else names)


ALL_FIELDS = tuple(TYPES)
