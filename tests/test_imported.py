"""A run asks the store for the rows that its lines could meet, and tells which rules went without their table."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

from cleanclaim.claims.model import Claim, Line
from cleanclaim.imported import Imported
from cleanclaim.lint import Input, lint
from cleanclaim.policy.diagnostics import Diagnostic, PolicyError
from cleanclaim.policy.load import load_text
from cleanclaim.policy.model import Period, TableSpec
from cleanclaim.policy.tables import Row, Table
from cleanclaim.policy.versions import Edition
from cleanclaim.tables.store import Loaded, TableStore
from cleanclaim.tally import Tally
from cleanclaim.unevaluated import Unevaluated

PAIRS = """\
policy: p/pairs
title: Pairs
published: 2020-01-01
effective: {from: 2020-01-01}
scope: {payer_types: [medicare]}
source: {title: Example, illustration: true}
tables:
  pairs: {import: ncci-ptp-practitioner, columns: {column_1: code, column_2: code}, from: effective, through: deletion}
rules:
  - id: pair
    flag_if:
      another_line:
        same: [patient, service_date]
        in_table: {table: pairs, key: {column_1: {field: procedure}, column_2: {line: procedure}}}
    message: m
    fix: f
    cite: c
"""
NEEDED = """\
policy: p/needed
title: A code that must be covered
published: 2020-01-01
effective: {from: 2020-01-01}
source: {title: Example, illustration: true}
tables:
  covered: {import: acme-covered, columns: {procedure: code, diagnosis: code, kind: text}}
rules:
  - id: covered
    flag_if: {not: {in_table: {table: covered, key: {procedure: {field: procedure}, diagnosis: {field: diagnoses}}}}}
    message: m
    fix: f
    cite: c
  - id: of-a-kind
    flag_if: {in_table: {table: covered, key: {procedure: {field: procedure}, kind: {field: state}}}}
    message: m
    fix: f
    cite: c
"""


class Stored(TableStore):
    """A store of one table, which notes what it is asked for."""

    def __init__(self, rows: list[Row], coverage: tuple[Period, ...] = (Period(),)) -> None:
        super().__init__(Path("nowhere"))
        self.rows, self.coverage = rows, coverage
        self.asked: list[tuple[str | None, Mapping[str, Collection[str]]]] = []

    def load(self, spec: TableSpec, as_of: date, wanted: Mapping[str, Collection[str]] = {}) -> Loaded | None:
        self.asked.append((spec.imported, {column: sorted(values) for column, values in wanted.items()}))
        if spec.imported != "ncci-ptp-practitioner":
            return None
        return Loaded(Table(spec.name, self.rows, spec.start, spec.through), self.coverage, ("2026q3",))


def edition(*texts: str) -> Edition:
    return Edition.of([load_text(text) for text in texts], date(2026, 8, 1))


def line(number: int, procedure: str, day: date, **more: object) -> Line:
    return Line("C1", number, "P", day, day, payer_type="medicare", procedure=procedure)._replace(**more)


DAY = date(2026, 7, 1)
PAIR: Row = {"column_1": "97140", "column_2": "97124", "effective": None, "deletion": None}


def test_only_rows_that_the_lines_could_meet_are_asked_for() -> None:
    store = Stored([PAIR])
    lines = (line(1, "97140", DAY), line(2, "97124", DAY, diagnoses=("M545", "E119")))
    report = lint(Input([Claim(lines)]), edition(PAIRS, NEEDED), store, engine="reference")
    assert store.asked == [
        # The kind is text, and only one of two uses keys by the diagnosis.
        ("acme-covered", {"procedure": ["97124", "97140"]}),
        ("ncci-ptp-practitioner", {"column_1": ["97124", "97140"], "column_2": ["97124", "97140"]}),
    ]
    assert [(finding.rule, finding.lines) for finding in report.findings] == [("pair", (2,))]
    assert report.releases == (("ncci-ptp-practitioner", "2026q3"),)


def test_a_policy_that_no_line_can_come_under_has_no_table_read() -> None:
    store = Stored([PAIR])
    ours = (line(1, "97140", DAY, payer_type="commercial"), line(2, "97124", DAY, payer_type="commercial"))
    past = line(1, "97140", date(2019, 12, 31))
    for lines in (ours, (past,)):
        report = lint(Input([Claim(lines)]), edition(PAIRS), store, engine="reference")
        assert store.asked == [] and report.findings == ()
        assert [(each.rule, each.lines) for each in report.not_evaluated] == [("pair", 0)]


def test_rules_without_their_table_name_the_command_and_the_lines_they_pass_over() -> None:
    lines = (line(1, "97140", DAY), line(2, "97124", DAY), line(3, "97110", DAY, payer_type="commercial"))
    report = lint(Input([Claim(lines)]), edition(PAIRS, NEEDED), Stored([PAIR]), engine="reference")
    told = [(each.policy, each.rule, each.reason, each.lines) for each in report.not_evaluated]
    reason = "not imported: acme-covered (cleanclaim tables import generic FILE --name acme-covered)"
    assert told == [("p/needed", "covered", reason, 3), ("p/needed", "of-a-kind", reason, 3)]


def test_a_date_that_no_release_covers_is_not_judged_and_is_told() -> None:
    store = Stored([PAIR], (Period(None, date(2026, 9, 30)),))
    late = date(2026, 10, 1)
    lines = (line(1, "97140", late), line(2, "97124", late), line(3, "97124", late, payer_type="commercial"))
    report = lint(Input([Claim(lines)]), edition(PAIRS), store, engine="reference")
    assert report.findings == ()
    (told,) = report.not_evaluated
    assert (told.rule, told.lines) == ("pair", 2)
    assert told.reason == (
        "ncci-ptp-practitioner covers dates of service through 2026-09-30, and there are lines of 2026-10-01 "
        "(cleanclaim tables import ncci-ptp FILE)"
    )
    kept = lint(Input([Claim(tuple(each._replace(service_date=DAY) for each in lines))]), edition(PAIRS), store)
    assert [finding.lines for finding in kept.findings] == [(2,)] and kept.not_evaluated == ()


def test_a_rule_passes_only_over_lines_that_it_may_be_about() -> None:
    narrow = NEEDED.replace("- id: covered", "- id: covered\n    for: {procedure: [97140, 97110], units: {gt: 1}}")
    lines = (line(1, "97140", DAY), line(2, "97124", DAY), line(3, "97110", DAY))
    report = lint(Input([Claim(lines)]), edition(narrow), Stored([]), engine="reference")
    assert [(each.rule, each.lines) for each in report.not_evaluated] == [("covered", 2), ("of-a-kind", 3)]


def test_a_stored_table_that_is_no_use_stops_its_own_rules_alone() -> None:
    class Wrong(Stored):
        def load(self, spec: TableSpec, as_of: date, wanted: Mapping[str, Collection[str]] = {}) -> Loaded | None:
            if spec.imported == "acme-covered":
                raise PolicyError((Diagnostic("table", "acme-covered has no column 'kind'", "store", 1, 1, "", "h"),))
            return super().load(spec, as_of, wanted)

    lines = (line(1, "97140", DAY), line(2, "97124", DAY))
    report = lint(Input([Claim(lines)]), edition(PAIRS, NEEDED), Wrong([PAIR]), engine="reference")
    assert [finding.rule for finding in report.findings] == ["pair"]
    reason = (
        "acme-covered cannot be used: acme-covered has no column 'kind'; import it again with --replace, or take it "
        "out (cleanclaim tables remove)"
    )
    assert [(each.rule, each.reason, each.imports) for each in report.not_evaluated] == [
        ("covered", reason, ()),
        ("of-a-kind", reason, ()),
    ]


def test_the_spans_of_a_table_are_said_in_words() -> None:
    spans = {
        (Period(date(2026, 1, 1), date(2026, 3, 31)), Period(date(2026, 7, 1), date(2026, 9, 30))): (
            "2026-01-01 to 2026-03-31, 2026-07-01 to 2026-09-30"
        ),
        (Period(date(2026, 7, 1), None),): "from 2026-07-01 on",
        (): "of no release known by then",
    }
    for coverage, words in spans.items():
        rules = edition(PAIRS)
        (policy,) = (policy for known in rules.policies for policy in known.versions)
        table = Table("pairs", [PAIR], "effective", "deletion", coverage)
        loaded = replace(rules, tables={(policy.id, policy.version): {"pairs": table}})
        tally = Tally()
        tally.see([line(1, "97124", date(2026, 5, 1))])
        (told,) = Unevaluated(rules, Imported(loaded, (), {})).rules(tally)
        assert f"covers dates of service {words}, and there are lines of 2026-05-01" in told.reason


def test_lines_of_a_rule_whose_code_changes_are_counted_on_either_side() -> None:
    changing = NEEDED.split("  - id: of-a-kind")[0].replace(
        "tables:", 'params: {code: {2020-01-01: "97124", 2026-06-01: "97140"}}\ntables:'
    )
    rules = edition(changing.replace("    flag_if", "    for: {procedure: {eq: {param: code}}}\n    flag_if"))
    tally = Tally()
    tally.see([line(1, "97140", date(2026, 5, 1)), line(2, "97140", DAY)])
    (told,) = Unevaluated(rules, Imported(rules, (), {})).rules(tally)
    # What a param says by date is not looked up to count lines; those that the rule may be about are all of them.
    assert told.lines == 2
