"""Writes a policy that stands as plain data as YAML: flow style for speed, block style for people."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal

Node = Mapping[str, "Node"] | list["Node"] | str | int | Decimal | date | bool
"""A policy as data. Plain ``str`` is written in quotes, so that it can only be text."""

Doc = dict[str, Node]

INDENT = "  "


class Bare(str):
    """Text written without quotes: a code (which must survive YAML's number rules) or a name."""

    __slots__ = ()


def flow(node: Node) -> str:
    """One line of YAML."""
    if isinstance(node, Mapping):
        return "{" + ", ".join(f"{_key(key)}: {flow(value)}" for key, value in node.items()) + "}"
    if isinstance(node, list):
        return "[" + ", ".join(flow(each) for each in node) + "]"
    return _scalar(node)


def block(node: Doc, depth: int = 0) -> str:
    """YAML as a person writes it, down to what fits on a line."""
    lines: list[str] = []
    for key, value in node.items():
        short = flow(value)
        if len(short) <= 90 or not isinstance(value, Mapping | list):
            lines.append(f"{INDENT * depth}{_key(key)}: {short}")
        elif isinstance(value, Mapping):
            lines += [f"{INDENT * depth}{_key(key)}:", block(dict(value), depth + 1).rstrip("\n")]
        else:
            lines.append(f"{INDENT * depth}{_key(key)}:")
            lines += [_entry(each, depth + 1) for each in value]
    return "\n".join(lines) + "\n"


def words(node: Node) -> Iterator[str]:
    """Every key and text of some policy data."""
    if isinstance(node, Mapping):
        for key, value in node.items():
            yield key
            yield from words(value)
    elif isinstance(node, list):
        for each in node:
            yield from words(each)
    elif isinstance(node, str):
        yield str(node)


def _entry(node: Node, depth: int) -> str:
    if not isinstance(node, Mapping) or not node or len(flow(node)) <= 90:
        return f"{INDENT * depth}- {flow(node)}"
    text = block(dict(node), depth + 1).rstrip("\n")
    return f"{INDENT * depth}- {text[len(INDENT) * (depth + 1) :]}"


def _key(key: str) -> str:
    # YAML reads `+`, `-`, `*` and dates as keys of its own kinds unless they stand in quotes.
    return key if key[:1].isalpha() or key[:4].isdigit() else json.dumps(key)


def _scalar(node: str | int | Decimal | date | bool) -> str:
    match node:
        case Bare():
            return str(node)
        case str():
            return json.dumps(node)
        case bool():
            return "true" if node else "false"
        case date():
            return node.isoformat()
        case Decimal():
            return f"{node:f}"
        case _:
            return str(node)
