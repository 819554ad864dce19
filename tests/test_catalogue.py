"""The catalogue of a small library: its order, its two clocks, what its rules need and how they are tested."""

from __future__ import annotations

from datetime import date

from cleanclaim.catalogue import Answering, answering, asks, catalogue, tried
from cleanclaim.policy.load import load_text
from cleanclaim.policy.model import Policy
from cleanclaim.policy.words.rules import period

FIRST = """\
policy: acme/massage
title: Massage
published: 2020-01-01
effective: {from: 2020-01-01}
source: {title: Manual, seen: original}
tables:
  limits: {import: mue-practitioner, columns: {code: code, units: number}}
  unused: {import: lcd, columns: {lcd: text}}
facts:
  consent: {type: boolean, description: Signed, who: the practice}
derive:
  - {fact: agreed, when: {consent: true}}
rules:
  - id: units
    for: {procedure: "97124"}
    let: {limit: {lookup: units, in: limits, key: {code: {field: procedure}}}}
    flag_if: {units: {gt: {let: limit}}}
    message: m
    fix: f
    cite: c
  - {id: consent, severity: warning, for: {minutes: {ge: 8}}, flag_if: {agreed: false}, message: m, fix: f, cite: c}
tests:
  - name: no table
    lines: [{procedure: "97124", minutes: 15, consent: false}]
    expect: {consent: [1]}
    not_evaluated: [units]
  - {name: nobody says, lines: [{procedure: "97140", minutes: 15}], needs_info: {consent: [1]}, not_evaluated: [units]}
"""
SECOND = """\
policy: acme/massage
title: Massage, later
published: 2020-03-30
effective: {from: 2020-03-01, through: 2020-12-31}
source: {title: Manual}
rules:
  - {id: units, flag_if: {units: {gt: 4}}, message: m, fix: f, cite: c}
  - {id: summer, effective: {from: 2020-06-01, through: 2020-08-31}, flag_if: {units: 3}, message: m, fix: f, cite: c}
"""
OTHER = """\
policy: zeta/visits
title: Visits
published: 2021-01-01
effective: {}
source: {title: Example, illustration: true}
rules: [{id: r, severity: info, flag_if: {units: 1}, message: m, fix: f, cite: c}]
"""


def library() -> tuple[Policy, ...]:
    return tuple(map(load_text, (OTHER, SECOND, FIRST)))


def told(each: Answering) -> list[tuple[str, str | None, tuple[str, ...]]]:
    return [(period(span.dates), span.policy.version if span.policy else None, span.rules) for span in each.spans]


def test_it_stands_in_order_whatever_order_the_files_have() -> None:
    whole = catalogue(library())
    assert [authority.name for authority in whole.authorities] == ["acme", "zeta"]
    massage, visits = whole.entries
    assert [version.version for version in massage.versions] == ["2020-01-01", "2020-03-30"]
    assert (massage.title, massage.latest.version) == ("Massage, later", "2020-03-30")
    assert (massage.illustration, visits.illustration) == (False, True)


def test_as_of_hides_what_was_published_later() -> None:
    whole = catalogue(library(), date(2020, 3, 29))
    assert [entry.title for entry in whole.entries] == ["Massage"]
    assert whole.later == 2
    assert catalogue(library(), date(2020, 3, 30)).later == 1


def test_an_authority_alone() -> None:
    whole = catalogue(library(), date(2020, 3, 30), "zeta")
    assert (whole.entries, whole.later) == ((), 1)
    assert [entry.id for entry in catalogue(library(), None, "acme").entries] == ["acme/massage"]


def test_a_rule_of_several_versions_counts_once_as_the_latest_has_it() -> None:
    whole = catalogue(library())
    massage = whole.entries[0]
    assert [rule.id for rule in massage.rules] == ["units", "summer", "consent"]
    assert massage.dropped == {"consent"}
    assert whole.severities == {"error": 2, "warning": 1, "info": 1}


def test_tables_are_those_that_rules_need() -> None:
    whole = catalogue(library())
    assert [spec.name for spec in whole.entries[0].tables] == ["limits"]
    assert whole.imports == ("mue-practitioner",)


def test_a_rule_asks_for_declared_facts_also_through_derived_ones_and_for_what_no_form_carries() -> None:
    policy = load_text(FIRST)
    units, consent = policy.rules
    assert asks(policy, units) == ()
    assert [(asked.name, asked.who, asked.declared) for asked in asks(policy, consent)] == [
        ("consent", "the practice", True),
        ("minutes", "the treatment record", False),
    ]


def test_examples_are_counted_by_what_they_show() -> None:
    policy = load_text(FIRST)
    units, consent = (tried(policy, rule) for rule in policy.rules)
    assert (consent.flagged, consent.asked, consent.excused, consent.not_evaluated) == (1, 1, 0, 0)
    assert (units.flagged, units.not_evaluated) == (0, 2)


def test_the_two_clocks() -> None:
    now, before = answering([load_text(FIRST), load_text(SECOND)])
    assert (before.start, before.through) == (date(2020, 1, 1), date(2020, 3, 29))
    assert told(before) == [("from 2020-01-01 on", "2020-01-01", ("units", "consent"))]
    assert (now.start, now.through) == (date(2020, 3, 30), None)
    assert told(now) == [
        ("2020-01-01 through 2020-02-29", "2020-01-01", ("units", "consent")),
        ("2020-03-01 through 2020-05-31", "2020-03-30", ("units",)),
        ("2020-06-01 through 2020-08-31", "2020-03-30", ("units", "summer")),
        ("2020-09-01 through 2020-12-31", "2020-03-30", ("units",)),
        ("from 2021-01-01 on", "2020-01-01", ("units", "consent")),
    ]


def test_a_gap_between_versions_is_told_and_open_ends_are_not() -> None:
    early = FIRST.replace("effective: {from: 2020-01-01}", "effective: {from: 2020-01-01, through: 2020-01-31}")
    (now, _) = answering([load_text(early), load_text(SECOND)])
    assert [span[:2] for span in told(now)][:3] == [
        ("2020-01-01 through 2020-01-31", "2020-01-01"),
        ("2020-02-01 through 2020-02-29", None),
        ("2020-03-01 through 2020-05-31", "2020-03-30"),
    ]
    assert told(now)[-1][0] == "2020-09-01 through 2020-12-31"
