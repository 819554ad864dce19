"""Turns one cell of a table, text or typed, into the value of a field."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import cast

from cleanclaim.claims.dates import read_day
from cleanclaim.claims.fields import ValueType
from cleanclaim.claims.model import FactValue, Number
from cleanclaim.claims.pointers import pointers_in
from cleanclaim.claims.shape import shape
from cleanclaim.claims.tables.mapping import PLAIN, ColumnRule
from cleanclaim.claims.tables.targets import Target

Cell = str | int | float | Decimal | date | bytes | None
"""What a table holds; a list column's cell is read element by element."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Stands where a value should be; ``reason`` never repeats the cell. ``remedy`` is a mapping file's."""

    reason: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Doubted:
    """A value that is used though it is odd; ``reason`` never repeats the cell."""

    value: FactValue | None
    reason: str


Value = FactValue | Unreadable | Doubted | None
Convert = Callable[[Cell], Value]

MISSING_MARKS = frozenset({"", "NULL", "\\N"})
"""What databases write into text files where a value is missing."""

_NUMBER = re.compile(r"[+-]?(?:\d+|\d{1,3}(?:,\d{3})+)?(?:\.\d*)?")
_NO_POINTER = "is neither a number nor letters from A to L, but shaped {}; give each pointer its own column"
_LONGEST_NUMBER = 24
"""Beyond this a number is a slip, and would be rounded by decimal arithmetic."""
_SEVERAL = re.compile(r"[\s,;|^]")
_BILLED = ("units", "minutes", "charge")
"""What a bill does not take back; a negative one is a warehouse's adjustment."""
NEGATIVE = "is negative, which no claim form has; it is used as it is. Give lines as they stand after adjustments"
_TRUE = frozenset({"true", "t", "yes", "y", "1"})
_FALSE = frozenset({"false", "f", "no", "n", "0"})


def converter(target: Target, rule: ColumnRule = PLAIN) -> Convert:
    """How the cells of one column become values of ``target``, as the mapping rule says."""
    read = _READERS[ValueType.CODE if target.listed else target.type](target, rule)
    plain_number = target.type is ValueType.NUMBER and not rule.values

    def convert(cell: Cell) -> Value:
        if plain_number and type(cell) is int and cell >= 0:
            return cell
        text = as_text(cell)
        if text is None:
            return None
        meant = rule.values.get(text, text)
        return read(meant) if meant else None

    return convert


def split(
    convert: Convert, rule: ColumnRule, *, gaps: bool = False
) -> Callable[[Cell], tuple[str, ...] | Unreadable | None]:
    """For a column that holds a whole list: in one text with a separator, or only one code.

    With ``gaps`` a blank between separators keeps its place, as ``""``.
    """

    def convert_all(cell: Cell) -> tuple[str, ...] | Unreadable | None:
        text = as_text(cell)
        if text is None:
            return None
        codes: list[str] = []
        for part in text.split(rule.separator) if rule.separator else (text,):
            code = convert(part)
            if isinstance(code, Unreadable):
                return code
            codes += codes_of(code) or ([""] if gaps else ())
        while codes and not codes[-1]:
            codes.pop()
        return tuple(codes) or None

    return convert_all


def codes_of(value: Value) -> tuple[str, ...]:
    """The codes that one entry of a list stands for: pointers may be written as one word of letters."""
    return value if isinstance(value, tuple) else () if value is None else (str(value),)


def as_text(cell: Cell) -> str | None:
    """A cell as trimmed text: exactly what a text file would say, ``None`` where it is blank.

    >>> as_text(0.1), as_text(450.0), as_text(float("nan"))
    ('0.1', '450', None)
    """
    kind = type(cell)
    if kind is str:
        text = cast(str, cell).strip()
    elif kind is int or cell is None:
        return None if cell is None else str(cell)
    elif isinstance(cell, float):
        if cell != cell:
            return None
        return str(int(cell)) if cell.is_integer() else format(Decimal(repr(cell)), "f")
    elif isinstance(cell, Decimal):
        return format(cell, "f")
    elif isinstance(cell, bytes):
        text = cell.decode("utf-8", "replace").strip()
    elif isinstance(cell, date):
        return cell.isoformat()
    else:
        # Booleans, which policies write in lower case.
        text = str(cell).lower()
    return None if text in MISSING_MARKS else text


def _code(target: Target, rule: ColumnRule) -> Callable[[str], Value]:
    point = "." if target.name in ("diagnoses", "pointed_diagnoses") else ""

    def read(text: str) -> Value:
        if _SEVERAL.search(text):
            if target.listed:
                remedy = f'name the separator with --map ("{target.column}: {{column: …, separator: ","}}")'
                return Unreadable(f"holds more than one code, shaped {shape(text)}", remedy)
            return Unreadable(f"is not one code, but shaped {shape(text)}")
        if target.name == "diagnosis_pointers":
            return pointers_in(text) or Unreadable(_NO_POINTER.format(shape(text)))
        code = text.upper().replace(point, "") if point else text.upper()
        if target.width and code.isdigit():
            code = code.zfill(target.width)
        if target.name == "bill_type" and len(code) == 4 and code[0] == "0":
            # The paper form prints a leading zero that the electronic claim does not have.
            code = code[1:]
        return code or None

    return read


def _text(target: Target, rule: ColumnRule) -> Callable[[str], Value]:
    if target.name == "state":
        return _state
    if not target.values:
        return str.upper if target.name == "patient_sex" else str

    def read(text: str) -> Value:
        if text.lower() in target.values:
            return text.lower()
        names = ", ".join(target.values)
        return Unreadable(f"is not one of {names}, but shaped {shape(text)}", "--map can translate it")

    return read


def _state(text: str) -> Value:
    if len(text) == 2 and text.isascii() and text.isalpha():
        return text.upper()
    reason = f"is not a state's two letters, but shaped {shape(text)}; the state is taken as missing"
    return Doubted(None, f"{reason} (--map can translate it)")


def _number(target: Target, rule: ColumnRule) -> Callable[[str], Value]:
    def read(text: str) -> Value:
        number = exact_number(text)
        if number is None:
            return Unreadable(f"is not a number, but shaped {shape(text)}")
        if target.name == "line" and (not isinstance(number, int) or number < 0):
            return Unreadable("is not a whole number")
        return Doubted(number, NEGATIVE) if number < 0 and target.name in _BILLED else number

    return read


def exact_number(text: str) -> Number | None:
    """Plain digits, with a sign, a point and thousands commas at most; whole numbers are ``int``.

    >>> exact_number("1.50"), exact_number("4.0"), exact_number("1,250"), exact_number("1E5")
    (Decimal('1.50'), 4, 1250, None)
    """
    if len(text) > _LONGEST_NUMBER or not text.isascii():
        return None
    if text.isdigit():
        return int(text)
    if not _NUMBER.fullmatch(text):
        return None
    if not any(c.isdigit() for c in text):
        return None
    number = Decimal(text.replace(",", ""))
    return int(number) if number == number.to_integral_value() else number


def _money(target: Target, rule: ColumnRule) -> Callable[[str], Value]:
    cents = rule.unit == "cents"

    def read(text: str) -> Value:
        amount = text.replace("$", "", 1).strip() if "$" in text else text
        if exact_number(amount) is None:
            return Unreadable(f"is not an amount of money, but shaped {shape(text)}")
        money = Decimal(amount.replace(",", "") if "," in amount else amount)
        money = money.scaleb(-2) if cents else money
        return Doubted(money, NEGATIVE) if money < 0 and target.name in _BILLED else money

    return read


def _date(target: Target, rule: ColumnRule) -> Callable[[str], Value]:
    def read(text: str) -> Value:
        day = _formatted(text, rule.format) if rule.format else read_day(text)
        if day is not None:
            return day
        wanted = f"in the format {rule.format}" if rule.format else "as YYYY-MM-DD or YYYYMMDD"
        return Unreadable(f"is not a date {wanted}, but shaped {shape(text)}", "--map can give its format")

    return read


def _formatted(text: str, format: str) -> date | None:
    try:
        return datetime.strptime(text, format).date()
    except ValueError:
        return None


def _boolean(target: Target, rule: ColumnRule) -> Callable[[str], Value]:
    def read(text: str) -> Value:
        folded = text.lower()
        if folded in _TRUE or folded in _FALSE:
            return folded in _TRUE
        return Unreadable(f"is neither true nor false, but shaped {shape(text)}")

    return read


_READERS: dict[ValueType, Callable[[Target, ColumnRule], Callable[[str], Value]]] = {
    ValueType.CODE: _code,
    ValueType.TEXT: _text,
    ValueType.NUMBER: _number,
    ValueType.MONEY: _money,
    ValueType.DATE: _date,
    ValueType.BOOLEAN: _boolean,
}
