"""Random values, typed: literals, fields of either line, params, lets and functions of them."""

from __future__ import annotations

from enum import Enum

from cleanclaim.claims.fields import BY_NAME, ValueType
from tests.strategies.choose import Choose
from tests.strategies.notation import Bare, Doc, Node
from tests.strategies.pools import TYPES, value_of
from tests.strategies.speaks import Speaks, a_field_of

_T = ValueType
NUMBERS = (
    *((2, "+"), (2, "-"), (2, "*"), (5, "/"), (2, "days_between"), (4, "years_between")),
    *((2, "timed_units"), (2, "count"), (2, "distinct")),
)
"""Functions that make numbers, each with its weight."""
METHODS = ("cms_total", "cpt_midpoint", "full_increment")


class Whose(Enum):
    """Of which line a value speaks; the word is the key that names a field of it."""

    OWN = "field"
    """The line being judged, outside a look."""
    JUDGED = "line"
    """The line being judged, from inside a look."""
    OTHER = "field "
    """The other line, inside a look."""

    @property
    def key(self) -> str:
        return self.value.strip()


def literal(choose: Choose, type_: ValueType, name: str | None = None) -> Node:
    """A constant that a field of that name might hold."""
    found = value_of(choose, type_, name)
    if type_ in (_T.CODE, _T.CODES):
        return Bare(found)
    return found


def value(choose: Choose, speaks: Speaks, type_: ValueType, whose: Whose, like: str | None = None) -> Node:
    """A value of a type: a scalar, or a mapping that speaks of the line ``whose``."""
    kind = choose.weighted(
        (
            (4 if type_ is not _T.CODES else 0, "literal"),
            (5, "reference"),
            (2, "param"),
            (3, "call"),
        )
    )
    worded = like is not None and like in BY_NAME and bool(BY_NAME[like].values)
    if kind == "param" and not worded and (named := param(choose, speaks, type_, whose)) is not None:
        return named
    if kind == "call" and (called := call(choose, speaks, type_, whose)) is not None:
        return called
    if kind == "literal":
        return literal(choose, type_, like)
    return reference(choose, speaks, type_, whose, like)


def param(choose: Choose, speaks: Speaks, type_: ValueType, whose: Whose) -> Doc | None:
    """A param, if there is one of the type that may stand beside facts of that line."""
    names = speaks.vocabulary.params_of(type_, constant=whose is Whose.OTHER)
    return {"param": Bare(choose.pick(names))} if names else None


def reference(choose: Choose, speaks: Speaks, type_: ValueType, whose: Whose, like: str | None = None) -> Doc:
    """A field, declared fact, let or defined value. ``like`` names a field that it is often the same as."""
    lets = speaks.lets_of(type_) if whose is not Whose.OTHER else []
    if lets and choose.chance(50):
        name = choose.pick(lets)
        return {"line" if whose is Whose.JUDGED else "let": Bare(name)}
    defined = speaks.vocabulary.defined_of(type_)
    if defined and choose.chance(20):
        return {whose.key: Bare(choose.pick(defined))}
    if like is not None and TYPES.get(like) is type_ and whose is Whose.JUDGED and choose.chance(70):
        return {whose.key: Bare(like)}
    return {whose.key: Bare(a_field_of(choose, type_))}


def call(choose: Choose, speaks: Speaks, type_: ValueType, whose: Whose) -> Doc | None:
    """A function whose result has the type; ``None`` where no function makes it."""

    def of(argument: ValueType) -> Node:
        if argument is not _T.DATE and choose.chance(40):
            return literal(choose, argument)
        if choose.chance(15) and (named := param(choose, speaks, argument, whose)) is not None:
            return named
        if choose.chance(12) and (nested := call(choose, speaks, argument, whose)) is not None:
            return nested
        return reference(choose, speaks, argument, whose)

    def amount(argument: ValueType) -> Node:
        return reference(choose, speaks, argument, whose)

    match type_:
        case _T.NUMBER:
            name = choose.weighted(NUMBERS)
            match name:
                case "count" | "distinct":
                    return {name: [amount(_T.CODES)]}
                case "/" if choose.chance(40):
                    # In a let, a constant below money is a number.
                    return {name: [amount(_T.MONEY), amount(_T.MONEY)]}
                case "years_between" if choose.chance(60):
                    born: list[Node] = [{whose.key: Bare("patient_birth_date")}, {whose.key: Bare("service_date")}]
                    return {name: born}
                case "days_between" | "years_between":
                    return {name: [amount(_T.DATE), of(_T.DATE) if choose.chance(70) else literal(choose, _T.DATE)]}
                case "timed_units":
                    methods = speaks.vocabulary.methods if whose is not Whose.OTHER else ()
                    if methods and choose.chance(40):
                        return {name: [amount(_T.NUMBER), {"param": Bare(choose.pick(methods))}]}
                    return {name: [amount(_T.NUMBER), choose.pick(METHODS)]}
                case "+" if choose.chance(30):
                    return {name: [amount(_T.NUMBER), of(_T.NUMBER), of(_T.NUMBER)]}
            return {name: [amount(_T.NUMBER), of(_T.NUMBER)]}
        case _T.MONEY:
            name = choose.pick(("+", "-", "*", "/"))
            return {name: [amount(_T.MONEY), of(_T.NUMBER if name in "*/" else _T.MONEY)]}
        case _T.DATE:
            name = choose.pick(("months_after", "+", "-", "next_weekday"))
            return {name: [of(_T.DATE)] if name == "next_weekday" else [amount(_T.DATE), of(_T.NUMBER)]}
        case _T.BOOLEAN:
            return {"valid_npi": [of(_T.TEXT)]}
        case _T.CODE:
            return {"first": [amount(_T.CODES)]}
        case _:
            return None
