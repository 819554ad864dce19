"""Random tables of claim lines: mostly well written, some cells in every odd way, lines repeated and contradicted."""

from __future__ import annotations

import csv
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as parquet
from hypothesis import strategies as st

CELLS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "claim_id": (("A1", "A2", "A3", "A4", "B 5"), ("", " A1 ", "NULL", "É6", "A1#2")),
    "claim_line_number": (("1", "2", "3", "61"), ("x", "-1", "1.0", "1.5", "", "٣", "01", " 2", "9" * 22)),
    "person_id": (("P1", "P2", "P-3"), ("", "\\N", " P1", "Zoë", "null")),
    "claim_line_start_date": (
        ("2020-01-01", "2020-01-02", "2020-02-29"),
        ("20200131", "2020-02-30", "2020-01-05T10:00:00", "1/2/2020", "", "0000-01-01", "2020-1-2"),
    ),
    "claim_line_end_date": (("", "2020-01-03"), ("soon", "NULL")),
    "claim_type": (("", "professional", "institutional"), ("Professional", "dental")),
    "payer": (("ACME", "acme health", ""), (" ACME", "Beta\tGamma", "NULL")),
    "payer_type": (("", "medicare"), ("Medicare", "other ", "nobody")),
    "hcpcs_code": (("97124", "0591T", "1E5", ""), ("97124 ", "a5500", "97124 97140", "ß1", "NULL", "971-24")),
    "hcpcs_modifier_1": (("", "59", "GP"), ("xs", "59,GP", " KX")),
    "hcpcs_modifier_3": (("", "AT"), ("\\N", "at|gp")),
    "place_of_service_code": (("11", ""), ("2", "abc", "002")),
    "revenue_center_code": (("", "0420"), ("420", "42O")),
    "bill_type_code": (("", "131"), ("0131", "013x", "0A31")),
    "claim_frequency_code": (("1", "", "7"), ("8", " 1")),
    "service_unit_quantity": (
        ("1", "2", "1.5", ""),
        ("-1", "1,000", "1E5", "+2", ".5", "3.", ".", "1.50", "0.1234567", "9" * 14, "1 2", "--1"),
    ),
    "charge_amount": (("10", "45.50", ""), ("$1,234.50", "-3.10", "45.505", "ten", "$", "1.2.3", "0.00")),
    "diagnosis_code_1": (("M5450", ""), ("m54.50", ".", "M54 50", "M.5")),
    "diagnosis_code_2": (("", "M9902"), ("M99.02 ", "NULL")),
    "diagnosis_code_4": (("", "S335XXA"), (" s33.5xxA", "\\N", "S33|M54")),
    "pointed_diagnosis_code_1": (("", "M5450"), ("m54.50", ".")),
    "diagnosis_pointer_1": (("1", "", "2"), ("A", "ACG", "01", "13x", "M5450")),
    "diagnosis_pointer_2": (("", "2", "4"), ("d", "0", "3 4", "12")),
    "service_state": (("CA", ""), ("ca", "California", "C1")),
    "sex": (("F", ""), ("f", "unknown")),
    "consent": (("", "yes"), ("NO", "maybe", "1")),
    "line_status": (("claim", "claim", ""), ("history", "log", "Claim", "old")),
}
NAMES = tuple(CELLS)


@st.composite
def rows(draw: st.DrawFn, most: int = 12) -> list[dict[str, str]]:
    """Rows of a table; odd cells are rare, so that most claims are judged."""
    columns = sorted(draw(st.sets(st.sampled_from(NAMES), max_size=12)) | set(NAMES[:4]), key=NAMES.index)
    odd_in = draw(st.sets(st.sampled_from(columns), max_size=3))
    made: list[dict[str, str]] = []
    for _ in range(draw(st.integers(1, most))):
        if made and draw(st.integers(0, 4)) == 0:
            made.append(dict(draw(st.sampled_from(made))))
            continue
        row: dict[str, str] = {}
        for name in columns:
            plain, odd = CELLS[name]
            row[name] = draw(st.sampled_from((*plain, *plain, *odd) if name in odd_in else plain))
        made.append(row)
    return made


def write_csv(path: Path, made: list[dict[str, str]], delimiter: str = ",") -> None:
    """As text."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(made[0]), delimiter=delimiter)
        writer.writeheader()
        writer.writerows(made)


def write_parquet(path: Path, made: list[dict[str, Any]]) -> None:
    """As Parquet, blank cells missing."""
    names = list(made[0])
    columns = {name: [row[name] or None for row in made] for name in names}
    parquet.write_table(pa.table({name: pa.array(cells, pa.string()) for name, cells in columns.items()}), path)


_CODE = st.sampled_from(["M5450", "M9902", "S335XXA", "m54.50", "", "NULL", ".", "M54 50", None])
_POINTER = st.sampled_from(["1", "2", "3", "A", "AC", "", "0", "13", "x1", None])
_WHOLE = st.lists(st.one_of(st.none(), st.lists(_CODE, max_size=4)), min_size=1, max_size=6)


def _plainly(draw: st.DrawFn, codes: st.SearchStrategy[str | None], rows: int) -> list[str | None]:
    odd = draw(st.booleans())
    plain = st.sampled_from(["1", "2", None] if codes is _POINTER else ["M5450", "M9902", None])
    return draw(st.lists(codes if odd else plain, min_size=rows, max_size=rows))


@st.composite
def typed(draw: st.DrawFn) -> pa.Table:
    """Tables of typed columns: numbers, days and lists as databases keep them, with what must not be there."""
    lists = draw(_WHOLE)
    rows = len(lists)

    def some(values: list[Any], type_: pa.DataType) -> pa.Array:
        return pa.array(draw(st.lists(st.sampled_from(values), min_size=rows, max_size=rows)), type_)

    columns: dict[str, pa.Array] = {
        "claim_id": some([1, 2, 3, None] if draw(st.booleans()) else [7, 8, 9], pa.int64()),
        "claim_line_number": some([1, 2, 3], pa.int32()) if draw(st.booleans()) else some([1.0, -1.0], pa.float64()),
        "person_id": some([10, 20], pa.int32()) if draw(st.booleans()) else some(["P", " P", None], pa.string()),
        "claim_line_start_date": some([date(2020, 1, 1), date(2020, 1, 2)], pa.date32()),
        "units": some([1, 2, -1, None] if draw(st.booleans()) else [1, 2], pa.int16()),
        "charge": some([0.5, 1e3, -2.25, float("nan"), None], pa.float64()),
        "allowed_amount": some([Decimal("1.50"), Decimal("-1.00"), None], pa.decimal128(12, 2)),
        "discharge_date": some([datetime(2020, 1, 1, 12), None], pa.timestamp("us")),
    }
    if draw(st.booleans()):
        columns["diagnoses"] = pa.array(lists, pa.list_(pa.string()))
    else:
        for n in sorted(draw(st.sets(st.integers(1, 6), max_size=4))):
            columns[f"diagnosis_code_{n}"] = pa.array(_plainly(draw, _CODE, rows), pa.string())
    if draw(st.booleans()):
        pointers = st.lists(_POINTER, max_size=3)
        columns["diagnosis_pointers"] = pa.array(
            draw(st.lists(pointers, min_size=rows, max_size=rows)), pa.list_(pa.string())
        )
    elif draw(st.booleans()):
        columns["diagnosis_pointer_1"] = some([1, 2, None, 0] if draw(st.booleans()) else [1, 2], pa.int8())
    else:
        for n in (1, 2):
            columns[f"diagnosis_pointer_{n}"] = pa.array(_plainly(draw, _POINTER, rows), pa.string())
    if draw(st.booleans()):
        columns["pointed_diagnoses"] = pa.array(lists, pa.list_(pa.string()))
    if draw(st.booleans()):
        modifiers = st.lists(st.sampled_from(["59", "GP", "gp", "", None, "KX "]), max_size=3)
        columns["modifiers"] = pa.array(draw(st.lists(modifiers, min_size=rows, max_size=rows)), pa.list_(pa.string()))
    return pa.table(columns)
