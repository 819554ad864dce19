"""The report that a biller reads: findings grouped by claim, then what was not judged, then counts."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from textwrap import wrap

from cleanclaim.findings.finding import Finding, Verdict
from cleanclaim.lint import Report, Summary
from cleanclaim.reports.not_judged import not_judged
from cleanclaim.reports.questions import Question, asked_of_many, by_question
from cleanclaim.reports.style import Style, paragraph, printable
from cleanclaim.reports.words import count

_PAINT = {"error": ("red", "bold"), "warning": ("yellow", "bold"), "info": ("blue", "bold")}
_SHOWN_NAMES = 4
_SHOWN_LINES = 6
_HEAD = {Verdict.NEEDS_INFO: "needs info", Verdict.BYPASSED: "bypassed"}


def render(report: Report, *, shown: Collection[Verdict], colour: bool = False, width: int = 100) -> str:
    """The whole report. ``shown`` are the verdicts to print; all are counted."""
    style = Style(colour)
    visible = [finding for finding in report.findings if finding.verdict in shown]
    often = asked_of_many(visible)
    told_below = {question.message for question in often}
    told = [finding for finding in visible if finding.message not in told_below]
    blocks = [
        *("\n".join(_claim(report, claim, list(found), style, width)) for claim, found in _by_claim(told)),
        *_asked(often, style, width),
        *not_judged(report, style, width),
        "\n".join(_summary(report, shown, style)),
    ]
    return "\n\n".join(blocks) + "\n"


def closing(report: Summary, *, shown: Collection[Verdict], colour: bool = False, width: int = 100) -> str:
    """What follows the findings: what was not judged, what came in, and what was found, in counts."""
    style = Style(colour)
    return "\n\n".join([*not_judged(report, style, width), "\n".join(_summary(report, shown, style))]) + "\n"


def _by_claim(findings: Collection[Finding]) -> Iterator[tuple[str, Iterator[Finding]]]:
    return groupby(findings, key=lambda finding: finding.claim)


def _claim(report: Report, claim: str, findings: list[Finding], style: Style, width: int) -> Iterator[str]:
    label = report.labels.get((claim, findings[0].lines[0]))
    where = style(f"  {printable(label.source)}", "dim") if label is not None and label.source else ""
    yield style(f"claim {printable(claim)}", "bold") + where
    for alike in by_question(findings):
        if len(alike) == 1:
            yield from _finding(report, alike[0], style, width)
        else:
            yield from _question(report, alike, style, width)


def _finding(report: Report, finding: Finding, style: Style, width: int) -> Iterator[str]:
    yield _head(report, finding, f"{finding.policy}:{finding.rule}", style)
    yield from paragraph(finding.message, width)
    if finding.verdict is not Verdict.BYPASSED:
        yield from paragraph(finding.fix, width, lead="fix: ")
    yield from (style(line, "dim") for line in paragraph(_source(report, finding), width, lead="source: "))


def _question(report: Report, findings: Sequence[Finding], style: Style, width: int) -> Iterator[str]:
    """What is wanted, once, and then each rule that waits for it, with the lines that it is about."""
    lines = _numbers(findings)
    rules: dict[str, list[Finding]] = {}
    for finding in findings:
        rules.setdefault(f"{finding.policy}:{finding.rule}", []).append(finding)
    yield _head(report, replace(findings[0], lines=lines), count(len(rules), "rule"), style)
    yield from paragraph(findings[0].message, width)
    for rule, asking in rules.items():
        some = f" ({_lines(_numbers(asking))})" if _numbers(asking) != lines else ""
        yield from paragraph(f"{rule}{some}", width, lead="for ")
        yield from (style(line, "dim") for line in paragraph(_source(report, asking[0]), width, lead="    source: "))


def _asked(often: Sequence[Question], style: Style, width: int) -> Iterator[str]:
    """What many claims want, once."""
    if often:
        lines = [style("asked of many claims", "bold")]
        for question in often:
            lines += wrap(printable(question.message), width, initial_indent="  ", subsequent_indent="  ")
            where = f"{count(question.lines, 'line')} of {count(len(question.claims), 'claim')}"
            lines += paragraph(f"{where}: {question.whose}", width)
            lines += paragraph(", ".join(question.rules), width, lead="for ")
        yield "\n".join(lines)


def _numbers(findings: Collection[Finding]) -> tuple[int, ...]:
    return tuple(sorted({number for finding in findings for number in finding.lines}))


def _head(report: Report, finding: Finding, rule: str, style: Style) -> str:
    head = _HEAD.get(finding.verdict, finding.severity)
    paint = _PAINT[finding.severity] if finding.verdict is Verdict.VIOLATION else ("cyan", "bold")
    label = report.labels.get((finding.claim, finding.lines[0]))
    alone = label if len(finding.lines) == 1 else None
    what = f"  {alone.procedure or '-'}  {alone.service_date}" if alone is not None else ""
    return f"  {_lines(finding.lines)}{printable(what)}  {style(head, *paint)}  {rule}"


def _source(report: Report, finding: Finding) -> str:
    version = (finding.policy, finding.version)
    title = next(policy.source.title for policy in report.policies if (policy.id, policy.version) == version)
    return f"{title}, {finding.cite}"


def _lines(numbers: tuple[int, ...]) -> str:
    if len(numbers) == 1:
        return f"line {numbers[0]}"
    return "lines " + ", ".join(map(str, numbers)) if len(numbers) <= _SHOWN_LINES else _runs(numbers)


def _runs(numbers: tuple[int, ...]) -> str:
    """Many line numbers as runs: 1-54, 56."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return "lines " + ", ".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)


def _summary(report: Summary, shown: Collection[Verdict], style: Style) -> Iterator[str]:
    counts = report.counts
    violations = {severity: counts.by.get((Verdict.VIOLATION, severity), 0) for severity in _PAINT}
    found = [count(violations[severity], severity) for severity in ("error", "warning") if violations[severity]]
    if violations["info"]:
        found.append(f"{violations['info']} for information")
    waiting = counts.of_verdict(Verdict.NEEDS_INFO)
    if waiting:
        names = ", ".join(counts.wanted[:_SHOWN_NAMES]) or "information"
        found.append(f"{waiting} not decided for want of {names}")
    bypassed = counts.of_verdict(Verdict.BYPASSED)
    if bypassed:
        hint = "" if Verdict.BYPASSED in shown else " (--show bypassed)"
        found.append(f"{bypassed} bypassed{hint}")
    head = f"{count(report.claims, 'claim')}, {count(report.lines, 'line')} judged"
    if report.claims != report.judged:
        head = (
            f"{count(report.claims, 'claim')}: {report.judged} judged ({count(report.lines, 'line')}), "
            f"{report.claims - report.judged} rejected"
        )
    clean = report.judged > 0 and not any(violations.values()) and not waiting
    if report.judged == 0:
        found = ["nothing was judged"]
    yield style(f"{head}: {', '.join(found) if found else 'no findings'}", "bold", "green" if clean else "red")
    if report.history or report.history_copies:
        copies = f", {report.history_copies:,} left out as judged again or replaced" if report.history_copies else ""
        yield style(f"{count(report.history, 'line')} of history looked at{copies}", "dim")
    ids = len({policy.id for policy in report.policies})
    later = f"; {count(report.later, 'version')} published later not used" if report.later else ""
    yield style(f"{count(ids, 'policy')} as of {report.as_of}, {report.engine} engine{later}", "dim")
