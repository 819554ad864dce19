"""The tests that stand beside the shipped rules, on Spark: an authority at once, each test with patients of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

import pytest

from cleanclaim.claims.model import Line
from cleanclaim.lint import tables_of
from cleanclaim.policy.load import load_library
from cleanclaim.policy.model import Policy, PolicyTest
from cleanclaim.policy.versions import AllTables, Edition
from cleanclaim.policy_tests import answers_of, tables_of_tests, wanted_of
from cleanclaim.shipped import shipped
from tests.spark.judged import by_definition, by_spark, difference

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_PATIENT = "patient"


@dataclass
class Round:
    """Tests that one edition can hold: of every policy those of one day, with the same tables left out."""

    editions: dict[str, Edition] = field(default_factory=dict)
    tests: list[tuple[Policy, PolicyTest]] = field(default_factory=list)

    @property
    def edition(self) -> Edition:
        known = tuple(one for edition in self.editions.values() for one in edition.policies)
        tables = {key: held for edition in self.editions.values() for key, held in edition.tables.items()}
        return Edition(date.max, known, tables)

    def lines(self) -> Iterator[Line]:
        """The lines of all its tests, the claims and patients of each marked with its place."""
        for at, (_, test) in enumerate(self.tests):
            for line in test.lines:
                yield line._replace(claim=f"{at}:{line.claim}", patient=f"{at}:{line.patient}")


def rounds(policies: tuple[Policy, ...], tables: AllTables) -> list[Round]:
    """All tests of a library in few rounds."""
    found: list[Round] = []
    places: dict[tuple[str, date, frozenset[str]], int] = {}
    for policy in policies:
        versions = [version for version in policies if version.id == policy.id]
        for test in policy.tests:
            day, without = test.as_of or policy.published, frozenset(test.without_tables)
            key = (policy.id, day, without)
            if key not in places:
                places[key] = sum(known[0] == policy.id for known in places)
                if places[key] == len(found):
                    found.append(Round())
                found[places[key]].editions[policy.id] = Edition.of(versions, day, _given(versions, tables, without))
            found[places[key]].tests.append((policy, test))
    return found


def _given(versions: list[Policy], tables: AllTables, without: frozenset[str]) -> AllTables:
    return {
        (version.id, version.version): {
            name: table for name, table in tables_of_tests(version, tables).items() if name not in without
        }
        for version in versions
    }


POLICIES = load_library([shipped("policies")]).policies
AUTHORITIES = sorted({policy.id.split("/")[0] for policy in POLICIES})


@pytest.mark.parametrize("authority", AUTHORITIES)
def test_every_shipped_test_passes(authority: str, spark: SparkSession) -> None:
    policies = tuple(policy for policy in POLICIES if policy.id.split("/")[0] == authority)
    passed = 0
    for these in rounds(policies, tables_of(policies)):
        edition, lines = these.edition, list(these.lines())
        found, left = by_spark(spark, edition, lines)
        assert not left
        assert difference(by_definition(edition, lines, left), found) == ""
        across = {
            (policy.id, rule.id) for policy, _ in these.tests for rule in policy.rules if _PATIENT not in rule.partition
        }
        for at, (policy, test) in enumerate(these.tests):
            mine = [f for f in found if f.policy == policy.id and f.claim.startswith(f"{at}:")]
            got = answers_of(policy, these.editions[policy.id], mine)
            # A rule that looks across patients sees the lines of other tests too.
            wanted, said = (
                {answer for answer in answers if (policy.id, answer[0]) not in across}
                for answers in (wanted_of(test), got)
            )
            assert wanted == said, f"{policy.id}: {test.name}"
            passed += 1
    assert passed == sum(len(policy.tests) for policy in policies)
