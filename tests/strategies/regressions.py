"""Keeps a failing example as a folder of files that a person can read, and reads it back.

A folder holds ``policy-N.yaml`` and ``template-N.yaml`` as they are loaded, ``claims.jsonl`` with
one line a line (only what is not empty), and ``case.json`` with the day, the tables and a note.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from cleanclaim.claims.fields import FIELDS, ValueType
from cleanclaim.claims.model import FactValue, Line, Status
from cleanclaim.policy.load import load_text
from cleanclaim.policy.model import Period
from tests.strategies.examples import Example, Written
from tests.strategies.notation import block
from tests.strategies.pools import DECLARED
from tests.strategies.tables import SHAPES, Rows

FOLDER = Path(__file__).resolve().parents[1] / "regressions"
BY_ATTRIBUTE = {spec.attribute: spec.type for spec in FIELDS}


def write(example: Example, folder: Path, note: str) -> None:
    """Writes an example into a new folder; several batches become one after the other."""
    folder.mkdir(parents=True)
    for at, document in enumerate(example.written.policies):
        (folder / f"policy-{at}.yaml").write_text(block(document), encoding="utf-8")
    for at, document in enumerate(example.written.templates):
        (folder / f"template-{at}.yaml").write_text(block(document), encoding="utf-8")
    case: dict[str, Any] = {"note": note, "as_of": example.as_of.isoformat(), "tables": []}
    for (policy, version), tables in example.tables.items():
        for name, rows in tables.items():
            cells = [{column: _plain(cell) for column, cell in row.items()} for row in rows.rows]
            kept: dict[str, Any] = {"policy": policy, "version": version, "name": name, "rows": cells}
            if rows.coverage is not None:
                kept["coverage"] = [[_plain(period.start), _plain(period.through)] for period in rows.coverage]
            case["tables"].append(kept)
    (folder / "case.json").write_text(json.dumps(case, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    written = [json.dumps({"batch": at} | _as_json(line)) for at, batch in enumerate(example.claims) for line in batch]
    (folder / "claims.jsonl").write_text("".join(f"{line}\n" for line in written), encoding="utf-8")


def read(folder: Path) -> Example:
    """Reads an example back. Its policies stand as text, so it cannot be minimised further."""
    templates: dict[str, str] = {}
    for path in sorted(folder.glob("template-*.yaml")):
        text = path.read_text(encoding="utf-8")
        templates[_named(text)] = text
    texts = {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.glob("policy-*.yaml"))}
    policies = tuple(load_text(text, name, templates) for name, text in texts.items())
    case = json.loads((folder / "case.json").read_text(encoding="utf-8"))
    tables: dict[tuple[str, str], dict[str, Rows]] = {(policy.id, policy.version): {} for policy in policies}
    for table in case["tables"]:
        types = SHAPES[table["name"]].columns
        rows = tuple({column: _typed(cell, types[column]) for column, cell in row.items()} for row in table["rows"])
        tables[table["policy"], table["version"]][table["name"]] = Rows(table["name"], rows, _coverage(table))
    batches: dict[int, list[Line]] = {}
    for text in (folder / "claims.jsonl").read_text(encoding="utf-8").splitlines():
        given = json.loads(text)
        batches.setdefault(given.pop("batch"), []).append(_line(given))
    claims = tuple(map(tuple, batches.values()))
    return Example(Written((), ()), policies, tables, date.fromisoformat(case["as_of"]), claims)


def _named(template: str) -> str:
    first = template.splitlines()[0]
    return first.removeprefix("template:").strip().strip('"')


def _as_json(line: Line) -> dict[str, object]:
    plain = Line(line.claim, line.line, line.patient, line.service_date, line.service_date)
    found: dict[str, object] = {}
    for name, value in line._asdict().items():
        required = name in ("claim", "line", "patient", "service_date")
        if name == "facts":
            found[name] = {fact: _plain(its) for fact, its in line.facts.items()}
        elif required or value != getattr(plain, name):
            found[name] = value.value if isinstance(value, Status) else _plain(value)
    return {name: value for name, value in found.items() if value != {}}


def _line(given: Mapping[str, Any]) -> Line:
    values = {name: _typed(value, BY_ATTRIBUTE[name]) for name, value in given.items() if name in BY_ATTRIBUTE}
    facts = {name: _typed(value, DECLARED[name]) for name, value in given.get("facts", {}).items()}
    values.setdefault("service_through", values["service_date"])
    return Line(**values, facts=facts, status=Status(given.get("status", "claim")))


def _coverage(table: Mapping[str, Any]) -> tuple[Period, ...] | None:
    if "coverage" not in table:
        return None
    return tuple(Period(*(_typed(day, ValueType.DATE) for day in period)) for period in table["coverage"])


def _plain(value: FactValue | None) -> object:
    match value:
        case date():
            return value.isoformat()
        case Decimal():
            return str(value)
        case tuple():
            return list(value)
        case _:
            return value


def _typed(value: Any, type_: ValueType) -> Any:
    if value is None:
        return None
    match type_:
        case ValueType.DATE:
            return date.fromisoformat(value)
        case ValueType.MONEY:
            return Decimal(value)
        case ValueType.NUMBER:
            return Decimal(value) if isinstance(value, str) else int(value)
        case ValueType.CODES:
            return tuple(value)
        case _:
            assert isinstance(value, str | bool)
            return value
