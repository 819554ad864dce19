"""Lets in words: totals, counts, lookups and allowances, and what they do with what is missing."""

from __future__ import annotations

from cleanclaim.policy.model import Allowance, Let, Look, Lookup, Measure, Total
from cleanclaim.policy.words import conditions, values
from cleanclaim.policy.words.conditions import column_words, row_date, row_key
from cleanclaim.policy.words.phrases import Clause, Kind, Name, Words

_TOTALS = {
    Measure.UNITS: "the units, added up, of all lines",
    Measure.MINUTES: "the minutes, added up, of all lines",
    Measure.LINES: "the number of lines",
    Measure.DAYS: "the number of different dates of service of lines",
    Measure.PROCEDURES: "the number of different procedures of lines",
    Measure.CHARGE: "the charges, added up, of all lines",
    Measure.ALLOWED: "the allowed amounts, added up, of all lines",
}


def clause(let: Let) -> Clause:
    """What a let computes."""
    match let:
        case Total(measure, over):
            return conditions.look(over, (_TOTALS[measure],))
        case Allowance(method, over, whole):
            share = "in all" if whole else "for this line's procedure"
            lead = (f"the 15-minute units {share} that minutes allow by ", *values.method_of(method), ", of all lines")
            return conditions.look(over, lead)
        case Lookup():
            return Clause(_lookup(let))
        case _:
            return Clause(values.of(let))


def note(let: Let) -> str:
    """What else one has to know of a let: which lines count, what is missing; empty where nothing."""
    match let:
        case Total(measure, look):
            own = f"{_own(look)} Lines billed before count."
            return f"{own} {_MISSING[measure]}" if measure in _MISSING else own
        case Allowance(_, look):
            return (
                f"{_own(look)} Services performed and not billed count, by the treatment log. Where minutes of one of "
                "them are missing, so is this."
            )
        case Lookup(distinct=False, default=None):
            return "Where a table has no such row, or its cell is blank, what is looked up there is missing."
        case _:
            return ""


def _own(look: Look) -> str:
    if look.position is not None:
        return "The line itself does not count."
    return "The line itself counts too, if it is such a line."


_MISSING = {
    Measure.UNITS: "Where one of them has no units, the sum is missing.",
    Measure.MINUTES: "Where one of them has no minutes, the sum is missing.",
    Measure.PROCEDURES: "Where one of them has no procedure, the number is missing.",
    Measure.CHARGE: "Where one of them has no charge, the sum is missing.",
    Measure.ALLOWED: "Where one of them has no allowed amount, the sum is missing.",
}


def _lookup(let: Lookup) -> Words:
    table, key = Name(Kind.TABLE, let.table), row_key(let.key)
    when = row_date(let.on)
    if let.distinct:
        column = f"the number of different entries of {column_words(let.column)}"
        return (f"{column} in the rows of the table ", table, *key, *when)
    default: Words = ()
    if let.default is not None:
        default = (", else ", values.constant_of(let.default, let.type))
    return (f"the entry “{column_words(let.column)}” of the row of the table ", table, *key, *when, *default)
