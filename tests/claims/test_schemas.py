"""The schema of claims says what every field is, and takes a document of any shape."""

from __future__ import annotations

import json

from jsonschema import Draft202012Validator

from cleanclaim.claims.fields import FIELDS
from cleanclaim.claims.schemas import claim_schema
from cleanclaim.schemas import text_of


def test_every_field_is_described_where_a_line_may_say_it() -> None:
    line = json.loads(text_of("claim"))["$defs"]["line"]["properties"]
    for spec in FIELDS:
        if spec.name not in ("claim", "patient"):
            assert spec.doc in line[spec.name]["description"]


def test_a_document_of_any_shape_is_valid() -> None:
    validator = Draft202012Validator(claim_schema())
    claim = {"claim": "C1", "lines": [{"procedure": "97124", "service_date": "2020-01-01", "units": 4}]}
    for document in ({"claims": [claim]}, [claim], claim):
        assert validator.is_valid(document)
    assert not validator.is_valid({"claims": [{"claim": "C1", "lines": [{"procedure": 97124}]}]})
