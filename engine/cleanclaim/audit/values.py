"""The SQL expressions of values: what the cells of a row say of each field."""

from __future__ import annotations

from cleanclaim.audit.cells import NONE, type_of
from cleanclaim.audit.reading import Cells, Reading
from cleanclaim.audit.sql import quoted, text
from cleanclaim.claims.tables.binding import Bound
from cleanclaim.claims.tables.values import Unreadable

_NO_CODES = "CAST(NULL AS VARCHAR[])"


def value_of(reading: Reading, name: str) -> str:
    """The SQL expression of a target's value, ``NULL`` where the table does not say it.

    Where places in a list count, a place without a code is ``''``.
    """
    if name in reading.constants:
        return _literal(reading.constants[name], reading.bound[name])
    if name not in reading.bound:
        return "NULL"
    target, cells = reading.bound[name].target, reading.cells[name]
    if not target.listed:
        return cells[0].value
    if not cells:
        return _NO_CODES
    if len(cells) == 1 and not cells[0].slot:
        return _list_of(cells[0], reading)
    if any(_is_list(each, reading) for each in cells):
        return _joined(cells, reading)
    if not target.counted:
        return f"nullif(list_filter([{', '.join(each.value for each in cells)}], lambda x: x IS NOT NULL), [])"
    values = {each.slot or 0: each.value for each in cells}
    gapped = [f"coalesce({values[n]}, '')" if n in values else "''" for n in range(max(values) + 1)]
    return f"CASE WHEN coalesce({', '.join(values.values())}) IS NOT NULL THEN [{', '.join(gapped)}] END"


def pointed(reading: Reading) -> str:
    """The diagnoses that a line points to: as given, else as its pointers count the diagnoses; ``NULL`` is unknown."""
    own, pointers = value_of(reading, "pointed_diagnoses"), value_of(reading, "diagnosis_pointers")
    if reading.opened.settled or "diagnosis_pointers" not in reading.bound:
        return own
    # A pointer beyond the list finds NULL there, as a gap does.
    diagnoses = f"coalesce({value_of(reading, 'diagnoses')}, CAST([] AS VARCHAR[]))"
    found = f"list_transform({pointers}, lambda p: nullif({diagnoses}[CAST(p AS BIGINT)], ''))"
    derived = f"list_filter([{found}], lambda d: len(d) > 0 AND list_count(d) = len(d))[1]"
    return f"coalesce({own}, {derived})" if own != "NULL" else derived


def _is_list(cells: Cells, reading: Reading) -> bool:
    bound = next(each for name, each in reading.bound.items() if cells in reading.cells.get(name, ()))
    return cells.odd is not None or bool(bound.rule.separator) or reading.opened.types[cells.column].endswith("[]")


def _list_of(cells: Cells, reading: Reading) -> str:
    """One column's value as a list: its plain cells hold one code each, odd ones are lists already."""
    plain = cells.tier.value.format(c=quoted(cells.column))
    listed = reading.opened.types[cells.column].endswith("[]") or "list_transform" in plain or cells.tier is NONE
    whole = plain if listed else f"CASE WHEN ({plain}) IS NOT NULL THEN [{plain}] END"
    if cells.odd is None:
        return whole
    return f"CASE WHEN {cells.alias}.cell IS NOT NULL THEN {cells.alias}.value ELSE {whole} END"


def _joined(cells: tuple[Cells, ...], reading: Reading) -> str:
    """Several lists one after the other; where places count, each begins at its own or after the one before."""
    lists = [f"coalesce({_list_of(each, reading)}, CAST([] AS VARCHAR[]))" for each in cells]
    if cells[0].slot is None:
        return f"nullif(flatten([{', '.join(lists)}]), [])"
    last = max(each.slot or 0 for each in cells)
    gaps = f"[{', '.join(['CAST(NULL AS VARCHAR)'] * last)}]" if last else "CAST([] AS VARCHAR[])"
    parts = [f"{{'slot': {each.slot}, 'codes': {codes}}}" for each, codes in zip(cells, lists, strict=True)]
    start = "{'slot': 0, 'codes': CAST([] AS VARCHAR[])}"
    filled = f"list_transform({gaps}[:greatest(0, b.slot - len(a.codes))], lambda x: '')"
    step = f"CASE WHEN len(b.codes) = 0 THEN a.codes ELSE a.codes || {filled} || b.codes END"
    folded = f"list_reduce([{', '.join([start, *parts])}], lambda a, b: {{'slot': 0, 'codes': {step}}})"
    return f"nullif({folded}.codes, [])"


def _literal(value: object, bound: Bound) -> str:
    type_ = "VARCHAR[]" if bound.target.listed else type_of(bound.target)
    if value is None or isinstance(value, Unreadable):
        return f"CAST(NULL AS {type_})"
    if isinstance(value, tuple):
        return f"[{', '.join(map(text, value))}]"
    return f"CAST({text(str(value))} AS {type_})"
