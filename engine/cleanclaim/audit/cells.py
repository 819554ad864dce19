"""Says in SQL what the table reader makes of cells as tables mostly write them; what is written otherwise is *odd*.

An odd cell is no error. Each distinct one is read by the table reader itself (:mod:`cleanclaim.audit.odd`), so that
every way to write a value, and every rule of a mapping file, means one thing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from cleanclaim.audit.sql import TYPES, text, texts
from cleanclaim.claims.fields import ValueType
from cleanclaim.claims.tables.mapping import ColumnRule
from cleanclaim.claims.tables.targets import Target

WHOLE = frozenset({"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER"})
FLOATING = frozenset({"FLOAT", "DOUBLE"})
_BLANK = "('', 'NULL', '\\N')"
_POINTED = ("diagnoses", "pointed_diagnoses")
_DECIMAL = re.compile(r"DECIMAL\((\d+),\s*(\d+)\)")
_SEPARATORS = frozenset(",;|/ ")


@dataclass(frozen=True, slots=True)
class Tier:
    """A way to write cells: the condition that a cell is so written (never unknown), and its value; both of ``{c}``.

    ``interval``: cells that lie between two such cells are so written too.
    """

    condition: str
    value: str
    interval: bool = False


LIST = "nullif({c}, [])"
"""The value of a cell that is a list of codes already."""
NONE = Tier("FALSE", "NULL")
"""No cell is read by SQL."""


def type_of(target: Target) -> str:
    """The SQL type of a target's value; of one cell of it, where it is a list."""
    if target.name == "line":
        return "BIGINT"
    return TYPES[ValueType.CODE if target.listed else target.type]


def tiers(target: Target, rule: ColumnRule, sql_type: str) -> tuple[Tier, ...]:
    """The ways to write cells that SQL reads, the plainest first; later ones take in more cells and cost more."""
    if rule.values or rule.format:
        return (NONE,)
    found = tuple(_tiers(target, rule, sql_type))
    return found or (NONE,)


def _tiers(target: Target, rule: ColumnRule, sql_type: str) -> Iterator[Tier]:
    if target.name == "diagnosis_pointers":
        yield from _pointers(rule, sql_type)
    elif sql_type == "VARCHAR[]" and target.listed:
        # Put together with what no code can hold.
        plain = "regexp_full_match(array_to_string({c}, chr(31)), '[A-Z0-9]+(\\x1f[A-Z0-9]+)*')"
        # A cell that is missing among others counts as a place, and text made of the list does not show it.
        whole = "len({c}) = list_count({c}) AND NOT list_contains({c}, 'NULL')"
        yield Tier(f"(len({{c}}) = 0 OR ({plain} AND {whole}))", LIST)
    elif rule.separator is not None:
        yield from _separated(target, rule.separator) if sql_type == "VARCHAR" else ()
    elif target.listed or target.type is ValueType.CODE:
        yield from _codes(target) if sql_type == "VARCHAR" else ()
    elif target.type is ValueType.TEXT:
        yield from _texts(target, sql_type)
    elif target.type is ValueType.DATE:
        yield from _dates(sql_type)
    elif target.type is ValueType.BOOLEAN:
        yield from (Tier("TRUE", "{c}"),) if sql_type == "BOOLEAN" else ()
    elif target.name == "line":
        yield from _line_numbers(sql_type)
    else:
        yield from _numbers(target, rule, sql_type)


def _pointers(rule: ColumnRule, sql_type: str) -> Iterator[Tier]:
    """Plain numbers from 1 on; the form's letters, and several in one cell, are read where odd cells are."""
    if rule.separator is not None:
        return
    if sql_type == "VARCHAR":
        yield Tier(_shaped("([1-9][0-9]?)?"), "nullif({c}, '')")
    elif sql_type in WHOLE:
        yield Tier("{c} BETWEEN 1 AND 99", "CAST({c} AS VARCHAR)", True)


def _with_blanks(condition: str, value: str) -> Iterator[Tier]:
    """Text that is its own value, then the same with blank cells: DuckDB skips rows by bare columns only."""
    yield Tier(f"({condition} AND {{c}} NOT IN {_BLANK})", "{c}")
    yield Tier(condition, value)


def _shaped(pattern: str) -> str:
    return f"regexp_full_match({{c}}, {text(pattern)})"


def _codes(target: Target) -> Iterator[Tier]:
    plain, width = "[A-Z0-9]*", target.width
    if width:
        plain = f"([A-Z0-9]{{{{{width},}}}}|[A-Z0-9]*[A-Z][A-Z0-9]*)?"
    elif target.name == "bill_type":
        plain = "[A-Z0-9]{{0,3}}|[A-Z1-9][A-Z0-9]{{3}}|[A-Z0-9]{{5,}}"
    yield from _with_blanks(_shaped(plain), f"CASE WHEN {{c}} NOT IN {_BLANK} THEN {{c}} END")
    if width or target.name == "bill_type":
        return
    if target.name in _POINTED:
        code = "nullif(replace(upper(trim({c})), '.', ''), '')"
        yield Tier(_shaped(" *[A-Za-z0-9.]* *"), f"CASE WHEN trim({{c}}) <> 'NULL' THEN {code} END")
    else:
        code = "upper(trim({c}))"
        yield Tier(_shaped(" *[A-Za-z0-9]* *"), f"CASE WHEN trim({{c}}) NOT IN {_BLANK} THEN {code} END")


def _separated(target: Target, separator: str) -> Iterator[Tier]:
    if separator not in _SEPARATORS or separator == " ":
        return
    mark = re.escape(separator)
    code = "[A-Za-z0-9.]+" if target.name in _POINTED else "[A-Za-z0-9]+"
    each = "replace(upper(trim(x)), '.', '')" if target.name in _POINTED else "upper(trim(x))"
    blank = f"regexp_matches({{c}}, {text(f'(^|{mark}) *(NULL|[.]+) *({mark}|$)')})"
    yield Tier(
        f"({_shaped(f'({code}( *{mark} *{code})*)?')} AND NOT {blank})",
        f"CASE WHEN {{c}} <> '' THEN list_transform(string_split({{c}}, {text(separator)}), lambda x: {each}) END",
    )


def _texts(target: Target, sql_type: str) -> Iterator[Tier]:
    if sql_type in WHOLE and not target.values and target.name != "state":
        yield Tier("TRUE", "CAST({c} AS VARCHAR)")
    elif sql_type != "VARCHAR":
        return
    elif target.values:
        yield from _with_blanks(f"{{c}} IN {texts((*target.values, ''))}", "nullif({c}, '')")
    elif target.name == "state":
        yield from _with_blanks(_shaped("([A-Z]{{2}})?"), "nullif({c}, '')")
    elif target.name == "patient_sex":
        yield from _with_blanks("{c} IN ('F', 'M', 'U', '')", "nullif({c}, '')")
    else:
        shape = _shaped("([!-~]([ -~]*[!-~])?)?")
        yield from _with_blanks(shape, f"CASE WHEN {{c}} NOT IN {_BLANK} THEN {{c}} END")
        yield Tier(_shaped("(?s) *([!-~](.*[!-~])?)? *"), f"CASE WHEN trim({{c}}) NOT IN {_BLANK} THEN trim({{c}}) END")


def _dates(sql_type: str) -> Iterator[Tier]:
    if sql_type in ("DATE", "TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS"):
        yield Tier("CAST({c} AS DATE) BETWEEN DATE '0001-01-01' AND DATE '9999-12-31'", "CAST({c} AS DATE)", True)
    elif sql_type == "VARCHAR":
        day = "[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}"
        real = "TRY_CAST({c} AS DATE) >= DATE '0001-01-01'"
        yield Tier(f"({{c}} = '' OR ({_shaped(day)} AND coalesce({real}, FALSE)))", "TRY_CAST(nullif({c}, '') AS DATE)")


def _line_numbers(sql_type: str) -> Iterator[Tier]:
    if sql_type in WHOLE:
        yield Tier("{c} >= 0", "CAST({c} AS BIGINT)", True)
    elif sql_type in FLOATING:
        yield Tier("({c} BETWEEN 0 AND 1e15 AND {c} = floor({c}))", "TRY_CAST({c} AS BIGINT)")
    elif sql_type == "VARCHAR":
        yield Tier(_shaped("[0-9]{{0,18}}"), "TRY_CAST(nullif({c}, '') AS BIGINT)")
    elif _DECIMAL.fullmatch(sql_type):
        yield Tier("({c} BETWEEN 0 AND 1e15 AND {c} = floor({c}))", "TRY_CAST({c} AS BIGINT)")


def _numbers(target: Target, rule: ColumnRule, sql_type: str) -> Iterator[Tier]:
    """Numbers that the layout holds as they are; others are rounded or refused where odd cells are read."""
    money = target.type is ValueType.MONEY
    before, after = (16, 2) if money else (12, 6)
    held = TYPES[target.type]
    if money and rule.unit == "cents":
        value = f"CAST(TRY_CAST({{c}} AS DECIMAL(16,0)) * 0.01 AS {held})"
        if sql_type in WHOLE:
            yield Tier("{c} BETWEEN 0 AND 999999999999999", value, True)
        elif sql_type == "VARCHAR":
            yield Tier(_shaped("[0-9]{{1,15}}"), value)
        return
    value = f"TRY_CAST({{c}} AS {held})"
    if sql_type in WHOLE:
        yield Tier("{c} BETWEEN 0 AND 999999999999", value, True)
    elif sql_type == "VARCHAR":
        shaped = f"([0-9]{{{{1,{before}}}}}([.][0-9]{{{{1,{after}}}}})?)?"
        yield Tier(_shaped(shaped), f"TRY_CAST(nullif({{c}}, '') AS {held})")
    elif sql_type == "DOUBLE":
        # Fifteen digits: so few are the shortest way to write the number, which is what the reader takes it for.
        most = "1e9" if after == 6 else "1e13"
        yield Tier(f"coalesce({{c}} BETWEEN 0 AND {most} AND CAST({value} AS DOUBLE) = {{c}}, FALSE)", value)
    elif (decimal := _DECIMAL.fullmatch(sql_type)) and int(decimal[2]) <= after:
        yield Tier(f"({{c}} >= 0 AND {{c}} < 1e{before - 1})", value, True)
