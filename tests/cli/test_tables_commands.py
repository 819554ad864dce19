"""``cleanclaim tables`` as people run it: what it prints, where it stores, and its exit codes."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from cleanclaim_cli.tables import app
from tests.tables.files import MUE_NAME, PTP_NAME, mue, ptp, wrote


def run(*arguments: str | Path, environment: dict[str, str] | None = None) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, [str(each) for each in arguments], env=environment)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture
def at(tmp_path: Path) -> tuple[str, str]:
    return "--tables", str(tmp_path / "store")


def test_import_list_and_remove(tmp_path: Path, at: tuple[str, str]) -> None:
    pairs = wrote(tmp_path, PTP_NAME, ptp("97140 97124 19960101 * 0", "98940 97140 20020401 * 1"))
    code, out, err = run("import", "ncci-ptp", pairs, *at)
    assert (code, out) == (
        0,
        "imported ncci-ptp-practitioner 2026q3 (through 2026-09-30): 2 rows read, 2 stored\n",
    )
    assert err.startswith("warning: only 1 of the parts f1 to f4")
    assert run("import", "ncci-ptp", pairs, *at)[1] == "already imported: ncci-ptp-practitioner 2026q3, 2 rows\n"
    assert run("import", "mue", wrote(tmp_path, MUE_NAME, mue("97124,4,3 Date,x")), *at)[0] == 0
    code, out, err = run("list", *at)
    heads, first, second = out.splitlines()
    assert (code, err) == (0, "") and heads.split() == ["table", "release", "in", "force", "rows", "source", "imported"]
    assert first.split()[:7] == ["mue-practitioner", "2026q3", "2026-07-01", "to", "2026-09-30", "1", MUE_NAME]
    assert second.split()[:6] == ["ncci-ptp-practitioner", "2026q3", "through", "2026-09-30", "2", PTP_NAME]
    assert run("remove", "mue-practitioner", "2026q3", *at)[:2] == (0, "mue-practitioner 2026q3 removed\n")
    code, _, err = run("remove", "mue-practitioner", "2026q3", *at)
    assert code == 2 and "there is no table 'mue-practitioner' with a release '2026q3'" in err


def test_a_refusal_shows_each_kind_of_problem_with_its_first_places(tmp_path: Path, at: tuple[str, str]) -> None:
    rows = [f"{n:05} 97124 20200101 * 7" for n in range(100, 112)]
    path = wrote(tmp_path, PTP_NAME, ptp("971 97124 20200101 * 0", *rows))
    code, out, err = run("import", "ncci-ptp", path, *at)
    assert (code, out) == (2, "")
    assert "error: column_1 cannot be read\n" in err
    assert f"  {PTP_NAME} line 7: '971' is not a procedure code\n" in err
    assert "error: modifier_indicator cannot be read (12 times)\n" in err
    assert "  … and 2 more\n  help: known are 0, 1, 9;" in err
    assert err.endswith("nothing was imported\n") and run("list", *at)[1] == ""


def test_the_folder_is_the_option_else_the_variable(tmp_path: Path, at: tuple[str, str]) -> None:
    path = wrote(tmp_path, MUE_NAME, mue("97124,4,3 Date,x"))
    variable = {"CLEANCLAIM_TABLES": str(tmp_path / "named")}
    assert run("import", "mue", path, environment=variable)[0] == 0
    assert run("import", "mue", path, *at, environment=variable)[0] == 0
    for folder in ("named", "store"):
        assert (tmp_path / folder / "mue-practitioner" / "2026q3" / "rows.parquet").is_file()


def test_usage_that_is_wrong(tmp_path: Path, at: tuple[str, str]) -> None:
    path = wrote(tmp_path, MUE_NAME, mue("97124,4,3 Date,x"))
    assert run("import", "nonsense", path, *at)[0] == 2
    assert run("import", "mue", *at)[0] == 2
    assert run("import", "mue", path, "--effective", "July", *at)[0] == 2
    assert run("import", "mue", path, "--supplier", "nobody", *at)[0] == 2
    code, _, err = run("import", "mue", tmp_path / "none.csv", *at)
    assert code == 2 and "'none.csv' is not there" in err


def test_dates_and_releases_may_be_said(tmp_path: Path, at: tuple[str, str]) -> None:
    path = wrote(tmp_path, "limits.csv", "code,limit\n97124,4\n")
    dates = ("--effective", "2026-01-01", "--through", "2026-12-31", "--published", "2025-11-01")
    code, out, _ = run("import", "generic", path, "--name", "limits", "--release", "First", *dates, *at)
    assert (code, out) == (0, "imported limits first (2026-01-01 to 2026-12-31): 1 row read, 1 stored\n")


def test_a_generic_table_is_held_to_the_shipped_policies_when_it_is_imported(
    tmp_path: Path, at: tuple[str, str]
) -> None:
    path = wrote(tmp_path, "ages.csv", "code,minage,max_age,sex\n59400,9,64,F\n")
    generic = ("import", "generic", "--name")
    code, out, err = run(*generic, "code-attributes", path, *at)
    assert (code, out) == (2, "") and run("list", *at)[1] == ""
    assert "error: ages.csv has no column 'min_age' (did you mean minage?), which the policy general/age-sex" in err
    assert "code (code), min_age (number), max_age (number), sex (text)" in err and err.endswith(
        "nothing was imported\n"
    )
    path = wrote(tmp_path, "ages.csv", "code,min_age,max_age,sex\n59400,nine,64,F\n")
    code, _, err = run(*generic, "code-attributes", path, *at)
    assert code == 2 and "min_age cannot be read as number" in err and "ages.csv line 2: 'nine' is not a number" in err
    assert run(*generic, "code-attribute", path, *at)[2].startswith(
        "warning: no policy imports a table called code-attribute (did you mean code-attributes?)"
    )
    path = wrote(tmp_path, "ages.csv", "code,min_age,max_age,sex\n59400,9,64,F\n")
    assert run(*generic, "code-attributes", path, *at)[::2] == (0, "")


OWN = """
policy: own/limits
title: Own limits
published: 2020-01-01
effective: {}
source: {title: own}
tables:
  limits: {import: own-limits, columns: {code: code, most: number}}
rules:
  - id: limit
    for: {procedure: {missing: false}}
    let: {most: {lookup: most, in: limits, key: {code: {field: procedure}}}}
    flag_if: {units: {gt: {let: most}}}
    message: "{procedure} is over its limit."
    fix: The record must show the units.
    cite: own
"""


def test_a_generic_table_is_held_to_the_policies_that_are_named(tmp_path: Path, at: tuple[str, str]) -> None:
    own = wrote(tmp_path, "own.yaml", OWN)
    path = wrote(tmp_path, "limits.csv", "code,many\n97124,4\n")
    code, _, err = run("import", "generic", path, "--name", "own-limits", *at)
    assert code == 0 and "no policy imports a table called own-limits" in err
    # What is stored already is held to the policies too.
    code, _, err = run("import", "generic", path, "--name", "own-limits", "--policies", own, *at)
    assert code == 2 and "has no column 'most', which the policy own/limits wants" in err
    units = wrote(tmp_path, MUE_NAME, mue("97124,4,3 Date,x"))
    assert "--policies is only for generic tables" in run("import", "mue", units, "--policies", own, *at)[2]
    broken = wrote(tmp_path, "broken.yaml", "policy: 1")
    code, _, err = run("import", "generic", path, "--name", "x", "--policies", broken, *at)
    assert code == 2 and err.endswith("nothing was imported\n")


def test_every_failure_is_an_error_with_help(tmp_path: Path) -> None:
    path = wrote(tmp_path, MUE_NAME, mue("97124,4,3 Date,x"))
    nowhere = wrote(tmp_path, "file", "") / "store"
    code, _, err = run("import", "mue", path, "--tables", nowhere)
    assert code == 2 and err.startswith("error: the folder of tables ") and "cannot be written" in err
    assert "\n  help: see that the disk has room" in err and err.endswith("nothing was imported\n")
    cut = wrote(tmp_path, MUE_NAME, mue("97124,4,3 Date,x", "97110"))
    assert "1 cell, and the header has 4" in run("import", "mue", cut, "--tables", tmp_path / "store")[2]


def test_a_damaged_store_is_said_in_words(tmp_path: Path, at: tuple[str, str]) -> None:
    assert run("import", "mue", wrote(tmp_path, MUE_NAME, mue("97124,4,3 Date,x")), *at)[0] == 0
    (manifest,) = Path(at[1]).rglob("manifest.json")
    manifest.write_text("{")
    code, _, err = run("list", *at)
    assert code == 2 and "is damaged" in err and "import the release again" in err


def test_an_empty_store_says_where_it_looked(at: tuple[str, str]) -> None:
    code, out, err = run("list", *at)
    assert (code, out) == (0, "") and at[1] in err
