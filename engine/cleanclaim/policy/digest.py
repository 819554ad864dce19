"""The digest of a library as it judges claims: the same wherever its files lie, another once anything in it changes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass

from cleanclaim.policy.model import Policy
from cleanclaim.policy.tables import Table
from cleanclaim.policy.versions import Edition

_NOT_JUDGED_BY = frozenset({"path", "tests", "test_tables"})


def digest(edition: Edition) -> str:
    """Of the versions known by the edition's date, and of the tables that come with them."""
    versions = [policy for known in edition.policies for policy in known.versions]
    return digest_of([(policy, dict(edition.tables_of(policy))) for policy in versions])


def digest_of(node: object) -> str:
    """Of a value made of dataclasses, mappings, sequences, sets and scalars."""
    text = "".join(f"{len(part)}:{part}" for part in _parts(node))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _parts(node: object) -> Iterator[str]:
    """The text of a value, part by part; what has no order of its own is sorted."""
    match node:
        case Mapping():
            yield "{"
            for key in sorted(node, key=str):
                yield from _parts(key)
                yield from _parts(node[key])
            yield "}"
        case frozenset() | set():
            yield "<"
            yield from sorted(map(repr, node))
            yield ">"
        case str():
            yield node
        case Table():
            yield from _parts((node.start, node.through, tuple(node.rows)))
        case tuple() | list():
            yield "("
            for each in node:
                yield from _parts(each)
            yield ")"
        case _ if is_dataclass(node) and not isinstance(node, type):
            yield type(node).__name__
            for field in fields(node):
                if not (isinstance(node, Policy) and field.name in _NOT_JUDGED_BY):
                    yield from _parts(getattr(node, field.name))
        case _:
            yield repr(node)
