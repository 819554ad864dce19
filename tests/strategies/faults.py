"""Engines that are wrong in one way each, to prove that a comparison on random examples notices."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any
from unittest.mock import patch

from cleanclaim.backends import reference
from cleanclaim.backends.reference import Group, Judgement, LineJudge, Met, ReferenceEngine, Step
from cleanclaim.claims.model import Line, Status
from cleanclaim.findings.finding import Finding
from cleanclaim.policy import functions, timed, versions
from cleanclaim.policy.model import (
    AnyOf,
    Clock,
    CodeSet,
    Look,
    Lookup,
    Measure,
    Method,
    Op,
    Period,
    Span,
    in_range,
)
from cleanclaim.policy.tables import Table
from cleanclaim.policy.versions import Edition, Known

Patch = Callable[[], AbstractContextManager[Any]]

_seen = LineJudge._seen
_total = LineJudge._total
_judge_line = reference.judge_line
_compose = reference.compose
_window = reference.window_dates
_compare = reference._compare
_unequal = reference._unequal
_in_force = Table.in_force
_lookup = LineJudge._lookup
_quotient = functions.quotient
_all, _any = reference._all, reference._any
_applies_on = versions.applies_on


def faulty(fault: str) -> Callable[[Edition], ReferenceEngine]:
    """An engine that is the definition, but for one fault of :data:`FAULTS`."""

    class Faulty(ReferenceEngine):
        name = fault

        def judge(self, partition: tuple[str, ...], lines: Sequence[Line]) -> Iterator[Finding]:
            with FAULTS[fault]():
                found = list(super().judge(partition, lines))
            yield from found

    return Faulty


def _ignore_position(self: LineJudge, look: Look, *, log: bool = False) -> Iterator[int]:
    return _seen(self, replace(look, position=None), log=log)


def _no_history(self: LineJudge, look: Look, *, log: bool = False) -> Iterator[int]:
    return (at for at in _seen(self, look, log=log) if self.group.lines[at].status is not Status.HISTORY)


def _always_log(self: LineJudge, look: Look, *, log: bool = False) -> Iterator[int]:
    return _seen(self, look, log=True)


def _never_log(self: LineJudge, look: Look, *, log: bool = False) -> Iterator[int]:
    return _seen(self, look, log=False)


def _unless_unknown_is_false(group: Group, known: Known, rule: Any, at: int) -> Judgement:
    judgement = _judge_line(group, known, rule, at)
    if judgement.unless is not None and judgement.unless.truth is None:
        return _judge_line(group, known, replace(rule, unless=None), at)
    return judgement


def _unless_names_forgotten(group: Group, known: Known, rule: Any, at: int) -> Judgement:
    judgement = _judge_line(group, known, rule, at)
    forgotten = judgement.unless.missing if judgement.unless is not None else frozenset()
    return replace(judgement, missing=judgement.missing - forgotten)


def _settle_once(self: Group, stratum: Sequence[Any], *, keep_names: bool) -> None:
    concluded: dict[tuple[str, int], list[Step]] = {}
    for derivation in stratum:
        for at in range(len(self.lines)):
            concluded.setdefault((derivation.fact, at), []).append(self._conclude(derivation, at))
    self.facts.update({place: _any(AnyOf(()), steps) for place, steps in concluded.items()})


def _blank_total_is_zero(self: LineJudge, measure: Measure, look: Look) -> Met:
    met = _total(self, measure, look)
    return Met(0) if met.missing == {measure.value} else met


def _exists(self: LineJudge, condition: Any, look: Look, *, itself: bool, last: bool) -> Step:
    blank = self._blank_keys(look)
    if blank:
        return Step(condition, None, blank)
    found = [at for at in self._seen(look) if itself or at != self.at]
    if not found:
        return Step(condition, False)
    return Step(condition, True, witness=self.group.lines[found[-1 if last else 0]])


def _sees_itself(self: LineJudge, condition: Any, look: Look) -> Step:
    return _exists(self, condition, look, itself=True, last=False)


def _last_witness(self: LineJudge, condition: Any, look: Look) -> Step:
    return _exists(self, condition, look, itself=False, last=True)


def _one_witness(composer: Any, line: Line, judgement: Judgement) -> Finding:
    return replace(finding := _compose(composer, line, judgement), related=finding.related[:1])


def _unknown_is_false(combine: Callable[..., Step]) -> Callable[..., Step]:
    def combined(condition: Any, steps: Sequence[Step]) -> Step:
        step = combine(condition, steps)
        return step if step.truth is not None else replace(step, truth=False, missing=frozenset())

    return combined


def _window_as(**change: Any) -> Callable[..., tuple[date, date]]:
    def window(span: Span, day: date, days: Any, before: bool, after: bool) -> tuple[date, date]:
        if change.get("month") and span is Span.CALENDAR_MONTH:
            return day - timedelta(30), day + timedelta(30)
        if change.get("year") and span is Span.CALENDAR_YEAR:
            return day - timedelta(365), day + timedelta(365)
        if span is Span.DAYS and not isinstance(days, str) and days is not None and change.get("short"):
            days = max(0, days - 1)
        return _window(span, day, days, change.get("before", before), change.get("after", after))

    return window


def _covers_start_only(self: Table, row: Any, on: date) -> bool:
    starts = row[self.start] if self.start is not None else None
    return not isinstance(starts, date) or starts <= on


def _file_order(self: Table, columns: tuple[str, ...], key: Any, on: date) -> list[Any]:
    return [row for row in self.index(columns).get(key, ()) if self.covers(row, on)]


def _distinct_of(cell: Callable[[Any], Any]) -> Callable[..., Met]:
    """A distinct count of other values than the cells' own."""

    def counted(self: LineJudge, lookup: Lookup) -> Met:
        if not lookup.distinct:
            return _lookup(self, lookup)

        def rows(table: Table, columns: tuple[str, ...], key: Any, on: date) -> list[Any]:
            found = _in_force(table, columns, key, on)
            return [{**row, lookup.column: cell(row[lookup.column])} for row in found]

        with patch.object(Table, "in_force", rows):
            return _lookup(self, lookup)

    return counted


def _procedures_as_lines(self: LineJudge, measure: Measure, look: Look) -> Met:
    met = _total(self, measure, look)
    return _total(self, Measure.LINES, look) if measure is Measure.PROCEDURES and met.value is not None else met


def _charge_for_allowed(self: LineJudge, measure: Measure, look: Look) -> Met:
    return _total(self, Measure.CHARGE if measure is Measure.ALLOWED else measure, look)


def _received_whenever(known: Known, policy: Any, rule: Any, line: Line, tables: Any) -> bool | None:
    if rule.clock is Clock.RECEIVED:
        tables = {name: replace(table, coverage=None) for name, table in tables.items()}
    return _applies_on(known, policy, rule, line, tables)


def _truncated(dividend: Any, divisor: Any) -> Any:
    if not divisor:
        return None
    exact = Fraction(dividend) / Fraction(divisor)
    return Decimal(int(exact * 10**4)).scaleb(-4)


def _open_ranges(self: CodeSet, code: object) -> bool:
    return isinstance(code, str) and (
        code in self.codes
        or any(in_range(code, low, high) and code != high for low, high in self.ranges)
        or code.startswith(self.prefixes or ("?",))
    )


def _no_prefixes(self: CodeSet, code: object) -> bool:
    return isinstance(code, str) and (code in self.codes or any(in_range(code, low, high) for low, high in self.ranges))


def _on(target: object, name: str, fault: object) -> Patch:
    return lambda: patch.object(target, name, fault)


FAULTS: Mapping[str, Patch] = {
    "position ignored": _on(LineJudge, "_seen", _ignore_position),
    "history lines not seen": _on(LineJudge, "_seen", _no_history),
    "log lines seen": _on(LineJudge, "_seen", _always_log),
    "log minutes not pooled": _on(LineJudge, "_seen", _never_log),
    "differs ignored": _on(reference, "_unequal", lambda left, right: True),
    "differs matches a missing key": _on(
        reference, "_unequal", lambda left, right: left is None or (right is not None and _unequal(left, right))
    ),
    "lists compared in order": _on(reference, "_same_value", lambda left, right: left == right),
    "a missing key is no look": _on(LineJudge, "_blank_keys", lambda self, look: frozenset()),
    "unknown unless is false": _on(reference, "judge_line", _unless_unknown_is_false),
    "missing names of unless forgotten": _on(reference, "judge_line", _unless_names_forgotten),
    "recursion cut short": _on(Group, "_settle", _settle_once),
    "a blank measure counts as zero": _on(LineJudge, "_total", _blank_total_is_zero),
    "a line is its own other line": _on(LineJudge, "_exists", _sees_itself),
    "the last witness": _on(LineJudge, "_exists", _last_witness),
    "only one witness related": _on(reference, "compose", _one_witness),
    "unknown in all is false": _on(reference, "_all", _unknown_is_false(_all)),
    "unknown in any is false": _on(reference, "_any", _unknown_is_false(_any)),
    "a month is 30 days": _on(reference, "window_dates", _window_as(month=True)),
    "a year is 365 days": _on(reference, "window_dates", _window_as(year=True)),
    "windows reach before": _on(reference, "window_dates", _window_as(before=True)),
    "windows reach after": _on(reference, "window_dates", _window_as(after=True)),
    "windows end a day short": _on(reference, "window_dates", _window_as(short=True)),
    "the last dated value": _on(reference, "dated_value", lambda dated, day: dated.entries[-1][1]),
    "the first published version": _on(
        Known, "in_force", lambda self, day: next((v for v in reversed(self.versions) if day in v.effective), None)
    ),
    "periods end a day early": _on(
        Period,
        "__contains__",
        lambda self, day: (self.start is None or self.start <= day) and (self.through is None or day < self.through),
    ),
    "a release is for all dates": _on(Table, "speaks_of", lambda self, day: True),
    "a release is for its first dates only": _on(
        Table,
        "speaks_of",
        lambda self, day: self.coverage is None or any(day in period for period in self.coverage[:1]),
    ),
    "a release is for all dates on the clock of receipt": _on(reference, "applies_on", _received_whenever),
    "unknown receipt is silence": _on(reference, "applies_on", lambda *given: bool(_applies_on(*given))),
    "rows in force for ever": _on(Table, "covers", _covers_start_only),
    "the first row, not the latest": _on(Table, "in_force", _file_order),
    "only the first code of a list key": _on(
        reference, "_keys", lambda value: value[:1] if isinstance(value, tuple) else (value,)
    ),
    "where of a table ignored": _on(reference, "_cell_passes", lambda row, column, among: True),
    "ranges without their end": _on(CodeSet, "__contains__", _open_ranges),
    "prefixes ignored": _on(CodeSet, "__contains__", _no_prefixes),
    "fractions cut off": _on(
        reference, "_rank", lambda value: value.toordinal() if isinstance(value, date) else int(value)
    ),
    "at most is less than": _on(
        reference, "_compare", lambda left, op, right: _compare(left, Op.LT if op is Op.LE else op, right)
    ),
    "an age by 365 days": _on(functions, "years_between", lambda first, last: (last - first).days // 365),
    "a month on is 30 days": _on(functions, "months_after", lambda day, n: functions.days_after(day, int(n) * 30)),
    "the quotient cut off": _on(functions, "quotient", _truncated),
    "a quotient by nought is nought": _on(
        functions, "quotient", lambda dividend, divisor: _quotient(dividend, divisor) if divisor else 0
    ),
    "a list counts its different codes": _on(functions, "_codes", lambda codes: tuple(set(codes))),
    "the last code first": _on(functions, "_codes", lambda codes: codes[::-1]),
    "different codes are all codes": lambda: patch.object(functions, "set", tuple, create=True),
    "any ten digits are an NPI": _on(functions, "valid_npi", lambda text: len(text) == 10 and text.isdigit()),
    "weekends are weekdays": _on(functions, "next_weekday", lambda day: day),
    "a blank cell is a value": _on(LineJudge, "_lookup", _distinct_of(lambda cell: cell if cell is not None else "")),
    "rows counted, not values": _on(
        LineJudge, "_lookup", _distinct_of(lambda cell: object() if cell is not None else None)
    ),
    "procedures counted by line": _on(LineJudge, "_total", _procedures_as_lines),
    "charges for allowed amounts": _on(LineJudge, "_total", _charge_for_allowed),
    "total time by code": _on(
        reference,
        "units_of_day",
        lambda minutes, method: timed.units_of_day(
            minutes, Method.CPT_MIDPOINT if method is Method.CMS_TOTAL else method
        ),
    ),
}
"""Faults by name, each as the patch of the definition that makes it."""
