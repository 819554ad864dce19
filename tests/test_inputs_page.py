"""The inputs page lists the fields of the catalogue, and its mapping example is read."""

from __future__ import annotations

import re

from cleanclaim.claims.fields import FIELDS, FieldSpec
from cleanclaim.claims.tables.mapping import read_map
from tests.conftest import ROOT

PAGE = ROOT / "docs" / "inputs.md"
BEGIN, END = "<!-- fields: begin -->\n", "<!-- fields: end -->"


def row(spec: FieldSpec) -> str:
    column = f"{spec.column}1` … `{spec.column}{spec.columns}" if spec.columns > 1 else spec.column
    ours = " (ours)" if spec.ours else ""
    return f"| `{spec.name}` | {spec.type.value} | `{column}`{ours} | {spec.doc} |\n"


def field_table() -> str:
    return "| field | type | column | what it is |\n|---|---|---|---|\n" + "".join(map(row, FIELDS))


def test_the_page_lists_every_field(update_golden: bool) -> None:
    page = PAGE.read_text(encoding="utf-8")
    head, rest = page.split(BEGIN)
    _, tail = rest.split(END)
    wanted = head + BEGIN + field_table() + END + tail
    if update_golden:
        PAGE.write_text(wanted, encoding="utf-8")
        page = wanted
    assert page == wanted, "run: pytest tests/test_inputs_page.py --update-golden"


def test_the_mapping_example_is_read() -> None:
    (example,) = re.findall(r"^```yaml\n(columns:.*?)^```$", PAGE.read_text(encoding="utf-8"), re.M | re.S)
    assert {"claim", "charge", "modifiers", "diagnoses", "service_date"} <= {*read_map(example, "map.yaml").rules}
