"""Reading tables in SQL gives what the table reader gives: lines, counts, and rejects with their places and reasons."""

from __future__ import annotations

import random
import tempfile
from dataclasses import replace
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as parquet
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from cleanclaim.audit.prepare import LINES, prepare
from cleanclaim.audit.sources import Sources
from cleanclaim.claims.fields import ValueType
from cleanclaim.claims.tables.mapping import read_map
from tests.audit.reading import Read, by_batch, by_sql, prepared
from tests.audit.tables import CELLS, rows, typed, write_csv, write_parquet
from tests.conftest import ROOT

FACTS = {"consent": ValueType.BOOLEAN}
SETTINGS = settings(
    max_examples=20,
    phases=(Phase.explicit, Phase.generate),
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)


def same(batch: Read, sql: Read) -> None:
    """Equal, but that SQL rounds to the decimals that it holds and refuses what is longer."""
    assert sql.rejected == batch.rejected
    assert sql.warned == batch.warned
    assert replace(sql, rejected=set()) == replace(batch, rejected=set())


def fitting(made: list[dict[str, str]]) -> list[dict[str, str]]:
    """Without the numbers that the layout does not hold."""
    wide = {"0.1234567", "9" * 14, "9" * 22, "45.505"}
    return [{name: "1" if cell in wide else cell for name, cell in row.items()} for row in made]


@pytest.mark.parametrize("name", ["claims.csv", "batch.837", "claims.json"])
def test_the_examples(name: str, tmp_path: Path) -> None:
    path = ROOT / "examples" / name
    same(by_batch([path]), by_sql([path], tmp_path))


@SETTINGS
@given(rows(), st.sampled_from(["csv", "semicolons", "parquet"]))
def test_random_tables(made: list[dict[str, str]], kind: str) -> None:
    made = fitting(made)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "table.parquet" if kind == "parquet" else "table.csv")
        if kind == "parquet":
            write_parquet(path, made)
        else:
            write_csv(path, made, ";" if kind == "semicolons" else ",")
        same(by_batch([path], facts=FACTS), by_sql([path], Path(folder, "work"), facts=FACTS))


@SETTINGS
@given(typed())
def test_random_typed_tables(made: pa.Table) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "typed.parquet")
        parquet.write_table(made, path)
        same(by_batch([path]), by_sql([path], Path(folder, "work")))


@SETTINGS
@given(rows(6), rows(6), rows(6), st.booleans())
def test_several_files_and_their_history(
    first: list[dict[str, str]], second: list[dict[str, str]], past: list[dict[str, str]], again: bool
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder, "a.csv"), Path(folder, "b.parquet"), Path(folder, "past.csv")]
        write_csv(paths[0], fitting(first))
        write_parquet(paths[1], fitting(first if again else second))
        write_csv(paths[2], fitting([*past, *first] if list(past[0]) == list(first[0]) else (first if again else past)))
        judged, history = paths[:2], paths[2:]
        same(by_batch(judged, history, facts=FACTS), by_sql(judged, Path(folder, "work"), history, facts=FACTS))


@pytest.mark.parametrize("column", sorted(CELLS))
def test_every_odd_cell_of_every_column(column: str, tmp_path: Path) -> None:
    plain = {name: good[0] for name, (good, _) in CELLS.items()}
    made = []
    for n, cell in enumerate((*CELLS[column][0], *CELLS[column][1])):
        own = {"claim_id": f"C{n}", "claim_line_number": "1"}
        made.append(plain | own | {column: cell})
    made = fitting(made)
    write_csv(tmp_path / "t.csv", made)
    write_parquet(tmp_path / "t.parquet", made)
    for name in ("t.csv", "t.parquet"):
        same(by_batch([tmp_path / name], facts=FACTS), by_sql([tmp_path / name], tmp_path / "work", facts=FACTS))


TYPED = {
    "claim_id": pa.array([1, 2, 3, 4], pa.int64()),
    "claim_line_number": pa.array([1.0, 2.0, 1.5, 1.0], pa.float64()),
    "person_id": pa.array([b"P1", b"P2", None, b"P4"], pa.binary()),
    "claim_line_start_date": pa.array(["2020-01-01", "2020-01-02", None, "2020-01-03"]).cast(pa.timestamp("us")),
    "claim_line_end_date": pa.array([20200101, 20200102, 20200103, 1], pa.int32()),
    "hcpcs_code": pa.array([97124, 97140, None, 5], pa.int32()),
    "place_of_service": pa.array([2, 11, None, 11], pa.int8()),
    "modifiers": pa.array([["59", None, "gp"], [], None, ["GP", "KX"]], pa.list_(pa.string())),
    "diagnosis_code": pa.array([["M54.50"], ["M5450", "M9902"], [""], None], pa.list_(pa.string())),
    "service_unit_quantity": pa.array([0.1, 1e3, float("nan"), -1.0], pa.float64()),
    "charge_amount": pa.array([0.1 + 0.25, 45.5, None, 12.0], pa.float64()),
    "paid_amount": pa.array(["1.10", "2.00", None, "-4.25"]).cast(pa.decimal128(12, 2)),
    "consent": pa.array([True, False, None, True]),
}


def test_typed_columns(tmp_path: Path) -> None:
    path = tmp_path / "typed.parquet"
    parquet.write_table(pa.table(TYPED), path)
    found = by_sql([path], tmp_path / "work", facts=FACTS)
    same(by_batch([path], facts=FACTS), found)
    assert found.judged == 2


MAP = """
columns:
  claim_id: ClaimNo
  claim_line_number: Ln
  person_id: Who
  claim_line_start_date: {column: dos, format: "%m/%d/%Y"}
  charge_amount: {column: cents, unit: cents}
  hcpcs_modifier_: {column: mods, separator: ","}
  diagnosis_code_: [DX1, DX2]
  payer_type: {value: commercial}
  claim_type: {column: kind, values: {P: professional, I: institutional}}
"""


def test_every_rule_of_a_map(tmp_path: Path) -> None:
    path = tmp_path / "theirs.csv"
    path.write_text(
        "ClaimNo,Ln,Who,dos,cents,mods,DX1,DX2,kind\n"
        'A,1,P,12/31/2019,4550,"59, gp",m54.50,,P\n'
        'B,1,P,1/2/2020,100,"59,,GP",,M9902,I\n'
        "C,1,P,2020-01-02,1,,,,P\n"
        'D,1,P,01/02/2020,15,"NULL,59",,,X\n'
        'E,1,P,01/02/2020,-5,"5 9",,,P\n',
        encoding="utf-8",
    )
    mapping = read_map(MAP, "map.yaml", FACTS)
    found = by_sql([path], tmp_path / "work", mapping=mapping)
    same(by_batch([path], mapping=mapping), found)
    assert (found.claims, found.judged) == (5, 2)


@pytest.mark.parametrize(
    "text",
    [
        "claim_id,claim_line_number,person_id,claim_line_start_date\nA,1,P\n",
        "claim_id,claim_line_number,person_id,claim_line_start_date\nA,1,P,2020-01-01,\nB,1,P,2020-01-01,x\n",
        "claim_id,claim_line_number,person_id,claim_line_start_date\n\nA,1,P,2020-01-01\n,,,\nB,x,P,2020-01-01\n",
        "claim_id,claim_line_number,person_id,claim_line_start_date\r\nA,1,P,2020-01-01\r\n,,,\r\nB,x,P,2020-01-01\r\n",
        'claim_id,claim_line_number,person_id,claim_line_start_date\nA,1,"P,1",2020-01-01\nB,1,P"2,2020-01-01\n',
        'claim_id,claim_line_number,person_id,claim_line_start_date\nA,1,"P",2020-01-01\nB,1,"P2,2020-01-01\n',
        "claim_id,claim_line_number,person_id,claim_line_start_date\nA,1,José,2020-01-01\n",
        "claim_id,claim_line_number,person_id,claim_line_start_date\n",
        "claim_id,claim_line_number\nA,1\n",
        "npi,license_type,license_number,state,from,through,supervisor\n1,LMT,,CA,,,\n",
        "",
        "%PDF-1.4",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-16"])
def test_text_that_is_no_tidy_table(text: str, encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "odd.csv"
    path.write_bytes(text.encode(encoding))
    same(by_batch([path]), by_sql([path], tmp_path / "work"))


def test_only_the_fields_asked_for_are_read(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    write_csv(path, [{"claim_id": "A", "claim_line_number": "1", "person_id": "P", "claim_line_start_date": "20200101"}
                     | {"hcpcs_code": "97124", "service_unit_quantity": "bad"}])  # fmt: skip
    with duckdb.connect() as connection:
        made = prepare(connection, Sources.open([str(path)], connection, tmp_path), {"procedure"})
        found = connection.execute(f"SELECT procedure, units, modifiers FROM {LINES}").fetchall()
        assert found == [("97124", None, [])]
        assert (made.claims, made.judged, made.lines) == (1, 1, 1)


def test_a_number_that_the_layout_does_not_hold_is_rounded_or_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    base = {"claim_line_number": "1", "person_id": "P", "claim_line_start_date": "2020-01-01"}
    write_csv(
        path,
        [
            {"claim_id": "A", **base, "service_unit_quantity": "0.3333333", "charge_amount": "45.505"},
            {"claim_id": "B", **base, "service_unit_quantity": "9" * 14, "charge_amount": "1"},
        ],
    )
    with duckdb.connect() as connection:
        made = prepared(connection, [path], tmp_path)
        assert connection.execute("SELECT claim, units::VARCHAR, charge::VARCHAR FROM audit_lines").fetchall() == [
            ("A", "0.333333", "45.51")
        ]
        assert [each.reason for each in made.rejects()] == [
            "service_unit_quantity has more digits than an amount or a number of a claim line"
        ]
        assert sum("is rounded to" in each.reason for each in made.warnings) == 2


def test_many_lines_with_repeats_voids_and_a_history_of_their_own(tmp_path: Path) -> None:
    chosen = random.Random(4)
    made = []
    for n in range(20_000):
        row = {
            "claim_id": f"C{n // 3}" if n % 1000 else f"C{chosen.randrange(6000)}",
            "claim_line_number": str(1 + n % 3),
            "person_id": f"P{n // 3 % 900}",
            "claim_line_start_date": f"2020-{1 + n // 3 % 12:02}-{1 + n // 3 % 28:02}",
            "hcpcs_code": chosen.choice(["97124", "97140", "98940"]),
            "hcpcs_modifier_1": chosen.choice(["", "59", "gp"]),
            "service_unit_quantity": "many" if n % 4999 == 0 else "1",
            "claim_frequency_code": chosen.choice(["1"] * 400 + ["7", "8"]),
        }
        made += [row] if n % 700 else [row, row]
    judged, past = tmp_path / "judged.parquet", tmp_path / "past.csv"
    write_parquet(judged, made[:12_000])
    write_csv(past, made[6_000:])
    found = by_sql([judged], tmp_path / "work", [past], facts=FACTS)
    same(by_batch([judged], [past], facts=FACTS), found)
    assert found.copies > 5_000
    assert found.claims > found.judged > 3_000
