"""Claims tables as delimited text."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal

import pytest

from cleanclaim.claims.fields import FIELDS, ValueType
from cleanclaim.claims.model import Reading, Status
from cleanclaim.claims.pointers import BEYOND
from cleanclaim.claims.tables import read_csv, read_map
from tests.claims.reading import HEADER, lines_of, rejects_of, table, warnings_of


def read(stream: io.BytesIO, declared: dict[str, ValueType] | None = None) -> list[Reading]:
    return list(read_csv(stream, "t.csv", declared=declared))


def test_a_row_becomes_a_line_with_every_field_of_its_type() -> None:
    header = ",".join(
        name
        for spec in FIELDS
        for name in ([f"{spec.column}1", f"{spec.column}2"] if spec.columns > 1 else [spec.column])
    )
    cells = {
        "claim_id": "00120",
        "claim_line_number": "2",
        "claim_type": "Institutional",
        "person_id": "P1",
        "claim_line_start_date": "2020-02-29",
        "claim_line_end_date": "20200301",
        "hcpcs_code": "0591t",
        "hcpcs_modifier_1": "59",
        "hcpcs_modifier_2": "gp",
        "revenue_center_code": "450",
        "drg_code": "64",
        "place_of_service_code": "2",
        "bill_type_code": "0131",
        "service_unit_quantity": "4.0",
        "service_minutes": "52.5",
        "charge_amount": "$1,234.50",
        "diagnosis_code_1": "M99.01",
        "service_state": "tx",
    }
    readings = read(table(",".join(f'"{cells.get(name, "")}"' for name in header.split(",")), header=header))
    (line,) = lines_of(readings)
    assert line._replace(source="") == line.__class__(
        claim="00120",
        line=2,
        patient="P1",
        service_date=date(2020, 2, 29),
        service_through=date(2020, 3, 1),
        claim_type="institutional",
        procedure="0591T",
        modifiers=("59", "GP"),
        revenue_code="0450",
        drg="064",
        place_of_service="02",
        bill_type="131",
        units=4,
        minutes=Decimal("52.5"),
        charge=Decimal("1234.50"),
        diagnoses=("M9901",),
        state="TX",
    )
    assert type(line.units) is int
    assert line.source == "t.csv, row 2"
    assert len(readings) == 1


def test_blank_is_missing_and_lists_are_empty() -> None:
    (line,) = lines_of(read(table("C1,1,P1,2020-01-01,")))
    assert (line.procedure, line.modifiers, line.pointed_diagnoses) == (None, (), None)
    assert line.service_through == date(2020, 1, 1)
    assert line.claim_type == "professional"
    assert line.performer_licences is None


@pytest.mark.parametrize(
    ("cells", "pointers"),
    [
        ("1,2,,", ("1", "2")),
        ("A,,l,", ("1", "12")),
        ("BDAC,,,", ("2", "4", "1", "3")),
        ("12,,,03", ("12", "3")),
        (",,,", None),
    ],
)
def test_diagnosis_pointers_are_digits_however_the_form_writes_them(
    cells: str, pointers: tuple[str, ...] | None
) -> None:
    header = f"{HEADER},diagnosis_pointer_1,diagnosis_pointer_2,diagnosis_pointer_3,diagnosis_pointer_12"
    (line,) = lines_of(read(table(f"C1,1,P1,2020-01-01,97124,{cells}", header=header)))
    assert line.diagnosis_pointers == pointers


@pytest.mark.parametrize(
    ("header", "cells", "diagnoses", "pointed"),
    [
        (
            "diagnosis_code_1,diagnosis_code_2,diagnosis_pointer_1",
            "M54.50,M9902,BA",
            ("M5450", "M9902"),
            ("M9902", "M5450"),
        ),
        (
            "diagnosis_code_1,diagnosis_code_2,diagnosis_code_3,diagnosis_pointer_1",
            "I10,,E119,3",
            ("I10", "E119"),
            ("E119",),
        ),
        ("diagnosis_code_1,diagnosis_code_3,diagnosis_pointer_1", "I10,E119,3", ("I10", "E119"), ("E119",)),
        (
            "diagnosis_code_1,diagnosis_code_2,diagnosis_code_3,diagnosis_pointer_1",
            "I10,,E119,2",
            ("I10", "E119"),
            None,
        ),
        ("diagnosis_code_1,diagnosis_code_2,diagnosis_pointer_1", "I10,,2", ("I10",), None),
        ("diagnosis_pointer_1", "1", (), None),
        (
            "diagnosis_code_1,diagnosis_code_2,diagnosis_pointer_1,pointed_diagnosis_code_1",
            "I10,E119,1,E119",
            ("I10", "E119"),
            ("E119",),
        ),
    ],
)
def test_what_a_line_points_to_is_told_by_its_pointers(
    header: str, cells: str, diagnoses: tuple[str, ...], pointed: tuple[str, ...] | None
) -> None:
    readings = read(table(f"C1,1,P1,2020-01-01,97124,{cells}", header=f"{HEADER},{header}"))
    (line,) = lines_of(readings)
    assert (line.diagnoses, line.pointed_diagnoses) == (diagnoses, pointed)
    told = [(w.where, w.reason) for w in warnings_of(readings)]
    assert told == ([] if pointed else [("row 2", f"diagnosis_pointer_ {BEYOND}")])


@pytest.mark.parametrize(
    ("rule", "header", "cells"),
    [
        ('diagnosis_code_: {column: dx, separator: ";"}', "dx", "I10;;E119"),
        ("diagnosis_code_: [A, B, C]", "A,B,C", "I10,,E119"),
        ("diagnosis_code_1: A, diagnosis_code_3: B", "A,B", "I10,E119"),
    ],
)
def test_a_gap_keeps_its_place_in_mapped_diagnoses_too(rule: str, header: str, cells: str) -> None:
    rules = read_map(f"columns: {{{rule}, diagnosis_pointers: ptr}}", "map.yaml")
    readings = list(
        read_csv(table(f"C1,1,P1,2020-01-01,97124,{cells},C", header=f"{HEADER},{header},ptr"), "t.csv", rules)
    )
    (line,) = lines_of(readings)
    assert (line.diagnoses, line.pointed_diagnoses) == (("I10", "E119"), ("E119",))


def test_more_than_four_pointers_in_one_cell() -> None:
    rules = read_map('columns: {diagnosis_pointers: {column: ptr, separator: ":"}}', "map.yaml")
    rows = table("C1,1,P1,2020-01-01,97124,1:2:3:4:5", header=f"{HEADER},ptr")
    (line,) = lines_of(read_csv(rows, "t.csv", rules))
    assert line.diagnosis_pointers == ("1", "2", "3", "4", "5")


@pytest.mark.parametrize("cell", ["M5450", "1:2", "123", "-1", "1.0"])
def test_what_is_no_pointer_is_told_without_the_cell(cell: str) -> None:
    (reject,) = rejects_of(read(table(f"C1,1,P1,2020-01-01,97124,{cell}", header=f"{HEADER},diagnosis_pointer_1")))
    assert "neither a number nor letters from A to L" in reject.reason
    assert cell not in reject.reason


def test_a_revenue_code_makes_an_institutional_line_where_no_type_is_given() -> None:
    rows = table("C1,1,P1,2020-01-01,0450", "C2,1,P1,2020-01-01,", header=HEADER.replace("hcpcs", "revenue_center"))
    assert [line.claim_type for line in lines_of(read(rows))] == ["institutional", "professional"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
def test_delimiters_and_encodings(delimiter: str, encoding: str) -> None:
    text = f"{HEADER},payer_name\r\nC1,1,P1,2020-01-01,00100,Ärzte\r\n".replace(",", delimiter)
    (line,) = lines_of(read(io.BytesIO(text.encode(encoding))))
    assert (line.procedure, line.payer_name) == ("00100", "Ärzte")


def test_windows_text_is_read_and_warned_of() -> None:
    readings = read(io.BytesIO(f"{HEADER},payer_name\nC1,1,P1,2020-01-01,00100,\xc4rzte\n".encode("cp1252")))
    assert lines_of(readings)[0].payer_name == "Ärzte"
    assert [w.where for w in warnings_of(readings)] == ["text line 2"]


def test_column_names_are_found_in_any_case_and_under_policy_names() -> None:
    readings = read(table("C1,1,P1,2020-01-01,97124", header="Claim_ID,LINE,patient,Service_Date,procedure"))
    assert [line.procedure for line in lines_of(readings)] == ["97124"]
    assert len(readings) == 1


def test_unknown_columns_are_named_once_with_the_nearest_known_name() -> None:
    readings = read(table("C1,1,P1,2020-01-01,97124,5,x", header=f"{HEADER},chrage_amount,member_id"))
    (warning,) = warnings_of(readings)
    assert "chrage_amount (did you mean charge_amount?)" in warning.reason
    assert "member_id" not in warning.reason


def test_declared_facts_are_converted_and_do_not_count_as_unknown() -> None:
    declared = {
        "consent": ValueType.BOOLEAN,
        "review_minutes": ValueType.NUMBER,
        "certified": ValueType.DATE,
        "region": ValueType.CODE,
    }
    header = f"{HEADER},consent,Review_Minutes,certified,region"
    rows = ("C1,1,P1,2020-01-01,97124,Yes,31,20200102,l3", "C1,2,P1,2020-01-01,97124,,,,", "C1,3,P1,2020-01-01,,1,1,,")
    readings = read(table(*rows, header=header), declared)
    first, second, third = (line.facts for line in lines_of(readings))
    assert first == {"consent": True, "review_minutes": 31, "certified": date(2020, 1, 2), "region": "L3"}
    assert second == {}
    assert (third["consent"], type(third["consent"])) == (True, bool)
    assert warnings_of(readings) == []


def test_line_status() -> None:
    rows = ("C1,1,P1,2020-01-01,97124,", "C1,2,P1,2020-01-01,97124,LOG", "C0,1,P1,2020-01-01,97124,history")
    readings = read(table(*rows, header=f"{HEADER},line_status"))
    assert [line.status for line in lines_of(readings)] == [Status.CLAIM, Status.LOG, Status.HISTORY]


def test_missing_required_columns_are_one_reject_with_near_names_and_the_way_out() -> None:
    readings = read(table("C1,1,P1,2020-01-01", header="claim_id,line_id,patient_id,hcpcs_code"))
    (reject,) = readings
    assert rejects_of(readings) == [reject]
    for part in ("claim_line_number", "line_id", "person_id", "patient_id", "claim_line_start_date", "--map"):
        assert part in reject.reason


def test_a_table_without_a_header_is_told_without_repeating_its_first_row() -> None:
    (reject,) = rejects_of(read(table("C2,1,P1,2020-01-01,97124", header="C1,1,Doe Jane,2020-01-01,97124")))
    assert "does not look like a header" in reject.reason
    assert "Doe" not in reject.reason


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (
            "C1,1,P1,01/02/2020,97124",
            "claim_line_start_date is not a date as YYYY-MM-DD or YYYYMMDD, but shaped 99/99/",
        ),
        ("C1,1,P1,,97124", "claim_line_start_date is blank"),
        ("C1,1,P1,2020-02-30,97124", "claim_line_start_date is not a date"),
        ("C1,one,P1,2020-01-01,97124", "claim_line_number is not a number"),
        ("C1,1.5,P1,2020-01-01,97124", "claim_line_number is not a whole number"),
        ("C1,,P1,2020-01-01,97124", "claim_line_number is blank"),
        ('C1,1,P1,2020-01-01,"97124,59"', "hcpcs_code is not one code"),
        ("C1,1,P1,2020-01-01", "has 4 cells where the header has 5"),
        ("C1,1,P1,2020-01-01,97124,x", "has 6 cells where the header has 5"),
    ],
)
def test_a_bad_row_is_rejected_with_its_number_and_its_claim(row: str, told: str) -> None:
    readings = read(table("C0,1,P1,2020-01-01,97124", row, "C2,1,P1,2020-01-01,97124"))
    (reject,) = rejects_of(readings)
    assert (reject.where, reject.claims, reject.claim) == ("row 3", 0, "C1")
    assert told in reject.reason
    assert [line.claim for line in lines_of(readings)] == ["C0", "C2"]


def test_a_row_without_a_claim_number_counts_as_a_claim() -> None:
    (reject,) = rejects_of(read(table(",1,P1,2020-01-01,97124")))
    assert (reject.claims, reject.claim) == (1, None)


def test_no_cell_is_repeated_in_a_reject() -> None:
    readings = read(table("C1,1,P1,Jane Doe 1970,97124"))
    assert "Jane" not in rejects_of(readings)[0].reason
    assert "Aaaa Aaa 9999" in rejects_of(readings)[0].reason


def test_all_faults_of_a_row_are_told_at_once() -> None:
    (reject,) = rejects_of(read(table("C1,x,P1,y,97124")))
    assert "claim_line_number" in reject.reason
    assert "claim_line_start_date" in reject.reason


def test_a_quotation_mark_that_is_not_closed_costs_its_text_and_no_more() -> None:
    lost = "x" * 140_000
    readings = read(table("C1,1,P1,2020-01-01,97124", f'C1,2,P1,2020-01-01,"{lost}', "C2,1,P1,2020-01-01,97124"))
    (reject,) = rejects_of(readings)
    assert "not closed" in reject.reason
    assert reject.claim == "C1"
    assert [line.claim for line in lines_of(readings)] == ["C1", "C2"]


def test_blank_rows_are_passed_over_and_counted() -> None:
    lines = lines_of(read(table("C1,1,P1,2020-01-01,97124", "", ",,,,", "C2,1,P1,2020-01-01,97124")))
    assert [line.source for line in lines] == ["t.csv, row 2", "t.csv, row 5"]


def test_rows_of_one_claim_beside_each_other_are_one_claim() -> None:
    readings = read(table("C1,1,P1,2020-01-01,97124", "C1,2,P1,2020-01-01,97110", "C2,1,P1,2020-01-01,97124"))
    assert [len(reading.lines) for reading in readings if hasattr(reading, "lines")] == [2, 1]


def test_a_missing_person_joins_the_lines_of_one_claim_only() -> None:
    readings = read(table("C1,1,,2020-01-01,97124", "C1,2,,2020-01-01,97124", "C2,1,,2020-01-01,97124"))
    first, second, third = (line.patient for line in lines_of(readings))
    assert first == second != third
    assert "rows that name no person: 3" in warnings_of(readings)[0].reason


def test_a_header_alone_is_a_reject_that_costs_no_claims() -> None:
    (reject,) = rejects_of(read(table()))
    assert ("no claims in it" in reject.reason, reject.where, reject.claims) == (True, "file", 0)


def test_a_row_that_cannot_be_read_is_a_row() -> None:
    (reject,) = read(table("C1,1,P1,2020-01-01,97124,x,y"))
    assert rejects_of([reject]) and "cells" in reject.reason  # type: ignore[union-attr]


def test_a_roster_is_told_from_claims() -> None:
    roster = table("1999999919,DC,FL,2012-01-01", header="NPI,License_Type,State,From")
    (warning,) = read(roster)
    assert warnings_of([warning])
    assert "--roster" in warning.reason  # type: ignore[union-attr]
    claims = table("C1,1,P1,2020-01-01,1999999919,DC,FL,x", header=f"{HEADER[:-11]},npi,license_type,state,from")
    assert [line.claim for line in lines_of(read(claims))] == ["C1"]


def test_a_state_that_is_not_two_letters_is_told_once_and_missing() -> None:
    rows = ("C1,1,P1,2020-01-01,Florida", "C1,2,P1,2020-01-01,tx", "C2,1,P1,2020-01-01,F1", "C3,1,P1,2020-01-01,")
    readings = read(table(*rows, header=HEADER.replace("hcpcs_code", "service_state")))
    assert [line.state for line in lines_of(readings)] == [None, "TX", None, None]
    (warning,) = warnings_of(readings)
    assert warning.where == "row 2 and 1 more"
    assert warning.reason.startswith("service_state is not a state's two letters, but shaped Aaaaaaa")
    assert "Florida" not in warning.reason


def test_negative_amounts_are_told_once_a_column_and_judged() -> None:
    header = f"{HEADER},service_unit_quantity,service_minutes,charge_amount,paid_amount"
    rows = ("C1,1,P1,2020-01-01,97124,-4,-60,-120.50,-80", "C2,1,P1,2020-01-01,97124,-1,0,0,0")
    readings = read(table(*rows, header=header))
    first = lines_of(readings)[0]
    assert (first.units, first.minutes, first.charge, first.paid) == (-4, -60, Decimal("-120.50"), Decimal("-80"))
    assert [(w.where, w.reason.split(" ")[0]) for w in warnings_of(readings)] == [
        ("row 2 and 1 more", "service_unit_quantity"),
        ("row 2", "service_minutes"),
        ("row 2", "charge_amount"),
    ]


def test_a_state_that_a_map_gives_every_row_is_looked_at_too() -> None:
    table_map = read_map("columns: {service_state: {value: Florida}}", "map.yaml")
    readings = list(read_csv(table("C1,1,P1,2020-01-01,97124"), "t.csv", table_map))
    assert [line.state for line in lines_of(readings)] == [None]
    assert [warning.where for warning in warnings_of(readings)] == ["row 2"]


def test_a_map_names_columns_units_separators_formats_values_and_constants() -> None:
    table_map = read_map(
        """
        columns:
          claim_id: ClaimNo
          line: N
          person_id: MRN
          claim_line_start_date: {column: DOS, format: "%m/%d/%Y"}
          hcpcs_code: CPT
          hcpcs_modifier_: {column: MODS, separator: "-"}
          diagnosis_code_: [DX1, DX2]
          charge_amount: {column: CENTS, unit: cents}
          claim_type: {column: KIND, values: {P: professional, I: institutional}}
          payer_type: {value: commercial}
          performer.licences: LIC
        """,
        "map.yaml",
    )
    header = "ClaimNo,N,MRN,DOS,CPT,MODS,DX1,DX2,CENTS,KIND,LIC"
    rows = table("C1,1,P1,12/31/2020,97124,59-gp,M99.01,,14714,I,LMT", "C1,2,P1,12/31/2020,97124,,,,,P,", header=header)
    readings = list(read_csv(rows, "t.csv", table_map))
    one, two = lines_of(readings)
    assert (one.service_date, one.modifiers, one.diagnoses) == (date(2020, 12, 31), ("59", "GP"), ("M9901",))
    assert (one.charge, one.claim_type, one.payer_type) == (Decimal("147.14"), "institutional", "commercial")
    assert (one.performer_licences, two.performer_licences) == (("LMT",), None)
    assert (two.modifiers, two.charge, two.payer_type) == ((), None, "commercial")
    assert len(readings) == 1


def test_columns_of_a_map_that_the_table_lacks_are_all_told() -> None:
    table_map = read_map("columns: {claim_id: ClaimNr, hcpcs_code: CPT4}", "map.yaml")
    header = "ClaimNo,claim_line_number,person_id,claim_line_start_date,CPT"
    (reject,) = list(read_csv(table("C1,1,P1,2020-01-01,97124", header=header), "t.csv", table_map))
    assert "ClaimNr (for claim_id) (did you mean ClaimNo?)" in reject.reason  # type: ignore[union-attr]
    assert "CPT4 (for hcpcs_code) (did you mean CPT?)" in reject.reason  # type: ignore[union-attr]
    assert "map.yaml" in reject.reason  # type: ignore[union-attr]


def test_several_codes_in_one_column_need_a_separator() -> None:
    table_map = read_map("columns: {hcpcs_modifier_: MODS}", "map.yaml")
    readings = list(read_csv(table('C1,1,P1,2020-01-01,97124,"59,GP"', header=f"{HEADER},MODS"), "t.csv", table_map))
    assert "separator" in rejects_of(readings)[0].reason
