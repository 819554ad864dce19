"""What was not judged, in words: what could not be read, payers without a policy, rules without their table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from textwrap import wrap
from typing import Protocol

from cleanclaim.claims.model import Reject, Warning
from cleanclaim.coverage import Uncovered
from cleanclaim.policy.versions import NotEvaluated
from cleanclaim.reports.style import Style, paragraph, printable
from cleanclaim.reports.words import count
from cleanclaim.tables.commands import is_published

_SHOWN_PLACES = 3
_SHOWN_KINDS = 5
_SHOWN_PAYERS = 8


class PassedOver(Protocol):
    """What a run was given and did not judge, or not by every rule that it should be judged by."""

    @property
    def rejected(self) -> Sequence[Reject]:
        """What could not be read."""

    @property
    def warnings(self) -> Sequence[Warning]:
        """What was odd."""

    @property
    def uncovered(self) -> Sequence[Uncovered]:
        """Payers that no payer's policy speaks of."""

    @property
    def payers(self) -> Sequence[str]:
        """Payers that some policy speaks of."""

    @property
    def not_evaluated(self) -> Sequence[NotEvaluated]:
        """Rules that were not run on every line."""


def not_judged(report: PassedOver, style: Style, width: int, *, most: int | None = None) -> Iterator[str]:
    """A block for each kind of it. ``most``: how many rejects are listed, and of how many inputs the doubts."""
    if report.rejected:
        lines = [style("could not be read", "bold")]
        for reject in report.rejected[:most]:
            lines.append(f"  {printable(reject.source)}  {printable(reject.where)}")
            lines += paragraph(reject.reason, width)
        if most is not None and len(report.rejected) > most:
            lines.append(f"  and {len(report.rejected) - most:,} more{_hint(most)}")
        yield "\n".join(lines)
    if report.warnings:
        lines = [style("read with a doubt", "bold")]
        places: dict[tuple[str, str], list[str]] = {}
        for warning in report.warnings:
            places.setdefault((warning.source, warning.reason), []).append(warning.where)
        kinds = Counter(source for source, _ in places)
        told: Counter[str] = Counter()
        sources = list(kinds)[:most]
        for (source, reason), where in places.items():
            told[source] += 1
            if told[source] > _SHOWN_KINDS or source not in sources:
                continue
            more = f" and {len(where) - _SHOWN_PLACES:,} more" if len(where) > _SHOWN_PLACES else ""
            lines.append(f"  {printable(source)}  {printable(', '.join(where[:_SHOWN_PLACES]))}{more}")
            lines += paragraph(reason, width)
        for source in sources:
            if kinds[source] > _SHOWN_KINDS:
                hint = _hint(most) if most is None else ""
                rest = f"and {count(kinds[source] - _SHOWN_KINDS, 'kind')} of doubt more{hint}"
                lines.append(f"  {printable(source)}  {rest}")
        if len(kinds) > len(sources):
            lines.append(f"  and {count(len(kinds) - len(sources), 'input')} more")
        yield "\n".join(lines)
    if report.uncovered:
        lines = [style("no payer's policy applies", "bold")]
        for payer in report.uncovered:
            near = f"; did you mean {payer.near}?" if payer.near is not None else ""
            if payer.known:
                near = "; its policies are of other dates, plans or claims"
            name = printable(payer.payer or "(none named)")
            lines.append(
                f"  {name} ({payer.payer_type or 'line of business unknown'}): {count(payer.lines, 'line')}{near}"
            )
        known = _payers(report.payers)
        lines += paragraph(f"Only policies for every payer were applied to these lines. {known}", width)
        yield "\n".join(lines)
    if report.not_evaluated:
        yield "\n".join(_not_evaluated(report.not_evaluated, style, width, _hint(most)))


def _hint(most: int | None) -> str:
    """Where the rest is listed: only an audit limits what it lists, and it keeps the rest in its store."""
    return f" ({'' if most is None else 'cleanclaim audit report '}--format json lists all)"


def _payers(payers: Sequence[str]) -> str:
    if not payers:
        return ""
    more = len(payers) - _SHOWN_PAYERS
    some = ", ".join(payers[:_SHOWN_PAYERS]) + (f" and {more} more names (cleanclaim policy list)" if more > 0 else "")
    return f"The library speaks of {some}, and of lines of business."


def _not_evaluated(missing: Collection[NotEvaluated], style: Style, width: int, hint: str) -> Iterator[str]:
    """What to import, in one line for published tables and one for the user's own; then tables that are out of date."""
    yield style("rules not evaluated", "bold")
    absent = [each for each in missing if each.lines and each.imports]
    names = sorted({name for each in absent for name in each.imports})
    for known, kind in ((True, "KIND FILE"), (False, "generic FILE --name NAME")):
        tables = [name for name in names if is_published(name) is known]
        if tables:
            rules = {(each.policy, each.rule) for each in absent if set(tables) & set(each.imports)}
            whose = "not imported" if known else "lists of your own, not imported"
            told = f"{whose}: {', '.join(tables)} ({count(len(rules), 'rule')}; cleanclaim tables import {kind})"
            yield from wrap(told, width, initial_indent="  ", subsequent_indent="      ", break_on_hyphens=False)
    dated: dict[str, list[NotEvaluated]] = {}
    for each in missing:
        if each.lines and not each.imports:
            dated.setdefault(each.reason, []).append(each)
    for reason, passed in sorted(dated.items()):
        told = f"{printable(reason)}: {count(len(passed), 'rule')}, {count(max(each.lines for each in passed), 'line')}"
        yield from wrap(told, width, initial_indent="  ", subsequent_indent="      ", break_on_hyphens=False)
    others = {(each.policy, each.rule) for each in missing if not each.lines}
    if others:
        more = " more" if any(each.lines for each in missing) else ""
        rest = f"{count(len(others), 'rule')}{more} for want of tables, about none of these lines"
        yield style(f"  {rest}{hint}", "dim")
