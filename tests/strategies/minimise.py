"""Cuts a failing example down: lines, rules, conditions, rows and values go as long as it still fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from time import monotonic
from typing import Any

from cleanclaim.claims.model import Line
from cleanclaim.policy.diagnostics import PolicyError
from tests.strategies.examples import Example, Written
from tests.strategies.notation import Doc, Node
from tests.strategies.tables import Rows

Path = tuple[str | int, ...]
Fails = Callable[[Example], bool]

KEPT = frozenset({"policy", "template", "title", "published", "source", "id", "message", "fix", "cite", "fact"})
"""Keys that a policy needs; cutting them is never tried."""
GIVEN = frozenset({"claim", "line", "patient", "service_date", "service_through"})
"""Fields that every line needs."""
PLAIN = Line("", 0, "", date.min, date.min)


def minimise(example: Example, fails: Fails, seconds: float = 60.0) -> Example:
    """The smallest example found in the time that still fails."""
    search = _Search(example, fails, monotonic() + seconds)
    before: Example | None = None
    while before is not search.best and not search.over:
        before = search.best
        for batch in search.best.claims:
            search.accept(replace(search.best, claims=(batch,)))
        search.lines()
        search.documents()
        search.rows()
        search.values()
    return search.best


class _Search:
    """The best example so far, and the passes that try to better it."""

    def __init__(self, example: Example, fails: Fails, until: float) -> None:
        self.best = example
        self._fails = fails
        self._until = until

    @property
    def over(self) -> bool:
        return monotonic() > self._until

    def accept(self, smaller: Example | None) -> bool:
        """Whether an example is taken, because it differs from the best and fails too."""
        if smaller is None or smaller == self.best or self.over or not self._fails(smaller):
            return False
        self.best = smaller
        return True

    def lines(self) -> None:
        """Leaves lines out, each batch for itself."""
        for at in range(len(self.best.claims)):
            for number in reversed(range(len(self.best.claims[at]))):
                batch = self.best.claims[at]
                self._batch(at, batch[:number] + batch[number + 1 :])

    def values(self) -> None:
        """Takes values from lines, and declared facts."""
        for at in range(len(self.best.claims)):
            for number in range(len(self.best.claims[at])):
                for name in Line._fields:
                    if name not in GIVEN:
                        self._value(at, number, name, getattr(PLAIN, name))
                for fact in list(self.best.claims[at][number].facts):
                    facts = self.best.claims[at][number].facts
                    self._value(at, number, "facts", {name: facts[name] for name in facts if name != fact})

    def rows(self) -> None:
        """Lets tables be for all dates, and leaves rows of them out."""
        for version, tables in self.best.tables.items():
            for name in tables:
                self._table(version, name, replace(self.best.tables[version][name], coverage=None))
                for number in reversed(range(len(tables[name].rows))):
                    now = self.best.tables[version][name]
                    self._table(version, name, replace(now, rows=now.rows[:number] + now.rows[number + 1 :]))

    def documents(self) -> None:
        """Leaves whole policies out, then any key or entry of them, then lifts parts of conditions up."""
        for at in reversed(range(len(self.best.written.policies))):
            policies = self.best.written.policies
            self._written(replace(self.best.written, policies=policies[:at] + policies[at + 1 :]))
        for kind in ("policies", "templates"):
            for at in range(len(getattr(self.best.written, kind))):
                for path in list(_paths(getattr(self.best.written, kind)[at])):
                    for change in (_without, _lifted):
                        found: tuple[Doc, ...] = getattr(self.best.written, kind)
                        smaller = change(found[at], path)
                        if isinstance(smaller, dict):
                            changed = (*found[:at], smaller, *found[at + 1 :])
                            self._written(replace(self.best.written, **{kind: changed}))

    def _batch(self, at: int, batch: tuple[Line, ...]) -> None:
        claims = self.best.claims
        self.accept(replace(self.best, claims=(*claims[:at], batch, *claims[at + 1 :])))

    def _table(self, version: tuple[str, str], name: str, rows: Rows) -> None:
        tables = {**self.best.tables, version: {**self.best.tables[version], name: rows}}
        self.accept(replace(self.best, tables=tables))

    def _value(self, at: int, number: int, name: str, value: Any) -> None:
        batch = self.best.claims[at]
        change: dict[str, Any] = {name: value}
        self._batch(at, (*batch[:number], batch[number]._replace(**change), *batch[number + 1 :]))

    def _written(self, written: Written) -> None:
        if self.over or not written.policies:
            return
        try:
            policies = written.load()
        except PolicyError:
            return
        versions = {(policy.id, policy.version): set(policy.tables) for policy in policies}
        tables = {
            version: {name: rows for name, rows in by_name.items() if name in versions[version]}
            for version, by_name in self.best.tables.items()
            if version in versions
        }
        self.accept(replace(self.best, written=written, policies=policies, tables=tables))


def _paths(node: Node, path: Path = ()) -> Iterator[Path]:
    """Places of all nodes, larger before smaller."""
    if isinstance(node, Mapping):
        for key, value in node.items():
            if key not in KEPT:
                yield (*path, key)
                yield from _paths(value, (*path, key))
    elif isinstance(node, list):
        for at in reversed(range(len(node))):
            yield (*path, at)
            yield from _paths(node[at], (*path, at))


def _without(node: Node, path: Path) -> Node | None:
    """A copy without the node at a place; ``None`` if the place is gone."""
    return _changed(node, path, lambda _: [])


def _lifted(node: Node, path: Path) -> Node | None:
    """A copy where ``any``, ``all`` or ``not`` gives way to the first condition in it."""
    if path[-1] not in ("any", "all", "not"):
        return None

    def lift(inner: Node) -> list[tuple[str, Node]]:
        first = inner[0] if isinstance(inner, list) and inner else inner
        return list(first.items()) if isinstance(first, Mapping) else []

    return _changed(node, path, lift)


def _changed(node: Node, path: Path, entries: Callable[[Node], list[tuple[str, Node]]]) -> Node | None:
    """A copy where the entry at a place gives way to others (of a mapping), or to none."""
    key, rest = path[0], path[1:]
    if isinstance(node, Mapping) and key in node:
        if not rest:
            return {**{name: node[name] for name in node if name != key}, **dict(entries(node[str(key)]))}
        inner = _changed(node[str(key)], rest, entries)
        return None if inner is None else {**node, str(key): inner}
    if isinstance(node, list) and isinstance(key, int) and key < len(node):
        if not rest:
            return [*node[:key], *node[key + 1 :]]
        inner = _changed(node[key], rest, entries)
        return None if inner is None else [*node[:key], inner, *node[key + 1 :]]
    return None
