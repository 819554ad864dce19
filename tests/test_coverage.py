"""A payer of whom the library says nothing is named, with a payer of like name."""

from __future__ import annotations

from datetime import date

from cleanclaim.claims.model import Line, Status
from cleanclaim.coverage import Coverage, Uncovered
from cleanclaim.policy.load import load_text
from cleanclaim.policy.versions import Edition
from cleanclaim.tally import Tally

POLICY = """\
policy: {id}
title: A policy
published: 2020-01-01
effective: {{from: 2020-01-01}}
scope: {scope}
source: {{title: Example, illustration: true}}
rules: [{{id: r, flag_if: {{units: {{gt: 4}}}}, message: m, fix: f, cite: c}}]
"""
DAY = date(2021, 1, 1)


class Seen:
    """Lines as they are judged, and whom a library of these scopes says nothing of."""

    def __init__(self, *scopes: str) -> None:
        policies = [load_text(POLICY.format(id=f"p/n{n}", scope=scope)) for n, scope in enumerate(scopes)]
        self._coverage = Coverage(Edition.of(policies, date(2022, 1, 1)))
        self._tally = Tally()
        self.see = self._tally.see

    def uncovered(self) -> tuple[Uncovered, ...]:
        return self._coverage.uncovered(self._tally)


def line(payer: str | None, name: str | None = None, type_: str | None = None, day: date = DAY) -> Line:
    return Line("C", 1, "P", day, day, payer=payer, payer_name=name, payer_type=type_)


def test_only_lines_of_payers_without_a_policy_are_told() -> None:
    seen = Seen("{payers: [ACME]}", "{payer_types: [medicare]}", "{}")
    seen.see([line("ACME"), line("X1", "Other", "commercial"), line("X1", "Other Ltd", "commercial")])
    seen.see([line("M", type_="medicare")])
    assert seen.uncovered() == (Uncovered("X1", "commercial", 2, None),)


def test_another_spelling_is_hinted_at() -> None:
    seen = Seen("{payers: [EXAMPLE-PPO]}")
    seen.see([line("Example-PPO", type_="commercial"), line(None, "EXAMPLE PPO", "commercial")])
    assert {(u.payer, u.near) for u in seen.uncovered()} == {
        ("Example-PPO", "EXAMPLE-PPO"),
        ("EXAMPLE PPO", "EXAMPLE-PPO"),
    }


def test_a_policy_that_is_not_in_force_on_the_day_does_not_cover() -> None:
    seen = Seen("{payers: [ACME]}")
    seen.see([line("ACME", day=date(2019, 12, 31)), line("ACME")])
    # It is no other payer that is meant, so no other name is hinted at.
    assert seen.uncovered() == (Uncovered("ACME", None, 1, None, known=True),)


def test_history_is_not_counted_and_a_library_without_payers_covers_everybody() -> None:
    seen = Seen("{payers: [ACME]}")
    seen.see([line("X")._replace(status=Status.HISTORY)])
    assert seen.uncovered() == ()
    general = Seen("{}")
    general.see([line("X")])
    assert general.uncovered() == ()
