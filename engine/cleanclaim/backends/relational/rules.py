"""A rule as expressions: the lines it has something to say of, its verdict on each, and the words of the finding."""

from __future__ import annotations

from dataclasses import replace

import ibis
import ibis.expr.types as ir

from cleanclaim.backends.relational.candidates import candidates, parameters, with_words
from cleanclaim.backends.relational.clocks import clock
from cleanclaim.backends.relational.coded import codes_of, columns_of, own_sets, tells_much, with_alike
from cleanclaim.backends.relational.conditions import Truth, condition
from cleanclaim.backends.relational.found import BYPASSED, NEEDS_INFO, VIOLATION
from cleanclaim.backends.relational.layout import ROW, RULE, STATUS
from cleanclaim.backends.relational.nodes import members_in
from cleanclaim.backends.relational.questions import complete, computed, concerned, deciding, possible
from cleanclaim.backends.relational.scope import NONE, Scope, all_of, union
from cleanclaim.backends.relational.shapes import Shape
from cleanclaim.backends.relational.words import Witnesses, lacking, message, met, shown_of_witness
from cleanclaim.backends.relational.world import Emit, World
from cleanclaim.claims.model import Status
from cleanclaim.findings.compose import Composer
from cleanclaim.policy.model import Condition


def findings(world: World, judged: Shape) -> Emit:
    """The findings of the rules of one shape."""
    rule, policy = judged.rule, judged.policy
    composer = Composer(policy, rule)
    needed: tuple[Condition, ...] = (policy.scope, rule.applies, rule.flag_if)
    roots = (*needed, *(() if rule.unless is None else (rule.unless,)))
    sets = world.sets.read(members_in(policy.scope, rule), world.lines)
    columns = (*columns_of([(policy, rule)]), *sets)
    wanted = deciding(needed)
    lines = world.lines
    if codes_of(policy, rule) is None and len(wanted) == 1:
        (only,) = wanted
        if tells_much(only.look):
            world = with_alike(world, only.look, columns)
            lines = world.alike[only.look]
    lines = lines.filter(lines[STATUS] == Status.CLAIM.value)
    scope = Scope(lines.select(*columns), world.bits, dict(rule.lets), sets=world.sets)
    world = replace(world, rules=parameters(world, judged), procedures=own_sets(needed))
    scope = candidates(world, judged, scope, needed)
    scope = scope.on(scope.table.filter(clock(scope, rule, judged.due).truth.fill_null(True)))
    scope = computed(scope)
    table, narrowed = possible(scope, needed)
    narrowed = judged.parameters is not None or (narrowed and not world.kept)
    scope = concerned(world, scope.on(table), needed)
    shown = dict.fromkeys(composer.looks, shown_of_witness(composer))
    scope = complete(world, scope, needed, roots, shown, wanted=wanted, narrowed=narrowed)
    flagged = [clock(scope, rule, judged.due), *(condition(scope, each) for each in needed)]
    excused = condition(scope, rule.unless) if rule.unless is not None else None
    scope = _judged(scope, flagged, excused)
    kept = world.steps.keep(with_words(world, judged, scope.table), "judged", once=True)
    return Emit(_worded(scope.on(kept), composer), kept.get_name())


def _judged(scope: Scope, flagged: list[Truth], excused: Truth | None) -> Scope:
    """The findings without words: their verdicts, and what they lack."""
    table = scope.table.mutate(flagged=all_of([part.truth for part in flagged]))
    lacks = union(*(part.unknown for part in flagged))
    if excused is None:
        table = table.filter(table.flagged.fill_null(True))
        verdict = ibis.ifelse(table.flagged.isnull(), NEEDS_INFO, VIOLATION)
    else:
        lacks = union(lacks, excused.unknown)
        table = table.mutate(excused=excused.truth)
        table = table.filter(
            table.flagged.fill_null(True) & (table.flagged.notnull() | ~table.excused.fill_null(False))
        )
        verdict = ibis.cases(
            (table.flagged.isnull() | table.excused.isnull(), NEEDS_INFO),
            (table.excused, BYPASSED),
            else_=VIOLATION,
        )
    return scope.on(table.mutate(verdict=verdict.cast("int8"), lacks=NONE if lacks is None else lacks))


def _worded(scope: Scope, composer: Composer) -> ir.Table:
    witnesses = Witnesses(scope, composer.looks)
    because, facts = met(scope, composer, witnesses)
    told = message(scope, composer, witnesses)
    verdict = scope.table.verdict
    return scope.table.select(
        RULE,
        ROW,
        "verdict",
        scope.table.claim.cast("string").name("claim"),
        scope.table.line.cast("int64").name("line"),
        related=witnesses.related(),
        missing=lacking(scope),
        message=ibis.cases((verdict == NEEDS_INFO, ibis.null("string")), else_=told),
        because=because,
        facts=facts,
    )
