"""A merged tree to a policy: header, scope, names, and then everything that uses them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from cleanclaim.claims.model import FactValue
from cleanclaim.policy.build_defined import define
from cleanclaim.policy.build_examples import Examples
from cleanclaim.policy.build_header import derived_names, facts_of, scope_of, source_of
from cleanclaim.policy.build_params import params_of
from cleanclaim.policy.build_rules import derivation, known_rules, period, rule
from cleanclaim.policy.build_test_tables import test_tables
from cleanclaim.policy.codesets import CodeSets
from cleanclaim.policy.diagnostics import quoted
from cleanclaim.policy.keys import ID, POLICY, RULE_ID, TEMPLATE
from cleanclaim.policy.merge import Merged
from cleanclaim.policy.model import Derivation, Policy, PolicyTest, Rule
from cleanclaim.policy.names import Names
from cleanclaim.policy.reading import Reading, is_null
from cleanclaim.policy.strata import Concluding, Cycle, by_fact, partition, stratify, with_dependencies
from cleanclaim.policy.table_files import TableFiles
from cleanclaim.policy.table_names import TableNames
from cleanclaim.policy.tree import MappingNode, Node, ScalarNode

ID_HELP = "write lower-case words, digits and hyphens, with / between folders: example-ppo/massage"
_UNKNOWN = frozenset(f"unknown-{kind}" for kind in ("set", "param", "table", "field", "let", "rule"))


def build(reading: Reading, document: Merged, files: TableFiles | None) -> Policy | None:
    """The policy, or ``None`` where anything is wrong with it, which ``reading`` then tells.

    A template is built alike, to find what is wrong with it, and gives no policy.
    """
    root = document.root
    if not document.whole:
        # What the absent template defines is not unknown; saying so would hide the one error.
        reading.muted = _UNKNOWN
    is_template = root.get("template") is not None and root.get("policy") is None
    keys = reading.keys(root, TEMPLATE if is_template else POLICY)
    if keys is None:
        return None
    id_ = reading.matching(keys.get("template" if is_template else "policy"), ID, "an id", "id", ID_HELP)
    title = reading.text(keys.get("title"), "`title`")
    published = reading.date(keys.get("published"), "`published`")
    effective = period(reading, keys.get("effective"))
    source = source_of(reading, keys.get("source"))
    scope, defaults = scope_of(reading, keys.get("scope"), asks=source is None or not source.illustration)
    facts = facts_of(reading, keys.get("facts"))
    derivations = reading.items(keys.get("derive"), "`derive`")
    names = Names(
        reading,
        {name: fact.type if fact is not None else None for name, fact in facts.items()},
        derived_names(reading, derivations, facts),
        params_of(reading, keys.get("params"), effective.start, root, is_template),
        CodeSets(reading, reading.entries(keys.get("codes"), "`codes`")),
        TableNames(reading, reading.entries(keys.get("tables"), "`tables`"), files),
    )
    names.sets.check()
    define(names, keys.get("define"))
    strata = _strata(reading, [derivation(names, node) for node in derivations], derivations)
    concluding = by_fact(strata)
    nodes = reading.items(keys.get("rules"), "`rules`")
    ids = known_rules(reading, nodes, RULE_ID)
    built = [_finished(reading, rule(names, node, effective), concluding, node) for node in nodes]
    day = effective.start or effective.through or published
    stand_ins = test_tables(names, keys.get("test_tables"))
    tests = _tests(names, keys.get("tests"), (*ids,), document, {**defaults, "service_date": day})
    if not is_template and not nodes and "rules" not in keys and document.whole:
        reading.error(
            "missing-key", "the policy has no rules", _key(root), "add `rules:`, or `extends:` a template that has some"
        )
    names.tables.check()
    if reading.problems or not document.whole or is_template:
        return None
    if id_ is None or title is None or published is None or source is None or scope is None:
        return None
    return Policy(
        id_,
        title,
        published,
        effective,
        scope,
        source,
        strata,
        tuple(each for each in built if each is not None),
        names.tables.specs,
        {name: fact for name, fact in facts.items() if fact is not None},
        tests,
        stand_ins,
        root.source.path,
        document.switched_off,
    )


# --- what uses the names ------------------------------------------------------------------------


def _strata(
    reading: Reading, built: Sequence[Derivation | None], nodes: Sequence[Node]
) -> tuple[tuple[Derivation, ...], ...]:
    found = stratify([each for each in built if each is not None])
    cycles = [each for each in found if isinstance(each, Cycle)]
    for cycle in cycles:
        node = next(node for node, each in zip(nodes, built, strict=True) if each and each.fact == cycle.facts[0])
        place = node.get("fact") if isinstance(node, MappingNode) else None
        message = f"these facts need each other through a negation, a total or a let: {cycle}"
        help = (
            "one of these facts is denied or counted (`not`, `false`, `no_other_line`, a total, a let) before it can "
            "be known; move that condition out of the circle, for example into the `flag_if` or `unless` of the rule"
        )
        reading.error("negation-cycle", message, place or node, help)
    return tuple(each for each in found if not isinstance(each, Cycle))


def _finished(reading: Reading, found: Rule | None, concluding: Concluding, node: Node) -> Rule | None:
    if found is None:
        return None
    rule = with_dependencies(found, concluding)
    shared = partition(rule, concluding)
    if shared is None:
        place = node.get("id") if isinstance(node, MappingNode) else None
        message = f"the looks of {quoted(rule.id)} and of its facts share no field, so no group of lines holds them all"
        reading.error("no-shared-field", message, place or node, "these looks share no field; add patient to `same`")
        return None
    return replace(rule, partition=shared)


def _tests(
    names: Names, node: Node | None, rules: tuple[str, ...], document: Merged, defaults: Mapping[str, FactValue | None]
) -> tuple[PolicyTest, ...]:
    reading = names.reading
    off = tuple(name for name, _ in document.switched_off)
    known = {name: value for name, value in defaults.items() if value is not None}
    known.setdefault("service_date", date(2000, 1, 1))
    examples = Examples(names, rules, off, known)
    tests: list[PolicyTest] = []
    seen: set[str] = set()
    for item in reading.items(node, "`tests`"):
        name = item.get("name") if isinstance(item, MappingNode) else None
        if isinstance(name, ScalarNode) and not is_null(name):
            if name.text in seen:
                reading.error(
                    "duplicate-name", f"two tests are named {quoted(name.text)}", name, "say what each one shows"
                )
            seen.add(name.text)
        built = examples.test(item)
        if built is not None:
            tests.append(built)
    return tuple(tests)


def _key(root: MappingNode) -> Node:
    return root.entries[0].key if root.entries else root
