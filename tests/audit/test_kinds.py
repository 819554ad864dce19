"""Kinds of lines that a database counts say of payers and of rules what those counted line by line say."""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Mapping
from datetime import date, timedelta
from pathlib import Path

import duckdb
from hypothesis import HealthCheck, Phase, given, reject, settings
from hypothesis import strategies as st

from cleanclaim.audit.kinds import LineKinds
from cleanclaim.audit.prepare import LINES
from cleanclaim.claims.model import Line, Status
from cleanclaim.coverage import Coverage
from cleanclaim.imported import Met, stored, with_imported
from cleanclaim.policy.diagnostics import PolicyError
from cleanclaim.policy.load import load_text
from cleanclaim.policy.model import Period, TableSpec
from cleanclaim.policy.tables import Row, Table
from cleanclaim.policy.versions import Edition
from cleanclaim.tables.kind import Nature
from cleanclaim.tables.releases import Release
from cleanclaim.tables.store import Loaded, TableStore
from cleanclaim.tally import FIELDS, Tally
from cleanclaim.unevaluated import Unevaluated
from tests.audit.audited import write_lines
from tests.audit.reading import prepared

POLICY = """\
policy: {id}
title: A policy
published: {published}
effective: {effective}
scope: {scope}
source: {{title: Example, illustration: true}}
params:
  code: {{2019-01-01: "97124", 2020-01-02: "98940"}}
tables:
  listed: {{import: {table}, columns: {{procedure: code}}}}
rules:
  - id: listed
    for: {applies}
    flag_if: {{in_table: {{table: listed, key: {{procedure: {{field: procedure}}}}}}}}
    message: m
    fix: f
    cite: c
    {more}
"""
PERIODS = (
    "{}",
    "{from: 2020-01-02}",
    "{from: 2019-06-01, through: 2020-01-02}",
    "{through: 2020-06-30}",
)
SCOPES = (
    "{}",
    "{payers: [ACME, BETA]}",
    "{payer_types: [medicare]}",
    "{payers: [GAMMA], plans: [GOLD]}",
    "{states: [OR], claim_types: [professional]}",
)
APPLIES = (
    "{procedure: ['97124', 98940-98942]}",
    "{modifiers: {has_any: ['59']}, procedure: '97124'}",
    "{place_of_service: ['11'], units: {gt: 1}}",
    "{service_date: {ge: 2020-01-02}}",
    "{bill_type: {missing: true}}",
    "{procedure: {eq: {param: code}}, not: {modifiers: {has_any: ['GP']}}}",
)
MORE = ("", "effective: {from: 2020-01-03}", "effective: {through: 2020-03-01, by: received}")
DAYS = (*(date(2019, 12, 30) + timedelta(n) for n in range(6)), date(2020, 6, 30), date(2020, 7, 1), date(1950, 1, 1))
COVERAGES = (
    (Period(),),
    (Period(date(2020, 1, 1), date(2020, 1, 3)),),
    (Period(date(2020, 1, 1), date(2020, 1, 1)), Period(date(2020, 1, 3), None)),
    (),
)


class Listed(TableStore):
    """A store of one table, in releases that cover some days."""

    def __init__(self, coverage: tuple[Period, ...] | None) -> None:
        super().__init__(Path("nowhere"))
        self._coverage = coverage

    def releases(self) -> tuple[Release, ...]:
        return tuple(
            Release(
                *("listed", "generic", Nature.UNITED, f"r{n}", period.start, period.through, None, 1),
                *({}, (), (), None, None, (), "", ""),
            )
            for n, period in enumerate(self._coverage or ())
        )

    def load(self, spec: TableSpec, as_of: date, wanted: Mapping[str, Collection[str]] = {}) -> Loaded | None:
        if self._coverage is None or spec.imported != "listed":
            return None
        rows: list[Row] = [{"procedure": "98940"}]
        return Loaded(Table(spec.name, rows), self._coverage, ("r0",))


@st.composite
def libraries(draw: st.DrawFn) -> Edition:
    """Policies of some payers or of all, in one or two versions, whose rules ask for a table."""
    versions = (("2019-01-01",), ("2019-01-01", "2020-01-02"))
    texts = [
        POLICY.format(
            id=f"p/n{n}",
            published=published,
            effective=draw(st.sampled_from(PERIODS)),
            scope=draw(st.sampled_from(SCOPES)),
            table=draw(st.sampled_from(("listed", "listed", "absent"))),
            applies=draw(st.sampled_from(APPLIES)),
            more=draw(st.sampled_from(MORE)),
        )
        for n in range(draw(st.integers(1, 3)))
        for published in draw(st.sampled_from(versions))
    ]
    try:
        return Edition.of([load_text(text) for text in texts], date(2022, 1, 1))
    except PolicyError:
        # A rule that is never in force while its policy is.
        reject()


@st.composite
def lines(draw: st.DrawFn) -> list[Line]:
    """Lines that differ in what tells whom policies speak of."""
    made = []
    for n in range(draw(st.integers(1, 25))):
        day = draw(st.sampled_from(DAYS))
        line = Line(f"C{n // 2}", 1 + n % 2, f"P{n // 2}", day, day)
        made.append(
            line._replace(
                payer=draw(st.sampled_from(("ACME", "GAMMA", "acme", None))),
                payer_name=draw(st.sampled_from((None, "Beta Health", "GAMMA"))),
                payer_type=draw(st.sampled_from((None, "medicare", "other"))),
                plan=draw(st.sampled_from((None, "GOLD"))),
                state=draw(st.sampled_from((None, "OR", "CA"))),
                claim_type="professional" if n // 2 % 2 else "institutional",
                procedure=draw(st.sampled_from(("97124", "98940", None))),
                modifiers=draw(st.sampled_from(((), ("59",), ("GP", "59")))),
                place_of_service=draw(st.sampled_from((None, "11", "12"))),
                bill_type=draw(st.sampled_from((None, "0131"))),
                status=Status.HISTORY if n // 2 % 5 == 4 else Status.CLAIM,
            )
        )
    return made


@settings(
    max_examples=30,
    derandomize=True,
    database=None,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
@given(libraries(), lines(), st.sampled_from((*COVERAGES, None)))
def test_kinds_say_what_lines_say(edition: Edition, given: list[Line], coverage: tuple[Period, ...] | None) -> None:
    store = Listed(coverage)
    tally, by_line = Tally(), Met(edition)
    tally.see(given)
    for line in given:
        by_line.note(line)
    with duckdb.connect() as connection, tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "lines.parquet"
        write_lines(path, given, {})
        prepared(connection, [path], Path(folder))
        by_kind = Met(edition)
        kinds = LineKinds(connection, LINES, edition, store.releases(), by_kind)
        assert by_kind.values == by_line.values
        assert Coverage(edition).uncovered(kinds) == Coverage(edition).uncovered(tally)
        narrowed = by_kind.relevance.narrowed(edition)
        assert narrowed == by_line.relevance.narrowed(edition)
        imported = with_imported(narrowed, store, by_kind)
        told = Unevaluated(edition, imported, stored(store))
        assert told.rules(kinds) == told.rules(tally)


def test_there_are_as_many_kinds_as_policies_tell_apart() -> None:
    codes, day = [f"9{n:04}" for n in range(500)], date(2020, 3, 1)
    given = [
        Line(f"C{n}", 1, f"P{n}", day, day, payer_type="medicare", procedure=code, modifiers=(f"{n % 90 + 10}",))
        for n, code in enumerate([*codes, "97124", "98941"])
    ]
    more = {"id": "p/one", "published": "2019-01-01", "effective": "{}", "scope": "{}", "table": "absent", "more": ""}
    applies = "{procedure: ['97124', 98940-98942], modifiers: {has_any: ['59']}}"
    edition = Edition.of([load_text(POLICY.format(applies=applies, **more))], date(2022, 1, 1))
    with duckdb.connect() as connection, tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "lines.parquet"
        write_lines(path, given, {})
        prepared(connection, [path], Path(folder))
        met = Met(edition)
        kinds = LineKinds(connection, LINES, edition, (), met)
        assert met.relevance.procedures == {line.procedure for line in given}
        told = [
            (line.procedure in ("97124", "98941"), line.modifiers == ("59",), count)
            for line, _, count in kinds.kinds(FIELDS)
        ]
        assert sorted(told) == [(False, False, 494), (False, True, 6), (True, False, 2)]
