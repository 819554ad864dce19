"""Constants: what a scalar is by its look, and what it is where a type is wanted of it.

A code is always text, whatever it looks like; a plain number is dollars where money is wanted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from cleanclaim.claims.fields import ValueType
from cleanclaim.claims.model import Number, Scalar
from cleanclaim.claims.nearest import nearest
from cleanclaim.policy.diagnostics import quoted
from cleanclaim.policy.keys import DATE
from cleanclaim.policy.model import MONEY_EXPONENT
from cleanclaim.policy.reading import Reading, as_date, is_null
from cleanclaim.policy.tree import ScalarNode

_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?\Z")
_NUMBERLIKE = re.compile(r"[-+$]?[0-9][0-9,_]*(\.[0-9]*)?([eE][-+]?[0-9]+)?%?\Z")
_DATE = re.compile(DATE, re.ASCII)
_CODE = re.compile(r"[A-Z0-9]{1,16}\Z")
_SET_NAME = re.compile(r"[a-z][a-z0-9_]*\Z")

WHOLE_DIGITS, DECIMALS = 12, 6
A = {
    ValueType.CODE: "a code",
    ValueType.CODES: "a list of codes",
    ValueType.TEXT: "text",
    ValueType.NUMBER: "a number",
    ValueType.MONEY: "money",
    ValueType.DATE: "a date",
    ValueType.BOOLEAN: "true or false",
}
"""The types in words."""

_WRITE = {
    ValueType.NUMBER: "write a plain number such as 4 or 0.5, without quotes",
    ValueType.MONEY: "write dollars as a plain number such as 25.00",
    ValueType.DATE: "write the date as YYYY-MM-DD",
    ValueType.BOOLEAN: "write true or false",
}


@dataclass(frozen=True, slots=True)
class Want:
    """What is wanted of a value: its type (any, if ``None``), what it is for, and allowed words."""

    type: ValueType | None = None
    what: str = "the value"
    values: tuple[str, ...] = ()


ANYTHING = Want()


def inferred(node: ScalarNode) -> ValueType:
    """The type of a scalar by its look.

    A number with a leading zero or an exponent looks like a code, so it is text.
    """
    if node.plain:
        if node.text in ("true", "false"):
            return ValueType.BOOLEAN
        if _NUMBER.match(node.text):
            return ValueType.NUMBER
        if _DATE.match(node.text):
            return ValueType.DATE
    return ValueType.TEXT


def constant(reading: Reading, node: ScalarNode, want: Want) -> Scalar | None:
    """The value of a scalar where a type is wanted; by its look where none is."""
    if is_null(node):
        help = "write a value; to ask whether a fact is missing, write `missing: true`"
        reading.error("empty-value", f"{want.what} is compared with nothing", node, help)
        return None
    match want.type or inferred(node):
        case ValueType.CODE | ValueType.CODES:
            return code(reading, node)
        case ValueType.TEXT:
            return _text(reading, node, want)
        case ValueType.NUMBER:
            return _number(reading, node, want)
        case ValueType.MONEY:
            return _money(reading, node, want)
        case ValueType.DATE:
            day = as_date(node.text)
            if day is None and (_DATE.match(node.text) or inferred(node) is ValueType.TEXT):
                reading.bad_date(node, want.what)
            elif day is None:
                _mismatch(reading, node, ValueType.DATE, want)
            return day
        case ValueType.BOOLEAN:
            if not node.plain or node.text not in ("true", "false"):
                _mismatch(reading, node, ValueType.BOOLEAN, want)
                return None
            return node.text == "true"


def code(reading: Reading, node: ScalarNode) -> str | None:
    """One code: its raw text in upper case, without the point."""
    found = as_code(node.text)
    if found is None:
        help = "write one code of letters and digits, for example 97124 or M54.50"
        if _SET_NAME.match(node.text):
            help = f"a code is never lower-case: write {quoted(node.text.upper())}; only a set has a lower-case name"
        reading.error("code", f"{quoted(node.text)} is not a code", node, help)
    return found


def as_code(text: str) -> str | None:
    """The code that a text is, or ``None``.

    >>> as_code("m54.50"), as_code("00100"), as_code("97124-97140")
    ('M5450', '00100', None)
    """
    found = text.strip().upper().replace(".", "")
    return found if _CODE.match(found) and not is_set_name(text) else None


def is_set_name(text: str) -> bool:
    """Whether a word is a set's name rather than a code: a code is never lower-case."""
    return _SET_NAME.match(text) is not None


def _text(reading: Reading, node: ScalarNode, want: Want) -> str | None:
    if want.values and node.text not in want.values:
        found = nearest(node.text, want.values)
        help = f"did you mean {found}?" if found else f"it is one of: {', '.join(want.values)}"
        reading.error("value", f"{want.what} is never {quoted(node.text)}", node, help)
        return None
    if not node.text.strip():
        reading.error("empty-value", f"{want.what} is compared with nothing", node, "write some text")
        return None
    return node.text


def _number(reading: Reading, node: ScalarNode, want: Want) -> Number | None:
    if not node.plain or not _NUMBER.match(node.text):
        _mismatch(reading, node, ValueType.NUMBER, want)
        return None
    whole, _, decimals = node.text.lstrip("-").partition(".")
    if len(whole) > WHOLE_DIGITS or len(decimals.rstrip("0")) > DECIMALS:
        help = f"write at most {WHOLE_DIGITS} digits, and {DECIMALS} after the point"
        reading.error("number", f"{quoted(node.text)} is out of range", node, help)
        return None
    number = Decimal(node.text)
    return int(number) if number == number.to_integral_value() else number.normalize()


def _money(reading: Reading, node: ScalarNode, want: Want) -> Decimal | None:
    if not node.plain or not _NUMBER.match(node.text):
        _mismatch(reading, node, ValueType.MONEY, want)
        return None
    whole, _, decimals = node.text.lstrip("-").partition(".")
    if len(whole) > WHOLE_DIGITS or len(decimals.rstrip("0")) > -int(MONEY_EXPONENT.as_tuple().exponent):
        help = f"write dollars with at most {WHOLE_DIGITS} digits, and cents with two"
        reading.error("number", f"{quoted(node.text)} is not an amount of money", node, help)
        return None
    return Decimal(node.text).quantize(MONEY_EXPONENT)


def _mismatch(reading: Reading, node: ScalarNode, type_: ValueType, want: Want) -> None:
    found = inferred(node)
    if found is ValueType.TEXT and node.plain and _NUMBERLIKE.match(node.text):
        message = f"{quoted(node.text)} is not written as {A[type_]} ({want.what})"
    else:
        message = f"{quoted(node.text)} is {A[found]}, but {want.what} is {A[type_]}"
    reading.error("type", message, node, _WRITE.get(type_, f"write {A[type_]}"))
