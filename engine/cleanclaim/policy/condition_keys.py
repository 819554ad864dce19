"""The keys of conditions, looks, lets and values; those of whole documents stand in :mod:`.keys`."""

from __future__ import annotations

from cleanclaim.policy.keys import BOOLEAN, SCALAR, WORDS, Key, Keys, Schema, listed, one_of, ref
from cleanclaim.policy.model import Measure

SPANS = ("day", "calendar_month", "calendar_year")
MEASURES = tuple(measure.value for measure in Measure)
MOST_TERMS = 20
"""A sum has no more terms than this."""

_SAME = Key(
    "same", listed(ref("subject_name"), 1), "Fields in which the other line equals the judged one.", required=True
)
_DIFFERS = Key("differs", listed(ref("subject_name")), "Fields in which it differs.")
_WITHIN = Key("within", ref("within"), "How far from the judged line's date of service it may lie.")
_POSITION = Key(
    "position", one_of("before", "after"), "Before or after the judged line by date, claim and line number."
)
LOOK = Keys("a look at other lines", (_SAME, _DIFFERS, _WITHIN, _POSITION))
WITHIN = Keys(
    "`within`",
    (
        Key(
            "days",
            ref("value"),
            "Whole days from the judged line's date of service, the day itself included.",
            required=True,
        ),
        Key("before", BOOLEAN, "Whether earlier lines count; both do if neither is said."),
        Key("after", BOOLEAN, "Whether later lines count."),
    ),
)
_KEY = Key("key", ref("table_key"), "The columns that pick the row, each with its value.", required=True)
_ON = Key("on", ref("value"), "The date on which the row must be in force; default: the date of service.")
IN_TABLE = Keys(
    "`in_table`",
    (
        Key("table", ref("name"), "The table.", required=True),
        _KEY,
        _ON,
        Key(
            "where",
            {"type": "object", "minProperties": 1, "additionalProperties": ref("listed")},
            "What other columns of the row must hold.",
        ),
    ),
)
TOTAL = Keys(
    "a total",
    (
        Key("total", one_of(*MEASURES), "What is added up.", required=True),
        Key("of", ref("condition"), "The lines that count, the judged one too if it matches.", required=True),
        *LOOK.keys,
    ),
)
LOOKUP = Keys(
    "a lookup",
    (
        Key("lookup", WORDS, "The column whose cell is wanted.", required=True),
        Key("in", ref("name"), "The table.", required=True),
        _KEY,
        _ON,
        Key("default", SCALAR, "The value where there is no row; else it is missing."),
    ),
)
COUNT = Keys(
    "a count",
    (
        Key(
            "count", WORDS, "The column whose different values are counted, over the rows with this key.", required=True
        ),
        Key("in", ref("name"), "The table.", required=True),
        _KEY,
        _ON,
    ),
)
ALLOWANCE = Keys(
    "`units_allowed`",
    (
        Key("units_allowed", ref("value"), "The method by which minutes become units.", required=True),
        Key("of", ref("condition"), "The timed services that are pooled.", required=True),
        _SAME,
        _WITHIN,
        Key("whole", BOOLEAN, "True: the units of all of them; false (default): those of the judged line's code."),
    ),
)
OPS = Keys(
    "a test",
    (
        Key("eq", ref("value"), "Equal to."),
        Key("ne", ref("value"), "Not equal to."),
        Key("in", ref("listed"), "One of a list or set."),
        Key("not_in", ref("listed"), "None of a list or set."),
        Key("gt", ref("value"), "Greater or later than."),
        Key("ge", ref("value"), "Greater than or equal to; on or after."),
        Key("lt", ref("value"), "Less or earlier than."),
        Key("le", ref("value"), "Less than or equal to; on or before."),
        Key("between", {**listed(ref("value"), 2), "maxItems": 2}, "Between two values, both included."),
        Key("has_any", ref("listed"), "The list holds any of these."),
        Key("has_all", ref("listed"), "The list holds each of these."),
        Key("has_none", ref("listed"), "The list holds none of these."),
        Key("missing", BOOLEAN, "Whether the fact is missing."),
    ),
)
_ONE: Schema = {**listed(ref("value"), 1), "maxItems": 1}
_PAIR: Schema = {**listed(ref("value"), 2), "maxItems": 2}
VALUES = Keys(
    "a value",
    (
        Key("field", ref("subject_name"), "A field or declared fact of the line in whose condition this stands."),
        Key("param", ref("name"), "A param of the policy."),
        Key(
            "line",
            ref("subject_name"),
            "Of the line being judged, from inside a look at another line: a field, fact or let.",
        ),
        Key("let", ref("name"), "What a `let` of this rule names."),
        Key("days_between", _PAIR, "[a, b]: the days from a to b, negative where b is earlier."),
        Key("years_between", _PAIR, "[a, b]: the whole years from a to b, as an age is counted."),
        Key("months_after", _PAIR, "[date, n]: the same day n months on."),
        Key("timed_units", _PAIR, "[minutes, method]: the units that the minutes of one service allow."),
        Key("count", _ONE, "[list]: how many entries a list of codes has."),
        Key("distinct", _ONE, "[list]: how many different entries a list of codes has."),
        Key("first", _ONE, "[list]: the first entry of a list of codes; missing where it is empty."),
        Key("valid_npi", _ONE, "[text]: whether it can be an NPI, by its digits and check digit."),
        Key("next_weekday", _ONE, "[date]: the date itself, or the Monday after a Saturday or Sunday."),
        Key("+", {**listed(ref("value"), 2), "maxItems": MOST_TERMS}, "The sum; a date plus days is a date."),
        Key("-", _PAIR, "The difference; a date minus days is a date."),
        Key("*", _PAIR, "The product."),
        Key("/", _PAIR, "The quotient to four decimals; missing where the divisor is 0."),
    ),
)
CONDITION = Keys(
    "a condition",
    (
        Key("all", listed(ref("condition"), 1), "All of these hold."),
        Key("any", listed(ref("condition"), 1), "Any of these holds."),
        Key("not", ref("condition"), "This does not hold."),
        Key("another_line", ref("look"), "Some other line matches."),
        Key("no_other_line", ref("look"), "No other line matches."),
        Key("in_table", ref("in_table"), "A reference table has a row with this key."),
    ),
)
RESERVED = frozenset((*CONDITION.names, *LOOK.names, *VALUES.names, "true", "false", "null"))
"""Names that a fact, let or param may not have, because a condition would read them otherwise."""
