"""An imported table read in its files means what its rows mean, for whatever releases and codes there are."""

from __future__ import annotations

import random
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from cleanclaim.claims.fields import ValueType
from cleanclaim.claims.model import Claim, Line
from cleanclaim.imported import Met, with_imported
from cleanclaim.lint import Input, lint
from cleanclaim.policy.load import load_text
from cleanclaim.policy.model import TableSpec
from cleanclaim.policy.versions import Edition
from cleanclaim.tables.in_place import StoredRows
from cleanclaim.tables.store import TableStore
from tests.strategies.relational import RelationalEngine
from tests.tables.files import PTP_NAME, brought, ptp, same_in_place, wrote

DAYS = tuple(date(2024, 1, 1) + timedelta(days=70 * n) for n in range(10))
CODES = ("97110", "97112", "97124", "97140", "0591T", "A5500", "M54.50", "E11.9")
TABLES = """
policy: p/tables
title: Imported tables
published: 2020-01-01
effective: {from: 2020-01-01}
source: {title: Example, illustration: true}
tables:
  pairs:
    import: ncci-ptp-practitioner
    columns: {column_1: code, column_2: code, modifier_indicator: code}
    from: effective
    through: deletion
  limits: {import: limits, columns: {procedure: code, most: number, who: text}}
rules:
  - id: pair
    flag_if:
      another_line:
        same: [patient, service_date]
        in_table:
          table: pairs
          key: {column_1: {field: procedure}, column_2: {line: procedure}}
          where: {modifier_indicator: "1"}
    message: "{procedure} with {other.procedure}"
    fix: f
    cite: c
  - id: limit
    for: {procedure: {missing: false}}
    let:
      most: {lookup: most, in: limits, key: {procedure: {field: procedure}}, on: {field: service_date}}
    flag_if: {units: {gt: {let: most}}}
    message: "{units} of {most}"
    fix: f
    cite: c
"""


def _some(random_: random.Random, blank: float = 0.2) -> str:
    return "" if random_.random() < blank else random_.choice(CODES)


@pytest.mark.parametrize("seed", range(12))
def test_a_random_table_of_several_releases(tmp_path: Path, seed: int) -> None:
    random_ = random.Random(seed)
    store = TableStore(tmp_path / "store")
    dated = seed % 3 == 0
    for number in range(random_.randint(1, 4)):
        lines = ["code,limit,who,since" if dated else "code,limit,who"]
        for _ in range(random_.randint(1, 40)):
            limit = random_.choice(("", "1", "2.0", "02", "0.5"))
            since = f",{random_.choice(DAYS)}" if dated else ""
            lines.append(f"{_some(random_)},{limit},{random_.choice(('', 'a', 'A', 'b c'))}{since}")
        effective = random_.choice((None, *DAYS))
        through = effective + timedelta(days=random_.choice((60, 200))) if effective and seed % 2 else None
        path = wrote(tmp_path, f"limits{number}.csv", "\n".join(lines) + "\n")
        days = {"effective": effective} | ({"through": through} if through is not None else {})
        brought(store, "generic", path, name="limits", release=f"r{number}", replace=True, **days)
    columns = {"code": ValueType.CODE, "limit": ValueType.NUMBER, "who": ValueType.TEXT}
    spec = TableSpec("limits", columns, None, "limits", "since" if dated else None)
    for wanted in ({}, {"code": {"97110", "M5450"}}, {"code": set(CODES), "who": {"a"}}, {"code": set()}):
        for as_of in (DAYS[1], date(2026, 12, 1)):
            found = store.load(spec, as_of, wanted)
            if found is None:
                assert store.in_place(spec, as_of, wanted) is None
            else:
                same_in_place(store, spec, as_of, wanted, found)


def _edition() -> Edition:
    return Edition.of([load_text(TABLES)], date(2026, 12, 1))


def _store(folder: Path) -> TableStore:
    store = TableStore(folder / "store")
    pairs = ("97140 97124 20240101 20240630 1", "97140 97124 20240701 * 0", "97110 97124 20230101 * 1")
    brought(store, "ncci-ptp", wrote(folder, PTP_NAME, ptp(*pairs)))
    for number, (effective, rows) in enumerate(
        ((DAYS[0], "97124,4,x\n97124,2,y\n"), (DAYS[3], "97124,1,x\n97140,3,\n"))
    ):
        path = wrote(folder, f"limits{number}.csv", "procedure,most,who\n" + rows)
        brought(store, "generic", path, name="limits", release=f"r{number}", effective=effective)
    return store


def _claims() -> list[Claim]:
    claims = []
    for at, day in enumerate((date(2023, 6, 1), *DAYS)):
        for patient, codes in enumerate((("97124", "97140"), ("97124", "97110"), ("97140", None))):
            lines = [
                Line(f"c{at}-{patient}", n, f"p{patient}", day, day, procedure=code, units=Decimal(3), payer="X")
                for n, code in enumerate(codes, 1)
            ]
            claims.append(Claim(tuple(lines)))
    return claims


def test_engines_agree_whether_a_table_is_read_as_rows_or_in_place(tmp_path: Path) -> None:
    store, claims = _store(tmp_path), _claims()
    reports = [lint(Input(claims), _edition(), store, engine=name) for name in ("reference", "duckdb")]
    assert reports[0].findings == reports[1].findings
    assert {finding.rule for finding in reports[0].findings} == {"pair", "limit"}
    assert reports[0].not_evaluated == reports[1].not_evaluated
    assert [(each.rule, each.lines) for each in reports[0].not_evaluated] == [("limit", 5)]
    assert reports[0].releases == reports[1].releases


def test_rows_in_place_are_not_made_by_the_database_engine(tmp_path: Path) -> None:
    met = Met(_edition())
    lines = [line for claim in _claims() for line in claim.lines]
    for line in lines:
        met.note(line)
    imported = with_imported(_edition(), _store(tmp_path), met, in_place=True).edition
    tables = imported.tables["p/tables", next(iter(imported.policies)).versions[0].version]
    rows = [table.rows for table in tables.values()]
    assert all(isinstance(each, StoredRows) for each in rows) and len(rows) == 2
    assert list(RelationalEngine(imported).judge(imported.partitions[0], lines))
    assert not any("_rows" in vars(each) for each in rows)
