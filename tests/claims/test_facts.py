"""Facts that stand beside the claims: onto which lines they go, and what is told of those that cannot be used."""

from __future__ import annotations

import importlib
import io
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from cleanclaim.claims.facts import Facts
from cleanclaim.claims.facts_file import read_facts
from cleanclaim.claims.fields import ValueType
from cleanclaim.claims.model import FactValue, Line, Reject, Status, Warning

T = ValueType
DECLARED = {
    "consent": T.BOOLEAN,
    "review_minutes": T.NUMBER,
    "copay": T.MONEY,
    "certified": T.DATE,
    "referral_note": T.TEXT,
    "region": T.CODE,
    "body_regions": T.CODES,
}
DAY = date(2020, 1, 1)


def facts(*rows: str, header: str = "claim_id,claim_line_number,consent") -> Facts:
    return read_facts(io.BytesIO("\n".join((header, *rows, "")).encode()), DECLARED, "f.csv")


def line(claim: str = "C1", number: int = 1, **fields: object) -> Line:
    return Line(claim, number, "P1", DAY, DAY)._replace(**fields)  # type: ignore[arg-type]


def told(found: Facts, *lines: Line) -> list[Mapping[str, FactValue]]:
    joining = found.joining()
    return [joining.apply(each).facts for each in lines]


def said(found: Facts, *lines: Line) -> list[str]:
    """All that is told of a file after these lines, rejects first."""
    joining = found.joining()
    for each in lines:
        joining.apply(each)
    problems = [*found.problems, *joining.warnings()]
    return [f"{type(each).__name__} {each.where}: {each.reason}" for each in problems]


def test_facts_of_every_type() -> None:
    header = "claim_id,claim_line_number,consent,review_minutes,copay,certified,referral_note,region,body_regions_1"
    found = facts(
        'C1,1,Yes,31.5,"$1,020.50",2020-02-29,seen by X,00120,gp',
        "C1,2,0,31,12,20200229,,1e5,",
        header=header,
    )
    assert found.problems == ()
    one, two = told(found, line(), line(number=2))
    assert one == {
        "consent": True,
        "review_minutes": Decimal("31.5"),
        "copay": Decimal("1020.50"),
        "certified": date(2020, 2, 29),
        "referral_note": "seen by X",
        "region": "00120",
        "body_regions": ("GP",),
    }
    assert two == {
        "consent": False,
        "review_minutes": 31,
        "copay": Decimal(12),
        "certified": date(2020, 2, 29),
        "region": "1E5",
    }


def test_several_codes_stand_in_numbered_columns() -> None:
    found = facts("C1,59,,GP", header="claim_id,body_regions_1,body_regions_2,body_regions_3")
    assert told(found, line()) == [{"body_regions": ("59", "GP")}]
    (reason,) = said(facts("C1,59 GP", header="claim_id,body_regions"), line())
    assert "row 2: body_regions holds more than one code" in reason
    assert "body_regions_1" in reason


def test_a_row_without_a_line_is_of_all_lines_and_a_lines_own_row_wins() -> None:
    found = facts("C1,,yes", "C1,2,no")
    assert told(found, line(), line(number=2), line(number=3), line("C2")) == [
        {"consent": True},
        {"consent": False},
        {"consent": True},
        {},
    ]
    assert said(found, line(), line(number=2)) == []


def test_minutes_receipt_and_amounts_become_fields() -> None:
    header = "claim,line,minutes,received,allowed,paid_amount,submitted_date"
    found = facts("C1,1,32,2020-02-01,80.10,64.00,2020-01-31", header=header)
    told_ = found.joining().apply(line())
    assert told_ == line(
        minutes=32,
        received=date(2020, 2, 1),
        allowed=Decimal("80.10"),
        paid=Decimal("64.00"),
        submitted=date(2020, 1, 31),
    )


@pytest.mark.parametrize("column", ["service_minutes", "allowed_amount", "paid"])
def test_a_measure_is_of_one_line(column: str) -> None:
    found = facts("C1,,32", "C1,1,16", header=f"claim_id,claim_line_number,{column}")
    (reason,) = said(found, line(), line(number=2))
    assert reason.startswith("Reject row 2: ") and "is of one line; give its claim_line_number beside it" in reason
    one, two = (found.joining().apply(line(number=n)) for n in (1, 2))
    assert (one != line(), two) == (True, line(number=2))


def test_what_the_claim_says_itself_is_kept_and_told_where_it_differs() -> None:
    found = facts("C1,1,yes,32", "C2,1,no,40", "C3,1,no,40", header="claim_id,claim_line_number,consent,minutes")
    lines = [
        line(facts={"consent": True}, minutes=32),
        line("C2", facts={"consent": True}, minutes=41),
        line("C3", facts={"consent": True}),
    ]
    joining = found.joining()
    assert [(each.facts, each.minutes) for each in map(joining.apply, lines)] == [
        ({"consent": True}, 32),
        ({"consent": True}, 41),
        ({"consent": True}, 40),
    ]
    assert said(found, *lines) == [
        "Warning row 3: minutes is given otherwise by the claim itself, whose value is used; make the two agree",
        "Warning row 3 and 1 more: consent is given otherwise by the claim itself, whose value is used; "
        "make the two agree",
    ]


def test_rows_of_no_line_are_told_once_without_the_claims_number() -> None:
    found = facts("SMITH-1,,yes", "C1,9,yes", "C1,1,yes", "C1,1,yes")
    assert said(found, line()) == [
        "Warning row 2 and 1 more: is of no claim line that was read; "
        "compare its claim and line numbers with the report's"
    ]


def test_rows_of_one_line_add_to_each_other_and_may_not_disagree() -> None:
    header = "claim_id,claim_line_number,consent,region"
    found = facts("C1,,yes,", "C1,1,yes,", "C1,1,,07", "C1,1,no,07", header=header)
    assert told(found, line(), line(number=2)) == [{"region": "07"}, {"consent": True}]
    assert said(found, line()) == [
        "Reject row 5: consent is not what row 3 says; it is left unknown: keep one",
    ]


def test_what_cannot_be_read_is_unknown_even_where_the_claims_row_says_it() -> None:
    header = "claim_id,claim_line_number,consent,certified,review_minutes"
    found = facts("C1,,yes,2020-01-01,7", "C1,1,maybe,1/2/2020,5", "C1,2", "C2,2,yes,,-3,more", header=header)
    one, two, three, other = told(found, line(), line(number=2), line(number=3), line("C2", 2))
    assert one == {"review_minutes": 5}
    assert (two, other) == ({}, {})
    assert three == {"consent": True, "certified": DAY, "review_minutes": 7}
    first, second, third = said(found, line(), line(number=2), line("C2", 2))
    assert first == (
        "Reject row 3: consent is neither true nor false, but shaped aaaaa; it is left unknown; certified is not a "
        "date as YYYY-MM-DD or YYYYMMDD, but shaped 9/9/9999; it is left unknown"
    )
    assert second.startswith("Reject row 4: has 2 cells where the header has 5")
    assert third.startswith("Reject row 5: has 6 cells where the header has 5")


@pytest.mark.parametrize("number", ["one", "1.5", "-1"])
def test_a_line_number_that_cannot_be_read_makes_the_whole_claim_doubtful(number: str) -> None:
    found = facts("C1,,yes", f"C1,{number},no", "C2,,yes")
    assert told(found, line(), line("C2")) == [{}, {"consent": True}]
    (reason,) = said(found, line(), line("C2"))
    assert reason.startswith("Reject row 3: claim_line_number is not a")
    assert reason.endswith("nothing is said of any line of its claim")


def test_a_row_without_a_claim() -> None:
    (reason,) = said(facts(",1,yes"), line())
    assert reason == "Reject row 2: claim_id is blank"


def test_a_history_line_is_told_what_was_not_meant_for_a_judged_one() -> None:
    found = facts("C1,1,yes", "C9,1,yes")
    past, other = line(status=Status.HISTORY), line("C9", status=Status.HISTORY)
    assert told(found, line(), past, other) == [{"consent": True}, {}, {"consent": True}]
    assert told(found, past, other) == [{"consent": True}, {"consent": True}]
    assert said(found, line(), past, other) == []


@pytest.mark.parametrize(
    ("header", "problem"),
    [
        ("claim_no,consent", "Reject header: is not a file of facts: its header lacks claim_id"),
        ("consent,claim_line_number", "Reject header: is not a file of facts: its header lacks claim_id"),
        ("claim_id,shoe_size", "Reject header: has no column of a fact; the loaded policies know "),
        ("claim_id,consnt,region", "Warning header: columns not used: consnt (did you mean consent?)"),
        ("claim_id,units,region", "Warning header: columns not used: units (the claim itself says it)"),
        ("claim_id,zzz,region", "Warning header: columns not used: zzz (no loaded policy declares it)"),
        ("claim_id,Region,region", "Warning header: columns given twice, the first is used: region"),
    ],
)
def test_columns_that_are_lacking_or_unknown(header: str, problem: str) -> None:
    found = facts("C1,,", header=header)
    assert any(f"{type(each).__name__} {each.where}: {each.reason}".startswith(problem) for each in found.problems)


def test_a_first_row_of_data_is_not_repeated() -> None:
    (reject,) = facts("a,b", header="SMITH,1990").problems
    assert "SMITH" not in reject.reason


def test_a_file_without_rows_and_a_file_that_is_none(tmp_path: Path) -> None:
    (warning,) = facts().problems
    assert isinstance(warning, Warning) and "has no rows" in warning.reason
    (reject,) = read_facts(tmp_path, DECLARED).problems
    assert isinstance(reject, Reject) and "cannot be opened" in reject.reason
    for content, reason in ((b"", "is empty"), (b"%PDF-1", "PDF"), (b'{"claims": []}', "neither CSV nor Parquet")):
        (reject,) = read_facts(io.BytesIO(content), DECLARED).problems
        assert reason in reject.reason


def test_parquet(tmp_path: Path) -> None:
    arrow = pytest.importorskip("pyarrow")
    parquet = importlib.import_module("pyarrow.parquet")
    columns = {
        "claim_id": ["C1", "C1"],
        "claim_line_number": [1, None],
        "consent": [True, False],
        "certified": [DAY, None],
        "body_regions": [["59", "GP"], None],
        "copay": [Decimal("12.50"), None],
    }
    parquet.write_table(arrow.table(columns), tmp_path / "f.parquet")
    found = read_facts(tmp_path / "f.parquet", DECLARED)
    assert found.problems == ()
    assert told(found, line(), line(number=2)) == [
        {"consent": True, "certified": DAY, "body_regions": ("59", "GP"), "copay": Decimal("12.50")},
        {"consent": False},
    ]
    (tmp_path / "f.parquet").write_bytes(b"PAR1" + b"\0" * 40)
    (reject,) = read_facts(tmp_path / "f.parquet", DECLARED).problems
    assert "not a whole Parquet file" in reject.reason


def test_text_that_is_not_utf_8_is_told() -> None:
    content = "claim_id,referral_note\nC1,Müller\n".encode("cp1252")
    found = read_facts(io.BytesIO(content), DECLARED, "f.csv")
    assert [each.where for each in found.problems] == ["text line 2"]
    assert told(found, line()) == [{"referral_note": "Müller"}]


def test_a_negative_measure_is_used_and_told() -> None:
    found = facts("C1,1,-5", header="claim_id,claim_line_number,minutes")
    assert found.joining().apply(line()).minutes == -5
    (reason,) = said(found, line())
    assert reason.startswith("Warning row 2: service_minutes is negative")
