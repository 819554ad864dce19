"""What is given for a table and is none: each has a message that says what it is and what to do."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from cleanclaim.tables import members
from cleanclaim.tables.problems import ImportRefused
from cleanclaim.tables.store import TableStore
from tests.tables.files import (
    MUE_NAME,
    PPRRVU_NAME,
    PTP_COLUMNS,
    PTP_NAME,
    TELEHEALTH_NAME,
    brought,
    cells,
    lines_of,
    loaded,
    mue,
    packed,
    pprrvu,
    ptp,
    wrote,
)

ROW = "97140 97124 20200101 * 0"
OTHER = "97140 97112 20200101 * 1"


@pytest.fixture
def store(tmp_path: Path) -> TableStore:
    return TableStore(tmp_path / "store")


def refusal(store: TableStore, *paths: Path, kind: str = "ncci-ptp", **options: object) -> str:
    with pytest.raises(ImportRefused) as refused:
        brought(store, kind, *paths, **options)
    assert store.releases() == ()
    (line,) = lines_of(refused.value)
    return line


def test_the_parts_of_a_release_are_one_table(store: TableStore, tmp_path: Path) -> None:
    first = packed(tmp_path / "ptp-ccipra-v322r0-f1.zip", **{"ccipra-v322r0-f1__TXT": ptp(ROW)})
    second = packed(tmp_path / "ptp-ccipra-v322r0-f2.zip", **{"deep/ccipra-v322r0-f2__TXT": ptp(OTHER)})
    done = brought(store, "ncci-ptp", first, second)
    assert (done.read, len(done.release.files)) == (2, 2)
    outer = tmp_path / "all.zip"
    with zipfile.ZipFile(outer, "w") as archive:
        archive.write(first, first.name)
        archive.write(second, second.name)
    done = brought(store, "ncci-ptp", outer, replace=True)
    assert done.replaced and [file.name for file in done.release.files] == ["all.zip"]
    found = loaded(store, "ncci-ptp-practitioner", PTP_COLUMNS)
    assert cells(found, "column_2", "modifier_indicator") == [("97112", "1"), ("97124", "0")]


def test_a_missing_part_is_refused_and_a_short_set_told(store: TableStore, tmp_path: Path) -> None:
    paths = [wrote(tmp_path, f"ccipra-v322r0-f{n}.TXT", ptp(f"0010{n} 97124 20200101 * 0")) for n in (1, 2, 3, 4)]
    assert "f2 is not among the files" in refusal(store, paths[0], paths[2])
    assert [problem.refuses for problem in brought(store, "ncci-ptp", *paths[:2]).told] == [False]
    assert brought(store, "ncci-ptp", *paths, replace=True).told == ()


def test_of_text_and_workbook_in_a_zip_the_text_is_read(store: TableStore, tmp_path: Path) -> None:
    name = "ccipra-v322r0-f1"
    path = packed(tmp_path / f"{name}.zip", **{f"{name}__TXT": ptp(ROW), f"{name}__xlsx": b"PK no workbook at all"})
    done = brought(store, "ncci-ptp", path)
    assert done.left_out == (f"{name}.zip: {name}.xlsx: the same table as text was read",)


def test_hospital_and_practitioner_are_told_apart(store: TableStore, tmp_path: Path) -> None:
    hospital = wrote(tmp_path, "ccioph-v322r0-f1.TXT", ptp(ROW))
    practitioner = wrote(tmp_path, PTP_NAME, ptp(OTHER))
    unnamed = wrote(tmp_path, "edits-2026q3.txt", ptp(ROW))
    assert "is a file of ncci-ptp-hospital, and --supplier practitioner asks" in refusal(
        store, hospital, supplier="practitioner"
    )
    assert "different tables" in refusal(store, hospital, practitioner)
    assert "give --supplier with one of practitioner, hospital" in refusal(store, unnamed)
    assert "no table for the supplier 'dme'" in refusal(store, practitioner, supplier="dme")
    assert brought(store, "ncci-ptp", unnamed, supplier="hospital").release.table == "ncci-ptp-hospital"


def test_one_file_under_two_names(store: TableStore, tmp_path: Path) -> None:
    paths = [wrote(tmp_path, f"ccipra-v322r0-f{n}.TXT", ptp(ROW)) for n in (1, 2)]
    assert "are the same file, byte for byte" in refusal(store, *paths)


def test_the_table_of_another_supplier_is_refused_by_its_header(store: TableStore, tmp_path: Path) -> None:
    path = wrote(tmp_path, "units_Eff_07-01-2026.csv", mue("97124,4,3 Date,x", whose="DME Supplier Services"))
    assert "is a file of mue-dme" in refusal(store, path, kind="mue", supplier="practitioner")


def test_a_release_that_no_name_tells_is_asked_for(store: TableStore, tmp_path: Path) -> None:
    path = wrote(tmp_path, "practitioner.txt", ptp(ROW))
    assert "give --release (such as 2026q3) or --effective" in refusal(store, path)
    assert "give --effective with its first day" in refusal(store, path, release="mine")
    assert "would end on 2026-01-01, before it begins" in refusal(
        store, path, effective=date(2026, 7, 1), through=date(2026, 1, 1)
    )
    done = brought(store, "ncci-ptp", path, effective=date(2026, 7, 1))
    assert (done.release.release, done.release.through) == ("2026q3", date(2026, 9, 30))
    done = brought(store, "ncci-ptp", path, release="2026q2")
    assert done.release.effective == date(2026, 4, 1)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            {"effective": date(2026, 1, 1)},
            "'PPRRVU2026_Jul_nonQPP.csv' says 2026q3, --effective 2026-01-01 says 2026q1",
        ),
        ({"release": "2025q1"}, "says 2026q3, --release 2025q1 says 2025q1"),
        ({"release": "2026q3", "effective": date(2026, 10, 1)}, "says 2026q3, --effective 2026-10-01 says 2026q4"),
    ],
)
def test_what_contradicts_the_name_of_the_file_is_refused(
    store: TableStore, tmp_path: Path, options: dict[str, Any], said: str
) -> None:
    path = wrote(tmp_path, PPRRVU_NAME, pprrvu(("99213", "", "A", "XXX")))
    assert said in refusal(store, path, kind="fee-schedule", **options)
    done = brought(store, "fee-schedule", path, release="2026q3r1", effective=date(2026, 8, 1))
    assert (done.release.release, done.release.effective) == ("2026q3r1", date(2026, 8, 1))


def test_a_release_and_a_first_day_that_contradict_each_other_are_refused(store: TableStore, tmp_path: Path) -> None:
    path = wrote(tmp_path, "practitioner.txt", ptp(ROW))
    said = refusal(store, path, release="2025q1", effective=date(2026, 7, 1))
    assert "--release 2025q1 says 2025q1, --effective 2026-07-01 says 2026q3" in said
    year = wrote(tmp_path, TELEHEALTH_NAME, "HCPCS\tShort Descriptor\n99213\tVisit\n")
    assert "says 2026, --release 2025 says 2025" in refusal(store, year, kind="telehealth", release="2025")
    assert brought(store, "telehealth", year, effective=date(2026, 3, 1)).release.effective == date(2026, 3, 1)


def test_what_contradicts_the_name_of_a_table_of_ones_own_is_told(store: TableStore, tmp_path: Path) -> None:
    path = wrote(tmp_path, "limits-2025q1.csv", "code,limit\n97124,4\n")
    (told,) = brought(store, "generic", path, name="limits", effective=date(2026, 1, 1)).told
    assert "says 2025q1, and the release begins on 2026-01-01" in told.what and not told.refuses
    assert brought(store, "generic", path, name="limits", effective=date(2025, 2, 1), release="b").told == ()


def test_files_of_two_releases_are_refused(store: TableStore, tmp_path: Path) -> None:
    paths = [wrote(tmp_path, f"ccipra-v32{n}r0-f{n}.TXT", ptp(row)) for n, row in ((1, ROW), (2, OTHER))]
    assert "of different releases" in refusal(store, *paths, release="2026q3")
    assert "of different releases: 2026q2 ('ccipra-v321r0-f1.TXT') and 2026q3" in refusal(store, *paths)


def test_a_generic_table_needs_a_name_of_its_own(store: TableStore, tmp_path: Path) -> None:
    path = wrote(tmp_path, "x.csv", "a,b\n1,2\n")
    assert "needs a name" in refusal(store, path, kind="generic")
    assert "not a name for a table" in refusal(store, path, kind="generic", name="../x")
    assert "name of another kind of table" in refusal(store, path, kind="generic", name="mue-dme")
    assert "two columns are named 'a'" in refusal(
        store, wrote(tmp_path, "y.csv", "a,a\n1,2\n"), kind="generic", name="y"
    )
    assert "have their own names" in refusal(store, wrote(tmp_path, PTP_NAME, ptp(ROW)), name="pairs")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.zip", b"", "'a.zip' is empty"),
        ("a.zip", b"  <!DOCTYPE html><html><body>Accept the license", "is a web page, not a table"),
        ("a.zip", b"PK\3\4 cut short", "is not a whole zip file"),
        ("~$ccipra.xlsx", b"lock", "is Excel's lock file"),
        ("a.xlsx", b"no workbook", "is no Excel workbook"),
        ("a.xls", b"\xd0\xcf\x11\xe0", "workbook of the old kind"),
        (PTP_NAME, b"\0\1\2\3" * 50, "is not text"),
        (PTP_NAME, b"Some words about edits\r\nand no table\r\n", "no table of the kind ncci-ptp was found"),
        (PTP_NAME, ptp(), "a header and no rows"),
        ("none.txt", None, "is not there"),
    ],
)
def test_what_is_no_table(store: TableStore, tmp_path: Path, name: str, content: bytes | None, said: str) -> None:
    path = wrote(tmp_path, name, content) if content is not None else tmp_path / name
    assert said in refusal(store, path)


def test_a_damaged_workbook_in_a_sound_zip(store: TableStore, tmp_path: Path) -> None:
    pytest.importorskip("python_calamine")
    path = packed(tmp_path / "ccipra-v322r0.zip", a__xlsx=b"PK\3\4 nothing")
    assert "is not a whole Excel workbook" in refusal(store, path)


def test_without_the_reader_of_workbooks_the_text_is_named(
    store: TableStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "python_calamine", None)
    line = refusal(store, packed(tmp_path / "ccipra-v322r0.zip", a__xlsx=b"PK\3\4"))
    assert "pip install 'cleanclaim[xlsx]'" in line and ".txt or .csv" in line


def test_names_that_lead_out_of_a_zip(store: TableStore, tmp_path: Path) -> None:
    for name in ("../../evil.TXT", "/etc/evil.TXT", "..\\evil.TXT", "C:/evil.TXT"):
        path = tmp_path / "a.zip"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(name, ptp(ROW))
        assert "whose name leads out of it" in refusal(store, path)


def test_an_encrypted_zip(store: TableStore, tmp_path: Path) -> None:
    path = packed(tmp_path / "a.zip", **{PTP_NAME: ptp(ROW)})
    content = bytearray(path.read_bytes())
    for mark, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        content[content.index(mark) + offset] |= 1
    assert "is encrypted" in refusal(store, wrote(tmp_path, "a.zip", bytes(content)))


def test_a_damaged_member_of_a_zip(store: TableStore, tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(PTP_NAME, ptp(*[ROW] * 5))
    content = path.read_bytes().replace(b"97140\t", b"97141\t", 1)
    assert "cannot be read to its end" in refusal(store, wrote(tmp_path, "a.zip", content))


def test_a_zip_that_unpacks_to_far_more(store: TableStore, tmp_path: Path) -> None:
    path = packed(tmp_path / "a.zip", **{PTP_NAME: bytes(members.BOMB_BYTES + 1)})
    assert "would unpack to far more" in refusal(store, path)


def test_zips_in_zips_in_zips(store: TableStore, tmp_path: Path) -> None:
    content = ptp(ROW)
    for name in ("a.TXT", "b.zip", "c.zip"):
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w") as archive:
            archive.writestr(name, content)
        content = stream.getvalue()
    assert "packed too deep" in refusal(store, wrote(tmp_path, "d.zip", content))


def test_a_line_without_end_is_no_table(store: TableStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cleanclaim.tables.text.LONGEST_LINE", 1000)
    assert "is not a text of lines" in refusal(store, wrote(tmp_path, MUE_NAME, b"x" * 2_000_000), kind="mue")


def test_no_clinical_word_of_a_file_reaches_a_terminal_unfiltered(store: TableStore, tmp_path: Path) -> None:
    line = refusal(store, wrote(tmp_path, PTP_NAME, ptp("97\x1b[31m 97124 20200101 * 0")))
    assert "\x1b" not in line
