"""The published schema: explained on every key, and never stricter than the builder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cleanclaim.policy.diagnostics import PolicyError
from cleanclaim.policy.documents import document
from cleanclaim.policy.keys import Json
from cleanclaim.policy.load import load_text
from cleanclaim.policy.model import Seen
from cleanclaim.policy.schema import policy_schema, violations
from cleanclaim.schemas import text_of
from tests.policy.writing import END, HEAD
from tests.strategies.examples import rolled_written
from tests.strategies.notation import flow


def objects(schema: Json) -> Iterator[dict[str, Json]]:
    if isinstance(schema, dict):
        if isinstance(schema.get("properties"), dict) and "description" not in schema["properties"]:
            yield schema
        for value in schema.values():
            yield from objects(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from objects(value)


def test_every_key_is_explained_to_editors() -> None:
    for each in objects(policy_schema()):
        properties = each["properties"]
        assert isinstance(properties, dict)
        for name, value in properties.items():
            if isinstance(value, dict) and name not in ("licences", "supervisor_npi"):
                assert value.get("description"), name


def test_every_reference_is_defined() -> None:
    text = text_of("policy")
    definitions = policy_schema()["$defs"]
    assert isinstance(definitions, dict)
    for name in definitions:
        assert f'"#/$defs/{name}"' in text, f"{name} is never used"
    for part in text.split('"#/$defs/')[1:]:
        assert part.split('"')[0] in definitions


def test_all_that_loads_agrees_with_it() -> None:
    for seed in range(150):
        written = rolled_written(f"schema-{seed}")[1]
        for each in (*written.policies, *written.templates):
            found = list(violations([document(flow(each), "policy.yaml")]))
            assert found == [], found[0].render() + "\n" + flow(each)


RULE = "rules:\n  - id: r\n    let: {n: %s}\n    flag_if: {in_table: {table: fees, key: {code: {field: procedure}}}}\n"
KEY = "in: fees, key: {code: {field: procedure}}"


@pytest.mark.parametrize(
    ("let", "more", "good"),
    [
        ('{"/": [{field: charge}, {field: units}]}', "", True),
        ('{"/": [{field: charge}]}', "", False),
        ('{"/": [1, 2, 3]}', "", False),
        ("{count: [{field: modifiers}]}", "", True),
        ("{distinct: [{field: modifiers}]}", "", True),
        ("{first: [{field: modifiers}]}", "", True),
        ("{distinct: {field: modifiers}}", "", False),
        ("{distinct: []}", "", False),
        ("{distinct: [{field: modifiers}, {field: modifiers}]}", "", False),
        ("{valid_npi: [{field: billing_npi}]}", "", True),
        ("{valid_npi: {field: billing_npi}}", "", False),
        ("{next_weekday: [2020-02-29]}", "", True),
        ("{next_weekday: [2020-02-29, 1]}", "", False),
        (f"{{count: amount, {KEY}}}", "", True),
        (f"{{count: amount, {KEY}, on: {{field: received}}}}", "", True),
        (f"{{count: amount, {KEY}, default: 0}}", "", False),
        ("{count: amount, in: fees}", "", False),
        (f"{{count: amount, lookup: amount, {KEY}}}", "", False),
        ("{total: allowed, of: {}, same: [patient]}", "", True),
        ("{total: procedures, of: {}, same: [patient]}", "", True),
        ("{total: procedure, of: {}, same: [patient]}", "", False),
        ("4", "test_tables: {fees: [{code: 97124, amount: 25, units: ~, state: NY, starts: 2020-01-01}]}", True),
        ("4", "test_tables: {fees: [{}]}", True),
        ("4", "test_tables: {}", True),
        ("4", "test_tables: {fees: []}", True),
        ("4", "test_tables: {fees: {code: 97124}}", False),
        ("4", "test_tables: {fees: [97124]}", False),
        ("4", "test_tables: {fees: [{code: [97124]}]}", False),
        ("4", "test_tables: [fees]", False),
        ("4", "define: {many: {count: [{field: modifiers}]}}", True),
        ("4", "define: {many: {count: {field: modifiers}}}", False),
        ("4", "define: {many: {total: lines, of: {}, same: [patient]}}", False),
        ("4", "define: [many]", False),
    ],
)
def test_it_refuses_what_the_builder_refuses(let: str, more: str, good: bool) -> None:
    text = f"{HEAD}{RULE % let}{END}{more}\n"
    assert (not list(violations([document(text, "policy.yaml")]))) is good
    assert loads(text) is good


@pytest.mark.parametrize(
    ("seen", "good"),
    [
        ("original", True),
        ("reproduction", True),
        ("summary", True),
        ("copy", False),
        ("[summary]", False),
        ("~", False),
    ],
)
def test_as_what_a_source_was_read_is_one_of_three_words(seen: str, good: bool) -> None:
    text = HEAD.replace("illustration: true", f"seen: {seen}") + f"{RULE % 4}{END}"
    assert (not list(violations([document(text, "policy.yaml")]))) is good
    assert loads(text) is good
    if good:
        assert load_text(text).source.seen is Seen(seen)


def test_a_source_need_not_say_as_what_it_was_read() -> None:
    assert load_text(f"{HEAD}{RULE % 4}{END}").source.seen is None


def loads(text: str) -> bool:
    try:
        load_text(text)
    except PolicyError:
        return False
    return True
