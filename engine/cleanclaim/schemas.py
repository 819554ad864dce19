"""Writes every JSON Schema of the project from the types in the code: ``python -m cleanclaim.schemas FOLDER``."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from cleanclaim.claims.schemas import claim_schema, roster_schema
from cleanclaim.policy.schema import policy_schema
from cleanclaim.reports.schema import finding_schema

SCHEMAS = {"policy": policy_schema, "claim": claim_schema, "finding": finding_schema, "roster": roster_schema}


def text_of(name: str) -> str:
    """A schema as it stands in its file."""
    return json.dumps(SCHEMAS[name](), indent=2, ensure_ascii=False) + "\n"


def write(folder: Path) -> None:
    """Writes ``NAME.schema.json`` for each schema."""
    for name in SCHEMAS:
        (folder / f"{name}.schema.json").write_text(text_of(name), encoding="utf-8")


if __name__ == "__main__":
    write(Path(*sys.argv[1:]))
