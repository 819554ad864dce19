"""The commands as scripts and people run them: output, exit codes, and what they say when they cannot."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from typer.testing import CliRunner

from cleanclaim_cli.main import app
from tests.conftest import ROOT

BATCH = str(ROOT / "examples" / "batch.837")
ROSTER = str(ROOT / "examples" / "roster.csv")
AS_OF = ("--as-of", "2026-11-23")
POLICY = """\
policy: example/massage
title: Massage
published: 2020-01-01
effective: {from: 2020-01-01}
source: {title: Example, illustration: true}
rules:
  - id: no-massage
    for: {procedure: "97124"}
    flag_if: {units: {gt: 4}}
    message: "{units} units"
    fix: f
    cite: c
tests:
  - {name: five units, lines: [{procedure: "97124", units: 5}], expect: {no-massage: [1]}}
"""


def run(*arguments: str, stdin: bytes | None = None) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, list(arguments), input=stdin)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    path = tmp_path / "policy.yaml"
    path.write_text(POLICY)
    return path


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "claims.csv"
    path.write_text(
        "claim_id,claim_line_number,person_id,claim_line_start_date,hcpcs_code,service_unit_quantity\n"
        "C1,1,PAT-4711,2020-05-01,97124,5\n"
        "C2,1,PAT-4712,2020-05-01,97124,4\n"
        "C3,1,PAT-4713,2020-05-01,97124,many\n"
    )
    return path


class TestLint:
    def test_the_example_batch(self) -> None:
        code, out, err = run("lint", BATCH, "--roster", ROSTER, *AS_OF)
        assert code == 1
        assert err == ""
        assert "claim EX-1001" in out
        assert "example-ppo/massage:massage-with-cmt" in out
        assert "11 claims, 16 lines judged: 6 errors, 2 warnings" in out

    def test_both_engines_print_the_same_findings(self) -> None:
        reports = []
        for engine in ("reference", "durable"):
            code, out, err = run("lint", BATCH, "--roster", ROSTER, *AS_OF, "--format", "json", "--engine", engine)
            if "durable_rules" in err:
                pytest.skip(err)
            report = json.loads(out)
            assert report.pop("engine") == engine
            reports.append((code, report))
        assert reports[0] == reports[1]

    def test_json_follows_its_schema_and_repeats_itself(self) -> None:
        arguments = ("lint", BATCH, "--format", "json", "--show", "bypassed", *AS_OF)
        _, first, _ = run(*arguments)
        _, again, _ = run(*arguments)
        assert first == again
        schema = json.loads((ROOT / "schemas" / "finding.schema.json").read_text(encoding="utf-8"))
        Draft202012Validator(schema).validate(json.loads(first))

    def test_no_patient_data_in_any_format(self) -> None:
        segments = [part.strip().split("*") for part in Path(BATCH).read_text(encoding="utf-8").split("~")]
        patients = [part for part in segments if part[0] == "NM1" and part[1] in ("IL", "QC")]
        births = [part[2] for part in segments if part[0] == "DMG"]
        secrets = [element for part in patients for element in (*part[3:5], *part[9:10]) if element] + births
        assert len(secrets) > 10
        for format_ in ("text", "json", "csv"):
            _, out, err = run("lint", BATCH, "--format", format_, "--show", "bypassed", *AS_OF)
            assert [secret for secret in secrets if secret in out or secret in err] == []

    def test_counts_reconcile_and_a_bad_row_withdraws_its_claim(self, policy: Path, table: Path) -> None:
        code, out, _ = run("lint", str(table), "--policies", str(policy), "--format", "json")
        report = json.loads(out)
        assert code == 3
        assert (report["claims"], report["claims_judged"], report["lines"]) == (3, 2, 2)
        assert [finding["claim"] for finding in report["findings"]] == ["C1"]
        assert [(r["where"], r["claims"]) for r in report["rejected"]] == [("row 4", 1)]
        assert "PAT-47" not in out

    def test_fail_on(self, policy: Path, table: Path) -> None:
        table.write_text(table.read_text().replace("many", "1"))
        assert run("lint", str(table), "--policies", str(policy))[0] == 1
        assert run("lint", str(table), "--policies", str(policy), "--fail-on", "never")[0] == 0
        policy.write_text(POLICY.replace("- id: no-massage", "- id: no-massage\n    severity: warning"))
        assert run("lint", str(table), "--policies", str(policy))[0] == 0
        assert run("lint", str(table), "--policies", str(policy), "--fail-on", "warning")[0] == 1

    def test_as_of_hides_what_was_published_later(self, policy: Path, table: Path) -> None:
        table.write_text(table.read_text().replace("many", "1"))
        assert run("lint", str(table), "--policies", str(policy), "--as-of", "2019-12-31")[0] == 0

    def test_standard_input(self) -> None:
        code, out, _ = run("lint", "-", "--format", "json", *AS_OF, stdin=Path(BATCH).read_bytes())
        assert (code, json.loads(out)["claims"]) == (1, 11)

    def test_a_file_that_is_not_there(self) -> None:
        code, out, _ = run("lint", "nowhere.837")
        assert code == 3
        assert "nowhere.837" in out

    def test_csv_keeps_its_summary_off_standard_output(self) -> None:
        _, out, err = run("lint", BATCH, "--format", "csv", *AS_OF)
        assert out.startswith("source,claim,lines,")
        assert "lines judged" in err

    def test_payer_judges_every_claim_as_that_payers(self) -> None:
        def rules(*arguments: str) -> set[str]:
            report = json.loads(run("lint", BATCH, "--format", "json", *AS_OF, *arguments)[1])
            return {f["policy"] for f in report["findings"]}

        assert "medicare/chiropractic" in rules("--payer", "medicare")
        assert not any(name.startswith(("medicare/", "example-hmo/")) for name in rules("--payer", "EXAMPLE-PPO"))
        assert run("lint", BATCH, "--payer", " ")[0] == 2

    def test_a_payer_that_no_policy_speaks_of_is_told(self) -> None:
        _, out, _ = run("lint", BATCH, "--payer", "Example-PPO", *AS_OF)
        assert "no payer's policy applies\n  Example-PPO (other): 16 lines; did you mean EXAMPLE-PPO?" in out

    def test_an_unknown_option_is_wrong_usage(self) -> None:
        assert run("lint", BATCH, "--formt", "json")[0] == 2


class TestPolicyCommands:
    def test_check_reports_every_error_with_its_place(self, policy: Path, table: Path) -> None:
        broken = POLICY.replace("units: {gt: 4}", "unit: {gt: 4}").replace("title:", "titel:")
        policy.write_text(broken.replace("2020-01-01}", "2020-13-01}"))
        for arguments in (("policy", "check", str(policy)), ("lint", str(table), "--policies", str(policy))):
            code, out, err = run(*arguments)
            assert (code, out) == (2, "")
            assert "policy.yaml:2:1: error" in err
            assert "policy.yaml:4:" in err
            assert "policy.yaml:9:" in err
            assert "units" in err and "title" in err

    def test_check_says_what_loads(self, policy: Path) -> None:
        assert run("policy", "check", str(policy)) == (0, "1 policy in 1 version loaded: 1 rule, 1 test\n", "")

    def test_test_runs_on_every_engine_installed(self, policy: Path) -> None:
        code, out, _ = run("policy", "test", str(policy))
        assert code == 0
        assert out in ("2 passed, 0 failed\n", "1 passed, 0 failed\n")

    def test_test_says_what_was_expected(self, policy: Path) -> None:
        policy.write_text(POLICY.replace("units: 5", "units: 4"))
        code, out, _ = run("policy", "test", str(policy))
        assert code == 1
        assert "policy.yaml" in out and "five units" in out
        assert "expected: no-massage violation on line 1" in out

    def test_the_shipped_library_passes(self) -> None:
        code, out, _ = run("policy", "test")
        assert code == 0, out


class TestExplain:
    def test_a_rule_that_fired(self) -> None:
        code, out, _ = run("explain", "EX-1001", "example-ppo/massage:massage-with-cmt", BATCH, *AS_OF)
        assert code == 0
        assert "claim EX-1001 line 2  97124" in out
        assert "violation" in out
        assert "✔ there is another line of the same patient, date of service" in out
        assert "claim EX-1001 line 1 (98940)" in " ".join(out.split())

    def test_a_rule_that_did_not(self) -> None:
        _, out, _ = run("explain", "EX-1001", "massage-with-cmt", BATCH, "--line", "1", *AS_OF)
        assert "silent" in out
        assert "✘" in out

    def test_an_unknown_rule_or_claim(self) -> None:
        code, _, err = run("explain", "EX-1001", "massage-with-cmd", BATCH)
        assert code == 2
        assert "massage-with-cmt" in err
        code, _, err = run("explain", "EX-101", "massage-with-cmt", BATCH)
        assert code == 2
        assert "no claim EX-101 is among the 11 claims" in err and "EX-1001" in err
        code, _, err = run("explain", "EX-1001", "massage-with-cmt", BATCH, "--line", "7")
        assert (code, err) == (2, "claim EX-1001 has no line 7; its lines are 1, 2.\n")

    def test_silence_says_which_part_of_the_rule_it_comes_from(self) -> None:
        _, out, _ = run("explain", "EX-1001", "example-ppo/massage:massage-units-per-day", BATCH, "--line", "2", *AS_OF)
        assert "silent: the rule is for this line, and what it flags is not so" in out


def test_a_full_disk_is_told() -> None:
    with Path("/dev/full").open("wb") as full:
        command = [sys.executable, "-m", "cleanclaim_cli.main", "lint", BATCH]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 2
    assert done.stderr == "cannot go on: No space left on device\n"


def test_a_reader_that_goes_away_is_no_error() -> None:
    command = f"'{sys.executable}' -m cleanclaim_cli.main lint '{BATCH}' | head -1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("claim EX-1001")
    assert done.stderr == ""
