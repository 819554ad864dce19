"""The JSON Schema of a lint report, made from the findings' own types."""

from __future__ import annotations

from cleanclaim.claims.schemas import DIALECT, Json
from cleanclaim.findings.finding import Verdict
from cleanclaim.policy.model import Severity

_TEXT: Json = {"type": "string"}
_MAYBE: Json = {"type": ["string", "null"]}
_COUNT: Json = {"type": "integer", "minimum": 0}


def _object(description: str, properties: dict[str, Json]) -> Json:
    return {
        "type": "object",
        "description": description,
        "properties": properties,
        "required": [*properties],
        "additionalProperties": False,
    }


def _list(items: Json) -> Json:
    return {"type": "array", "items": items}


def finding_schema() -> dict[str, Json]:
    """The schema of what ``lint --format json`` prints."""
    finding = _object(
        "One verdict of one rule on one line, or on one claim with all its lines that fail alike.",
        {
            "source": {"type": ["string", "null"], "description": "The input, and the claim's place in it."},
            "policy": _TEXT,
            "version": {"type": "string", "description": "The day this version of the policy was published."},
            "rule": _TEXT,
            "verdict": {"enum": [verdict.value for verdict in Verdict]},
            "severity": {"enum": [severity.value for severity in Severity]},
            "claim": _TEXT,
            "lines": {"type": "array", "items": {"type": "integer"}, "minItems": 1},
            "related": _list(
                _object("Another line that the finding rests on.", {"claim": _TEXT, "line": {"type": "integer"}})
            ),
            "message": _TEXT,
            "fix": {"type": "string", "description": "What must be true and documented."},
            "cite": {"type": "string", "description": "The place in the policy's source."},
            "missing": {
                "type": "array",
                "items": _TEXT,
                "description": "The facts without which the rule cannot be decided.",
            },
            "because": {
                "type": "object",
                "description": "The values that the rule met; no patient identifiers.",
                "additionalProperties": {
                    "anyOf": [
                        {"type": ["string", "integer", "boolean", "null"]},
                        {"type": "array", "items": {"type": "string"}},
                    ]
                },
            },
            "fingerprint": {
                "type": "string",
                "pattern": "^[0-9a-f]{32}$",
                "description": "The same for the same finding in every run and on every engine.",
            },
        },
    )
    policy: dict[str, Json] = {
        **dict.fromkeys(("policy", "version", "title", "source"), _TEXT),
        "url": {"type": ["string", "null"]},
    }
    rejected: dict[str, Json] = {**dict.fromkeys(("source", "where", "reason"), _TEXT), "claims": _COUNT}
    report = _object(
        "What one run of cleanclaim lint says of its claims.",
        {
            "tool": {"const": "cleanclaim"},
            "version": _TEXT,
            "as_of": {"type": "string", "format": "date"},
            "engine": _TEXT,
            "policies_later": _count("Versions of policies published after the as-of date, and not used."),
            "policies": _list(_object("A version of a policy known by the as-of date.", policy)),
            "tables": _list(
                _object("A release of an imported table that answered.", dict.fromkeys(("table", "release"), _TEXT))
            ),
            "claims": _count("Claims in: judged and rejected together."),
            "claims_judged": _count("Claims that were judged."),
            "lines": _count("Lines that were judged."),
            "history_lines": _count("Lines billed before that were looked at."),
            "history_copies": _count("Lines of history left out: judged again, void, or replaced."),
            "counts": _object("Findings by verdict, shown or not.", {verdict.value: _COUNT for verdict in Verdict}),
            "findings": _list(finding),
            "not_evaluated": _list(
                _object(
                    "A rule that could not be run, why, and over how many lines in its policy's scope it passes.",
                    {**dict.fromkeys(("policy", "version", "rule", "reason"), _TEXT), "lines": _COUNT},
                )
            ),
            "uncovered": _list(
                _object(
                    "A payer that no payer's policy speaks of: only policies for every payer were applied.",
                    {
                        "payer": _MAYBE,
                        "payer_type": _MAYBE,
                        "lines": _COUNT,
                        "near": {"type": ["string", "null"], "description": "A payer of like name that some do."},
                        "known": {"type": "boolean", "description": "Some do speak of it, but not of these lines."},
                    },
                )
            ),
            "rejected": _list(_object("Input that could not be judged, and the claims lost with it.", rejected)),
            "warnings": _list(
                _object("Input that was judged with a doubt.", dict.fromkeys(("source", "where", "reason"), _TEXT))
            ),
        },
    )
    assert isinstance(report, dict)
    return {"$schema": DIALECT, "title": "cleanclaim lint report", **report}


def _count(description: str) -> dict[str, Json]:
    return {"type": "integer", "minimum": 0, "description": description}
