"""The policy language as JSON Schema, which editors complete from; made from the tables of keys.

The builder checks all that the schema says, and more, with words of its own; so loading validates against the
schema only where a library is checked, as a net: what it alone reports is a gap in the builder.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING

from cleanclaim.claims.fields import BY_NAME, FIELDS, FieldSpec, ValueType
from cleanclaim.policy import condition_keys, keys
from cleanclaim.policy.diagnostics import Diagnostic, printable
from cleanclaim.policy.documents import Document
from cleanclaim.policy.keys import Json, Key, Keys, Schema, listed, named, one_of, ref
from cleanclaim.policy.reading import is_null
from cleanclaim.policy.scalars import inferred
from cleanclaim.policy.tree import MappingNode, Node, ScalarNode, SequenceNode

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_ORDERED = (ValueType.NUMBER, ValueType.MONEY, ValueType.DATE)
_SCALARS = {
    ValueType.NUMBER: ("number",),
    ValueType.MONEY: ("number",),
    ValueType.DATE: ("string",),
    ValueType.BOOLEAN: ("boolean",),
}
"""How JSON writes constants of a type; those of the others may look like anything."""
_LETS = (condition_keys.TOTAL, condition_keys.LOOKUP, condition_keys.ALLOWANCE, condition_keys.COUNT)
_LISTS = ("has_any", "has_all", "has_none")


def policy_schema() -> Schema:
    """The schema of one file: a policy or a template."""
    return {
        "$schema": DIALECT,
        "title": "cleanclaim policy",
        "description": "One published version of one payer policy, or a template that policies extend.",
        "type": "object",
        "if": {"required": ["template"]},
        "then": ref("template"),
        "else": ref("policy"),
        "$defs": _definitions(),
    }


def violations(documents: Iterable[Document]) -> Iterator[Diagnostic]:
    """Where documents break the schema."""
    validator = _validator()
    for document in documents:
        if document.root is not None:
            for error in validator.iter_errors(plain(document.root)):
                node = _node(document.root, error.absolute_path)
                message = f"the schema does not allow this: {printable(error.message)[:200]}"
                help = "compare it with docs/policy-language.md"
                yield node.source.problem("schema", message, node.line, node.column, help, node.length)


def plain(node: Node) -> Json:
    """A tree as the JSON that an editor's YAML reader makes of it."""
    match node:
        case MappingNode(entries):
            return {entry.key.text: plain(entry.value) for entry in entries}
        case SequenceNode(items):
            return [plain(item) for item in items]
        case ScalarNode(text):
            if is_null(node):
                return None
            match inferred(node):
                case ValueType.BOOLEAN:
                    return text == "true"
                case ValueType.NUMBER:
                    return float(text) if "." in text else _whole(text)
                case _:
                    return text


def _whole(text: str) -> Json:
    # Longer digits than any machine number are text to the schema, as they are to the builder.
    return int(text) if len(text) <= 18 else text


@cache
def _validator() -> Draft202012Validator:
    from jsonschema import Draft202012Validator

    return Draft202012Validator(policy_schema())


def _node(root: Node, path: Sequence[str | int]) -> Node:
    node = root
    for step in path:
        if isinstance(node, MappingNode) and isinstance(step, str):
            node = node.get(step) or node
        elif isinstance(node, SequenceNode) and isinstance(step, int):
            node = node.items[step]
    return node


# --- definitions --------------------------------------------------------------------------------


def _definitions() -> dict[str, Json]:
    scalar: Json = {"type": ["string", "number", "boolean"]}
    return {
        "policy": _object(keys.POLICY),
        "template": _object(keys.TEMPLATE),
        "effective": _object(keys.EFFECTIVE),
        "rule_effective": _object(keys.RULE_EFFECTIVE),
        "scope": _object(keys.SCOPE),
        "source": _object(keys.SOURCE),
        "switch_off": _object(keys.SWITCH_OFF),
        "param": {
            "description": "One value, a value by first date ({2020-01-01: 4, 2021-07-01: 3}), or {required: words}.",
            "type": ["string", "number", "boolean", "object"],
            "minProperties": 1,
            "properties": {
                "required": {**_described(keys.REQUIRED_PARAM.keys[0]), "type": ["string", "number", "boolean"]}
            },
            "patternProperties": {keys.DATE: scalar},
            "additionalProperties": False,
        },
        "code_set": {
            "description": "Codes, ranges (98940-98942), prefixes (E10*) and other sets by name.",
            "type": ["array", "string", "number"],
            "items": ref("code_entry"),
        },
        "code_entry": {"type": ["string", "number", "boolean"]},
        "code": {"type": ["string", "number", "boolean"]},
        "table": {**_object(keys.TABLE), "oneOf": [{"required": ["file"]}, {"required": ["import"]}]},
        "fact": _object(keys.FACT),
        "derivation": _object(keys.DERIVE),
        "rule": _object(keys.RULE),
        "denial": _object(keys.DENIAL),
        "test": _object(keys.TEST),
        "test_row": {"type": "object", "additionalProperties": {"type": ["string", "number", "boolean", "null"]}},
        "expected": {"type": "object", "additionalProperties": listed({"type": "integer"}, 1)},
        "test_line": _test_line(),
        "lets": named(ref("let")),
        "let": _let(),
        "condition": _condition(),
        "look": _look(condition_keys.LOOK.keys),
        "within": {"anyOf": [one_of(*condition_keys.SPANS), _object(condition_keys.WITHIN)]},
        "in_table": _object(condition_keys.IN_TABLE),
        "table_key": {"type": "object", "minProperties": 1, "additionalProperties": ref("value")},
        "value": {
            "type": ["string", "number", "boolean", "object"],
            "properties": _properties(condition_keys.VALUES.keys),
            "additionalProperties": False,
            "minProperties": 1,
            "maxProperties": 1,
        },
        "listed": {"type": ["string", "number", "boolean", "array"], "items": ref("scalar"), "minItems": 1},
        "scalar": scalar,
        "words": {"type": ["string", "number", "boolean"], "pattern": r"\S"},
        "id": {"type": ["string", "number", "boolean"], "pattern": keys.ID},
        "name": {"type": ["string", "number", "boolean"], "pattern": keys.NAME},
        "rule_id": {"type": ["string", "number", "boolean"], "pattern": keys.RULE_ID},
        "subject_name": {"type": "string", "examples": [spec.name for spec in FIELDS]},
        **{f"value_of_{name}": one_of(*BY_NAME[name].values) for name in ("payer_type", "claim_type")},
        **{f"test_of_{type_.value}": _test(type_) for type_ in dict.fromkeys(spec.type for spec in FIELDS)},
        "test_of_any": _test(None),
    }


def _object(of: Keys) -> dict[str, Json]:
    required: dict[str, Json] = {"required": list(of.required)} if of.required else {}
    return {"type": "object", "properties": _properties(of.keys), **required, "additionalProperties": False}


def _properties(of: Iterable[Key]) -> dict[str, Json]:
    return {key.name: _described(key) for key in of}


def _described(key: Key) -> dict[str, Json]:
    return {"description": key.doc, **key.schema}


def _look(own: Iterable[Key], required: Sequence[str] = ("same",)) -> dict[str, Json]:
    condition = _condition()
    properties = condition["properties"]
    assert isinstance(properties, dict)
    nested = {name: value for name, value in properties.items() if name not in ("another_line", "no_other_line")}
    return {**condition, "properties": {**_properties(own), **nested}, "required": list(required)}


def _condition() -> dict[str, Json]:
    fields: dict[str, Json] = {spec.name: _field_test(spec) for spec in FIELDS}
    return {
        "type": "object",
        "properties": {**_properties(condition_keys.CONDITION.keys), **fields},
        "additionalProperties": ref("test_of_any"),
    }


def _field_test(spec: FieldSpec) -> dict[str, Json]:
    told = spec.doc if spec.who == "the claim" else f"{spec.doc} Known from: {spec.who}."
    tested: dict[str, Json] = {"description": told, **ref(f"test_of_{spec.type.value}")}
    return {**tested, "examples": list(spec.values)} if spec.values else tested


def _test(type_: ValueType | None) -> dict[str, Json]:
    """What a fact of a type is tested with. ``None``: a let or fact, whose type the schema cannot know."""
    scalars = _SCALARS.get(type_ or ValueType.TEXT, ("string", "number", "boolean"))
    left_out: set[str] = set()
    if type_ is not None and type_ not in _ORDERED:
        left_out |= {"gt", "ge", "lt", "le", "between"}
    if type_ is ValueType.CODES:
        left_out |= {"in", "not_in"}
    elif type_ is not None:
        left_out |= set(_LISTS)
    operators = [key for key in condition_keys.OPS.keys if key.name not in left_out]
    return {
        "type": [*scalars, "array", "object"],
        "items": {"type": [*scalars]},
        "minItems": 1,
        "minProperties": 1,
        "properties": _properties((*operators, *condition_keys.VALUES.keys)),
        "additionalProperties": False,
    }


def _let() -> dict[str, Json]:
    """A total, lookup, allowance or value; which keys go together follows from the first."""
    kinds: Json = [
        {"if": {"required": _tells(of)}, "then": {"required": list(of.required), "properties": _only(of)}}
        for of in _LETS
    ]
    # A value's `count` is a list, a count's a column: told apart by `in`.
    both: dict[str, Json] = {"count": {"description": condition_keys.COUNT.keys[0].doc}}
    every = {key.name: key for of in (*_LETS, condition_keys.VALUES) for key in of.keys}
    return {
        "type": ["string", "number", "boolean", "object"],
        "properties": {**_properties(every.values()), **both},
        "additionalProperties": False,
        "minProperties": 1,
        "allOf": kinds,
    }


def _tells(of: Keys) -> Json:
    """The keys that tell a kind of let from the others."""
    return ["count", "in"] if of is condition_keys.COUNT else [of.keys[0].name]


def _only(of: Keys) -> dict[str, Json]:
    known = {key.name for kind in (*_LETS, condition_keys.VALUES) for key in kind.keys}
    return dict.fromkeys(sorted(known.difference(of.names)), False)


def _test_line() -> dict[str, Json]:
    codes: Json = {"type": ["array", "string", "number", "boolean", "null"], "items": ref("code")}
    types: dict[ValueType, dict[str, Json]] = {
        ValueType.CODE: {"type": ["string", "number", "boolean", "null"]},
        ValueType.CODES: {"type": ["array", "string", "number", "boolean", "null"], "items": ref("code")},
        ValueType.TEXT: {"type": ["string", "number", "boolean", "null"]},
        ValueType.NUMBER: {"type": ["number", "null"]},
        ValueType.MONEY: {"type": ["number", "null"]},
        ValueType.DATE: {"type": ["string", "null"], "pattern": keys.DATE},
        ValueType.BOOLEAN: {"type": ["boolean", "null"]},
    }
    fields: dict[str, Json] = {}
    for spec in FIELDS:
        allowed: dict[str, Json] = {"enum": [*spec.values, *([None] if spec.nullable else [])]} if spec.values else {}
        fields[spec.name] = {"description": spec.doc, **(allowed or types[spec.type])}
    performer: Json = {
        "type": "object",
        "description": "Facts of the rendering provider, from the roster.",
        "properties": {"licences": codes, "supervisor_npi": types[ValueType.TEXT]},
        "additionalProperties": False,
    }
    facts: Json = {"type": ["string", "number", "boolean", "null", "array"], "description": "A declared fact."}
    return {"type": "object", "properties": {**fields, "performer": performer}, "additionalProperties": facts}
