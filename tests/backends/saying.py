"""A policy's head and a plain line, for tests that say by hand what each engine must answer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from cleanclaim.claims.model import Line

HEAD = """\
policy: p/q
title: A policy
published: 2019-01-01
effective: {from: 2019-01-01}
source: {title: Example, illustration: true}
codes: {massage: ["97124"], cmt: ["98940-98942"]}
facts: {consent: {type: boolean, description: consent, who: the chart}}
tables:
  fee: {import: fee, columns: {code: code, licence: code, fee: money}, from: from, through: ends}
"""
DAY = date(2020, 5, 4)

Says = Callable[..., dict[str, list[int]]]


def line(number: int = 1, **fields: Any) -> Line:
    given = {"claim": "C", "patient": "P", "service_date": DAY, "procedure": "97124", "units": 1, **fields}
    return Line(line=number, service_through=given["service_date"], **given)
