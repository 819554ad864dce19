"""The schema files are those that the field catalogue makes, and are schemas."""

from __future__ import annotations

import json

import pytest
from jsonschema import Draft202012Validator

from cleanclaim.claims.fields import FIELDS
from cleanclaim.claims.schemas import claim_schema, render, roster_schema
from tests.conftest import ROOT


@pytest.mark.parametrize(("name", "schema"), [("claim", claim_schema()), ("roster", roster_schema())])
def test_the_files_are_up_to_date(name: str, schema: dict[str, object]) -> None:
    Draft202012Validator.check_schema(schema)
    stored = (ROOT / "schemas" / f"{name}.schema.json").read_text(encoding="utf-8")
    assert stored == render(schema), "run: python -m cleanclaim.claims.schemas schemas"  # type: ignore[arg-type]


def test_every_field_is_described_where_a_line_may_say_it() -> None:
    line = json.loads(render(claim_schema()))["$defs"]["line"]["properties"]
    for spec in FIELDS:
        if spec.name not in ("claim", "patient"):
            assert spec.doc in line[spec.name]["description"]


def test_a_document_of_any_shape_is_valid() -> None:
    validator = Draft202012Validator(claim_schema())
    claim = {"claim": "C1", "lines": [{"procedure": "97124", "service_date": "2020-01-01", "units": 4}]}
    for document in ({"claims": [claim]}, [claim], claim):
        assert validator.is_valid(document)
    assert not validator.is_valid({"claims": [{"claim": "C1", "lines": [{"procedure": 97124}]}]})
