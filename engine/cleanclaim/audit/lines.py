"""Builds the SQL that makes lines of one opened table: which way its cells are written, and the statement itself."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from cleanclaim.audit.cells import NONE, Tier, tiers, type_of
from cleanclaim.audit.odd import Connection, Odd, read_odd
from cleanclaim.audit.opened import Opened
from cleanclaim.audit.sql import layout, quoted, text
from cleanclaim.claims.fields import BY_NAME, ValueType
from cleanclaim.claims.model import Status
from cleanclaim.claims.tables.assembly import constant
from cleanclaim.claims.tables.binding import Bound
from cleanclaim.claims.tables.targets import STATUS
from cleanclaim.claims.tables.values import Doubted, Unreadable
from cleanclaim.convert import SOURCE

ALWAYS = frozenset({"claim", "line", "patient", "service_date", STATUS, "claim_frequency"})
"""What is read whatever the rules ask: which line is which, and which claims stand for others."""
_LISTS = frozenset({"modifiers", "diagnoses", "related_causes"})
_SIGNS = ("bill_type", "revenue_code")
_FIRST = 100_000
"""Rows from which is guessed whether a column has few different cells, so that it costs less to look at each once."""


@dataclass(frozen=True, slots=True)
class Cells:
    """How the cells of one column are read: by SQL, and odd ones by way of a table (``alias`` joins it)."""

    column: str
    tier: Tier
    odd: Odd | None = None
    alias: str = ""

    @property
    def value(self) -> str:
        """The SQL expression of the value."""
        plain = self.tier.value.format(c=quoted(self.column))
        if self.odd is None:
            return plain
        # Only where a cell is odd does its table have a row.
        return f"CASE WHEN {self.alias}.cell IS NOT NULL THEN {self.alias}.value ELSE {plain} END"

    @property
    def join(self) -> str:
        """The join that its odd cells need."""
        return (
            f"LEFT JOIN {self.odd.table} AS {self.alias} ON {quoted(self.column)} = {self.alias}.cell"
            if self.odd
            else ""
        )


@dataclass(frozen=True, slots=True)
class Reading:
    """One table as it is read: the cells of each target; ``constants`` are targets that are the same in every row."""

    opened: Opened
    cells: Mapping[str, tuple[Cells, ...]]
    bound: Mapping[str, Bound]
    constants: Mapping[str, object]
    rows: int
    blanks: Mapping[str, int]
    """Rows without a value, of the targets that need one."""

    @property
    def columns(self) -> Iterator[Cells]:
        """All columns that are read."""
        for each in self.cells.values():
            yield from each

    @property
    def joins(self) -> str:
        """All joins with tables of odd cells."""
        return " ".join(cells.join for cells in self.columns if cells.odd)


def survey(connection: Connection, opened: Opened, fields: Collection[str], name: str) -> Reading:
    """Looks through a table once, or twice where cells are written unusually, to see how each column must be read."""
    bound = {each.target.name: each for each in opened.binding.bound if _wanted(each, fields)}
    constants = {target: _constant(each) for target, each in bound.items() if not each.places}
    candidates: dict[tuple[str, int], tuple[Tier, ...]] = {}
    for target, each in bound.items():
        for place in each.places:
            type_ = opened.types[opened.header[place]]
            candidates[target, place] = (
                (Tier("TRUE", _as_it_is(each)),) if opened.settled else tiers(each.target, each.rule, type_)
            )
    level = dict.fromkeys(candidates, 0)
    rows, given, few = _counted(connection, opened, candidates)
    odd: dict[tuple[str, int], int] = {}
    tested = list(candidates)
    while tested:
        odd |= _odd_ones(connection, opened, {key: candidates[key][level[key]] for key in tested}, few)
        tested = [key for key in tested if odd[key] and level[key] + 1 < len(candidates[key])]
        for key in tested:
            level[key] += 1
    cells: dict[str, list[Cells]] = {target: [] for target in bound}
    for n, (target, place) in enumerate(candidates):
        if not given[target, place] and len(bound[target].places) > 1:
            continue
        column, tier = opened.header[place], candidates[target, place][level[target, place]]
        table = None
        if odd[target, place]:
            table = read_odd(connection, f"{name}_{n}", opened.relation, column, tier.condition, bound[target])
        cells[target].append(Cells(column, tier, table, f"odd_{n}"))
    plain = {target: tuple(each) for target, each in cells.items()}
    reading = Reading(opened, plain, bound, constants, rows, {})
    return Reading(opened, plain, bound, constants, rows, _blanks(connection, reading))


def _counted(
    connection: Connection, opened: Opened, candidates: Mapping[tuple[str, int], tuple[Tier, ...]]
) -> tuple[int, dict[tuple[str, int], int], frozenset[tuple[str, int]]]:
    """How many rows there are, how many cells each column has, and which columns have few different ones."""
    cells = [quoted(opened.header[place]) for _, place in candidates]
    counted = ", ".join(["count(*)", *(f"count({cell})" for cell in cells)])
    found = connection.execute(f"SELECT {counted} FROM {opened.relation}").fetchone()
    given = {key: found[n + 1] for n, key in enumerate(candidates)}
    texts = [] if opened.settled else [key for key in candidates if opened.types[opened.header[key[1]]] == "VARCHAR"]
    if not texts:
        return found[0], given, frozenset()
    # A guess from the first rows: a wrong one costs time and nothing else.
    columns = list(dict.fromkeys(quoted(opened.header[place]) for _, place in texts))
    guessed = ", ".join(f"approx_count_distinct({cell})" for cell in columns)
    first = f"SELECT {', '.join(columns)} FROM {opened.relation} LIMIT {_FIRST}"
    distinct = dict(zip(columns, connection.execute(f"SELECT {guessed} FROM ({first})").fetchone(), strict=True))
    return found[0], given, frozenset(key for key in texts if distinct[quoted(opened.header[key[1]])] * 20 <= _FIRST)


def _odd_ones(
    connection: Connection, opened: Opened, tested: Mapping[tuple[str, int], Tier], few: Collection[tuple[str, int]]
) -> dict[tuple[str, int], int]:
    """Whether cells are odd, by column: looked for among the different cells where they are few, which is cheaper."""
    found: dict[tuple[str, int], int] = {}
    scanned: list[str] = []
    keys: list[tuple[str, int]] = []
    for key, tier in tested.items():
        cell = quoted(opened.header[key[1]])
        odd = f"{cell} IS NOT NULL AND NOT ({tier.condition.format(c=cell)})"
        if tier.condition == "TRUE":
            found[key] = 0
        elif key in few:
            distinct = f"SELECT {cell} FROM {opened.relation} GROUP BY {cell}"
            found[key] = connection.execute(f"SELECT count(*) FROM ({distinct}) WHERE {odd}").fetchone()[0]
        else:
            keys.append(key)
            scanned.append(f"count(*) FILTER ({odd})")
    if scanned:
        counts = connection.execute(f"SELECT {', '.join(scanned)} FROM {opened.relation}").fetchone()
        found |= dict(zip(keys, counts, strict=True))
    return found


def _blanks(connection: Connection, reading: Reading) -> dict[str, int]:
    """How many rows lack what every row must have."""
    if reading.opened.settled:
        return {}
    names = [name for name in ("claim", "line", "service_date", "patient") if name not in reading.constants]
    counted = ", ".join(f"count(*) - count({value_of(reading, name)})" for name in names)
    found = connection.execute(f"SELECT {counted} FROM {reading.opened.relation} {reading.joins}").fetchone()
    return {name: count for name, count in zip(names, found, strict=True) if count}


def _wanted(bound: Bound, fields: Collection[str]) -> bool:
    name = bound.target.name
    # What the type of a claim shows in where the table does not say it.
    signs = name in _SIGNS and "claim_type" in fields
    return name in fields or name in ALWAYS or signs


def _as_it_is(bound: Bound) -> str:
    return "nullif({c}, [])" if bound.target.listed and bound.target.nullable else "{c}"


def _constant(bound: Bound) -> object:
    value = constant(bound)
    if isinstance(value, Unreadable):
        return value
    return value.value if isinstance(value, Doubted) else value


def value_of(reading: Reading, name: str) -> str:
    """The SQL expression of a target's value, ``NULL`` where the table does not say it."""
    if name in reading.constants:
        return _literal(reading.constants[name], reading.bound[name])
    if name not in reading.bound:
        return "NULL"
    target, cells = reading.bound[name].target, reading.cells[name]
    if not target.listed:
        return cells[0].value
    whole = [each.value for each in cells]
    if not whole:
        return "CAST(NULL AS VARCHAR[])"
    if len(whole) == 1:
        return _list_of(cells[0], reading)
    if any(_is_list(each, reading) for each in cells):
        parts = ", ".join(f"coalesce({_list_of(each, reading)}, [])" for each in cells)
        return f"nullif(flatten([{parts}]), [])"
    return f"nullif(list_filter([{', '.join(whole)}], lambda x: x IS NOT NULL), [])"


def _is_list(cells: Cells, reading: Reading) -> bool:
    rule_lists = any(
        cells in reading.cells[name] and (each.rule.separator or name == "diagnosis_pointers")
        for name, each in reading.bound.items()
    )
    return cells.odd is not None or bool(rule_lists) or reading.opened.types[cells.column].endswith("[]")


def _list_of(cells: Cells, reading: Reading) -> str:
    """One column's value as a list: its plain cells hold one code each, odd ones are lists already."""
    plain = cells.tier.value.format(c=quoted(cells.column))
    listed = reading.opened.types[cells.column].endswith("[]") or "list_transform" in plain or cells.tier is NONE
    whole = plain if listed else f"CASE WHEN ({plain}) IS NOT NULL THEN [{plain}] END"
    if cells.odd is None:
        return whole
    return f"CASE WHEN {cells.alias}.cell IS NOT NULL THEN {cells.alias}.value ELSE {whole} END"


def _literal(value: object, bound: Bound) -> str:
    type_ = "VARCHAR[]" if bound.target.listed else type_of(bound.target)
    if value is None or isinstance(value, Unreadable):
        return f"CAST(NULL AS {type_})"
    if isinstance(value, tuple):
        return f"[{', '.join(map(text, value))}]"
    return f"CAST({text(str(value))} AS {type_})"


def statement(
    reading: Reading, fields: Collection[str], facts: Mapping[str, ValueType], bad: str | None, placed: bool = False
) -> str:
    """The lines of one table: ``row``, ``input``, ``status`` and the layout's columns; ``bad`` holds rows left out.

    ``placed``: with ``place``, which says for people where each line was read.
    """
    opened = reading.opened
    whole = [f"{opened.key} AS row", f"{opened.number} AS input", f"{_status(reading)} AS status"]
    if placed:
        whole.append(f"{_place(reading)} AS place")
    for attribute, type_ in layout(facts).items():
        name = attribute.removeprefix("fact_") if attribute not in _BY_ATTRIBUTE else _BY_ATTRIBUTE[attribute]
        whole.append(f"CAST({_field(reading, name, fields)} AS {type_}) AS {quoted(attribute)}")
    made = f"SELECT {', '.join(whole)} FROM {opened.relation} {reading.joins}"
    return f"SELECT * FROM ({made}) WHERE row NOT IN (SELECT row FROM {bad})" if bad else made


def _place(reading: Reading) -> str:
    opened = reading.opened
    if opened.settled:
        return quoted(SOURCE)
    return f"{source_of(opened)} || ', row ' || {opened.row}"


def source_of(opened: Opened) -> str:
    """The SQL expression for what messages call a row's input."""
    return f"list_extract([{', '.join(map(text, opened.names))}], CAST({opened.at} AS BIGINT) + 1)"


_BY_ATTRIBUTE = {spec.attribute: name for name, spec in BY_NAME.items()}


def _field(reading: Reading, name: str, fields: Collection[str]) -> str:
    value = value_of(reading, name)
    if name == "patient" and reading.blanks.get("patient"):
        return f"coalesce({value}, '?' || {source_of(reading.opened)} || '?' || {value_of(reading, 'claim')})"
    if name == "service_through" and "service_through" in fields:
        return f"coalesce({value}, {value_of(reading, 'service_date')})"
    if name == "claim_type" and "claim_type" in fields:
        signs = [value_of(reading, sign) for sign in _SIGNS if sign in reading.bound]
        seen = " OR ".join(f"({sign}) IS NOT NULL" for sign in signs) or "FALSE"
        return f"coalesce({value}, CASE WHEN {seen} THEN 'institutional' ELSE 'professional' END)"
    if name in _LISTS:
        return f"coalesce({value}, [])" if name in fields and name in reading.bound else "[]"
    return value if name in fields or name in ALWAYS or name in reading.bound else "NULL"


def _status(reading: Reading) -> str:
    if reading.opened.history:
        return text(Status.HISTORY.value)
    return f"coalesce({value_of(reading, STATUS)}, {text(Status.CLAIM.value)})"
