"""Values of a field that no condition tells apart, numbered together, so that there are few kinds of lines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow as pa

from cleanclaim.audit.odd import Connection
from cleanclaim.backends.reference import Group, LineJudge
from cleanclaim.backends.relational.rows import load
from cleanclaim.claims.fields import BY_NAME, ValueType
from cleanclaim.claims.model import Line
from cleanclaim.policy.model import Condition, Policy

Test = tuple[Policy, Condition]
"""A condition of a policy that reads one field of a line and nothing else."""


@dataclass(frozen=True)
class Alike:
    """A table of the values that lines have in a field (``value``) with their numbers (``number``, from 0).

    ``examples`` has a value of each number.
    """

    table: str
    examples: tuple[Any, ...]


def alike(connection: Connection, name: str, values: Iterable[Any], tests: Sequence[Test]) -> Alike:
    """Numbers the values of a field; those that answer every test alike have one number."""
    field = BY_NAME[name]
    numbers: dict[tuple[bool | None, ...], int] = {}
    examples: list[Any] = []
    found: dict[Any, int] = {}
    for value in sorted(tuple(each) if isinstance(each, list) else each for each in values if each is not None):
        known: dict[str, Any] = {field.attribute: value}
        line = Line("", 1, "", date.max, date.max)._replace(**known)
        answers = tuple(LineJudge(Group(policy, (line,), {}), 0).condition(test).truth for policy, test in tests)
        if answers not in numbers:
            numbers[answers] = len(examples)
            examples.append(value)
        found[value] = numbers[answers]
    type_ = pa.list_(pa.string()) if field.type is ValueType.CODES else pa.string()
    table = f"audit_alike_{field.attribute}"
    load(connection, table, {"value": (type_, [*found]), "number": (pa.int32(), [*found.values()])})
    return Alike(table, tuple(examples))
