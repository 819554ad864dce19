"""What a back end says of a claim: a finding, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

Json = str | int | bool | None | list[str]


class Verdict(Enum):
    """The three answers that a rule gives about a line; silence is the fourth."""

    VIOLATION = "violation"
    NEEDS_INFO = "needs_info"
    BYPASSED = "bypassed"


@dataclass(frozen=True, slots=True)
class Finding:
    """One verdict of one rule on one line, or on one claim with all its lines that fail alike.

    ``related`` are the witnesses, (claim, line), of the looks that matched. ``missing`` names the
    facts without which the rule cannot be decided. ``because`` holds the values the rule met,
    ready for JSON; no patient identifiers. ``fingerprint`` is the same for the same finding in
    every run and on every engine.
    """

    policy: str
    version: str
    rule: str
    verdict: Verdict
    severity: str
    claim: str
    lines: tuple[int, ...]
    related: tuple[tuple[str, int], ...]
    message: str
    fix: str
    cite: str
    missing: tuple[str, ...]
    because: Mapping[str, Json]
    fingerprint: str


def report_order(finding: Finding) -> tuple[str, tuple[int, ...], str, str, str, str]:
    """Findings sort by claim, line, policy, rule."""
    return (
        finding.claim,
        finding.lines,
        finding.policy,
        finding.rule,
        finding.version,
        finding.verdict.value,
    )
