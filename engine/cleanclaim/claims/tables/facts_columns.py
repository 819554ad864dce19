"""The columns of a facts file, and how a file shows by them that it is one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from cleanclaim.claims.fields import FIELDS, ValueType
from cleanclaim.claims.tables.targets import CATALOGUE, Target, columns_of, targets

CLAIM, LINE = CATALOGUE["claim"], CATALOGUE["line"]
_ELSEWHERE = ("the claim", "the performer roster")
BESIDE = tuple(spec.name for spec in FIELDS if spec.nullable and spec.who not in _ELSEWHERE)
"""The fields that others than the claim know: minutes, receipt, the remittance's amounts."""
OF_A_LINE = frozenset(name for name in BESIDE if CATALOGUE[name].type in (ValueType.NUMBER, ValueType.MONEY))
"""Measures of one line: the same for all lines of a claim, totals of them would be wrong."""


def facts_targets(declared: Mapping[str, ValueType]) -> dict[str, Target]:
    """What a facts file may tell of a line, by policy name: declared facts, and the fields of :data:`BESIDE`."""
    return {name: target for name, target in targets(declared).items() if target.fact or name in BESIDE}


def is_facts(header: Iterable[str], declared: Mapping[str, ValueType]) -> bool:
    """Whether a table names claims and facts of them, and nothing else.

    >>> is_facts(["claim_id", "service_minutes"], {}), is_facts(["claim_id", "person_id", "service_minutes"], {})
    (True, False)
    """
    names = {name.strip().casefold() for name in header} - {""}
    claim, line = columns_of(CLAIM), columns_of(LINE)
    told = {column for target in facts_targets(declared).values() for column in columns_of(target)}
    return not names.isdisjoint(claim) and not names.isdisjoint(told) and names <= told.union(claim, line)
