"""Checks one JSON claim against the schema and says what is wrong without repeating the claim."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Collection, Iterable, Sequence
from decimal import Decimal
from functools import cache
from typing import Any, NamedTuple, cast

from cleanclaim.claims.json_admission import Admits, compiled
from cleanclaim.claims.nearest import did_you_mean
from cleanclaim.claims.schemas import CODE_PATTERN, DIALECT, claim_schema

_MOST = 20


class Repeated:
    """Stands for the value of a key that its object gives twice."""


class Unlimited:
    """Stands for NaN or Infinity, which are no amounts."""


class _Violation(NamedTuple):
    """What is used of a ``jsonschema`` error."""

    keyword: str
    wanted: object
    found: object
    path: Sequence[str | int]
    schema: dict[str, object]


def violations(claim: object, path: str = "$", declared: Collection[str] = ()) -> list[str]:
    """What is wrong with a claim, each with its JSON path; nothing where it keeps to the schema.

    ``declared`` names the facts that policies declare: where one stands among the fields, it is told
    where it belongs.
    """
    if _admits()(claim):
        return []
    found = sorted({f"{path}{_place(each.path)} {_reason(each, declared)}" for each in _validate()(claim)})
    return found if len(found) <= _MOST else [*found[:_MOST], f"and {len(found) - _MOST} more"]


@cache
def _admits() -> Admits:
    whole = claim_schema()
    return compiled(cast("dict[str, object]", whole["$defs"]), "claim")


@cache
def _validate() -> Callable[[object], Iterable[_Violation]]:
    # Imported here because it takes longer than reading most files, and tables never need it.
    jsonschema: Any = importlib.import_module("jsonschema")
    whole = claim_schema()
    validator: Any = jsonschema.Draft202012Validator(
        {"$schema": DIALECT, "$ref": "#/$defs/claim", "$defs": whole["$defs"]}
    )

    def validate(claim: object) -> Iterable[_Violation]:
        for error in validator.iter_errors(claim):
            yield _Violation(
                error.validator, error.validator_value, error.instance, tuple(error.absolute_path), error.schema
            )

    return validate


def _place(path: Sequence[str | int]) -> str:
    return "".join(
        f"[{step}]" if isinstance(step, int) else f".{step}" if step.isidentifier() else f"['{step}']" for step in path
    )


def _reason(each: _Violation, declared: Collection[str]) -> str:
    if isinstance(each.found, Repeated):
        return "is given twice; keep one"
    if isinstance(each.found, Unlimited):
        return "is not a number that a claim can hold"
    match each.keyword:
        case "type":
            return _wrong_type(each)
        case "enum":
            values: list[str] = [str(value) for value in cast("list[object]", each.wanted) if value is not None]
            near = did_you_mean(each.found, values) if isinstance(each.found, str) else ""
            return f"is not one of {', '.join(values)}{near}"
        case "required":
            have = cast("dict[str, object]", each.found)
            return f"lacks {', '.join(name for name in cast('list[str]', each.wanted) if name not in have)}"
        case "additionalProperties":
            known = cast("dict[str, object]", each.schema.get("properties", {}))
            extra = sorted(set(cast("dict[str, object]", each.found)) - set(known))
            return "has unknown keys: " + ", ".join(name + _hint(name, known, declared) for name in extra)
        case "pattern" if each.wanted == CODE_PATTERN:
            return "is blank or holds more than one code"
        case "pattern" if each.schema.get("format") == "date":
            return "is not a date as YYYY-MM-DD"
        case "pattern":
            return "is blank"
        case "minItems":
            return "is empty; a claim has at least one line"
        case "minimum":
            return f"is less than {each.wanted}"
        case _:
            return "is neither text, a number, true or false, nor a list of texts"


def _hint(name: str, known: Iterable[str], declared: Collection[str]) -> str:
    if name in declared:
        return f' (a fact that a policy declares; write it as "facts": {{"{name}": …}})'
    return did_you_mean(name, known)


def _wrong_type(each: _Violation) -> str:
    wanted = cast("list[str]", each.wanted if isinstance(each.wanted, list) else [each.wanted])
    names = " or ".join({"null": "null", "array": "a list", "object": "an object"}.get(t, f"a {t}") for t in wanted)
    is_number = isinstance(each.found, int | Decimal) and not isinstance(each.found, bool)
    if is_number and each.schema.get("pattern") == CODE_PATTERN:
        return (
            'must be text in quotes ("00100"): a code is never a number, because leading zeros and codes such as '
            "12E45 would be lost"
        )
    if is_number and "string" in wanted:
        return "must be text in quotes"
    return f"must be {names}"
