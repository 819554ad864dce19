"""The schema files are those that the code makes, and are schemas."""

from __future__ import annotations

import json

import pytest
from jsonschema import Draft202012Validator

from cleanclaim.schemas import SCHEMAS, text_of
from tests.conftest import ROOT


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_file_is_up_to_date(name: str) -> None:
    Draft202012Validator.check_schema(json.loads(text_of(name)))
    stored = (ROOT / "schemas" / f"{name}.schema.json").read_text(encoding="utf-8")
    assert stored == text_of(name), "run: make schemas"
