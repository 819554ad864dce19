"""What a policy says, typed and resolved: the intermediate representation every back end visits.

Loading turns YAML into these few node kinds. Names are resolved (sets to :class:`CodeSet`, params
to :class:`Literal` or :class:`Dated`), types are checked, templates are merged, and derivations
stand in the order in which they can be evaluated; so a back end meets no error here.

Three values: a condition is true, false or unknown. Unknown arises only where a fact is missing,
and follows Kleene's tables through :class:`All`, :class:`AnyOf` and :class:`Not`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import Enum

from cleanclaim.claims.fields import ValueType
from cleanclaim.claims.model import Line, Scalar

# --- values -------------------------------------------------------------------------------------


class Side(Enum):
    """Whose facts a reference means, inside a condition on another line."""

    LINE = "line"
    """The line being judged."""
    OTHER = "other"
    """The other line that is looked at; only inside :class:`Exists` and :class:`Total`."""


@dataclass(frozen=True, slots=True)
class Literal:
    """A constant. Money and fractional numbers are ``Decimal``; codes are upper-case text."""

    value: Scalar
    type: ValueType


@dataclass(frozen=True, slots=True)
class Dated:
    """A parameter whose value depends on the judged line's date of service.

    ``entries`` are (first date, value), ascending. A date before the first takes the first value.
    """

    name: str
    entries: tuple[tuple[date, Scalar], ...]
    type: ValueType


@dataclass(frozen=True, slots=True)
class FieldOf:
    """A field of the catalogue, or a declared fact (``declared``), of one of the two lines."""

    name: str
    type: ValueType
    side: Side = Side.LINE
    declared: bool = False


@dataclass(frozen=True, slots=True)
class LetOf:
    """What a ``let`` of the same rule names, for the judged line."""

    name: str
    type: ValueType


class Function(Enum):
    """The functions of values. Any missing argument makes the result missing."""

    ADD = "+"
    SUBTRACT = "-"
    MULTIPLY = "*"
    DIVIDE = "/"
    """The quotient to four decimals, half away from zero; missing where the divisor is 0."""
    DAYS_BETWEEN = "days_between"
    """``days_between: [a, b]`` = b − a in days, negative where b is earlier."""
    YEARS_BETWEEN = "years_between"
    """Whole years from a to b, as an age is counted; 29 February comes of age on 1 March."""
    MONTHS_AFTER = "months_after"
    """``months_after: [date, n]``: the same day n months on, or the last day of that month."""
    TIMED_UNITS = "timed_units"
    """``timed_units: [minutes, method]``: units that the minutes of one service allow by itself."""
    COUNT = "count"
    """``count: [list]``: how many entries a list of codes has."""
    DISTINCT = "distinct"
    """``distinct: [list]``: how many different entries it has."""
    FIRST = "first"
    """``first: [list]``: the first entry of a list of codes; missing where it is empty."""
    VALID_NPI = "valid_npi"
    """Whether a text can be an NPI: ten digits, the first 1 or 2, and a check digit that is right.
    Source: CMS, Requirements for NPI and NPI check digit (Luhn formula over ``80840`` and the NPI)."""
    NEXT_WEEKDAY = "next_weekday"
    """The date itself, or the Monday after it where it is a Saturday or a Sunday."""


@dataclass(frozen=True, slots=True)
class Call:
    """A function applied to values; ``type`` is the type of the result."""

    function: Function
    arguments: tuple[Value, ...]
    type: ValueType


Value = Literal | Dated | FieldOf | LetOf | Call

# --- conditions ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CodeSet:
    """Codes by list, inclusive range of codes of one shape, and prefix; ``name`` for people."""

    name: str | None
    codes: frozenset[str] = frozenset()
    ranges: tuple[tuple[str, str], ...] = ()
    prefixes: tuple[str, ...] = ()

    def __contains__(self, code: object) -> bool:
        if not isinstance(code, str):
            return False
        return (
            code in self.codes
            or any(in_range(code, low, high) for low, high in self.ranges)
            or (bool(self.prefixes) and code.startswith(self.prefixes))
        )


def shape(code: str) -> str:
    """The letters-and-digits shape of a code: ``0591T`` is ``9999A``."""
    return "".join("9" if c in "0123456789" else "A" for c in code)


def in_range(code: str, low: str, high: str) -> bool:
    """Whether a code lies in an inclusive range; only codes of the range's own shape do."""
    return low <= code <= high and len(code) == len(low) and shape(code) == shape(low)


class Op(Enum):
    """Comparisons of two values of one type. ``ne`` is a :class:`Not` around ``eq``."""

    EQ = "eq"
    LT = "lt"
    LE = "le"
    GT = "gt"
    GE = "ge"


@dataclass(frozen=True, slots=True)
class All:
    """True if every part is true, false if any is false, else unknown. No parts: true."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """True if any part is true, false if every part is false, else unknown. No parts: false."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """True for false, false for true, unknown for unknown."""

    part: Condition


@dataclass(frozen=True, slots=True)
class Compare:
    """A comparison. Unknown where either side is missing. Text is compared only by ``eq``.

    Inside :class:`Exists` and :class:`Total` the left side speaks only of the other line (or is
    constant) and the right side only of the judged line, params and constants, or both sides
    speak of the other line alone. Two lists are equal if they hold the same codes, order aside.
    """

    left: Value
    op: Op
    right: Value


@dataclass(frozen=True, slots=True)
class Member:
    """Whether one value is among codes (a :class:`CodeSet`) or scalars. Unknown where missing."""

    value: Value
    among: CodeSet | tuple[Scalar, ...]


@dataclass(frozen=True, slots=True)
class HasAny:
    """Whether a list of codes holds any of the set. Unknown where the list itself is missing."""

    value: Value
    among: CodeSet


@dataclass(frozen=True, slots=True)
class IsMissing:
    """Whether a value is missing: always true or false."""

    value: Value


@dataclass(frozen=True, slots=True)
class Derived:
    """A fact concluded by the policy's own ``derive``; false where no derivation concludes it,
    unknown where one could if a missing fact were known."""

    fact: str
    side: Side = Side.LINE


class Span(Enum):
    """How far from the judged line's date of service another line may lie."""

    DAY = "day"
    CALENDAR_MONTH = "calendar_month"
    CALENDAR_YEAR = "calendar_year"
    DAYS = "days"


@dataclass(frozen=True, slots=True)
class Window:
    """Dates of service seen from the judged line, both ends included; the day itself always is.

    ``days`` (a whole number, zero or more) is set for :attr:`Span.DAYS`, which reaches ``before``
    and/or ``after`` the line.
    """

    span: Span
    days: Value | None = None
    before: bool = True
    after: bool = True


class Position(Enum):
    """Where the other line stands in the canonical order (date of service, history first, claim, line)."""

    BEFORE = "before"
    AFTER = "after"


@dataclass(frozen=True, slots=True)
class Look:
    """Which other lines are looked at: equal ``same``, unequal ``differs``, within the window.

    A key missing on the *judged* line makes the whole look unknown; missing on the other line it
    does not match. Lines of status LOG are never seen. ``where`` that is unknown does not match.
    """

    where: Condition
    same: tuple[FieldOf, ...]
    differs: tuple[FieldOf, ...] = ()
    within: Window | None = None
    position: Position | None = None


@dataclass(frozen=True, slots=True)
class Exists:
    """``another_line``: some line other than the judged one matches. ``no_other_line`` is its Not.

    Its witness is the first matching line in canonical order.
    """

    look: Look


@dataclass(frozen=True, slots=True)
class InTable:
    """Whether a table has a row with this key, in force on a date, passing ``where``.

    Unknown where a key value or the date is missing. A list-valued key matches by any element
    (an empty list matches none). ``where`` tests columns of the row; a blank cell does not match.
    ``on`` is the judged line's date of service unless given.
    """

    table: str
    key: tuple[tuple[str, Value], ...]
    on: Value
    where: tuple[tuple[str, CodeSet | tuple[Scalar, ...]], ...] = ()


Condition = All | AnyOf | Not | Compare | Member | HasAny | IsMissing | Derived | Exists | InTable

TRUE = All(())
"""The condition that always holds."""

# --- lets ---------------------------------------------------------------------------------------


class Measure(Enum):
    """What a total adds up."""

    UNITS = "units"
    MINUTES = "minutes"
    LINES = "lines"
    DAYS = "days"
    """Distinct dates of service."""
    PROCEDURES = "procedures"
    """Distinct procedure codes."""
    CHARGE = "charge"
    ALLOWED = "allowed"

    @property
    def type(self) -> ValueType:
        """The type of the sum."""
        return ValueType.MONEY if self in (Measure.CHARGE, Measure.ALLOWED) else ValueType.NUMBER


@dataclass(frozen=True, slots=True)
class Total:
    """A sum over the lines seen, the judged line too if it matches. Missing if any one is.

    A total over no line is 0. A key missing on the judged line makes it missing.
    """

    measure: Measure
    look: Look
    type: ValueType


@dataclass(frozen=True, slots=True)
class Lookup:
    """A cell of the row with this key in force on a date: the latest-starting, else first, row.

    Missing where a key value, the date or the cell is; ``default`` where there is no row, else
    missing. ``distinct``: instead of a cell, how many different values the column has over the rows
    with this key in force, blank cells aside; 0 where there is none.
    """

    table: str
    column: str
    key: tuple[tuple[str, Value], ...]
    on: Value
    type: ValueType
    default: Scalar | None = None
    distinct: bool = False


class Method(Enum):
    """How minutes become 15-minute units."""

    CMS_TOTAL = "cms_total"
    """Total time: units from the total of all timed minutes of the day, apportioned by code.
    Source: Medicare Claims Processing Manual (Pub. 100-04) ch. 5 §20.2.C."""
    CPT_MIDPOINT = "cpt_midpoint"
    """Each code by itself: a unit is attained when its midpoint is passed (8 whole minutes)."""
    FULL_INCREMENT = "full_increment"
    """Each code by itself: a unit is 15 full minutes."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """Units that a method allows the judged line's code (``whole=False``) or the whole group.

    The group is the lines seen, the judged line too if it matches, and LOG lines that match; their
    minutes are added by procedure. Where remainders tie for the last unit, each tied code is
    allowed it, and the group's total is not. Missing if minutes that count are; 0 for a code
    without minutes in the group.
    """

    method: Value
    look: Look
    whole: bool
    type: ValueType = ValueType.NUMBER


Let = Total | Lookup | Allowance | Literal | Dated | FieldOf | LetOf | Call
"""What a ``let`` may name; a plain value too."""

# --- rules and policies -------------------------------------------------------------------------


class Clock(Enum):
    """The date that picks the version in force and that ``effective`` speaks of."""

    SERVICE = "service_date"
    RECEIVED = "received"


@dataclass(frozen=True, slots=True)
class Period:
    """Dates, both ends included; ``None`` is open."""

    start: date | None = None
    through: date | None = None

    def __contains__(self, day: date) -> bool:
        return (self.start is None or self.start <= day) and (self.through is None or day <= self.through)


@dataclass(frozen=True, slots=True)
class Derivation:
    """Concludes ``fact`` of a line. The fact is the Kleene *or* over all derivations of it, each
    the *and* of ``applies`` and ``when``."""

    fact: str
    applies: Condition
    when: Condition
    lets: tuple[tuple[str, Let], ...] = ()
    tables: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MessagePart:
    """Plain ``text``, or the value of ``name`` of the line, its witness (OTHER), or a let/param."""

    text: str = ""
    value: Value | None = None


class Severity(Enum):
    """How much a finding weighs."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class About(Enum):
    """What one finding is about: each line, or the claim with all its lines that fail alike."""

    LINE = "line"
    CLAIM = "claim"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: *for* these lines, *flag if* this holds, *unless* that does.

    With A = scope and ``applies`` and ``flag_if``, U = ``unless``: A and not U true is a
    ``violation``; unknown is ``needs_info``; A true and U true is ``bypassed``; else nothing.
    ``partition`` are the fields that every look of the rule shares: lines that differ in them
    never see each other. ``tables`` are those it needs, its derived facts' too.
    """

    id: str
    severity: Severity
    about: About
    applies: Condition
    lets: tuple[tuple[str, Let], ...]
    flag_if: Condition
    unless: Condition | None
    message: tuple[MessagePart, ...]
    fix: str
    cite: str
    effective: Period = Period()
    clock: Clock = Clock.SERVICE
    carc: str | None = None
    rarc: str | None = None
    partition: tuple[str, ...] = ("patient",)
    tables: tuple[str, ...] = ()
    derived: tuple[str, ...] = ()
    """The derived facts it depends on, directly or through others."""


@dataclass(frozen=True, slots=True)
class DeclaredFact:
    """A fact that no claim form carries: its type, what it means and who would know it."""

    name: str
    type: ValueType
    description: str
    who: str


@dataclass(frozen=True, slots=True)
class TableSpec:
    """A reference table a policy speaks of: a file in its folder, or a release the user imports.

    ``columns`` gives the type of every column that rules use; the rest are not read. ``start``
    and ``through`` name the columns of a row's dates, both ends included, blank is open.
    """

    name: str
    columns: Mapping[str, ValueType]
    file: str | None = None
    imported: str | None = None
    start: str | None = None
    through: str | None = None


class Seen(Enum):
    """As what the source of a policy was read: how sure its words are."""

    ORIGINAL = "original"
    """The authority's own document, or a stored copy of it."""
    REPRODUCTION = "reproduction"
    """Its text, reproduced by somebody else."""
    SUMMARY = "summary"
    """Somebody's account of it."""


@dataclass(frozen=True, slots=True)
class Source:
    """Whose word the policy is. ``illustration`` says that it is an example of ours."""

    title: str
    section: str | None = None
    url: str | None = None
    reviewed: date | None = None
    illustration: bool = False
    seen: Seen | None = None


@dataclass(frozen=True, slots=True)
class PolicyTest:
    """An example beside the rules: these lines give exactly these findings.

    ``expect``, ``needs_info`` and ``bypassed`` map a rule to the numbers of its lines; every rule
    not named stays silent. ``not_evaluated`` names rules whose table is not there, as where
    ``without_tables`` withholds it.
    """

    name: str
    lines: tuple[Line, ...]
    expect: Mapping[str, tuple[int, ...]]
    needs_info: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    bypassed: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    not_evaluated: tuple[str, ...] = ()
    without_tables: tuple[str, ...] = ()
    as_of: date | None = None
    place: str = ""


@dataclass(frozen=True, slots=True)
class Policy:
    """One published version of one policy, resolved.

    ``strata`` hold the derivations in order: each stratum needs only facts of itself (and then
    only positively) and of those before it. ``scope`` is part of every rule's applicability.
    """

    id: str
    title: str
    published: date
    effective: Period
    scope: Condition
    source: Source
    strata: tuple[tuple[Derivation, ...], ...]
    rules: tuple[Rule, ...]
    tables: Mapping[str, TableSpec] = field(default_factory=dict)
    facts: Mapping[str, DeclaredFact] = field(default_factory=dict)
    tests: tuple[PolicyTest, ...] = ()
    test_tables: Mapping[str, tuple[Mapping[str, Scalar | None], ...]] = field(default_factory=dict)
    """Rows of imported tables that stand in for them in the tests."""
    path: str = ""
    switched_off: tuple[tuple[str, str], ...] = ()
    """Rules of the template that this version leaves out, each with its reason."""

    @property
    def version(self) -> str:
        """What names this version among those of its policy: the day it was published."""
        return self.published.isoformat()


MONEY_EXPONENT = Decimal("0.01")
