"""What audit reports call things, said once for text and HTML."""

from __future__ import annotations

from decimal import Decimal

from cleanclaim.reports.words import count
from cleanclaim.store.report import AuditReport, Standing

STANDINGS = {
    Standing.NEW: "new",
    Standing.REOPENED: "reopened",
    Standing.STILL_OPEN: "still open",
    Standing.WAIVED: "waived",
    Standing.RESOLVED: "resolved",
}
"""What the standings are called."""

NO_PAYER = "(payer not named)"


def money(amount: Decimal) -> str:
    """Dollars and cents.

    >>> money(Decimal("1234.5"))
    '1,234.50'
    """
    return f"{amount:,.2f}"


def since(report: AuditReport) -> str:
    """From when on changes are told."""
    if report.since.day is not None:
        return f"changes since {report.since.day}"
    return f"changes since run {report.since.run}" if report.since.run else "changes since the first run"


def ran(report: AuditReport) -> str:
    """The latest run: when, by what, over what."""
    last = report.last
    return f"run {last.id} of {last.finished:%Y-%m-%d %H:%M} UTC, as of {last.as_of}, {last.engine} engine"


def judged(report: AuditReport) -> str:
    """What the latest run judged, reconciled with what came in."""
    last = report.last
    told = f"{count(last.claims, 'claim')}: {last.judged:,} judged ({count(last.lines, 'line')})"
    told += f", {last.rejected:,} rejected"
    return told + (f"; {count(last.history, 'line')} of history" if last.history else "")


def remarks(report: AuditReport) -> list[str]:
    """What qualifies the numbers."""
    said = []
    if report.undecided:
        said.append(f"{report.undecided:,} of the open findings are not decided for want of information")
    if report.gone:
        said.append(f"{report.gone:,} of the resolved findings are of rules that the library holds no more")
    if report.run_out:
        verb = "has" if report.run_out == 1 else "have"
        said.append(f"{count(report.run_out, 'waiver')} {verb} run out; the next audit reopens the findings")
    if report.not_evaluated:
        rules = count(len(report.not_evaluated), "rule")
        said.append(
            f"{rules} not evaluated on every line in the latest run: what such a rule did not find is not resolved"
        )
    if report.rejected:
        said.append(
            f"{count(len(report.rejected), 'reject')} in the latest run; findings of rejected claims stay as they were"
        )
    if report.bypassed:
        said.append(f"{count(report.bypassed, 'finding')} bypassed by an exception, not counted here")
    return said
