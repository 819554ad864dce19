"""Mapping files: what they may say, and how all their errors are told at once."""

from __future__ import annotations

import pytest

from cleanclaim.claims.fields import ValueType
from cleanclaim.claims.tables import InvalidMap, read_map


def errors(text: str) -> list[str]:
    with pytest.raises(InvalidMap) as caught:
        read_map(text, "m.yaml")
    return [str(error) for error in caught.value.errors]


def test_every_error_is_told_with_its_place_and_the_nearest_name() -> None:
    found = errors(
        "columns:\n"
        "  claim_idd: A\n"
        "  charge_amount: {column: B, unit: pennies}\n"
        "  hcpcs_code: {colum: C}\n"
        "  units: {column: D, unit: cents}\n"
        '  claim_line_start_date: {column: E, format: "%Y"}\n'
        "  claim_type: {value: dental}\n"
        "  state: [F, G]\n"
        "kolumns: 1\n"
    )
    assert found == [
        "m.yaml:2:3: unknown field claim_idd (did you mean claim_id?)",
        "m.yaml:3:36: unit is cents or dollars",
        "m.yaml:4:16: unknown key colum for hcpcs_code (did you mean column?)",
        "m.yaml:5:28: service_unit_quantity is not money; unit: is only for money",
        'm.yaml:6:46: format must give day, month and year, such as "%m/%d/%Y"',
        "m.yaml:7:23: claim_type is one of professional, institutional",
        "m.yaml:8:10: service_state holds one value; name one column",
        "m.yaml:9:1: unknown key kolumns; a mapping file has only columns:",
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "is empty"),
        ("columns: [a]", "columns must be a mapping"),
        ("columns: {claim_id: A, claim: B}", "claim and claim_id are the same field"),
        ("columns: {claim_id: A, claim_id: B}", "claim_id is given twice"),
        ("columns: {claim_id: {value: x}}", "cannot be the same for every row"),
        ("columns: {claim_id: {column: A, value: x}}", "exactly one of column, columns or value"),
        ("columns: {hcpcs_code: {column: A, separator: ','}}", "separator: is only for lists"),
        ("columns: {claim_id: {column: [A]}}", "column must be text"),
        ("columns: {claim_id: }", "must be text"),
        ("columns: {claim_id: ]", "is not YAML"),
        ("columns:\n  claim_id: !!python/object/apply:os.system [x]", "holds one value"),
    ],
)
def test_single_faults(text: str, told: str) -> None:
    assert any(told in error for error in errors(text))


def test_a_constant_that_looks_like_a_number_stays_text() -> None:
    table_map = read_map("columns: {place_of_service: {value: 011}, hcpcs_code: {value: 12E45}}", "m.yaml")
    assert table_map.rules["place_of_service"].value == "011"
    assert table_map.rules["procedure"].value == "12E45"


def test_a_family_may_be_mapped_column_by_column() -> None:
    table_map = read_map("columns: {hcpcs_modifier_2: M2, hcpcs_modifier_1: M1}", "m.yaml")
    assert table_map.rules["modifiers"].columns == ("M1", "M2")


def test_declared_facts_may_be_mapped() -> None:
    table_map = read_map("columns: {consent: SIGNED}", "m.yaml", {"consent": ValueType.BOOLEAN})
    assert table_map.rules["consent"].columns == ("SIGNED",)
    assert "unknown field consent" in errors("columns: {consent: SIGNED}")[0]
