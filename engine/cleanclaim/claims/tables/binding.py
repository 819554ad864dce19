"""Finds, in a table's header, the columns that feed each field; says which are missing or unknown."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from cleanclaim.claims.fields import ValueType
from cleanclaim.claims.model import Reject, Warning
from cleanclaim.claims.nearest import did_you_mean, nearest
from cleanclaim.claims.tables.mapping import PLAIN, ColumnRule, TableMap
from cleanclaim.claims.tables.targets import REQUIRED, UNREAD_TUVA_COLUMNS, Target, columns_of, targets


@dataclass(frozen=True, slots=True)
class Bound:
    """A target and the places (0-based) of its columns in the table; none where it is a constant.

    ``slots`` are the numbers (0-based) of a family's columns where the family counts places.
    """

    target: Target
    places: tuple[int, ...]
    rule: ColumnRule = PLAIN
    slots: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Binding:
    """The outcome for one table. With ``rejects`` the table cannot be read."""

    bound: tuple[Bound, ...]
    rejects: tuple[Reject, ...] = ()
    warnings: tuple[Warning, ...] = ()


def bind(header: Sequence[str], source: str, table_map: TableMap, declared: Mapping[str, ValueType]) -> Binding:
    """Match a header with the layout; a mapping rule beats a column of the same name."""
    known = targets(declared)
    binder = _Binder(header, known)
    bound: list[Bound] = []
    lacking: list[str] = []
    for target in known.values():
        rule = table_map.rules.get(target.name)
        if rule is None:
            places, slots = binder.by_name(target)
            if places:
                bound.append(Bound(target, places, slots=slots if target.counted else ()))
            continue
        if absent := [column for column in rule.columns if column.strip().casefold() not in binder.place]:
            lacking.extend(f"{column} (for {target.column}){binder.hint(column)}" for column in absent)
        else:
            places = tuple(binder.take(column) for column in rule.columns)
            slots = rule.slots or tuple(range(len(places)))
            bound.append(Bound(target, places, rule, slots if target.counted else ()))
    have = {each.target.name for each in bound} | set(table_map.rules)
    missing = [known[name] for name in REQUIRED if name not in have]
    if (missing or lacking) and not binder.looks_like_a_header:
        return Binding((), (_no_header(source, len(header)),))
    rejects = tuple(_rejects(source, table_map, lacking, missing, binder))
    return Binding(tuple(bound), rejects, () if rejects else tuple(binder.warnings(source)))


class _Binder:
    def __init__(self, header: Sequence[str], known: Mapping[str, Target]) -> None:
        self._header = [name.strip() for name in header]
        self._known = known
        self._used: set[int] = set()
        self.place: dict[str, int] = {}
        self._repeated: list[str] = []
        for n, name in enumerate(self._header):
            if name and name.casefold() in self.place:
                self._repeated.append(name)
            self.place.setdefault(name.casefold(), n)

    @property
    def looks_like_a_header(self) -> bool:
        """Whether the first row may be repeated in a message: a row of data would hold a date or a number."""
        names = [name for name in self._header if name]
        return bool(names) and all(re.match(r"[^\W\d]", n) and not re.search(r"\d{3}", n) for n in names)

    def take(self, column: str) -> int:
        place = self.place[column.strip().casefold()]
        self._used.add(place)
        return place

    def by_name(self, target: Target) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """The places of a target's columns, and their numbers in its family."""
        members = {slot: self.take(name) for slot, name in enumerate(target.members) if name in self.place}
        if members:
            return tuple(members.values()), tuple(members)
        for name in columns_of(target)[len(target.members) :]:
            if name.casefold() in self.place:
                return (self.take(name),), (0,)
        return (), ()

    def hint(self, column: str) -> str:
        return did_you_mean(column, self._header)

    def nearest(self, target: Target) -> str | None:
        # The other required names are alike enough to be taken for one another.
        others = {name for other in self._known.values() if other is not target for name in columns_of(other)}
        free = [name for name in self._header if name and name.casefold() not in others]
        return nearest(target.column, free, 0.6) or nearest(target.name, free, 0.6)

    def warnings(self, source: str) -> Iterator[Warning]:
        if self._repeated:
            yield Warning(source, "header", f"columns given twice, the first is used: {', '.join(self._repeated)}")
        names = [name for target in self._known.values() for name in columns_of(target)]
        unknown = [
            name + did_you_mean(name, names)
            for n, name in enumerate(self._header)
            if name and n not in self._used and name.casefold() not in UNREAD_TUVA_COLUMNS
        ]
        if unknown:
            yield Warning(source, "header", f"columns not used, because no field has that name: {', '.join(unknown)}")


def _no_header(source: str, columns: int) -> Reject:
    return Reject(
        source,
        "header",
        f"the first row ({columns} columns) does not look like a header; the first row must name the columns, "
        "as in Tuva's medical_claim layout, or as a --map file says",
    )


def _rejects(
    source: str, table_map: TableMap, lacking: list[str], missing: list[Target], binder: _Binder
) -> Iterator[Reject]:
    if lacking:
        yield Reject(source, "header", f"the table has no column {'; '.join(lacking)}, which {table_map.source} names")
    if missing:
        parts = []
        for target in missing:
            near = binder.nearest(target)
            parts.append(f"{target.column} ({target.name})" + (f", perhaps called {near} here" if near else ""))
        yield Reject(
            source,
            "header",
            f"required columns are missing: {'; '.join(parts)}; name the columns that hold them in a file given "
            'with --map ("columns: {claim_id: THEIR_NAME}")',
        )
