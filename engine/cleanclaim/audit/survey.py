"""Looks through a table once, or twice where cells are written unusually, to see how each column must be read."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from cleanclaim.audit.cells import Tier, tiers
from cleanclaim.audit.odd import Connection, read_odd
from cleanclaim.audit.opened import Opened
from cleanclaim.audit.reading import Cells, Reading
from cleanclaim.audit.sql import quoted
from cleanclaim.audit.values import value_of
from cleanclaim.claims.tables.assembly import constant
from cleanclaim.claims.tables.binding import Bound
from cleanclaim.claims.tables.targets import STATUS
from cleanclaim.claims.tables.values import Doubted

ALWAYS = frozenset({"claim", "line", "patient", "service_date", STATUS, "claim_frequency"})
"""What is read whatever the rules ask: which line is which, and which claims stand for others."""
SIGNS = ("bill_type", "revenue_code")
"""Where the table does not say the type of a claim, it shows in these."""
_FIRST = 100_000
"""Rows from which is guessed whether a column has few different cells, so that it costs less to look at each once."""
_FEW = _FIRST // 4

_Place = tuple[str, int]
"""A target, and the place of one of its columns in the header."""


def survey(connection: Connection, opened: Opened, fields: Collection[str], name: str) -> Reading:
    """How the columns of a table that feed ``fields`` are read; odd cells go into tables called after ``name``."""
    bound = {each.target.name: each for each in opened.binding.bound if _wanted(each, fields)}
    constants = {target: _constant(each) for target, each in bound.items() if not each.places}
    candidates = {
        (target, place): _ways(opened, each, place) for target, each in bound.items() for place in each.places
    }
    level = dict.fromkeys(candidates, 0)
    look = _Look(connection, opened, candidates)
    odd: set[_Place] = set()
    tested = list(candidates)
    while tested:
        found = look.odd({key: candidates[key][level[key]] for key in tested})
        odd = (odd - set(tested)) | found
        tested = [key for key in tested if key in found and level[key] + 1 < len(candidates[key])]
        for key in tested:
            level[key] += 1
    cells: dict[str, list[Cells]] = {target: [] for target in bound}
    empty = look.empty([key for key in candidates if len(bound[key[0]].places) > 1])
    for n, (target, place) in enumerate(candidates):
        if (target, place) in empty:
            continue
        column, tier = opened.header[place], candidates[target, place][level[target, place]]
        table = None
        if (target, place) in odd:
            table = read_odd(connection, f"{name}_{n}", opened.relation, column, tier.condition, bound[target])
        slot = bound[target].slots[bound[target].places.index(place)] if bound[target].slots else None
        cells[target].append(Cells(column, tier, table, f"odd_{n}", slot))
    reading = Reading(opened, {target: tuple(each) for target, each in cells.items()}, bound, constants, {})
    return replace(reading, blanks=_blanks(connection, reading))


def _wanted(bound: Bound, fields: Collection[str]) -> bool:
    name = bound.target.name
    if name in SIGNS and "claim_type" in fields:
        return True
    if name in ("diagnoses", "diagnosis_pointers") and "pointed_diagnoses" in fields:
        return True
    return name in fields or name in ALWAYS


def _ways(opened: Opened, bound: Bound, place: int) -> tuple[Tier, ...]:
    if opened.settled:
        return (Tier("TRUE", "{c}"),)
    return tiers(bound.target, bound.rule, opened.types[opened.header[place]])


def _constant(bound: Bound) -> object:
    value = constant(bound)
    return value.value if isinstance(value, Doubted) else value


class _Look:
    """Looks at the cells of one table: among the different ones of a column where they are few, which is cheaper."""

    def __init__(self, connection: Connection, opened: Opened, places: Iterable[_Place]) -> None:
        self._run = connection.execute
        self._opened = opened
        self._some: set[_Place] = set()
        self._looked: set[_Place] = set()
        self._few = frozenset[str]()
        columns = [] if opened.settled else [opened.header[place] for _, place in places]
        texts = list(dict.fromkeys(quoted(each) for each in columns if opened.types[each] == "VARCHAR"))
        if texts:
            # A guess from the first rows: a wrong one costs time and nothing else.
            guessed = ", ".join(f"approx_count_distinct({cell})" for cell in texts)
            first = f"SELECT {', '.join(texts)} FROM {opened.relation} LIMIT {_FIRST}"
            counts = self._run(f"SELECT {guessed} FROM ({first})").fetchall()[0]
            self._few = frozenset(cell for cell, count in zip(texts, counts, strict=True) if count <= _FEW)

    def odd(self, tested: Mapping[_Place, Tier]) -> set[_Place]:
        """The columns in which a cell is not written as it is tested for."""
        found: set[_Place] = set()
        scanned: dict[_Place, str] = {}
        for key, tier in tested.items():
            column = self._opened.header[key[1]]
            cell, type_ = quoted(column), self._opened.types[column]
            if tier.condition == "TRUE":
                continue
            odd = f"{cell} IS NOT NULL AND NOT ({tier.condition.format(c=cell)})"
            different = f"SELECT {cell} FROM {self._opened.relation} GROUP BY {cell}"
            if cell in self._few:
                counts = f"SELECT count(*) FILTER ({odd}), count({cell}) FROM ({different})"
                self._note(key, found, *self._run(counts).fetchall()[0])
            elif tier.interval:
                # The file itself often knows the least and the greatest.
                ends = [f"coalesce(NOT ({tier.condition.format(c=f'{end}({cell})')}), FALSE)" for end in ("min", "max")]
                scanned[key] = f"CAST({' OR '.join(ends)} AS INTEGER), CAST(min({cell}) IS NOT NULL AS INTEGER)"
            elif type_ == "VARCHAR[]" and not self._unusual(cell, tier):
                self._note(key, found, 0, 1)
            else:
                scanned[key] = f"count(*) FILTER ({odd}), count({cell})"
        if scanned:
            counts = self._run(f"SELECT {', '.join(scanned.values())} FROM {self._opened.relation}").fetchall()[0]
            for n, key in enumerate(scanned):
                self._note(key, found, counts[2 * n], counts[2 * n + 1])
        return found

    def _unusual(self, cell: str, tier: Tier) -> bool:
        """Whether some list may be odd, by its codes alone."""
        alone = tier.condition.format(c="[code]")
        codes = f"SELECT unnest({cell}) AS code FROM {self._opened.relation} GROUP BY code"
        return bool(self._run(f"SELECT count(*) FROM ({codes}) WHERE code IS NULL OR NOT ({alone})").fetchall()[0][0])

    def _note(self, key: _Place, found: set[_Place], odd: int, some: int) -> None:
        self._looked.add(key)
        if some:
            self._some.add(key)
        if odd:
            found.add(key)

    def empty(self, places: Collection[_Place]) -> set[_Place]:
        """Of some columns those without a cell."""
        unknown = [key for key in places if key not in self._looked]
        if unknown:
            counted = ", ".join(f"count({quoted(self._opened.header[place])})" for _, place in unknown)
            counts = self._run(f"SELECT {counted} FROM {self._opened.relation}").fetchall()[0]
            self._some.update(key for key, count in zip(unknown, counts, strict=True) if count)
        return {key for key in places if key not in self._some}


def _blanks(connection: Connection, reading: Reading) -> dict[str, int]:
    """How many rows lack what every row must have."""
    if reading.opened.settled:
        return {}
    names = [name for name in ("claim", "line", "service_date", "patient") if name not in reading.constants]
    counted = ", ".join(f"count(*) - count({_given(reading, name)})" for name in names)
    found = connection.execute(f"SELECT {counted} FROM {reading.opened.relation} {reading.joins}").fetchall()[0]
    return {name: count for name, count in zip(names, found, strict=True) if count}


def _given(reading: Reading, name: str) -> str:
    """What is NULL where a value is: the cell itself, unless text may be blank or a cell is odd."""
    cells = reading.cells[name]
    if len(cells) == 1 and cells[0].odd is None and reading.opened.types[cells[0].column] != "VARCHAR":
        return quoted(cells[0].column)
    return value_of(reading, name)
