"""Values in words: whose they are, constants as people write them, functions as what they compute."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from cleanclaim.claims.fields import ValueType
from cleanclaim.claims.model import Scalar
from cleanclaim.policy.model import (
    Call,
    CodeSet,
    Dated,
    FieldOf,
    Function,
    LetOf,
    Literal,
    Method,
    Side,
    Value,
)
from cleanclaim.policy.words.nouns import DIAGNOSES, noun_of, with_point
from cleanclaim.policy.words.phrases import Codes, Kind, Name, Words

_INFIX = {
    Function.ADD: " + ",
    Function.SUBTRACT: " − ",
    Function.MULTIPLY: " × ",
    Function.DIVIDE: " ÷ ",
}
_METHODS = {
    Method.CMS_TOTAL: "the total of the day's minutes (cms_total)",
    Method.CPT_MIDPOINT: "each code's own midpoint (cpt_midpoint)",
    Method.FULL_INCREMENT: "full 15 minutes of each code (full_increment)",
}


def of(value: Value, looking: bool = False) -> Words:
    """A value. ``looking``: inside a look, where the judged line must be told from the other."""
    match value:
        case Literal(str(text), ValueType.TEXT):
            return (f"“{text}”",)
        case Literal(constant, type_):
            return (constant_of(constant, type_),)
        case Dated(name, entries, type_):
            return (Name(Kind.PARAM, name), f" ({_by_date(entries, type_)})")
        case FieldOf():
            return _field(value, looking)
        case LetOf(name):
            return (Name(Kind.LET, name),)
        case Call():
            return _call(value, looking)


def is_plural(value: Value) -> bool:
    """Whether a value takes a plural verb."""
    return isinstance(value, FieldOf) and not value.declared and noun_of(value.name).plural


def are_diagnoses(value: Value) -> bool:
    """Whether a value holds diagnoses, whose codes are read with a point."""
    return isinstance(value, FieldOf) and not value.declared and value.name in DIAGNOSES


def constant_of(constant: Scalar, type_: ValueType) -> str:
    """A constant as a person writes it.

    >>> constant_of(Decimal("25"), ValueType.MONEY), constant_of(True, ValueType.BOOLEAN)
    ('$25.00', 'yes')
    """
    match constant:
        case bool():
            return "yes" if constant else "no"
        case date():
            return constant.isoformat()
        case Decimal() | int() if type_ is ValueType.MONEY:
            return f"${Decimal(constant).quantize(Decimal('0.01')):,f}" if _whole_cents(constant) else f"${constant}"
        case _:
            return str(constant)


def method_of(value: Value, looking: bool = False) -> Words:
    """How minutes become units."""
    match value:
        case Literal(str(word)):
            return (_METHODS[Method(word)],)
        case _:
            return ("the method ", *of(value, looking))


def codes_of(among: CodeSet, value: Value) -> Codes:
    """A set of codes as people read its entries: single codes first, then ranges and prefixes."""
    entries = (
        *sorted(among.codes),
        *(f"{low}–{high}" for low, high in among.ranges),
        *(f"{prefix}*" for prefix in among.prefixes),
    )
    if are_diagnoses(value):
        entries = tuple("–".join(map(with_point, entry.split("–"))) for entry in entries)
    return Codes(among.name, entries)


def _field(value: FieldOf, looking: bool) -> Words:
    if value.declared:
        name = Name(Kind.FACT, value.name)
        whose = "its " if value.side is Side.OTHER else "this line's " if looking else ""
        return (whose, name) if whose else (name,)
    noun = noun_of(value.name).text
    if value.side is Side.OTHER:
        return (f"its {noun}",)
    return (f"this line's {noun}",) if looking else (f"the {noun}",)


def _by_date(entries: tuple[tuple[date, Scalar], ...], type_: ValueType) -> str:
    (_, first), *later = entries
    return "; ".join(
        (constant_of(first, type_), *(f"from {day} on {constant_of(value, type_)}" for day, value in later))
    )


def _call(call: Call, looking: bool) -> Words:
    match call:
        case Call(function, (left, right), _) if function in _INFIX:
            if call.type is ValueType.DATE:
                if isinstance(right, Literal) and right.value == 0:
                    return of(left, looking)
                return (*_bracketed(left, looking), _INFIX[function], *_days(right, looking))
            return (*_bracketed(left, looking), _INFIX[function], *_bracketed(right, looking))
        case Call(Function.DAYS_BETWEEN, (first, last)):
            return ("the days from ", *of(first, looking), " to ", *of(last, looking))
        case Call(Function.YEARS_BETWEEN, (first, last)):
            return ("the whole years from ", *of(first, looking), " to ", *of(last, looking))
        case Call(Function.MONTHS_AFTER, (day, Literal(0))):
            return of(day, looking)
        case Call(Function.MONTHS_AFTER, (day, Literal(int(months)))):
            where = "before" if months < 0 else "after"
            unit = "month" if abs(months) == 1 else "months"
            return (f"{abs(months)} {unit} {where} ", *of(day, looking))
        case Call(Function.MONTHS_AFTER, (day, months)):
            return (*of(months, looking), " months after ", *of(day, looking))
        case Call(Function.TIMED_UNITS, (minutes, method)):
            return ("the 15-minute units in ", *of(minutes, looking), " by ", *method_of(method, looking))
        case Call(Function.COUNT, (listed,)):
            return ("the number of ", *_bare(listed, looking))
        case Call(Function.DISTINCT, (listed,)):
            return ("the number of different ", *_bare(listed, looking))
        case Call(Function.FIRST, (listed,)):
            return ("the first of ", *of(listed, looking))
        case Call(Function.VALID_NPI, (npi,)):
            return ("whether ", *of(npi, looking), " is an NPI by its ten digits and check digit")
        case Call(Function.NEXT_WEEKDAY, (day,)):
            return (*of(day, looking), ", or the Monday after it where it is a Saturday or Sunday")
        case _:
            told: Words = ()
            for argument in call.arguments:
                told = (*told, ", ", *of(argument, looking)) if told else of(argument, looking)
            return (f"{call.function.value}(", *told, ")")


def _days(value: Value, looking: bool) -> Words:
    words = _bracketed(value, looking)
    return (*words, " day" if words == ("1",) else " days")


def _bracketed(value: Value, looking: bool) -> Words:
    words = of(value, looking)
    return ("(", *words, ")") if isinstance(value, Call) else words


def _bare(value: Value, looking: bool) -> Words:
    """A field without its article, to stand after `the number of`."""
    if isinstance(value, FieldOf) and not value.declared and value.side is Side.LINE and not looking:
        return (noun_of(value.name).text,)
    return ("entries of ", *of(value, looking))


def _whole_cents(amount: int | Decimal) -> bool:
    return Decimal(amount) == Decimal(amount).quantize(Decimal("0.01"))
