"""The JSON Schemas of claims and rosters, made from the field catalogue."""

from __future__ import annotations

from cleanclaim.claims.fields import FIELDS, FieldSpec, ValueType
from cleanclaim.claims.roster_columns import COLUMNS as ROSTER_COLUMNS

Json = None | bool | int | str | list["Json"] | dict[str, "Json"]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
DATE_PATTERN = r"^\d{4}-\d{2}-\d{2}$"
CODE_PATTERN = r"^[^\s,;|^]+$"

_CODE: dict[str, Json] = {"type": "string", "pattern": CODE_PATTERN}
_TYPES: dict[ValueType, dict[str, Json]] = {
    ValueType.CODE: {"type": ["string", "null"], "pattern": CODE_PATTERN},
    ValueType.CODES: {"type": ["array", "null"], "items": _CODE},
    ValueType.TEXT: {"type": ["string", "null"]},
    ValueType.NUMBER: {"type": ["number", "null"]},
    ValueType.MONEY: {"type": ["number", "null"]},
    ValueType.DATE: {"type": ["string", "null"], "format": "date", "pattern": DATE_PATTERN},
    ValueType.BOOLEAN: {"type": ["boolean", "null"]},
}
_ID: dict[str, Json] = {"type": "string", "pattern": r"\S"}


def field_schema(spec: FieldSpec) -> dict[str, Json]:
    """The schema of one field's value; ``null`` and a field left out both mean that it is missing."""
    told = spec.doc if spec.who == "the claim" else f"{spec.doc} Known from: {spec.who}."
    values: list[Json] = [*spec.values, None]
    return {"description": told, **_TYPES[spec.type], **({"enum": values} if spec.values else {})}


def claim_schema() -> dict[str, Json]:
    """The schema of a JSON claims document: ``{"claims": [...]}``, an array of claims, or one claim."""
    inherited: dict[str, Json] = {
        spec.name: field_schema(spec) for spec in FIELDS if spec.name not in ("claim", "line", "patient")
    }
    docs = {spec.name: spec.doc for spec in FIELDS}
    facts: Json = {
        "type": "object",
        "description": "Declared facts by name: what no claim form carries and a policy asks for.",
        "additionalProperties": {
            "anyOf": [
                {"type": ["string", "number", "boolean", "null"]},
                {"type": "array", "items": {"type": "string"}},
            ]
        },
    }
    line: Json = {
        "type": "object",
        "description": "One service line. What it leaves out it takes from its claim.",
        "properties": {
            "line": {
                "description": docs["line"] + " Left out on every line of a claim: its position, from 1.",
                "type": "integer",
                "minimum": 0,
            },
            **inherited,
            "facts": {"$ref": "#/$defs/facts"},
        },
        "additionalProperties": False,
    }
    log: Json = {
        "type": "object",
        "description": "A timed service that was performed and not billed: only its minutes count.",
        "properties": {
            name: inherited[name] for name in ("service_date", "procedure", "minutes", "rendering_npi", "modifiers")
        },
        "required": ["procedure", "minutes"],
        "additionalProperties": False,
    }
    claim: Json = {
        "type": "object",
        "description": "One claim. A field given here holds for all its lines that do not give their own.",
        "properties": {
            "claim": {"description": docs["claim"], **_ID},
            "patient": {"description": docs["patient"], "type": ["string", "null"], "pattern": r"\S"},
            **inherited,
            "status": {
                "description": "history: billed before; it counts as another line and is not judged itself.",
                "enum": ["claim", "history"],
            },
            "facts": {"$ref": "#/$defs/facts"},
            "lines": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/line"}},
            "treatment_log": {"type": "array", "items": {"$ref": "#/$defs/logged"}},
        },
        "required": ["claim", "lines"],
        "additionalProperties": False,
    }
    return {
        "$schema": DIALECT,
        "title": "cleanclaim claims",
        "description": "Claims to lint, as JSON; in a JSON Lines file each line is one claim.",
        "anyOf": [
            {
                "type": "object",
                "properties": {
                    "$schema": {"type": "string"},
                    "claims": {"type": "array", "items": {"$ref": "#/$defs/claim"}},
                },
                "required": ["claims"],
                "additionalProperties": False,
            },
            {"type": "array", "items": {"$ref": "#/$defs/claim"}},
            {"$ref": "#/$defs/claim"},
        ],
        "$defs": {"claim": claim, "line": line, "logged": log, "facts": facts},
    }


def roster_schema() -> dict[str, Json]:
    """The schema of one row of a roster, a CSV file whose columns are the properties."""
    return {
        "$schema": DIALECT,
        "title": "cleanclaim performer roster",
        "description": "Who performs services, and under which licence, where and when: a row of the roster's CSV.",
        "type": "object",
        "properties": {
            column.name: {
                "description": column.doc,
                "type": "string",
                **({"pattern": column.pattern} if column.pattern else {}),
                **({"format": "date"} if column.date else {}),
            }
            for column in ROSTER_COLUMNS
        },
        "required": [column.name for column in ROSTER_COLUMNS if column.required],
        "additionalProperties": False,
    }
