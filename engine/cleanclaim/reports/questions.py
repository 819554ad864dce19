"""Findings that want facts: told once for a claim, and once for the batch where many claims want the same."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from cleanclaim.findings.finding import Finding, Verdict

MANY_CLAIMS = 3
"""What more claims than these want is told once, at the end."""
_SHOWN_CLAIMS = 5


@dataclass(frozen=True)
class Question:
    """Facts that are wanted, in the words of the findings that want them."""

    findings: tuple[Finding, ...]

    @property
    def message(self) -> str:
        """What is wanted, who would know it, and where to give it."""
        return self.findings[0].message

    @property
    def claims(self) -> tuple[str, ...]:
        """The claims that want it."""
        return tuple(dict.fromkeys(finding.claim for finding in self.findings))

    @property
    def lines(self) -> int:
        """How many lines want it."""
        return len({(finding.claim, number) for finding in self.findings for number in finding.lines})

    @property
    def rules(self) -> tuple[str, ...]:
        """The rules that wait for it."""
        return tuple(dict.fromkeys(f"{finding.policy}:{finding.rule}" for finding in self.findings))

    @property
    def whose(self) -> str:
        """Some of the claims by name, and how many more."""
        more = len(self.claims) - _SHOWN_CLAIMS
        return ", ".join(self.claims[:_SHOWN_CLAIMS]) + (f" and {more:,} more" if more > 0 else "")


def asked_of_many(findings: Collection[Finding]) -> tuple[Question, ...]:
    """The questions of more than a few claims, those of most claims first."""
    asked: dict[str, list[Finding]] = {}
    for finding in findings:
        if finding.verdict is Verdict.NEEDS_INFO:
            asked.setdefault(finding.message, []).append(finding)
    questions = (Question(tuple(each)) for each in asked.values())
    many = [question for question in questions if len(question.claims) > MANY_CLAIMS]
    return tuple(sorted(many, key=lambda question: (-len(question.claims), question.message)))


def by_question(findings: Sequence[Finding]) -> list[list[Finding]]:
    """The findings of a claim one by one, what is wrong first, and then those that want the same facts together."""
    together: dict[object, list[Finding]] = {}
    told = [finding for finding in findings if finding.verdict is not Verdict.NEEDS_INFO]
    for at, finding in enumerate(told):
        together[at] = [finding]
    for finding in findings:
        if finding.verdict is Verdict.NEEDS_INFO:
            together.setdefault(finding.message, []).append(finding)
    return list(together.values())
