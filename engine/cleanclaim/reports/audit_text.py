"""The audit report on one screen: totals, and the payers, policies and rules with most at stake."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cleanclaim.reports.audit_words import NO_PAYER, STANDINGS, judged, money, ran, remarks, since
from cleanclaim.reports.not_judged import PassedOver, not_judged
from cleanclaim.reports.style import Style, printable
from cleanclaim.store.report import AuditReport, Group, Standing

_HEADS = ("new", "reopened", "still open", "waived", "resolved", "open charges", "open lines")
_WIDTHS = (8, 9, 11, 8, 9, 15, 11)
_NAMES = 20
"""Columns that names need at least; where a terminal leaves them fewer, the last heads are left out."""
_SHOWN = {"payer": 5, "policy": 5, "rule": 8}


def render(report: AuditReport, *, colour: bool, width: int) -> str:
    """The report for a terminal ``width`` columns wide."""
    style = Style(colour)
    return "\n".join(_lines(report, style, width)) + "\n"


def render_run(report: AuditReport, done: PassedOver, *, colour: bool, width: int, most: int) -> str:
    """What a run that has just ended says: what was not judged, then the report of what it changed.

    ``most`` is how many rejects are listed, and of how many inputs what is odd.
    """
    style = Style(colour)
    return "\n\n".join([*not_judged(done, style, width, most=most), render(report, colour=colour, width=width)])


def _lines(report: AuditReport, style: Style, width: int) -> Iterator[str]:
    yield style(f"{printable(report.store)}: {since(report)}", "bold")
    yield style(ran(report), "dim")
    yield judged(report)
    yield ""
    shown = len(_HEADS) if width >= sum(_WIDTHS) + _NAMES else len(_HEADS) - 1
    names = max(width - sum(_WIDTHS[:shown]), _NAMES)
    heads = zip(_HEADS[:shown], _WIDTHS, strict=False)
    yield style("".ljust(names) + "".join(head.rjust(wide) for head, wide in heads), "dim")
    yield style(_row("all findings", report.totals, names, shown), "bold")
    for kind, groups in (("payer", report.by_payer), ("policy", report.by_policy), ("rule", report.by_rule)):
        yield from _groups(kind, groups, names, shown, style)
    remarked = remarks(report)
    if remarked:
        yield ""
        yield from remarked
    if not any(report.totals.of(each).findings for each in STANDINGS):
        yield style("no findings", "green")


def _groups(kind: str, groups: Sequence[Group], names: int, shown: int, style: Style) -> Iterator[str]:
    if not groups:
        return
    yield style(f"by {kind}", "bold")
    for group in groups[: _SHOWN[kind]]:
        name = " ".join(group.name) if any(group.name) else NO_PAYER
        yield _row(f"  {printable(name)}", group, names, shown)
    if len(groups) > _SHOWN[kind]:
        yield style(
            f"  and {len(groups) - _SHOWN[kind]:,} more (cleanclaim audit report --format csv lists all)",
            "dim",
        )


def _row(name: str, group: Group, names: int, shown: int) -> str:
    # A rule's own name stands last, and tells more than where its policy's begins.
    if len(name) >= names:
        name = "  …" + name[len(name) - names + 4 :] if len(group.name) > 1 else name[: names - 2] + "…"
    cells = [f"{group.of(standing).findings:,}" for standing in Standing]
    cells += [money(group.open.charges), f"{group.open.lines:,}"]
    return name.ljust(names) + "".join(cell.rjust(wide) for cell, wide in zip(cells[:shown], _WIDTHS, strict=False))
