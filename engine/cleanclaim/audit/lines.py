"""Builds the SQL that makes lines of one opened table."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from cleanclaim.audit.cells import LIST, WHOLE
from cleanclaim.audit.opened import Opened
from cleanclaim.audit.reading import Reading
from cleanclaim.audit.sql import layout, quoted, text
from cleanclaim.audit.survey import ALWAYS, SIGNS
from cleanclaim.audit.values import pointed, value_of
from cleanclaim.claims.fields import BY_NAME, ValueType
from cleanclaim.claims.model import Status
from cleanclaim.claims.tables.settled import SOURCE
from cleanclaim.claims.tables.targets import STATUS

_LISTS = frozenset({"modifiers", "diagnoses", "related_causes"})


def statement(
    reading: Reading,
    fields: Collection[str],
    facts: Mapping[str, ValueType],
    bad: str | None,
    placed: bool = False,
    kept: Mapping[str, str] | None = None,
) -> str:
    """The lines of one table: ``row``, ``input``, ``status`` and the layout's columns; ``bad`` holds rows left out.

    ``placed``: with ``place``, which says for people where each line was read. ``kept`` are columns by attribute that
    stay as the table has them.
    """
    opened = reading.opened
    whole = [f"{opened.key} AS row", f"{opened.number} AS input", f"{_status(reading)} AS status"]
    if placed:
        whole.append(f"{_place(reading)} AS place")
    for attribute, type_ in layout(facts).items():
        name = attribute.removeprefix("fact_") if attribute not in _BY_ATTRIBUTE else _BY_ATTRIBUTE[attribute]
        if kept and attribute in kept:
            whole.append(f"{quoted(kept[attribute])} AS {quoted(attribute)}")
            continue
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
    if name == "pointed_diagnoses" and name in fields:
        return pointed(reading)
    if name == "diagnoses" and name in fields and name in reading.bound:
        return _diagnoses(reading, value)
    if name == "patient" and reading.blanks.get("patient"):
        return f"coalesce({value}, '?' || {source_of(reading.opened)} || '?' || {value_of(reading, 'claim')})"
    if name == "service_through" and "service_through" in fields:
        return f"coalesce({value}, {value_of(reading, 'service_date')})"
    if name == "claim_type" and "claim_type" in fields:
        signs = [value_of(reading, sign) for sign in SIGNS if sign in reading.bound]
        seen = " OR ".join(f"({sign}) IS NOT NULL" for sign in signs) or "FALSE"
        return f"coalesce({value}, CASE WHEN {seen} THEN 'institutional' ELSE 'professional' END)"
    if name in _LISTS:
        if name not in fields or name not in reading.bound:
            return "[]"
        cells = reading.cells[name]
        if len(cells) == 1 and cells[0].odd is None and cells[0].tier.value == LIST:
            # Empty or missing is the same here, and no list need be compared with an empty one.
            value = quoted(cells[0].column)
        return f"coalesce({value}, [])"
    return value if name in fields or name in ALWAYS or name in reading.bound else "NULL"


def _status(reading: Reading) -> str:
    if reading.opened.history:
        return text(Status.HISTORY.value)
    return f"coalesce({value_of(reading, STATUS)}, {text(Status.CLAIM.value)})"


def _diagnoses(reading: Reading, value: str) -> str:
    if reading.opened.settled:
        return value
    cells = reading.cells.get("diagnoses", ())
    # Without gaps in any cell and without columns apart there is nothing to take out.
    if len(cells) > 1 or any(each.odd is not None or each.slot for each in cells):
        value = f"list_filter({value}, lambda x: x <> '')"
    return f"coalesce({value}, [])"


def numbers_kept(reading: Reading) -> dict[str, str]:
    """The columns, by attribute, of claims and people that a table has as whole numbers, which compare faster."""
    found: dict[str, str] = {}
    for name in ("claim", "patient"):
        cells = reading.cells.get(name, ())
        if len(cells) == 1 and reading.opened.types[cells[0].column] in WHOLE and not reading.bound[name].rule.values:
            found[name] = cells[0].column
    return found
