"""The contract rules of ../many_rules.py by hand, an SQL statement a rule: python statements.py LINES.parquet RULES.

A finding is the policy, the rule, the line and the verdict; cleanclaim's have message, facts met and fingerprint too.
"""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb
from peer import Stopwatch, tell

sys.path.append(str(Path(__file__).parents[1]))
from many_rules import Contract, contracts

COLUMNS = (
    "line_id, patient_id, payer, service_date, procedure, modifiers, units, charge_cents, rendering_npi, license_type"
)


def listed(codes: tuple[str, ...]) -> str:
    return "(" + ", ".join(f"'{code}'" for code in codes) + ")"


def statement(rule: Contract) -> str:
    """One rule: its lines, each with its verdict."""
    own, other = listed(rule.own), listed(rule.other)
    lines = f"FROM lines l WHERE l.payer = '{rule.payer}' AND l.procedure IN {own}"
    bypassed = f"if(list_contains(l.modifiers, '{rule.modifier}'), 'bypassed', 'violation')"
    licensed = f"license_type IN ('LMT', 'DC', '{rule.modifier}')"
    day = "m.patient_id = l.patient_id AND m.service_date = l.service_date"
    near = f"m.service_date BETWEEN l.service_date - {rule.days} AND l.service_date"
    billed = f"SELECT sum(m.units) FROM lines m WHERE m.procedure IN {own} AND {day}"
    kinds = (
        f"SELECT l.line_id, 'violation' {lines} AND l.units > {rule.units}",
        f"SELECT l.line_id, 'violation' {lines} AND list_contains(l.modifiers, '{rule.modifier}')"
        f" AND l.charge_cents > {rule.charge * 100}",
        f"SELECT l.line_id, 'violation' {lines} AND ({billed}) > {rule.billed}",
        f"SELECT l.line_id, {bypassed} {lines}"
        f" AND EXISTS (FROM lines m WHERE m.procedure IN {other} AND {day} AND m.line_id <> l.line_id)",
        f"SELECT l.line_id, if(l.license_type IS NULL, 'needs_info', 'violation') {lines} AND l.units >= {rule.least}"
        f" AND (l.license_type IS NULL OR NOT {licensed})",
        f"SELECT l.line_id, 'violation' {lines} AND l.units > 1 AND EXISTS (FROM lines m WHERE m.procedure IN {own}"
        f" AND m.patient_id = l.patient_id AND m.rendering_npi = l.rendering_npi AND m.units > 1"
        f" AND {near} AND m.line_id <> l.line_id)",
    )
    return f"INSERT INTO found SELECT {rule.policy}, {rule.number}, * FROM ({kinds[rule.kind]})"


def main() -> None:
    if len(sys.argv) != 3:
        raise SystemExit("usage: python statements.py LINES.parquet RULES")
    watch = Stopwatch()
    connection = duckdb.connect(config={"threads": 2, "memory_limit": "6GB"})
    connection.execute(f"CREATE TABLE lines AS SELECT {COLUMNS} FROM read_parquet('{sys.argv[1]}')")
    connection.execute("CREATE TABLE found (policy INTEGER, rule INTEGER, line BIGINT, verdict VARCHAR)")
    watch.lap("load")
    for rule in contracts(int(sys.argv[2])):
        connection.execute(statement(rule))
    watch.lap("evaluate")
    tell(dict(connection.execute("SELECT verdict, count(*) FROM found GROUP BY 1").fetchall()), watch.seconds)


if __name__ == "__main__":
    main()
