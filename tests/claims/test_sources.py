"""Inputs of every kind, told by their content, and those that cannot be read."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cleanclaim.claims.claim_numbers import ClaimNumbers
from cleanclaim.claims.kinds import Kind, kind_of
from cleanclaim.claims.model import Claim, Line, Reading
from cleanclaim.claims.sources import read
from tests.claims.reading import lines_of, rejects_of, table, warnings_of

CSV = table("C1,1,P1,2020-01-01,97124").getvalue()
JSON = json.dumps({"claim": "C1", "service_date": "2020-01-01", "lines": [{"procedure": "97124"}]}).encode()


def parquet() -> bytes:
    file = io.BytesIO()
    columns = {
        "claim_id": ["C1"],
        "claim_line_number": [1],
        "person_id": ["P1"],
        "claim_line_start_date": [date(2020, 1, 1)],
        "hcpcs_code": ["97124"],
    }
    pq.write_table(pa.table(columns), file)
    return file.getvalue()


def codes(readings: list[Reading]) -> list[str | None]:
    return [line.procedure for line in lines_of(readings)]


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("content", [CSV, JSON, parquet(), CSV.decode().encode("utf-16")])
def test_the_kind_is_told_by_content_from_files_and_pipes(tmp_path: Path, content: bytes, packed: bool) -> None:
    raw = gzip.compress(content) if packed else content
    path = tmp_path / "claims.dat"
    path.write_bytes(raw)
    told: list[int] = []
    assert codes(list(read([str(path)], progress=told.append))) == ["97124"]
    assert sum(told) > 0
    assert codes(list(read(["-"], stdin=io.BytesIO(raw)))) == ["97124"]


@pytest.mark.parametrize(
    ("start", "kind"),
    [
        (b"ISA*00*", Kind.X12),
        (b"\xef\xbb\xbf\r\n ISA*00*", Kind.X12),
        ("ISA*00*".encode("utf-16"), Kind.X12),
        ("ISA*00*   ".encode("utf-16-le"), Kind.X12),
        (b"ST*837*", Kind.X12),
        (b"ISA_number,claim_id", Kind.CSV),
        (b" [", Kind.JSON),
        (b"PAR1", Kind.PARQUET),
    ],
)
def test_kinds(start: bytes, kind: Kind) -> None:
    assert kind_of(start) is kind


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is empty"),
        (b" \r\n\r\n", "is empty"),
        (b"%PDF-1.7 ...", "PDF"),
        (b"PK\x03\x04....", "save the sheet as CSV"),
        (b"\xd0\xcf\x11\xe0....", "Excel"),
        (b"<html>", "HTML"),
        (bytes(range(256)), "not text"),
        (b"PAR1 and no more", "not a whole Parquet file"),
        (gzip.compress(gzip.compress(CSV)), "twice"),
    ],
)
def test_what_cannot_be_read_is_rejected_with_a_way_out(tmp_path: Path, content: bytes, told: str) -> None:
    (tmp_path / "a.csv").write_bytes(content)
    (tmp_path / "b.csv").write_bytes(CSV)
    readings = list(read([str(tmp_path / "a.csv"), str(tmp_path / "b.csv")]))
    (reject,) = rejects_of(readings)
    assert told in reject.reason
    assert reject.source.endswith("a.csv")
    assert codes(readings) == ["97124"]


def test_a_gzip_file_cut_short(tmp_path: Path) -> None:
    path = tmp_path / "a.csv.gz"
    rows = [f"C{n},1,P{n * 7919 % 997},2020-01-01,97124" for n in range(20_000)]
    path.write_bytes(gzip.compress(table(*rows).getvalue())[:-2000])
    readings = list(read([str(path)]))
    (reject,) = rejects_of(readings)
    assert ("damaged gzip" in reject.reason, reject.claims) == (True, 1)


def test_paths_that_are_not_there(tmp_path: Path) -> None:
    (tmp_path / "batch.837").touch()
    paths = [str(tmp_path / "bacth.837"), str(tmp_path / "no" / "x"), str(tmp_path / "*.csv"), "a\0b"]
    reasons = [reject.reason for reject in rejects_of(list(read(paths)))]
    assert reasons[0] == "is not there (did you mean batch.837?)"
    assert "neither is its folder" in reasons[1]
    assert "matches no file" in reasons[2]
    assert len(reasons) == 4


def test_folders_are_read_whole_in_order_without_hidden_files(tmp_path: Path) -> None:
    for name in ("b.csv", "a/z.csv", ".hidden.csv", ".git/x.csv", "README.md"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(CSV)
    readings = list(read([str(tmp_path)]))
    assert [line.source.removeprefix(str(tmp_path)) for line in lines_of(readings)] == [
        "/a/z.csv, row 2",
        "/b.csv, row 2",
    ]
    assert any(w.source.endswith("README.md") and "skipped" in w.reason for w in warnings_of(readings))
    (tmp_path / "empty").mkdir()
    assert "holds no files" in rejects_of(list(read([str(tmp_path / "empty")])))[0].reason


def test_patterns_and_files_named_twice(tmp_path: Path) -> None:
    for name in ("one.csv", "two.csv"):
        (tmp_path / name).write_bytes(CSV.replace(b"C1", name.encode()))
    readings = list(read([str(tmp_path / "*.csv"), str(tmp_path / "two.csv")]))
    assert [line.claim for line in lines_of(readings)] == ["one.csv", "two.csv"]
    assert [warning.reason for warning in warnings_of(readings)] == ["is named twice and read once"]


def test_the_same_claim_number_in_two_inputs_is_two_claims(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(CSV)
    (tmp_path / "b.csv").write_bytes(table("C1,1,P1,2020-01-01,97110", "C1,2,P1,soon,97110").getvalue())
    (tmp_path / "c.json").write_bytes(JSON)
    readings = list(read([str(tmp_path)]))
    assert [line.claim for line in lines_of(readings)] == ["C1", "C1#2", "C1#3"]
    assert [reject.claim for reject in rejects_of(readings)] == ["C1#2"]
    assert "C1 is called C1#2" in warnings_of(readings)[0].reason


def test_no_standard_input() -> None:
    assert "no standard input" in rejects_of(list(read(["-"])))[0].reason


def test_real_files_of_every_kind_raise_nothing(shared: Path) -> None:
    readings = list(read([str(shared / "data"), str(shared / "bench")]))
    assert rejects_of(readings)


def test_a_number_made_for_one_claim_is_not_another_claims_of_the_same_input() -> None:
    def claims(*numbers: str) -> Iterator[Reading]:
        day = date(2020, 5, 1)
        yield from (Claim((Line(number, 1, "P", day, day),)) for number in numbers)

    numbers = ClaimNumbers()
    first = list(numbers.distinct(claims("A", "A#2"), "one.837"))
    second = list(numbers.distinct(claims("A", "A#3", "A#2"), "two.837"))
    names = [reading.lines[0].claim for reading in (*first, *second) if isinstance(reading, Claim)]
    assert len(set(names)) == len(names) == 5
