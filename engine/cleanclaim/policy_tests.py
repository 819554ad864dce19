"""Runs the examples that stand beside the rules: do they give exactly the findings they say?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from cleanclaim.backends.choose import Engine
from cleanclaim.claims.batch import Batch
from cleanclaim.claims.model import Claim
from cleanclaim.findings.finding import Finding, Verdict
from cleanclaim.policy.model import Policy, PolicyTest
from cleanclaim.policy.tables import Table
from cleanclaim.policy.versions import AllTables, Edition, Tables

NOT_EVALUATED = "not_evaluated"

Answer = tuple[str, str, int]
"""A rule, what it said (a verdict, or ``not_evaluated``), and of which line (0: of none)."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one example. It passed if nothing is ``missed`` and nothing ``unexpected``.

    ``said`` tells of each unexpected answer what its finding says: its message, or the facts that
    it would need.
    """

    policy: str
    version: str
    test: str
    place: str
    missed: tuple[Answer, ...]
    unexpected: tuple[Answer, ...]
    said: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether the findings were exactly those expected."""
        return not self.missed and not self.unexpected


def run_tests(
    policies: Sequence[Policy],
    tables: AllTables,
    engine: Callable[[Edition], Engine],
) -> Iterator[Outcome]:
    """Runs the tests of every policy version.

    A test sees all versions of its own policy, and no other policy, as of the day its version was
    published unless it names another day. ``tables`` are those of every version.
    """
    for policy in policies:
        versions = [version for version in policies if version.id == policy.id]
        for test in policy.tests:
            edition, findings = run_test(test, policy, versions, tables, engine)
            got = answers_of(policy, edition, findings)
            wanted = wanted_of(test)
            unexpected = tuple(sorted(got.keys() - wanted))
            yield Outcome(
                policy.id,
                policy.version,
                test.name,
                test.place,
                missed=tuple(sorted(wanted - got.keys())),
                unexpected=unexpected,
                said=tuple(got[answer] for answer in unexpected),
            )


def run_test(
    test: PolicyTest,
    policy: Policy,
    versions: Sequence[Policy],
    tables: AllTables,
    engine: Callable[[Edition], Engine],
) -> tuple[Edition, list[Finding]]:
    """The findings of one test among all versions of its policy, and the edition that made them."""
    given = {
        (version.id, version.version): {
            name: table for name, table in tables_of_tests(version, tables).items() if name not in test.without_tables
        }
        for version in versions
    }
    edition = Edition.of(versions, test.as_of or policy.published, given)
    judge = engine(edition).judge
    batch = Batch.collect([Claim(test.lines)])
    groups = ((partition, group) for partition in edition.partitions for group in batch.partitions(partition))
    return edition, [finding for partition, group in groups for finding in judge(partition, group)]


def answers_of(policy: Policy, edition: Edition, findings: Iterable[Finding]) -> Mapping[Answer, str]:
    """The answers, each with what it says."""
    answers = {
        (finding.rule, finding.verdict.value, number): _said(finding)
        for finding in findings
        for number in finding.lines
    }
    answers |= {
        (missing.rule, NOT_EVALUATED, 0): missing.reason
        for missing in edition.not_evaluated
        if missing.version == policy.version
    }
    return answers


def tables_of_tests(policy: Policy, tables: AllTables) -> Tables:
    """The tables of a version's files, and the rows that stand in for those it imports."""
    stand_ins = {
        name: Table(name, rows, policy.tables[name].start, policy.tables[name].through)
        for name, rows in policy.test_tables.items()
    }
    return {**tables.get((policy.id, policy.version), {}), **stand_ins}


def _said(finding: Finding) -> str:
    if finding.verdict is Verdict.NEEDS_INFO:
        return f"missing: {', '.join(finding.missing)}"
    return finding.message


def wanted_of(test: PolicyTest) -> set[Answer]:
    """The answers that a test expects."""
    by_verdict = (
        (Verdict.VIOLATION, test.expect),
        (Verdict.NEEDS_INFO, test.needs_info),
        (Verdict.BYPASSED, test.bypassed),
    )
    wanted = {
        (rule, verdict.value, number)
        for verdict, expected in by_verdict
        for rule, numbers in expected.items()
        for number in numbers
    }
    return wanted | {(rule, NOT_EVALUATED, 0) for rule in test.not_evaluated}
