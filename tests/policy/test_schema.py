"""The published schema: explained on every key, and never stricter than the builder."""

from __future__ import annotations

from collections.abc import Iterator

from cleanclaim.policy.documents import document
from cleanclaim.policy.keys import Json
from cleanclaim.policy.schema import policy_schema, violations
from cleanclaim.schemas import text_of
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
