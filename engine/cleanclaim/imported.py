"""The imported tables that one run needs: of each only the rows that its lines could meet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from cleanclaim.claims.fields import BY_NAME, ValueType
from cleanclaim.claims.model import Line
from cleanclaim.policy.diagnostics import PolicyError
from cleanclaim.policy.model import FieldOf, InTable, Lookup, Policy, TableSpec, Value
from cleanclaim.policy.tables import Table
from cleanclaim.policy.versions import Edition
from cleanclaim.policy.visit import conditions_of_derivation, conditions_of_rule
from cleanclaim.relevance import Relevance
from cleanclaim.tables.store import TableStore

_CODES = (ValueType.CODE, ValueType.CODES)

Release = tuple[str, str]
"""A table that was imported, and the release of it that answered."""


class Met:
    """What the lines of a run are, and the codes they hold in the fields by which imported tables are looked up."""

    def __init__(self, edition: Edition) -> None:
        fields = {
            name
            for policy in _policies(edition)
            for spec in _imported(policy)
            for names in _fields_by_column(policy, spec).values()
            for name in names
        }
        self.values: dict[str, set[str]] = {name: set() for name in sorted(fields)}
        self.relevance = Relevance()
        self._attributes = [(BY_NAME[name].attribute, found) for name, found in self.values.items()]

    def note(self, line: Line) -> None:
        """Takes note of a line."""
        self.relevance.note(line)
        for attribute, found in self._attributes:
            value = getattr(line, attribute)
            if isinstance(value, tuple):
                found.update(value)
            elif value is not None:
                found.add(value)


@dataclass(frozen=True)
class Imported:
    """An edition with its imported tables, the releases that answered, and, by name, why a stored table is no use."""

    edition: Edition
    releases: tuple[Release, ...]
    unusable: Mapping[str, str]


def with_imported(edition: Edition, store: TableStore, met: Met, *, in_place: bool = False) -> Imported:
    """The edition with the imported tables that its policies speak of.

    ``in_place`` leaves their rows in the files of the store, for an engine that reads them there.
    A stored table that is not what a policy declares is left out, as one that is absent. Raises
    :class:`cleanclaim.tables.store.StoreError` where the store is damaged.
    """
    tables = {version: dict(by_name) for version, by_name in edition.tables.items()}
    loaded: dict[object, Table | None] = {}
    releases: set[Release] = set()
    unusable: dict[str, str] = {}
    load = store.in_place if in_place else store.load
    for policy in _policies(edition):
        for spec in _imported(policy):
            wanted = {
                column: frozenset().union(*(met.values[name] for name in names))
                for column, names in _fields_by_column(policy, spec).items()
            }
            key = (spec.imported, *sorted(spec.columns.items()), spec.start, spec.through, *sorted(wanted.items()))
            if key not in loaded:
                try:
                    found = load(spec, edition.as_of, wanted)
                except PolicyError as error:
                    unusable[spec.imported or ""] = error.diagnostics[0].message
                    found = None
                loaded[key] = replace(found.table, coverage=found.coverage) if found is not None else None
                releases.update((spec.imported or "", name) for name in (found.releases if found is not None else ()))
            table = loaded[key]
            if table is not None:
                tables.setdefault((policy.id, policy.version), {})[spec.name] = replace(table, name=spec.name)
    return Imported(replace(edition, tables=tables), tuple(sorted(releases)), unusable)


def stored(store: TableStore) -> frozenset[str]:
    """The names of the tables of which some release is imported."""
    return frozenset(release.table for release in store.releases())


def _policies(edition: Edition) -> Iterator[Policy]:
    return (policy for known in edition.policies for policy in known.versions)


def _imported(policy: Policy) -> Iterator[TableSpec]:
    needed = {name for rule in policy.rules for name in rule.tables}
    return (spec for spec in policy.tables.values() if spec.imported is not None and spec.name in needed)


def _fields_by_column(policy: Policy, spec: TableSpec) -> dict[str, frozenset[str]]:
    """The columns that every use of a table keys by fields of codes, with those fields.

    Only rows with a code that some line has there can be met; a column that some use leaves out,
    or keys by anything else, says nothing of which rows matter.
    """
    uses = [dict(key) for key in _keys(policy, spec.name)]
    shared = set.intersection(*(set(use) for use in uses)) if uses else set()
    found: dict[str, frozenset[str]] = {}
    for column in sorted(shared):
        values = [use[column] for use in uses]
        if all(_is_code_field(value) for value in values):
            found[column] = frozenset(value.name for value in values if isinstance(value, FieldOf))
    return found


def _is_code_field(value: Value) -> bool:
    return isinstance(value, FieldOf) and not value.declared and value.type in _CODES


def _keys(policy: Policy, table: str) -> Iterator[Sequence[tuple[str, Value]]]:
    """The keys of every table test and lookup on a table."""
    tests = [condition for rule in policy.rules for condition in conditions_of_rule(rule)]
    lets = [let for rule in policy.rules for _, let in rule.lets]
    for derivation in (each for stratum in policy.strata for each in stratum):
        tests += conditions_of_derivation(derivation)
        lets += [let for _, let in derivation.lets]
    yield from (test.key for test in tests if isinstance(test, InTable) and test.table == table)
    yield from (let.key for let in lets if isinstance(let, Lookup) and let.table == table)
