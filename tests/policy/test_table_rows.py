"""Rows of reference tables as they come out of a file; what is refused stands in ``errors/tables.txt``."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from cleanclaim.claims.fields import ValueType as T
from cleanclaim.claims.model import Scalar
from cleanclaim.policy.model import TableSpec
from cleanclaim.policy.table_cells import BadCell, cell
from cleanclaim.policy.table_rows import MOST_PROBLEMS
from cleanclaim.policy.tables import TableError, read_table

SPEC = TableSpec("fees", {"code": T.CODE, "fee": T.MONEY}, "fees.csv", None, "starts", "ends")


def written(tmp_path: Path, text: str | bytes) -> Path:
    path = tmp_path / "fees.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_only_declared_columns_are_read_and_blanks_are_missing(tmp_path: Path) -> None:
    header = "\ufeffnote, code ,fee,starts,ends\r\n\r\n"
    text = header + '"a, \u2028b",M54.50,90,2026-01-01,\r\n,,,,\r\nx,00100,,20260201,2026-02-01\r\n'
    table = read_table(SPEC, written(tmp_path, text))
    assert [dict(row) for row in table.rows] == [
        {"code": "M5450", "fee": Decimal(90), "starts": date(2026, 1, 1), "ends": None},
        {"code": "00100", "fee": None, "starts": date(2026, 2, 1), "ends": date(2026, 2, 1)},
    ]


def test_a_column_of_the_wrong_type_does_not_fill_the_screen(tmp_path: Path) -> None:
    rows = "".join(f"{code},?,,\n" for code in range(10_000, 11_000))
    with pytest.raises(TableError) as caught:
        read_table(SPEC, written(tmp_path, "code,fee,starts,ends\n" + rows))
    assert len(caught.value.diagnostics) == MOST_PROBLEMS + 1
    assert caught.value.diagnostics[-1].message == "there are more errors in this table"


def test_an_error_has_its_place_in_a_row_of_several_lines(tmp_path: Path) -> None:
    path = written(tmp_path, 'note,code,fee,starts,ends\n"a, ""b""\nc",97124,ten,,\n')
    with pytest.raises(TableError) as caught:
        read_table(SPEC, path)
    (problem,) = caught.value.diagnostics
    assert (problem.path, problem.line, problem.column, problem.length) == (path.as_posix(), 3, 10, 3)
    assert problem.source_line == 'c",97124,ten,,'


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        (b"code,fee,starts,ends\n97124,1,,\n97140,\xe9,,\n", 3, "not UTF-8"),
        (b"code,starts,ends\n97124,,\n", 1, "no column 'fee'"),
        (b"", 1, "no column"),
        (b'code,fee,starts,ends\n"97124"x,1,,\n', 2, "not valid CSV"),
    ],
)
def test_a_file_that_is_no_such_table(tmp_path: Path, text: bytes, line: int, message: str) -> None:
    with pytest.raises(TableError) as caught:
        read_table(SPEC, written(tmp_path, text))
    (problem,) = caught.value.diagnostics
    assert problem.line == line and message in problem.message


def test_a_file_that_is_gone(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="cannot be read"):
        read_table(SPEC, tmp_path / "fees.csv")


@pytest.mark.parametrize(
    ("text", "type_", "value"),
    [
        ("1E5", T.CODE, "1E5"),
        ("00100", T.CODE, "00100"),
        ("250.00", T.CODE, "25000"),
        (".5", T.NUMBER, Decimal("0.5")),
        ("04", T.NUMBER, 4),
        ("100.0000", T.MONEY, Decimal(100)),
        ("-3.10", T.MONEY, Decimal("-3.1")),
        ("FALSE", T.BOOLEAN, False),
        ("20240229", T.DATE, date(2024, 2, 29)),
        ("as it is", T.TEXT, "as it is"),
    ],
)
def test_cells(text: str, type_: T, value: Scalar) -> None:
    assert cell(text, type_) == value


@pytest.mark.parametrize(
    ("text", "type_", "help"),
    [
        ("97164 - 97168", T.CODE, "write one row for each code from 97164 to 97168"),
        ("lmt", T.CODE, "write LMT"),
        ("Lmt", T.CODE, "write LMT"),
        ("e10*", T.CODE, "write one row for each code that begins with e10"),
        ("$1,200.50", T.MONEY, "write 1200.50"),
        ("12,50", T.MONEY, "write dollars as a plain number such as 25.00"),
        ("NaN", T.NUMBER, "write a plain number such as 4 or 0.5"),
        ("٣", T.NUMBER, "write a plain number such as 4 or 0.5"),
        ("1/31/2026", T.DATE, "write 2026-01-31"),
        ("31/1/2026", T.DATE, "write 2026-01-31"),
        ("2/1/2026", T.DATE, "write 2026-02-01, if the month stands first"),
        ("2/2/2026", T.DATE, "write 2026-02-02"),
        ("2026-W01-1", T.DATE, "write the date as YYYY-MM-DD"),
        ("20230229", T.DATE, "there is no such day in the calendar; correct it"),
        ("Y", T.BOOLEAN, "write true"),
    ],
)
def test_what_to_write_instead(text: str, type_: T, help: str) -> None:
    with pytest.raises(BadCell) as caught:
        cell(text, type_)
    assert caught.value.help == help
