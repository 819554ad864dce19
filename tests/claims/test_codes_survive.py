"""A code is text: whatever it looks like, it comes out of CSV, JSON and Parquet as it went in."""

from __future__ import annotations

import csv
import io
import json
from datetime import date

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import example, given
from hypothesis import strategies as st

from cleanclaim.claims.json_claims import read_json
from cleanclaim.claims.tables import read_csv, read_parquet
from tests.claims.reading import lines_of

codes = st.text("0123456789ABCDETFX", min_size=1, max_size=7)
lists = st.lists(codes, max_size=5)
NAMES = ("claim_id", "claim_line_number", "person_id", "claim_line_start_date", "hcpcs_code")


@given(codes, lists)
@example("00100", ["59"])
@example("0591T", [])
@example("12E45", ["1E5", "0450"])
@example("1E5", ["00", "0"])
def test_in_csv_and_parquet(code: str, modifiers: list[str]) -> None:
    families = [f"hcpcs_modifier_{n}" for n in range(1, len(modifiers) + 1)]
    row = ["C1", "1", "P1", "2020-01-01", code, *modifiers]
    text = io.StringIO()
    csv.writer(text).writerows([[*NAMES, *families], row])
    (line,) = lines_of(read_csv(io.BytesIO(text.getvalue().encode()), "t"))
    assert (line.procedure, line.modifiers) == (code, tuple(modifiers))

    file = io.BytesIO()
    pq.write_table(pa.table({name: [cell] for name, cell in zip([*NAMES, *families], row, strict=True)}), file)
    file.seek(0)
    (line,) = lines_of(read_parquet(file, "t"))
    assert (line.procedure, line.modifiers) == (code, tuple(modifiers))


@given(codes, lists)
@example("12E45", ["1E5", "00100"])
def test_in_json(code: str, modifiers: list[str]) -> None:
    claim = {"claim": "C1", "service_date": "2020-01-01", "lines": [{"procedure": code, "modifiers": modifiers}]}
    (line,) = lines_of(read_json(io.BytesIO(json.dumps(claim).encode()), "t"))
    assert (line.procedure, line.modifiers, line.service_date) == (code, tuple(modifiers), date(2020, 1, 1))
