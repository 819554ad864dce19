"""Whatever bytes come, reading raises nothing, and no claim goes missing without a word."""

from __future__ import annotations

import io
import json
from datetime import date

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import given, settings
from hypothesis import strategies as st

from cleanclaim.claims.batch import Batch
from cleanclaim.claims.fields import FIELDS, ValueType
from cleanclaim.claims.roster import Roster
from cleanclaim.claims.roster_columns import COLUMNS
from cleanclaim.claims.sources import read
from tests.claims.reading import rejects_of

ROWS = {
    "claim_id": ["C1", "C1", "C2"],
    "claim_line_number": [1, 2, 1],
    "person_id": ["P1", "P1", "P2"],
    "claim_line_start_date": [date(2020, 1, 1)] * 3,
    "hcpcs_code": ["97124", "98940", "0591T"],
    "charge_amount": [1.5, None, 3.25],
}
_table = io.BytesIO()
pq.write_table(pa.table(ROWS), _table)
_text = "\n".join([",".join(ROWS), *(",".join(map(str, row)) for row in zip(*ROWS.values(), strict=True))])
_claim = {"claim": "C1", "service_date": "2020-01-01", "lines": [{"procedure": "97124", "units": 1, "facts": {"a": 1}}]}
SAMPLES = (
    _table.getvalue(),
    _text.replace("None", "").encode(),
    _text.encode("utf-16"),
    json.dumps({"claims": [_claim, _claim]}, indent=1).encode(),
    (json.dumps(_claim) + "\n").encode() * 3,
)

edits = st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.binary(max_size=3), st.integers(0, 4)), max_size=4)


@settings(max_examples=300)
@given(st.sampled_from(SAMPLES) | st.binary(max_size=60), edits)
def test_damaged_inputs(content: bytes, changes: list[tuple[float, bytes, int]]) -> None:
    for place, inserted, removed in changes:
        at = int(place * len(content))
        content = content[:at] + inserted + content[at + removed :]
    readings = list(read(["-"], stdin=io.BytesIO(content), declared={"a": ValueType.NUMBER}))
    assert readings
    with Batch.collect(readings) as batch:
        assert sum(len(group) for group in batch.partitions()) >= batch.lines
        assert batch.claims + len(batch.rejected) + len(batch.warnings) > 0


cells = st.text(st.characters(codec="utf-8"), max_size=12)
names = [name for spec in FIELDS for name in (f"{spec.column}1" if spec.columns > 1 else spec.column,)]


@given(st.dictionaries(st.sampled_from(names), cells, min_size=4), st.sampled_from(",;\t|"))
def test_any_text_in_any_column(cells_by_name: dict[str, str], delimiter: str) -> None:
    row = {"claim_id": "C1", "claim_line_number": "1", "person_id": "P", "claim_line_start_date": "20200101"}
    row |= cells_by_name
    quoted = (f'"{cell.replace(chr(34), chr(34) * 2)}"' for cell in row.values())
    text = f"{delimiter.join(row)}\n{delimiter.join(quoted)}\n"
    with Batch.collect(read(["-"], stdin=io.BytesIO(text.encode()))) as batch:
        assert batch.claims + batch.rejected_claims == 1 or batch.rejected or batch.warnings


@given(st.lists(st.lists(cells, min_size=7, max_size=7), max_size=4))
def test_any_text_in_a_roster(rows: list[list[str]]) -> None:
    lines = [",".join(column.name for column in COLUMNS)]
    lines += [",".join(f'"{cell.replace(chr(34), "")}"' for cell in row) for row in rows]
    found = Roster.read(io.BytesIO("\n".join(lines).encode()))
    filled = sum(any(cell.replace('"', "").strip() for cell in row) for row in rows)
    assert len(rejects_of(found.problems)) + sum(map(len, found.licences.values())) == filled  # type: ignore[arg-type]
