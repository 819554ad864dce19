"""Walks over typed policies: every node, and the names of the fields that any of them reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from functools import cache

from cleanclaim.policy.model import FieldOf, Policy


def nodes(root: object) -> Iterator[object]:
    """Every dataclass and enum value that a policy is made of, the root first."""
    if isinstance(root, tuple | frozenset):
        for each in root:
            yield from nodes(each)
    elif isinstance(root, Mapping):
        for each in root.values():
            yield from nodes(each)
    elif is_dataclass(root) and not isinstance(root, type):
        yield root
        for name in _names(type(root)):
            yield from nodes(getattr(root, name))


def fields_read(policies: Iterable[Policy]) -> set[str]:
    """Names of the fields and declared facts that some policies read, ``received`` if a rule's clock does."""
    found: set[str] = set()
    for policy in policies:
        for node in nodes((policy.scope, policy.strata, policy.rules)):
            if isinstance(node, FieldOf):
                found.add(node.name)
    return found | {"units", "minutes", "charge", "allowed", "received"}


@cache
def _names(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))
