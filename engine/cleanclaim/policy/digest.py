"""The digest of a library as it judges claims: the same wherever its files lie, another once anything in it changes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date

from cleanclaim.policy.model import Policy
from cleanclaim.policy.tables import Table
from cleanclaim.policy.versions import Edition

_NOT_JUDGED_BY = frozenset({"path", "tests", "test_tables"})
_fields: dict[type[object], tuple[str, ...]] = {}
"""The fields of each dataclass met, but for those."""


def digest(edition: Edition) -> str:
    """Of the versions known by the edition's date, and of the tables that come with them."""
    versions = [policy for known in edition.policies for policy in known.versions]
    return digest_of([(policy, dict(edition.tables_of(policy))) for policy in versions])


def digest_of(node: object) -> str:
    """Of a value made of dataclasses, mappings, sequences, sets and scalars."""
    parts: list[str] = []
    _write(node, parts)
    text = "".join([f"{len(part)}:{part}" for part in parts])
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _write(node: object, parts: list[str]) -> None:
    """Adds the text of a value, part by part; what has no order of its own is sorted."""
    match node:
        case str():
            # An enumeration's member is a text too.
            parts.append(node)
        case tuple() | list():
            parts.append("(")
            for each in node:
                _write(each, parts)
            parts.append(")")
        case None | int() | date():
            parts.append(repr(node))
        case Mapping():
            parts.append("{")
            for key in sorted(node, key=str):
                _write(key, parts)
                _write(node[key], parts)
            parts.append("}")
        case frozenset() | set():
            parts.append("<")
            parts += sorted(map(repr, node))
            parts.append(">")
        case Table():
            _write((node.start, node.through, tuple(node.rows)), parts)
        case _ if is_dataclass(node) and not isinstance(node, type):
            kind = type(node)
            if kind not in _fields:
                left_out = _NOT_JUDGED_BY if isinstance(node, Policy) else frozenset()
                _fields[kind] = tuple(field.name for field in fields(node) if field.name not in left_out)
            parts.append(kind.__name__)
            for name in _fields[kind]:
                _write(getattr(node, name), parts)
        case _:
            parts.append(repr(node))
