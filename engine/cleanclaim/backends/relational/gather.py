"""Findings as reports want them: whose rule they are, joined where they are about claims, with fingerprints."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from cleanclaim.backends.relational import functions
from cleanclaim.backends.relational.aggregates import first_by
from cleanclaim.backends.relational.found import ABOUT_RULES, FINDINGS, FOUND, RULES
from cleanclaim.backends.relational.layout import ROW, RULE
from cleanclaim.backends.relational.typed import schema


def gathered(*, joined: bool) -> ir.Table:
    """The relation of findings. ``joined``: those about a claim are one for all lines that fail alike."""
    found = ibis.table(schema(FINDINGS), name=FOUND)
    rules = ibis.table(ibis.Schema.from_pyarrow(ABOUT_RULES), name=RULES)
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
