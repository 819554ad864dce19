"""Claims tables as Parquet."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from cleanclaim.claims.fields import ValueType
from cleanclaim.claims.model import Reading
from cleanclaim.claims.tables import NO_MAP, TableMap, read_map, read_parquet
from tests.claims.reading import lines_of, rejects_of, warnings_of
from tests.conftest import ROOT

REQUIRED = {
    "claim_id": pa.array(["C1", "C1"]),
    "claim_line_number": pa.array([1, 2]),
    "person_id": pa.array(["P1", "P1"]),
    "claim_line_start_date": pa.array([date(2020, 1, 1), date(2020, 1, 2)]),
}


def read(folder: Path, columns: dict[str, pa.Array], table_map: TableMap = NO_MAP) -> list[Reading]:
    path = folder / "t.parquet"
    pq.write_table(pa.table({**REQUIRED, **columns}), path)
    return list(read_parquet(path, "t.parquet", table_map, {"consent": ValueType.BOOLEAN}))


def test_typed_columns(tmp_path: Path) -> None:
    readings = read(
        tmp_path,
        {
            "claim_id": pa.array([17, 18], pa.int64()),
            "claim_line_start_date": pa.array([datetime(2020, 1, 1, 13, 5), datetime(2020, 1, 2)]),
            "claim_line_end_date": pa.array([20200105, None], pa.int32()),
            "hcpcs_code": pa.array(["0591T", "12E45"]).dictionary_encode(),
            "service_unit_quantity": pa.array([0.1, float("nan")]),
            "charge_amount": pa.array([Decimal("12.50"), None], pa.decimal128(12, 2)),
            "paid_amount": pa.array([10.1, None]),
            "hcpcs_modifier_1": pa.array(["59", None]),
            "hcpcs_modifier_2": pa.array([None, "GP"]),
            "consent": pa.array([True, None]),
        },
    )
    one, two = lines_of(readings)
    assert (one.claim, one.service_date, one.service_through) == ("17", date(2020, 1, 1), date(2020, 1, 5))
    assert (one.procedure, two.procedure) == ("0591T", "12E45")
    assert (one.units, two.units) == (Decimal("0.1"), None)
    assert (one.charge, one.paid, two.charge) == (Decimal("12.50"), Decimal("10.1"), None)
    assert (one.modifiers, two.modifiers) == (("59",), ("GP",))
    assert (one.facts, two.facts) == ({"consent": True}, {})
    assert two.service_through == date(2020, 1, 2)
    assert one.source == "t.parquet, row 1"
    assert warnings_of(readings) == rejects_of(readings) == []


def test_list_columns_feed_families(tmp_path: Path) -> None:
    columns = {
        "mods": pa.array([["59", "gp"], []], pa.list_(pa.string())),
        "performer.licences": pa.array([None, ["LMT"]], pa.large_list(pa.string())),
    }
    readings = read(tmp_path, columns, read_map("columns: {hcpcs_modifier_: mods}", "m.yaml"))
    one, two = lines_of(readings)
    assert (one.modifiers, two.modifiers) == (("59", "GP"), ())
    assert (one.performer_licences, two.performer_licences) == (None, ("LMT",))


def test_a_gap_among_diagnoses_keeps_its_place_for_pointers(tmp_path: Path) -> None:
    lists = pa.array([["I10", None, "E11.9"], ["M5450"]], pa.list_(pa.string()))
    readings = read(tmp_path, {"diagnoses": lists, "diagnosis_pointer_1": pa.array(["3", "A"])})
    assert [(line.diagnoses, line.pointed_diagnoses) for line in lines_of(readings)] == [
        (("I10", "E119"), ("E119",)),
        (("M5450",), ("M5450",)),
    ]


def test_numbers_in_a_code_column_are_warned_of_and_fixed_widths_filled(tmp_path: Path) -> None:
    readings = read(
        tmp_path,
        {
            "hcpcs_code": pa.array([97124, 100]),
            "revenue_center_code": pa.array([450.0, None]),
            "drg_code": pa.array([64, None]),
            "place_of_service_code": pa.array([2, 11]),
        },
    )
    one, two = lines_of(readings)
    assert (one.procedure, two.procedure) == ("97124", "100")
    assert (one.revenue_code, one.drg, one.place_of_service) == ("0450", "064", "02")
    (warning,) = warnings_of(readings)
    assert (warning.where, "leading zeros" in warning.reason) == ("column hcpcs_code", True)


def test_a_bad_cell_rejects_its_row(tmp_path: Path) -> None:
    readings = read(tmp_path, {"claim_line_end_date": pa.array(["2020-01-01", "Feb 3"])})
    (reject,) = rejects_of(readings)
    assert (reject.where, reject.claim, reject.claims) == ("row 2", "C1", 0)
    assert len(lines_of(readings)) == 1


def test_a_nested_column_rejects_the_table(tmp_path: Path) -> None:
    (reject,) = rejects_of(read(tmp_path, {"hcpcs_code": pa.array([{"a": 1}, {"a": 2}])}))
    assert reject.where == "column hcpcs_code"


def test_a_file_cut_short_is_rejected(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table(REQUIRED), path)
    path.write_bytes(path.read_bytes()[:-20])
    (reject,) = rejects_of(list(read_parquet(path, "t.parquet")))
    assert "not a whole Parquet file" in reject.reason


def test_damage_inside_rejects_what_follows(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table(REQUIRED), path, compression="gzip", use_dictionary=False)
    raw = bytearray(path.read_bytes())
    raw[4:60] = b"\xff" * 56
    path.write_bytes(raw)
    (reject,) = rejects_of(list(read_parquet(path, "t.parquet")))
    assert reject.claims == 1


def test_claims_go_on_across_batches(tmp_path: Path) -> None:
    count = 70_000
    path = tmp_path / "t.parquet"
    pq.write_table(
        pa.table(
            {
                "claim_id": [str(n // 3) for n in range(count)],
                "claim_line_number": [n % 3 + 1 for n in range(count)],
                "person_id": ["P"] * count,
                "claim_line_start_date": [date(2020, 1, 1)] * count,
            }
        ),
        path,
    )
    told: list[int] = []
    claims = list(read_parquet(path, "t.parquet", progress=told.append))
    assert len(claims) == (count + 2) // 3
    assert len(told) == 2


def test_the_benchmark_lines_are_read_through_their_map(shared: Path) -> None:
    text = (ROOT / "benchmarks" / "bench-map.yaml").read_text()
    path = shared / "bench" / "lines_20000.parquet"
    readings = list(read_parquet(path, path.name, read_map(text, "bench-map.yaml")))
    lines = lines_of(readings)
    assert (len(lines), rejects_of(readings), warnings_of(readings)) == (20_000, [], [])
    expected = pq.read_table(path).to_pylist()
    for line, row in zip(lines, expected, strict=True):
        assert (line.claim, line.line, line.patient) == (str(row["claim_id"]), row["line_id"], str(row["patient_id"]))
        assert line.charge == Decimal(row["charge_cents"]) / 100
        assert line.performer_licences == (None if row["license_type"] is None else (row["license_type"],))
        assert (line.modifiers, line.units, line.minutes) == (tuple(row["modifiers"]), row["units"], row["minutes"])
        assert (line.service_date, line.state, line.payer) == (row["service_date"], row["state"], row["payer"])
        assert (line.procedure, line.rendering_npi) == (row["procedure"], row["rendering_npi"])


def test_odd_values_are_told_once_and_the_rows_judged(tmp_path: Path) -> None:
    odd = {"service_state": pa.array(["Florida", "TX"]), "service_unit_quantity": pa.array([-1, 2])}
    readings = read(tmp_path, odd)
    assert [(line.state, line.units) for line in lines_of(readings)] == [(None, -1), ("TX", 2)]
    assert [(warning.where, warning.reason.split(" ")[0]) for warning in warnings_of(readings)] == [
        ("row 1", "service_unit_quantity"),
        ("row 1", "service_state"),
    ]
