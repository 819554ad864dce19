"""Conditions in words, as clauses with parts: tests, looks at other lines, rows of tables.

Inside a look, ``its`` and ``whose`` speak of the other line, ``this line's`` of the judged one.
"""

from __future__ import annotations

from collections.abc import Iterator

from cleanclaim.claims.fields import ValueType
from cleanclaim.claims.model import Scalar
from cleanclaim.policy.model import (
    TRUE,
    All,
    AnyOf,
    CodeSet,
    Compare,
    Condition,
    Derived,
    Exists,
    FieldOf,
    HasAny,
    InTable,
    IsMissing,
    Literal,
    Look,
    Member,
    Not,
    Op,
    Position,
    Side,
    Span,
    Value,
    Window,
)
from cleanclaim.policy.words import values
from cleanclaim.policy.words.nouns import noun_of
from cleanclaim.policy.words.phrases import Clause, Codes, Joint, Kind, Name, Words, joined

_AMOUNTS = {Op.EQ: "", Op.LT: " less than", Op.LE: " at most", Op.GT: " more than", Op.GE: " at least"}
_DATES = {Op.EQ: "", Op.LT: " before", Op.LE: " on or before", Op.GT: " after", Op.GE: " on or after"}
_OPPOSITE = {Op.LT: Op.GE, Op.LE: Op.GT, Op.GT: Op.LE, Op.GE: Op.LT}
_SPANS = {
    Span.DAY: " on this line's date of service",
    Span.CALENDAR_MONTH: " in the same calendar month",
    Span.CALENDAR_YEAR: " in the same calendar year",
}


def clause(condition: Condition, looking: bool = False) -> Clause:
    """A condition as a clause. ``looking``: it stands inside a look."""
    simple = _simple(condition, looking)
    if simple is not None:
        subject, predicate = simple
        return Clause((*values.of(subject, looking), *predicate))
    match condition:
        case All(()) | Not(AnyOf(())):
            return Clause(("always",))
        case AnyOf(()) | Not(All(())):
            return Clause(("never",))
        case All((only,)) | AnyOf((only,)):
            return clause(only, looking)
        case All(parts):
            return Clause(("all of these hold",), _all(parts, looking), Joint.ALL, loose=True)
        case AnyOf(parts):
            payers = _payers(condition)
            if payers is not None:
                return Clause(("the payer, by its identifier or name,", " is ", *_one_of(payers, ValueType.TEXT)))
            return Clause(("any of these holds",), _any(parts, looking), Joint.ANY, loose=True)
        case Derived(fact, side):
            return Clause((Name(Kind.DERIVED, fact), " holds", *_of_which(side, looking)))
        case Exists(seen):
            return look(seen, ("there is another line",))
        case InTable():
            return Clause(_row(condition, "has a row", looking))
        case Not(part):
            return _denied(part, looking)
        case _:  # every simple condition was told above
            raise AssertionError(condition)


def look(look: Look, lead: Words) -> Clause:
    """Which other lines are looked at. ``lead`` is what is said of them: ``there is another line``."""
    words: Words = (*lead, *_same(look.same), *_differing(look.differs), *_window(look.within))
    if look.position is not None:
        where = "before" if look.position is Position.BEFORE else "after"
        words = (*words, f" standing {where} this line by date of service, claim and line number,")
    return lines_where(words, look.where)


def lines_where(words: Words, where: Condition) -> Clause:
    """Words about other lines, and what holds of these lines."""
    if where == TRUE:
        *first, last = words
        return Clause((*first, last.rstrip(",") if isinstance(last, str) else last))
    if isinstance(where, Derived) and where.side is Side.OTHER:
        return Clause((*words, " for which ", Name(Kind.DERIVED, where.fact), " holds"))
    simple = _simple(where, looking=True)
    if simple is not None and isinstance(simple[0], FieldOf) and simple[0].side is Side.OTHER:
        return Clause((*words, *_whose(simple[0]), *simple[1]))
    whole = clause(where, looking=True)
    if whole.loose:
        return Clause(words, whole.parts, whole.joint)
    return Clause(words, (whole,))


def row_key(key: tuple[tuple[str, Value], ...], looking: bool = False) -> Words:
    """The key of a row of a table: ``whose code is the procedure``."""
    told = joined((f"{column_words(column)} is ", *_any_of(value), *values.of(value, looking)) for column, value in key)
    return (" whose ", *told)


def row_date(on: Value, looking: bool = False) -> Words:
    """On which date a row must be in force; unsaid where it is the date of service, as it mostly is."""
    if isinstance(on, FieldOf) and on.name == "service_date" and on.side is Side.LINE:
        return ()
    return (" in force on ", *values.of(on, looking))


def column_words(column: str) -> str:
    """A column of a table in a sentence."""
    return column.replace("_", " ")


def _all(parts: tuple[Condition, ...], looking: bool) -> tuple[Clause, ...]:
    """The parts of a conjunction; two bounds of one value, one after the other, are told together."""
    told: list[Clause] = []
    rest = [*_flat(parts, All)]
    while rest:
        match rest:
            case [Compare(value, Op.GE, low), Compare(again, Op.LE, high), *_] if value == again:
                be = " are" if values.is_plural(value) else " is"
                bounds = (" from ", *values.of(low, looking), " through ", *values.of(high, looking))
                told.append(Clause((*values.of(value, looking), be, *bounds)))
                del rest[:2]
            case _:
                told.append(clause(rest.pop(0), looking))
    return tuple(told)


def _any(parts: tuple[Condition, ...], looking: bool) -> tuple[Clause, ...]:
    return tuple(clause(part, looking) for part in _flat(parts, AnyOf))


def _flat(parts: tuple[Condition, ...], kind: type[All] | type[AnyOf]) -> Iterator[Condition]:
    """A conjunction within a conjunction says the same as its parts; likewise alternatives, but for payers."""
    for part in parts:
        if isinstance(part, kind) and part.parts and not (isinstance(part, AnyOf) and _payers(part)):
            yield from _flat(part.parts, kind)
        else:
            yield part


def _denied(part: Condition, looking: bool) -> Clause:
    match part:
        case Not(inner):
            return clause(inner, looking)
        case All(parts):
            return Clause(("not all of these hold",), _all(parts, looking), Joint.ALL)
        case AnyOf(parts):
            payers = _payers(part)
            if payers is not None:
                return Clause(("the payer, by its identifier or name,", " is none of ", _scalars(payers)))
            return Clause(("none of these holds",), _any(parts, looking), Joint.ANY)
        case Derived(fact, side):
            return Clause((Name(Kind.DERIVED, fact), " does not hold", *_of_which(side, looking)))
        case Exists(seen):
            return look(seen, ("there is no other line",))
        case InTable():
            return Clause(_row(part, "has no row", looking))
        case _:
            raise AssertionError(part)


# --- tests of one value -------------------------------------------------------------------------


def _simple(condition: Condition, looking: bool) -> tuple[Value, Words] | None:
    """The subject and the predicate of a test of one value, or of its contrary."""
    match condition:
        case Not(Compare(left, op, right)) if op is not Op.EQ:
            # Unknown stays unknown on both sides, so the contrary is the opposite comparison.
            return _simple(Compare(left, _OPPOSITE[op], right), looking)
        case Not(part):
            return _predicate(part, looking, denied=True)
        case _:
            return _predicate(condition, looking, denied=False)


def _predicate(condition: Condition, looking: bool, *, denied: bool) -> tuple[Value, Words] | None:
    no = " not" if denied else ""
    match condition:
        case Compare(value, op, right):
            be = _be(value)
            if value.type is ValueType.CODES:
                return value, (f"{be}{no} the same as ", *values.of(right, looking))
            if isinstance(right, Literal) and isinstance(right.value, bool):
                return value, (f"{be} {values.constant_of(right.value is not denied, ValueType.BOOLEAN)}",)
            if isinstance(value, FieldOf) and isinstance(right, Literal):
                # Beside a field a text is one of few known words, and needs no quotation marks.
                told: Words = (values.constant_of(right.value, right.type),)
            else:
                told = values.of(right, looking)
            ops = _DATES if value.type is ValueType.DATE else _AMOUNTS
            return value, (f"{be}{no}{ops[op]} ", *told)
        case Member(value, CodeSet() as among):
            codes = values.codes_of(among, value)
            return value, (f"{_be(value)} ", *_among(codes, "none of " if denied else "one of ", no.strip()))
        case Member(value, tuple() as among):
            if denied:
                return value, (f"{_be(value)} {'not ' if len(among) == 1 else 'none of '}", _scalars(among, value.type))
            return value, (f"{_be(value)} ", *_one_of(among, value.type))
        case HasAny(value, among):
            codes = values.codes_of(among, value)
            plural = values.is_plural(value)
            if _is_one(codes) and denied:
                return value, (" do not include " if plural else " does not include ", codes)
            several = "" if _is_one(codes) else "none of " if denied else "any of "
            return value, (f" {'include' if plural else 'includes'} {several}", codes)
        case IsMissing(value):
            return value, (f"{_be(value)} {'given' if denied else 'missing'}",)
        case _:
            return None


def _be(value: Value) -> str:
    return " are" if values.is_plural(value) else " is"


def _is_one(codes: Codes) -> bool:
    """A single code needs no `one of`."""
    return len(codes.entries) == 1 and "–" not in codes.entries[0] and not codes.entries[0].endswith("*")


def _among(codes: Codes, several: str, no: str) -> Words:
    if _is_one(codes):
        return (f"{no} " if no else "", codes)
    return (several, codes)


def _one_of(among: tuple[Scalar, ...], type_: ValueType) -> Words:
    return ("" if len(among) == 1 else "one of ", _scalars(among, type_))


def _scalars(among: tuple[Scalar, ...], type_: ValueType = ValueType.TEXT) -> Codes:
    return Codes(None, tuple(values.constant_of(each, type_) for each in among))


def _payers(condition: AnyOf) -> tuple[Scalar, ...] | None:
    """The payers of a scope, which is written out as identifier or name, whichever is given."""
    match condition.parts:
        case (
            All((Not(IsMissing(FieldOf("payer"))), Member(FieldOf("payer"), tuple() as among))),
            All((Not(IsMissing(FieldOf("payer_name"))), Member(FieldOf("payer_name"), tuple() as names))),
            *rest,
        ):
            return among if among == names and all(map(_is_of_no_payer, rest)) else None
        case _:
            return None


def _is_of_no_payer(part: Condition) -> bool:
    """The question whose a line is that names no payer."""
    match part:
        case All((IsMissing(FieldOf("payer")), IsMissing(FieldOf("payer_name")), Member(FieldOf("payer")))):
            return True
        case _:
            return False


def _row(test: InTable, verb: str, looking: bool) -> Words:
    where: list[Words] = []
    for column, among in test.where:
        if isinstance(among, CodeSet):
            codes = Codes(among.name, values.codes_of(among, Literal("", ValueType.CODE)).entries)
            where.append((f"{column_words(column)} is ", *_among(codes, "one of ", "")))
        else:
            where.append((f"{column_words(column)} is ", *_one_of(among, ValueType.TEXT)))
    also = (", and in which ", *joined(where)) if where else ()
    key = row_key(test.key, looking)
    return ("the table ", Name(Kind.TABLE, test.table), f" {verb}", *key, *row_date(test.on, looking), *also)


def _any_of(value: Value) -> Words:
    return ("any of ",) if value.type is ValueType.CODES else ()


def _of_which(side: Side, looking: bool) -> Words:
    if side is Side.OTHER:
        return (" of it",)
    return (" of this line",) if looking else ()


def _whose(subject: FieldOf) -> Words:
    if subject.declared:
        return (" whose ", Name(Kind.FACT, subject.name))
    return (f" whose {noun_of(subject.name).text}",)


def _same(keys: tuple[FieldOf, ...]) -> Words:
    return (" of the same ", *joined(map(_key, keys))) if keys else ()


def _differing(keys: tuple[FieldOf, ...]) -> Words:
    return (" with a different ", *joined(map(_key, keys))) if keys else ()


def _key(key: FieldOf) -> Words:
    return (Name(Kind.FACT, key.name),) if key.declared else (noun_of(key.name).text,)


def _window(window: Window | None) -> Words:
    if window is None:
        return ()
    if window.span is not Span.DAYS or window.days is None:
        return (_SPANS[window.span],)
    days = values.of(window.days, looking=True)
    unit = " day" if days == ("1",) else " days"
    if window.before and window.after:
        return (" dated at most ", *days, f"{unit} before or after this line")
    return (" dated 0 to ", *days, f"{unit} {'before' if window.before else 'after'} this line")
