"""``policy check`` and ``policy test`` as an analyst meets them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.test_commands import run

POLICY = """\
policy: acme/fees
title: Fees
published: 2020-01-01
effective: {from: 2020-01-01}
source: {title: Example, illustration: true}
tables:
  fees: {file: fees.csv, columns: {code: code, fee: money}}
rules:
  - id: over-fee
    for: {procedure: "97124"}
    let:
      fee: {lookup: fee, in: fees, key: {code: {field: procedure}}}
    flag_if: {charge: {gt: {let: fee}}}
    message: "{charge} is over {fee}"
    fix: f
    cite: c
tests:
  - {name: a fee, lines: [{procedure: "97124", charge: 30}, {procedure: "97124"}]}
"""


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    path = tmp_path / "fees.yaml"
    path.write_text(POLICY)
    (tmp_path / "fees.csv").write_text("code,fee\n97124,25\n")
    return path


def test_errors_of_tables_and_policies_come_together(policy: Path) -> None:
    (policy.parent / "fees.csv").write_text("code,fee\n97124,$25\n97140-97142,10\n")
    policy.write_text(POLICY.replace("charge: {gt", "charg: {gt"))
    assert run("policy", "test", str(policy))[2].endswith("\n1 error\n")
    code, out, err = run("policy", "check", str(policy))
    assert (code, out) == (2, "")
    assert "fees.yaml:13:15: error[unknown-field]" in err
    assert "fees.csv:2:7: error[table]" in err and "fees.csv:3:1: error[table]" in err
    assert err.endswith("\n3 errors\n")


def test_one_error_is_counted_as_one(policy: Path) -> None:
    (policy.parent / "fees.csv").write_text("code,fee\n97124,$25\n")
    for command in ("check", "test"):
        code, _, err = run("policy", command, str(policy))
        assert code == 2
        assert err.endswith("\n 2 | 97124,$25\n   |       ^^^\n help: write 25\n\n1 error\n")


def test_a_failure_says_why_and_is_told_once(policy: Path) -> None:
    code, out, err = run("policy", "test", str(policy))
    assert code == 1
    engines = "reference" if "durable: not run" in err else "reference and durable"
    assert out.splitlines()[:-1] == [
        f"{policy.as_posix()}:18: a fee (on {engines})",
        "    unexpected: over-fee needs_info on line 2",
        "        missing: charge",
        "    unexpected: over-fee violation on line 1",
        "        $30.00 is over $25.00",
    ]
