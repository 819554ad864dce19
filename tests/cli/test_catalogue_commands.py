"""``policy list`` and ``policy docs`` as an analyst meets them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from cleanclaim_cli.catalogue import docs, list_
from tests.cli.test_commands import POLICY

app = typer.Typer()
app.command("list")(list_)
app.command("docs")(docs)


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, list(arguments), env={"COLUMNS": "80"})
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture
def policy(tmp_path: Path) -> str:
    path = tmp_path / "policy.yaml"
    path.write_text(POLICY)
    return str(path)


def test_list_shows_the_library(policy: str) -> None:
    code, out, _ = run("list", policy)
    assert code == 0
    assert "  example/massage\n    Massage\n" in out
    assert "error     no-massage" in out
    assert out.splitlines()[-2] == "1 policy in 1 version: 1 rule (1 error)"


def test_list_as_json_counts_tests(policy: str) -> None:
    code, out, _ = run("list", policy, "--format", "json", "--as-of", "2020-01-01")
    (version,) = json.loads(out)["authorities"][0]["policies"][0]["versions"]
    assert (code, version["rules"][0]["tests"]["violation"]) == (0, 1)


def test_list_before_anything_was_published(policy: str) -> None:
    code, out, err = run("list", policy, "--as-of", "2019-12-31")
    assert (code, out) == (2, "")
    assert err == "no policy was published by 2019-12-31; the first was on 2020-01-01.\n"


def test_list_of_one_authority(policy: str) -> None:
    assert run("list", policy, "--authority", "example")[0] == 0
    assert run("list", policy, "--authority", "exampel")[2] == (
        "no policy is of the authority exampel; did you mean example?\n"
    )
    assert run("list", policy, "--authority", "medicare")[2] == (
        "no policy is of the authority medicare; there are example.\n"
    )


def test_list_of_a_policy_that_does_not_load(tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text(POLICY.replace("flag_if", "flagif"))
    code, out, err = run("list", str(tmp_path / "p.yaml"))
    assert (code, out) == (2, "")
    assert "p.yaml:" in err and "error[" in err


def test_docs_writes_pages_twice_alike(policy: str, tmp_path: Path) -> None:
    out = tmp_path / "pages"
    code, told, _ = run("docs", policy, "--out", str(out))
    assert (code, told) == (0, f"1 policy: open {out.as_posix()}/index.html\n")
    first = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    assert {path.relative_to(out).as_posix() for path in first} == {
        "index.html",
        "pages.txt",
        "policies/example/massage.html",
        "style.css",
    }
    assert run("docs", policy, "--out", str(out))[0] == 0
    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == first


def test_docs_refuses_a_folder_of_other_things(policy: str, tmp_path: Path) -> None:
    code, _, err = run("docs", policy, "--out", str(tmp_path))
    assert code == 2
    assert err == (
        f"{tmp_path} holds files that `policy docs` did not write (policy.yaml); name an empty or a new folder.\n"
    )


def test_docs_tells_of_tests_that_do_not_hold(tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text(POLICY.replace("units: 5", "units: 4"))
    code, _, err = run("docs", str(tmp_path / "p.yaml"), "--out", str(tmp_path / "out"))
    assert code == 0
    assert err == (
        "this test does not come out as it says, and its page tells so: example/massage of 2020-01-01: five units\n"
    )


def test_docs_needs_a_folder(policy: str) -> None:
    assert run("docs", policy)[0] == 2
