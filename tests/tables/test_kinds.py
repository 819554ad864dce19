"""Each kind of table is read from the layout in which it is published."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from cleanclaim.tables.problems import ImportRefused
from cleanclaim.tables.store import TableStore
from tests.tables.files import (
    AOC_NAME,
    MUE_NAME,
    PPRRVU_NAME,
    PTP_COLUMNS,
    PTP_NAME,
    TELEHEALTH_NAME,
    aoc,
    brought,
    cells,
    lines_of,
    loaded,
    mue,
    packed,
    pprrvu,
    ptp,
    workbook,
    wrote,
)


@pytest.fixture
def store(tmp_path: Path) -> TableStore:
    return TableStore(tmp_path / "store")


def test_ptp_keeps_every_row_with_its_dates(store: TableStore, tmp_path: Path) -> None:
    rows = ("0001A 0591T 20220101 20231231 1", "0001M 36591 20151001 20151001 9", "97140 97124 19960101 * 0")
    done = brought(store, "ncci-ptp", wrote(tmp_path, PTP_NAME, ptp(*rows)))
    assert (done.read, done.release.rows, done.release.table) == (3, 3, "ncci-ptp-practitioner")
    found = loaded(store, "ncci-ptp-practitioner", PTP_COLUMNS, start="effective", through="deletion")
    assert cells(found, "column_1", "column_2", "modifier_indicator", "effective", "deletion") == [
        ("0001A", "0591T", "1", date(2022, 1, 1), date(2023, 12, 31)),
        ("0001M", "36591", "9", date(2015, 10, 1), date(2015, 10, 1)),
        ("97140", "97124", "0", date(1996, 1, 1), None),
    ]


@pytest.mark.shared
def test_the_samples_of_the_real_files_are_read(store: TableStore, shared: Path) -> None:
    (pairs,) = (shared / "data" / "ncci").glob("ccipra*")
    (units,) = (shared / "data" / "ncci").glob("MUE*")
    assert brought(store, "ncci-ptp", pairs).release.rows == 6
    assert brought(store, "mue", units).release.rows == 3
    found = loaded(store, "mue-practitioner", {"code": "code", "units": "number", "adjudication": "code"})
    assert cells(found, "code", "units", "adjudication") == [("0001U", 1, "2"), ("0002M", 1, "3"), ("0009U", 2, "3")]


def test_text_in_windows_1252_utf_16_and_with_a_mark_is_read_alike(store: TableStore, tmp_path: Path) -> None:
    text = ptp("97140 97124 19960101 * 0 physician’s – own").decode("cp1252")
    for release, encoding in (("a", "cp1252"), ("b", "utf-8-sig"), ("c", "utf-16")):
        path = wrote(tmp_path, PTP_NAME, text.encode(encoding))
        brought(store, "ncci-ptp", path, release=release, effective=date(2026, 7, 1))
        found = loaded(store, "ncci-ptp-practitioner", {"rationale": "text", "column_1": "code"})
        assert cells(found, "rationale", "column_1") == [("physician’s – own", "97140")]


def test_the_header_of_a_workbook_is_wrapped_and_stands_below_a_preamble(store: TableStore, tmp_path: Path) -> None:
    pytest.importorskip("python_calamine")
    titles = [
        "*=in existence\nprior to 1996",
        "Effective\nDate",
        "Deletion\nDate\n*=no data",
        "Modifier\n0=not allowed",
    ]
    rows: list[list[str | int | None]] = [
        [],
        ["CPT only copyright 2025 American Medical Association."],
        ["Column 1", "Column 2", *titles, "PTP Edit Rationale"],
        ["0001A", "0591T", None, 20220101, "*", 1, "Misuse"],
        ["00100", "36591", None, "20220101", 20231231, "0", "Misuse"],
    ]
    readme = [["Read me first", "please"]]
    brought(store, "ncci-ptp", wrote(tmp_path, "ccioph-v322r0-f1.xlsx", workbook(readme, rows)))
    found = loaded(store, "ncci-ptp-hospital", PTP_COLUMNS, start="effective", through="deletion")
    assert cells(found, "column_1", "modifier_indicator", "effective", "deletion") == [
        ("0001A", "1", date(2022, 1, 1), None),
        ("00100", "0", date(2022, 1, 1), date(2023, 12, 31)),
    ]
    rows.append([100, "36591", None, 20220101, "*", 1, "Misuse"])
    with pytest.raises(ImportRefused) as refused:
        brought(store, "ncci-ptp", wrote(tmp_path, "ccioph-v321r0-f1.xlsx", workbook(rows)))
    (line,) = lines_of(refused.value)
    assert "line 6: '100' is not a procedure code" in line and "dropped its zeros (00100)" in line


def test_the_header_of_mue_says_whose_table_it_is(store: TableStore, tmp_path: Path) -> None:
    whose = {
        "Practitioner Services": "practitioner",
        "Outpatient Hospital Services": "outpatient",
        "DME Supplier Services": "dme",
    }
    for n, (words, table) in enumerate(whose.items(), 1):
        path = wrote(
            tmp_path, f"units{n}_Eff_07-01-2026.csv", mue(f"97124,{n},3 Date of Service Edit: Clinical,x", whose=words)
        )
        assert brought(store, "mue", path).release.table == f"mue-{table}"
        found = loaded(store, f"mue-{table}", {"units": "number", "adjudication": "code"})
        assert cells(found, "units", "adjudication") == [(n, "3")]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("97124,-1,3 Date,x", "units cannot be read | units are whole and not negative"),
        ("97124,1.5,3 Date,x", "'1.5' is not a number of units"),
        ("97124,,3 Date,x", "the cell is blank"),
        ("97124,4,4 Some Edit,x", "'4 Some Edit' does not begin with 1, 2, 3"),
        ("9712,4,3 Date,x", "a spreadsheet has dropped its zeros (09712)"),
        ("97l24,4,3 Date,x", "'97l24' is not a procedure code"),
        (",4,3 Date,x", "there is no procedure code"),
        ("97124,4,3 Date", "3 cells, and the header has 4"),
        ("97124,5,3 Date,x", "two rows of one key differ in units and adjudication"),
    ],
)
def test_a_bad_row_refuses_mue_with_its_line(store: TableStore, tmp_path: Path, row: str, said: str) -> None:
    path = wrote(tmp_path, MUE_NAME, mue("97110,6,3 Date of Service Edit: Clinical,x", "97124,4,3 Date,x", row))
    with pytest.raises(ImportRefused) as refused:
        brought(store, "mue", path)
    told = "\n".join(lines_of(refused.value))
    # Four lines of notice, two of header, two good rows.
    assert said in told and f"{MUE_NAME} line 9" in told
    assert store.releases() == () and list(store.root.rglob("*.parquet")) == []


def test_add_on_codes_are_read_by_place_and_from_a_workbook_saved_as_csv(store: TableStore, tmp_path: Path) -> None:
    rows = (
        ("1", "0071U", "0070U", "2018275", ""),
        ("2", "22208", "CCCCC", "2013091", "2024366"),
        ("3", "99100", "00100", "2013091", ""),
    )
    expected = [
        ("0071U", "0070U", "1", date(2018, 10, 2), None),
        ("22208", None, "2", date(2013, 4, 1), date(2024, 12, 31)),
        ("99100", "00100", "3", date(2013, 4, 1), None),
    ]
    header = (
        "AOC_Edit_Type,Add-On_Code,AOC_DelDT,Primary_Code,Primary_Code_DelDT,AOC_Edit_EffDT,AOC_Edit_DelDT,"
        "Special_Instruction_Notes"
    )
    table = "\n".join(
        ["CPT only copyright" + "," * 7, header, *(f"{t},{a},,{p},,{e},{d},(note)" for t, a, p, e, d in rows)]
    )
    files = (wrote(tmp_path, AOC_NAME, aoc(*rows)), wrote(tmp_path, "AOC_V2026Q3-MCR.csv", table))
    for path in files:
        brought(store, "add-on", path)
        found = loaded(
            store,
            "add-on",
            {"add_on": "code", "primary": "code", "type": "code"},
            start="effective",
            through="deletion",
        )
        assert cells(found, "add_on", "primary", "type", "effective", "deletion") == expected


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (
            ("1", "22208", "CCCCC", "2013091", ""),
            "type 1, whose list of primaries is closed, have a row without a primary",
        ),
        (("4", "22208", "22207", "2013091", ""), "'4' does not begin with 1, 2, 3"),
        (("1", "22208", "22207", "2013366", ""), "the year has no such day"),
        (("1", "22208", "22207", "2013091", "2012366"), "rows end before they begin"),
    ],
)
def test_a_bad_row_refuses_add_on_codes(
    store: TableStore, tmp_path: Path, row: tuple[str, str, str, str, str], said: str
) -> None:
    path = wrote(tmp_path, AOC_NAME, aoc(("1", "0071U", "0070U", "2018275", ""), row))
    with pytest.raises(ImportRefused) as refused:
        brought(store, "add-on", path)
    (line,) = lines_of(refused.value)
    assert said in line and f"{AOC_NAME} line 2" in line


def test_a_type_2_code_with_a_primary_is_told_and_stored(store: TableStore, tmp_path: Path) -> None:
    done = brought(store, "add-on", wrote(tmp_path, AOC_NAME, aoc(("2", "22208", "22207", "2013091", ""))))
    assert [(problem.refuses, problem.count) for problem in done.told] == [(False, 1)]
    assert done.release.rows == 1


def test_the_telehealth_list_with_and_without_the_column_for_audio(store: TableStore, tmp_path: Path) -> None:
    old = (
        "LIST OF MEDICARE TELEHEALTH SERVICES\nHCPCS\tShort Descriptor\tProposed Action\n"
        "99213\tOffice visit\tMaintain\nG0136\tRisk\tAddition\n"
    )
    brought(store, "telehealth", wrote(tmp_path, TELEHEALTH_NAME, old))
    new = (
        'List,,,\nCode,Short Descriptor,Status,"Can Audio-only\nInteraction Meet the Requirements?"\n'
        "99213,Office visit,Permanent,Yes\n97110,Exercise,Temporary,No\n0362T,x,,\n,,,\n"
        "* Codes may be reported with 93,,,\n"
    )
    done = brought(store, "telehealth", wrote(tmp_path, "telehealth-cy2025.csv", new))
    assert (done.read, done.blank, done.notes) == (3, 1, 1)
    columns = {"code": "code", "audio_only": "boolean", "status": "text"}
    found = loaded(store, "telehealth", columns, start="effective", through="through")
    assert sorted(cells(found, "effective", "code", "audio_only", "status", "through"), key=str) == [
        (date(2025, 1, 1), "0362T", None, None, date(2025, 12, 31)),
        (date(2025, 1, 1), "97110", False, "Temporary", date(2025, 12, 31)),
        (date(2025, 1, 1), "99213", True, "Permanent", date(2025, 12, 31)),
        (date(2026, 1, 1), "99213", None, "Maintain", date(2026, 12, 31)),
        (date(2026, 1, 1), "G0136", None, "Addition", date(2026, 12, 31)),
    ]


def test_no_descriptor_is_stored(store: TableStore, tmp_path: Path) -> None:
    brought(store, "telehealth", wrote(tmp_path, TELEHEALTH_NAME, "x\nHCPCS\tShort Descriptor\n99213\tOffice visit\n"))
    brought(store, "fee-schedule", wrote(tmp_path, PPRRVU_NAME, pprrvu(("99213", "", "A", "XXX"))))
    stored = b"".join(path.read_bytes() for path in store.root.rglob("*.*"))
    assert b"99213" in stored and b"Office" not in stored and b"Some words" not in stored


def test_the_relative_value_file_is_read_by_place(store: TableStore, tmp_path: Path) -> None:
    days = ("000", "010", "090", "XXX", "YYY", "ZZZ", "MMM")
    rows = [(f"1000{n}", "26" if n == 3 else "", "AT"[n % 2], each) for n, each in enumerate(days)]
    path = packed(
        tmp_path / "rvu26c.zip",
        PPRRVU2026_Jul_QPP__csv=pprrvu(*rows),
        PPRRVU2026_Jul_nonQPP__csv=pprrvu(*rows),
        readme__txt=b"see the PDF",
    )
    done = brought(store, "fee-schedule", path)
    assert done.release.release == "2026q3" and len(done.left_out) == 2
    found = loaded(store, "fee-schedule", {"code": "code", "modifier": "code", "status": "code", "global_days": "code"})
    assert cells(found, "code", "modifier", "status", "global_days") == [(c, m or None, s, d) for c, m, s, d in rows]


def test_a_global_period_that_a_spreadsheet_shortened_is_refused(store: TableStore, tmp_path: Path) -> None:
    with pytest.raises(ImportRefused) as refused:
        brought(store, "fee-schedule", wrote(tmp_path, "PPRRVU26_JAN.csv", pprrvu(("99213", "", "A", "0"))))
    assert "PPRRVU26_JAN.csv line 11: '0' is not one of 000" in lines_of(refused.value)[0]


@pytest.mark.parametrize("status", ["Z9", "a", "1", ""])
def test_a_status_is_one_letter(store: TableStore, tmp_path: Path, status: str) -> None:
    with pytest.raises(ImportRefused) as refused:
        brought(store, "fee-schedule", wrote(tmp_path, PPRRVU_NAME, pprrvu(("99213", "", status, "XXX"))))
    (line,) = lines_of(refused.value)
    assert line.startswith("status cannot be read | an indicator here is one of A to Z") and "line 11" in line


def test_charges_by_drg(store: TableStore, tmp_path: Path) -> None:
    table = (
        "DRG,Area,Per diem,Length of stay,Effective,Through\n"
        "001,TX-1,2500.50,4.5,2026-01-01,2026-12-31\n470,TX-1,1200,,,\n"
    )
    done = brought(store, "ucr", wrote(tmp_path, "charges 2026.csv", table))
    assert done.release.release == "charges-2026"
    columns = {"drg": "code", "area": "text", "per_diem": "money", "length_of_stay": "number"}
    found = loaded(store, "ucr", columns, start="effective", through="through")
    assert cells(found, "drg", "area", "per_diem", "length_of_stay", "effective", "through") == [
        ("001", "TX-1", Decimal("2500.50"), Decimal("4.5"), date(2026, 1, 1), date(2026, 12, 31)),
        ("470", "TX-1", Decimal("1200"), None, None, None),
    ]
    with pytest.raises(ImportRefused) as refused:
        brought(store, "ucr", wrote(tmp_path, "bad.csv", "drg,area,per_diem,length_of_stay\n1,TX,$2,4\n"))
    first, second = lines_of(refused.value)
    assert "'1' is not a DRG" in first and "write 001" in first
    assert "'$2' is not" in second and "write 2" in second


def test_coverage_by_diagnosis(store: TableStore, tmp_path: Path) -> None:
    table = "lcd,procedure,diagnosis,covered\nL34049,97110,M54.50,yes\nL34049,97110,Z00.00,no\n"
    brought(store, "lcd", wrote(tmp_path, "lcd.csv", table), effective=date(2026, 1, 1))
    columns = {"lcd": "text", "procedure": "code", "diagnosis": "code", "group": "number", "covered": "boolean"}
    found = loaded(store, "lcd", columns, start="effective", through="through")
    assert cells(found, "lcd", "procedure", "diagnosis", "group", "covered", "effective", "through") == [
        ("L34049", "97110", "M5450", None, True, date(2026, 1, 1), None),
        ("L34049", "97110", "Z0000", None, False, date(2026, 1, 1), None),
    ]


def test_a_generic_table_is_typed_as_the_policy_says(store: TableStore, tmp_path: Path) -> None:
    table = "code;limit;from;note\n97124;4;2026-01-01;a, b\n0591T;0.5;;\n"
    brought(store, "generic", wrote(tmp_path, "limits.csv", table), name="frequency-limits")
    found = loaded(store, "frequency-limits", {"code": "code", "limit": "number", "note": "text"}, start="from")
    assert cells(found, "code", "limit", "from", "note") == [
        ("0591T", Decimal("0.5"), None, None),
        ("97124", 4, date(2026, 1, 1), "a, b"),
    ]
