"""Releases side by side: which of them answers for a date of service, as it was known on a day."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest

from cleanclaim.claims.fields import ValueType
from cleanclaim.policy.diagnostics import PolicyError
from cleanclaim.policy.model import Period, TableSpec
from cleanclaim.tables.problems import ImportRefused
from cleanclaim.tables.store import StoreError, TableStore
from tests.tables.files import PTP_COLUMNS, brought, cells, lines_of, loaded, mue, ptp, wrote

UNITS = {"code": "code", "units": "number"}
DATES = {"start": "effective", "through": "through"}


@pytest.fixture
def store(tmp_path: Path) -> TableStore:
    return TableStore(tmp_path / "store")


def units(store: TableStore, folder: Path, day: str, value: int, **options: object) -> None:
    path = wrote(folder, f"MUE_PractitionerServices_Eff_{day}.csv", mue(f"97124,{value},3 Date,x"))
    brought(store, "mue", path, **options)


def test_a_table_that_was_never_imported_is_none(store: TableStore) -> None:
    for name in ("mue-practitioner", "../etc", None):
        assert store.load(TableSpec("t", {}, None, name), date(2026, 12, 1)) is None
    assert store.releases() == ()


def test_each_snapshot_answers_for_its_own_quarter(store: TableStore, tmp_path: Path) -> None:
    units(store, tmp_path, "01-01-2026", 3)
    units(store, tmp_path, "07-01-2026", 5)
    found = loaded(store, "mue-practitioner", UNITS, **DATES)
    assert sorted(cells(found, "effective", "through", "units"), key=str) == [
        (date(2026, 1, 1), date(2026, 3, 31), 3),
        (date(2026, 7, 1), date(2026, 9, 30), 5),
    ]
    assert found.coverage == (
        Period(date(2026, 1, 1), date(2026, 3, 31)),
        Period(date(2026, 7, 1), date(2026, 9, 30)),
    )
    assert found.releases == ("2026q1", "2026q3")
    day = date(2026, 7, 1)
    assert [row["units"] for row in found.table.in_force(("code",), ("97124",), day)] == [5]


def test_quarters_that_meet_are_one_span_and_a_correction_cuts_the_release_before_it(
    store: TableStore, tmp_path: Path
) -> None:
    units(store, tmp_path, "04-01-2026", 3)
    units(store, tmp_path, "07-01-2026", 5)
    units(store, tmp_path, "08-15-2026", 6, release="2026q3r1")
    found = loaded(store, "mue-practitioner", UNITS, **DATES)
    assert found.coverage == (Period(date(2026, 4, 1), date(2026, 9, 30)),)
    spans = {row["units"]: (row["effective"], row["through"]) for row in found.table.rows}
    assert spans[5] == (date(2026, 7, 1), date(2026, 8, 14))
    assert spans[6] == (date(2026, 8, 15), date(2026, 9, 30))


def test_a_revision_of_the_same_quarter_answers_alone(store: TableStore, tmp_path: Path) -> None:
    units(store, tmp_path, "07-01-2026", 5)
    path = wrote(tmp_path, "revised_Eff_07-01-2026.csv", mue("97124,6,3 Date,x"))
    brought(store, "mue", path, release="2026q3r1")
    found = loaded(store, "mue-practitioner", UNITS, **DATES)
    assert (cells(found, "units"), found.releases) == ([(6,)], ("2026q3r1",))


@pytest.mark.parametrize(
    ("as_of", "known"),
    [
        (date(2026, 6, 30), ("2026q2",)),
        (date(2026, 7, 1), ("2026q2", "2026q3")),
    ],
)
def test_a_release_is_known_from_the_day_it_was_published(
    store: TableStore, tmp_path: Path, as_of: date, known: tuple[str, ...]
) -> None:
    units(store, tmp_path, "04-01-2026", 3)
    units(store, tmp_path, "07-01-2026", 5)
    assert loaded(store, "mue-practitioner", UNITS, as_of, **DATES).releases == known
    assert store.load(TableSpec("t", {}, None, "mue-practitioner"), date(2026, 3, 31)) is None


def test_published_may_be_said(store: TableStore, tmp_path: Path) -> None:
    units(store, tmp_path, "07-01-2026", 5, published=date(2026, 6, 1))
    assert loaded(store, "mue-practitioner", UNITS, date(2026, 6, 1), **DATES).releases == ("2026q3",)


def test_the_newest_pairs_that_were_known_answer_alone(store: TableStore, tmp_path: Path) -> None:
    for version, rows in (("v321", "97140 97124 19960101 * 0"), ("v322", "97140 97124 19960101 20260630 0")):
        brought(store, "ncci-ptp", wrote(tmp_path, f"ccipra-{version}r0-f1.TXT", ptp(rows)))
    dates = {"start": "effective", "through": "deletion"}
    new = loaded(store, "ncci-ptp-practitioner", PTP_COLUMNS, **dates)
    assert cells(new, "deletion") == [(date(2026, 6, 30),)]
    assert (new.coverage, new.releases) == ((Period(None, date(2026, 9, 30)),), ("2026q3",))
    old = loaded(store, "ncci-ptp-practitioner", PTP_COLUMNS, date(2026, 6, 30), **dates)
    assert cells(old, "deletion") == [(None,)]
    assert (old.coverage, old.releases) == ((Period(None, date(2026, 6, 30)),), ("2026q2",))


def test_tables_of_ones_own_add_up_and_the_later_wins(store: TableStore, tmp_path: Path) -> None:
    header = "drg,area,per_diem,length_of_stay,effective\n"
    first = wrote(tmp_path, "first.csv", f"{header}470,TX,100,4,2025-01-01\n471,TX,50,4,2025-01-01\n")
    second = wrote(tmp_path, "second.csv", f"{header}470,TX,120,4,2025-01-01\n470,TX,130,4,2026-01-01\n")
    brought(store, "ucr", first, effective=date(2025, 1, 1), through=date(2025, 12, 31))
    brought(store, "ucr", second, effective=date(2025, 7, 1))
    columns = {"drg": "code", "area": "text", "per_diem": "money", "length_of_stay": "number"}
    found = loaded(store, "ucr", columns, start="effective")
    assert cells(found, "drg", "per_diem", "effective") == [
        ("470", 120, date(2025, 1, 1)),
        ("470", 130, date(2026, 1, 1)),
        ("471", 50, date(2025, 1, 1)),
    ]
    assert found.coverage == (Period(date(2025, 1, 1), None),)


def test_a_table_without_dates_is_for_every_date_and_always_known(store: TableStore, tmp_path: Path) -> None:
    brought(store, "generic", wrote(tmp_path, "x.csv", "code,limit\n97124,4\n"), name="x")
    found = loaded(store, "x", {"code": "code", "limit": "number"}, date(1990, 1, 1))
    assert found.coverage == (Period(),) and found.table.start is None


def test_releases_with_and_without_dates_stand_side_by_side(store: TableStore, tmp_path: Path) -> None:
    brought(store, "generic", wrote(tmp_path, "a.csv", "code,limit\n97124,4\n"), name="x")
    day = date(2026, 1, 1)
    brought(store, "generic", wrote(tmp_path, "b.csv", "code,limit\n97124,5\n"), name="x", effective=day)
    found = loaded(store, "x", {"code": "code", "limit": "number"})
    assert sorted(cells(found, "limit", "effective", "through"), key=str) == [(4, None, None), (5, day, None)]


def test_only_what_is_wanted_is_loaded_and_blanks_are_kept(store: TableStore, tmp_path: Path) -> None:
    rows = [f"{n:05} {m:05} 20200101 * 1" for n in range(200) for m in range(300, 420)]
    brought(store, "ncci-ptp", wrote(tmp_path, "ccipra-v322r0-f1.TXT", ptp(*rows)))
    wanted = {"column_1": ["00000", "00199", "00300"], "column_2": {"00300", "00419", "99999"}}
    found = loaded(store, "ncci-ptp-practitioner", PTP_COLUMNS, wanted=wanted)
    assert cells(found, "column_1", "column_2") == [
        (one, two) for one in ("00000", "00199") for two in ("00300", "00419")
    ]
    second = loaded(store, "ncci-ptp-practitioner", PTP_COLUMNS, wanted={"column_2": ["00419", "00300"]})
    assert cells(second, "column_1", "column_2") == [(f"{n:05}", two) for n in range(200) for two in ("00300", "00419")]
    assert cells(loaded(store, "ncci-ptp-practitioner", PTP_COLUMNS, wanted={"column_1": []}), "column_1") == []
    assert len(loaded(store, "ncci-ptp-practitioner", PTP_COLUMNS).table.rows) == len(rows)
    table = "code,sex\nM54.50,\n,F\nE11.9,M\n"
    brought(store, "generic", wrote(tmp_path, "x.csv", table), name="x")
    generic = loaded(store, "x", {"code": "code", "sex": "text"}, wanted={"code": ["M5450"]})
    assert cells(generic, "code", "sex") == [(None, "F"), ("M5450", None)]


@pytest.mark.parametrize(
    ("columns", "start", "said"),
    [
        ({"code": "code", "rate": "money"}, None, "has no column 'rate'"),
        ({"code": "code"}, "from", "has no column 'from'"),
        ({"code": "number"}, None, "'0591T' is not a number"),
        ({"when": "code"}, None, "'7/1/2026' is not a code"),
    ],
)
def test_a_table_that_is_not_as_declared_is_said_in_words(
    store: TableStore, tmp_path: Path, columns: dict[str, str], start: str | None, said: str
) -> None:
    brought(store, "generic", wrote(tmp_path, "x.csv", "code,when\n0591T,7/1/2026\n"), name="x")
    spec = TableSpec("t", {name: ValueType(type_) for name, type_ in columns.items()}, None, "x", start)
    for load in (store.load, store.in_place):
        with pytest.raises(PolicyError) as wrong:
            load(spec, date(2026, 12, 1))
        assert said in str(wrong.value) and "x/x" in str(wrong.value)


def test_a_date_declared_as_something_else(store: TableStore, tmp_path: Path) -> None:
    brought(store, "ncci-ptp", wrote(tmp_path, "ccipra-v322r0-f1.TXT", ptp("97140 97124 20200101 * 0")))
    spec = TableSpec("t", {"effective": ValueType.TEXT}, None, "ncci-ptp-practitioner")
    for load in (store.load, store.in_place):
        with pytest.raises(PolicyError, match="declare effective: date"):
            load(spec, date(2026, 12, 1))


def test_the_same_files_again_change_nothing_and_others_need_replace(store: TableStore, tmp_path: Path) -> None:
    units(store, tmp_path, "07-01-2026", 5)
    path = wrote(tmp_path, "again_PractitionerServices_Eff_07-01-2026.csv", mue("97124,5,3 Date,x"))
    assert brought(store, "mue", path).already
    with pytest.raises(ImportRefused) as refused:
        brought(store, "mue", path, through=date(2026, 8, 31))
    assert "for other dates" in lines_of(refused.value)[0]
    other = wrote(tmp_path, "other_PractitionerServices_Eff_07-01-2026.csv", mue("97124,7,3 Date,x"))
    with pytest.raises(ImportRefused) as refused:
        brought(store, "mue", other)
    assert "--replace" in lines_of(refused.value)[0]
    assert cells(loaded(store, "mue-practitioner", UNITS, **DATES), "units") == [(5,)]
    assert brought(store, "mue", other, replace=True).replaced
    assert cells(loaded(store, "mue-practitioner", UNITS, **DATES), "units") == [(7,)]
    assert [path.name for path in (store.root / "mue-practitioner").iterdir()] == ["2026q3"]


def test_the_manifest_says_where_the_rows_are_from(store: TableStore, tmp_path: Path) -> None:
    units(store, tmp_path, "07-01-2026", 5)
    (manifest,) = store.root.rglob("manifest.json")
    content = json.loads(manifest.read_text())
    (file,) = content["files"]
    assert file["name"] == "MUE_PractitionerServices_Eff_07-01-2026.csv" and len(file["sha256"]) == 64
    assert file["bytes"] == (tmp_path / file["name"]).stat().st_size
    assert (content["rows"], content["effective"], content["through"]) == (1, "2026-07-01", "2026-09-30")
    assert content["columns"]["units"] == "number" and content["imported_at"].startswith("2026-11-23")


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"format": 9}', "not json"])
def test_a_broken_manifest_is_said_in_words(store: TableStore, tmp_path: Path, content: str) -> None:
    units(store, tmp_path, "07-01-2026", 5)
    (manifest,) = store.root.rglob("manifest.json")
    manifest.write_text(content)
    with pytest.raises(StoreError, match="import the release again"):
        store.releases()
    other = wrote(tmp_path, "b_PractitionerServices_Eff_07-01-2026.csv", mue("97124,7,3 Date,x"))
    with pytest.raises(StoreError, match="import the release again"):
        brought(store, "mue", other)
    brought(store, "mue", other, replace=True)
    assert [each.rows for each in store.releases()] == [1]


def test_rows_that_are_gone_or_cut_short_are_said_in_words(store: TableStore, tmp_path: Path) -> None:
    units(store, tmp_path, "07-01-2026", 5)
    (rows,) = store.root.rglob("rows.parquet")
    for content in (rows.read_bytes()[:-20], b"", None):
        if content is None:
            rows.unlink()
        else:
            rows.write_bytes(content)
        with pytest.raises(StoreError, match="import the release again"):
            loaded(store, "mue-practitioner", UNITS, **DATES)
        spec = TableSpec("t", {"code": ValueType.CODE}, None, "mue-practitioner")
        with pytest.raises(StoreError, match="import the release again"):
            store.in_place(spec, date(2026, 12, 1))


def test_a_refused_import_leaves_nothing_behind(store: TableStore, tmp_path: Path) -> None:
    with pytest.raises(ImportRefused):
        brought(store, "mue", wrote(tmp_path, "PractitionerServices_Eff_07-01-2026.csv", mue("97124,x,3 Date,x")))
    assert not store.root.exists()


def test_imports_at_once_leave_one_whole_release(store: TableStore, tmp_path: Path) -> None:
    paths = [
        wrote(tmp_path, f"{n}_PractitionerServices_Eff_07-01-2026.csv", mue(f"97124,{n},3 Date,x")) for n in range(6)
    ]

    def tried(path: Path) -> str:
        try:
            brought(store, "mue", path)
        except (ImportRefused, StoreError) as error:
            return type(error).__name__
        return "imported"

    with ThreadPoolExecutor(6) as pool:
        outcomes = list(pool.map(tried, paths))
    assert outcomes.count("imported") == 1
    assert len(loaded(store, "mue-practitioner", UNITS, **DATES).table.rows) == 1
    assert [path.name for path in (store.root / "mue-practitioner").iterdir()] == ["2026q3"]


def test_a_release_is_removed_even_if_it_is_damaged(store: TableStore, tmp_path: Path) -> None:
    units(store, tmp_path, "07-01-2026", 5)
    (manifest,) = store.root.rglob("manifest.json")
    manifest.unlink()
    assert store.remove("mue-practitioner", "2026q3")
    assert not store.remove("mue-practitioner", "2026q3")
    assert not store.remove("..", "store") and not store.remove("mue-practitioner", "..")
    assert store.releases() == ()
