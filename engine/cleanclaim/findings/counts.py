"""Findings in numbers: what a closing line and an exit code need, however many there are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cleanclaim.findings.finding import Finding, Verdict


@dataclass(frozen=True)
class Counts:
    """How many findings there are ``by`` verdict and severity, and how many wait for each fact that is ``missing``."""

    by: Mapping[tuple[Verdict, str], int]
    missing: Mapping[str, int]

    @classmethod
    def of(cls, findings: Iterable[Finding]) -> Counts:
        """Of findings, one by one."""
        by: Counter[tuple[Verdict, str]] = Counter()
        missing: Counter[str] = Counter()
        for finding in findings:
            by[finding.verdict, finding.severity] += 1
            if finding.verdict is Verdict.NEEDS_INFO:
                missing.update(finding.missing)
        return cls(by, missing)

    def of_verdict(self, verdict: Verdict) -> int:
        """How many have a verdict."""
        return sum(number for (found, _), number in self.by.items() if found is verdict)

    @property
    def severities(self) -> set[str]:
        """The severities of what was found, undecided or not, and not excused."""
        return {severity for verdict, severity in self.by if verdict is not Verdict.BYPASSED}

    @property
    def wanted(self) -> list[str]:
        """The missing facts, those that most findings wait for first."""
        return sorted(self.missing, key=lambda name: (-self.missing[name], name))
