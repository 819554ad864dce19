"""What an import holds a table to is what a lint asks of it, and the page lists what the shipped policies ask."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from cleanclaim.claims.fields import ValueType
from cleanclaim.policy.diagnostics import PolicyError
from cleanclaim.policy.load import load_library
from cleanclaim.policy.model import TableSpec
from cleanclaim.tables.commands import is_published
from cleanclaim.tables.declared import Declaration, declarations, imported_names
from cleanclaim.tables.problems import ImportRefused
from cleanclaim.tables.store import TableStore
from tests.conftest import ROOT
from tests.tables.files import brought, lines_of, wrote

POLICIES = load_library([ROOT / "policies"], lean=True).policies
PAGE = (ROOT / "docs" / "tables.md").read_text(encoding="utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("| ").split(" | ")]
    for line in PAGE.split("<!-- generic: begin -->\n")[1].split("<!-- generic: end -->")[0].splitlines()[2:]
]


def test_the_page_lists_every_table_of_ones_own_that_a_shipped_policy_imports() -> None:
    named = [row[0].strip("`") for row in ROWS]
    assert named == sorted(name for name in imported_names(POLICIES) if not is_published(name))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0].strip("`"))
def test_the_page_gives_columns_types_values_and_a_row_that_is_imported(row: list[str], tmp_path: Path) -> None:
    name, columns, _, example = row
    name = name.strip("`")
    (declared,) = declarations(POLICIES, name)
    listed = dict(re.findall(r"`(\w+)` (\w+)", columns))
    assert listed == {column: type_.value for column, type_ in declared.columns.items()}
    path = wrote(tmp_path, "own.csv", f"{','.join(listed)}\n{example.strip('`')}\n")
    store = TableStore(tmp_path / "store")
    assert brought(store, "generic", path, name=name, declared=(declared,)).release.rows == 1
    for policy in POLICIES:
        for spec in policy.tables.values():
            if spec.imported == name:
                assert store.load(spec, date(2030, 1, 1)) is not None


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0].strip("`"))
def test_the_page_gives_every_value_that_a_rule_looks_for(row: list[str]) -> None:
    name = row[0].strip("`")
    for path in (ROOT / "policies").rglob("*.yaml"):
        rules = path.read_text(encoding="utf-8").split("test_tables:")[0]
        if f"import: {name}\n" in rules:
            lists = re.findall(r"where: \{(?:kind|category|sex): \[([^\]]+)\]", rules)
            words = {word for found in lists for word in found.split(", ")}
            words |= set(re.findall(r"period: (\w+)\}", rules)) - {"text"}
            assert all(f"`{word}`" in row[2] for word in words), words


@pytest.mark.parametrize(
    ("columns", "start", "through", "dated"),
    [
        ({"code": "code", "limit": "number"}, None, None, False),
        ({"code": "code", "limit": "number"}, None, None, True),
        ({"code": "code", "limit": "money", "when": "date"}, None, None, False),
        ({"code": "number"}, None, None, False),
        ({"code": "code", "most": "number"}, None, None, False),
        ({"code": "code"}, "when", None, False),
        ({"code": "code"}, "effective", None, True),
        ({"code": "code"}, "effective", "through", True),
        ({"code": "code"}, "from", None, True),
        ({"limit": "boolean"}, None, None, False),
    ],
)
def test_an_import_is_refused_exactly_where_a_lint_would_stop(
    tmp_path: Path, columns: dict[str, str], start: str | None, through: str | None, dated: bool
) -> None:
    path = wrote(tmp_path, "x.csv", "code,limit,when\n0591T,4,2026-01-01\n97124,,\n")
    types = {name: ValueType(type_) for name, type_ in columns.items()}
    dates = {name: ValueType.DATE for name in (start, through) if name is not None}
    options = {"name": "x", **({"effective": date(2026, 1, 1)} if dated else {})}
    stored, checked = TableStore(tmp_path / "stored"), TableStore(tmp_path / "checked")
    brought(stored, "generic", path, **options)
    try:
        stored.load(TableSpec("t", types, None, "x", start, through), date(2030, 1, 1))
    except PolicyError:
        with pytest.raises(ImportRefused) as refused:
            brought(checked, "generic", path, **options, declared=(Declaration("x", ("own/p",), {**types, **dates}),))
        assert all("which the policy own/p wants of x" in line for line in lines_of(refused.value))
        assert checked.releases() == ()
    else:
        brought(checked, "generic", path, **options, declared=(Declaration("x", ("own/p",), {**types, **dates}),))
        assert len(checked.releases()) == 1
