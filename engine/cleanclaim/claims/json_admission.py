"""Tells a JSON value that keeps to one of our own schemas, fast, without saying what is wrong with another.

``jsonschema`` explains faults well but checks some 10,000 lines a second and takes long to import.
Most claims have no fault, so it is asked only about those that this refuses. A test holds the two
to the same answer; a schema keyword that is not known here raises ``ValueError``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import cast

Admits = Callable[[object], bool]
_Schema = dict[str, object]

_ANNOTATIONS = frozenset({"description", "title", "format"})
_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "number": (int, Decimal),
    "integer": (int,),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
    "null": (type(None),),
}


def compiled(definitions: _Schema, name: str) -> Admits:
    """The test for ``definitions[name]``; ``$ref`` may point to the other definitions."""
    return _compile(cast(_Schema, definitions[name]), definitions)


def _compile(schema: _Schema, definitions: _Schema) -> Admits:
    keywords = {_TOGETHER.get(keyword, keyword) for keyword in schema if keyword not in _ANNOTATIONS}
    if unknown := keywords - _KEYWORDS.keys():
        raise ValueError(f"schema keywords without a test here: {', '.join(sorted(unknown))}")
    tests = [_KEYWORDS[keyword](schema, definitions) for keyword in sorted(keywords, key=list(_KEYWORDS).index)]
    if len(tests) == 1:
        return tests[0]
    return lambda value: all(test(value) for test in tests)


def _type(schema: _Schema, definitions: _Schema) -> Admits:
    names = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    types = frozenset(type_ for name in names for type_ in _TYPES[cast(str, name)])
    # Exact types, because True is an int and is no number.
    return lambda value: type(value) in types


def _enum(schema: _Schema, definitions: _Schema) -> Admits:
    values = cast("list[object]", schema["enum"])
    return lambda value: isinstance(value, str | None) and value in values


def _pattern(schema: _Schema, definitions: _Schema) -> Admits:
    search = re.compile(cast(str, schema["pattern"])).search
    return lambda value: not isinstance(value, str) or search(value) is not None


def _minimum(schema: _Schema, definitions: _Schema) -> Admits:
    least = cast(int, schema["minimum"])
    return lambda value: not isinstance(value, int) or value >= least


def _items(schema: _Schema, definitions: _Schema) -> Admits:
    test = _compile(cast(_Schema, schema["items"]), definitions)
    return lambda value: not isinstance(value, list) or all(map(test, value))


def _min_items(schema: _Schema, definitions: _Schema) -> Admits:
    least = cast(int, schema["minItems"])
    return lambda value: not isinstance(value, list) or len(value) >= least


def _required(schema: _Schema, definitions: _Schema) -> Admits:
    names = frozenset(cast("list[str]", schema["required"]))
    return lambda value: not isinstance(value, dict) or names <= value.keys()


def _properties(schema: _Schema, definitions: _Schema) -> Admits:
    given = cast("dict[str, _Schema]", schema.get("properties", {}))
    tests = {name: _compile(property, definitions) for name, property in given.items()}
    more = schema.get("additionalProperties", True)
    others = _compile(cast(_Schema, more), definitions) if isinstance(more, dict) else lambda value: bool(more)

    def admits(value: object) -> bool:
        if not isinstance(value, dict):
            return True
        return all(tests[name](each) if name in tests else others(each) for name, each in value.items())

    return admits


def _any_of(schema: _Schema, definitions: _Schema) -> Admits:
    tests = [_compile(each, definitions) for each in cast("list[_Schema]", schema["anyOf"])]
    return lambda value: any(test(value) for test in tests)


def _ref(schema: _Schema, definitions: _Schema) -> Admits:
    return compiled(definitions, cast(str, schema["$ref"]).removeprefix("#/$defs/"))


_KEYWORDS: dict[str, Callable[[_Schema, _Schema], Admits]] = {
    "type": _type,
    "enum": _enum,
    "pattern": _pattern,
    "minimum": _minimum,
    "items": _items,
    "minItems": _min_items,
    "required": _required,
    "properties": _properties,
    "anyOf": _any_of,
    "$ref": _ref,
}
_TOGETHER = {"additionalProperties": "properties"}
"""Keywords that mean something only beside another, and are tested with it."""
