"""Short ways to write a policy of one condition, let or rule, and to get at what it becomes."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import dedent, indent

import pytest

from cleanclaim.policy.diagnostics import PolicyError
from cleanclaim.policy.load import load_text
from cleanclaim.policy.model import Condition, Let, Policy, Rule

HEAD = """\
policy: example/one
title: One rule
published: 2019-11-15
effective: {from: 2020-01-01, through: 2021-12-31}
source: {title: An example of ours, illustration: true}
params:
  limit: 4
  fee: 25.00
  rate: {2021-07-01: 3.5, 2020-01-01: 4}
  first_day: 2020-02-29
  word: cms_total
  one_code: 00100
codes:
  massage: [97124]
  cmt: ["98940-98942"]
  manual: [massage, cmt, 97140, E10*]
tables:
  fees: {import: fees, columns: {amount: money, units: number, state: text}, from: starts, through: ends}
facts:
  consent: {type: boolean, description: Signed, who: the practice}
  certified: {type: date, description: When certified, who: the physician}
  regions: {type: codes, description: Regions treated, who: the record}
derive:
  - fact: qualified
    for: {procedure: massage}
    when: {performer.licences: [LMT, DC]}
"""
END = "    message: m\n    fix: f\n    cite: c\n"


def policy(rules: str, more: str = "", templates: Mapping[str, str] | None = None) -> Policy:
    """A policy with these rules, each written from its first column on."""
    return load_text(f"{HEAD}rules:\n{indent(dedent(rules), '  ')}\n{more}", templates=templates or {})


def rule(body: str, end: str = END) -> Rule:
    """A rule ``r`` of these keys."""
    text = indent(dedent(body).strip("\n"), "    ")
    return load_text(f"{HEAD}rules:\n  - id: r\n{text}\n{end}").rules[0]


def flag_if(condition: str) -> Condition:
    """What a condition becomes; it may be written on several lines."""
    return rule("flag_if:\n" + indent(dedent(condition).strip("\n"), "  ")).flag_if


def let(text: str) -> Let:
    """What a let becomes."""
    return rule(f"let: {{x: {text}}}\nflag_if: {{x: {{missing: true}}}}").lets[0][1]


def refused(text: str) -> PolicyError:
    """The error that a whole policy's text is refused with."""
    with pytest.raises(PolicyError) as caught:
        load_text(text)
    return caught.value
