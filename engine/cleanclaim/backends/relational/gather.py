"""Findings as reports want them: whose rule they are, joined where they are about claims, with fingerprints."""

from __future__ import annotations

from collections.abc import Iterable

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from cleanclaim.backends.relational import functions
from cleanclaim.backends.relational.aggregates import first_by
from cleanclaim.backends.relational.layout import ROW
from cleanclaim.backends.relational.rows import Rows
from cleanclaim.backends.relational.rules import FINDINGS, VERDICTS
from cleanclaim.backends.relational.shapes import One
from cleanclaim.backends.relational.world import RULE
from cleanclaim.policy.model import About

RULES = "rules"
"""The table of what is the same for all findings of one verdict of one rule."""
FOUND = "findings"
"""The table of what the rules say."""
_TEXT = pa.string()
_RULES = pa.schema(
    [
        (RULE, pa.int64()),
        ("verdict", pa.int8()),
        ("policy", _TEXT),
        ("version", _TEXT),
        ("rule_id", _TEXT),
        ("verdict_name", _TEXT),
        ("severity", _TEXT),
        ("fix", _TEXT),
        ("cite", _TEXT),
        ("about_claim", pa.bool_()),
        ("named", _TEXT),
    ]
)


def rules_table(asked: Iterable[One]) -> Rows:
    """The rows of :data:`RULES`; ``named`` begins the text of a fingerprint."""
    rows = []
    for one in asked:
        policy, rule = one.policy, one.rule
        for number, verdict in enumerate(VERDICTS):
            named = "".join(f"{len(part)}:{part}" for part in (policy.id, rule.id, verdict.value))
            whose = (policy.id, policy.version, rule.id, verdict.value, rule.severity.value, rule.fix, rule.cite)
            rows.append((one.number, number, *whose, rule.about is About.CLAIM, named))
    columns = zip(*rows, strict=True) if rows else [()] * len(_RULES)
    return {name: (_RULES.field(name).type, column) for name, column in zip(_RULES.names, columns, strict=True)}


def gathered(*, joined: bool) -> ir.Table:
    """The relation of findings. ``joined``: those about a claim are one for all lines that fail alike."""
    found = ibis.table(FINDINGS, name=FOUND)
    rules = ibis.table(ibis.Schema.from_pyarrow(_RULES), name=RULES)
    if not joined:
        return _shown(_each(found), rules)
    about = rules.filter(rules.verdict == 0).select(RULE, "about_claim")
    lines = found.semi_join(about.filter(~about.about_claim), RULE)
    claims = found.semi_join(about.filter(about.about_claim), RULE)
    return _shown(ibis.union(_each(lines), _together(claims)), rules)


_PARTS = (RULE, "verdict", "claim", "lines", "related", "missing", "message", "because", "facts", "numbers")


def _each(found: ir.Table) -> ir.Table:
    numbers = functions.part(found.line.cast("string"))
    return found.mutate(lines=ibis.array([found.line]), numbers=numbers).select(*_PARTS)


def _together(found: ir.Table) -> ir.Table:
    """One finding for all lines of a claim that fail alike; message and facts are those of the first line."""
    order = ibis.struct({"line": found.line, ROW: found[ROW]})
    told = ibis.struct({name: found[name] for name in ("message", "because", "facts")})
    numbered = found.mutate(order=order, told=told)
    groups = numbered.group_by(RULE, "verdict", "claim").aggregate(
        places=numbered.order.collect(),
        related=numbered.related.collect(),
        missing=numbered.missing.collect(),
        told=first_by(numbered.told, numbered.order),
    )
    groups = groups.mutate(lines=functions.sorted_set(groups.places).map(lambda place: place["line"]))
    together = groups.mutate(
        numbers=functions.joined(groups.lines.map(lambda line: functions.part(line.cast("string"))), ""),
        related=functions.sorted_set(groups.related.flatten()),
        missing=functions.sorted_set(groups.missing.flatten()),
        message=groups.told["message"],
        because=groups.told["because"],
        facts=groups.told["facts"],
    )
    return together.select(*_PARTS)


def _shown(found: ir.Table, rules: ir.Table) -> ir.Table:
    named = found.join(rules, [RULE, "verdict"])
    text = named.named + functions.part(named.claim) + named.numbers + named.facts
    return named.select(
        policy=named.policy,
        version=named.version,
        rule=named.rule_id,
        verdict=named.verdict_name,
        severity=named.severity,
        claim=named.claim,
        lines=named.lines,
        related=named.related,
        message=named.message,
        fix=named.fix,
        cite=named.cite,
        missing=named.missing,
        because=named.because,
        fingerprint=functions.digest(text),
    )
