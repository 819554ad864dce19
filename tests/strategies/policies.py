"""Random policies as YAML documents: derived facts in strata, rules, versions, and templates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from tests.strategies.choose import Choose
from tests.strategies.conditions import condition, entries
from tests.strategies.looks import let, look
from tests.strategies.notation import Bare, Doc, Node, words
from tests.strategies.pools import DAYS, TEXTS, TYPES
from tests.strategies.speaks import Anchor, Let, Speaks
from tests.strategies.vocabularies import FIRST_DAY, HIDDEN, Named, vocabulary

PUBLISHED = (date(2019, 11, 1), date(2020, 1, 15), date(2020, 2, 1), date(2020, 6, 1))
STARTS = (date(2019, 1, 1), date(2020, 1, 1), date(2020, 1, 2), date(2020, 2, 1))
THROUGHS = (date(2021, 12, 31), date(2020, 12, 31), date(2020, 2, 29), date(2020, 1, 31))

ANCHORS: tuple[tuple[int, Anchor], ...] = (
    (74, ("patient",)),
    (4, ("claim",)),
    (4, ("rendering_npi",)),
    (3, ("service_date", "payer")),
    (3, ("patient", "service_date")),
    (4, ("modifiers",)),
    (2, ("region",)),
    (2, ("pointed_diagnoses",)),
)
"""What the looks of a rule share; mostly the patient."""

SHOWABLE = tuple(name for name in TYPES if name not in HIDDEN)
RULE_IDS = ("a", "b", "c", "d", "e")
FACT_NAMES = ("qualified", "chained", "linked", "excused_by", "counted")


@dataclass(frozen=True)
class Documents:
    """The versions of some policies as data, and the templates they extend by id."""

    policies: tuple[Doc, ...]
    templates: tuple[Doc, ...]


def documents(choose: Choose) -> Documents:
    """One policy in one to three versions, now and then a second policy."""
    policies: list[Doc] = []
    templates: list[Doc] = []
    for name in ("p/one", "p/two") if choose.chance(12) else ("p/one",):
        versions = choose.weighted(((60, 1), (30, 2), (10, 3)))
        for published in choose.some(PUBLISHED[: versions + 1], versions, versions):
            document = policy(choose, name, published)
            if choose.chance(12):
                document, template = split(choose, document, f"templates/{len(templates)}")
                templates.append(template)
            policies.append(document)
    return Documents(tuple(policies), tuple(templates))


def policy(choose: Choose, name: str, published: date) -> Doc:
    """One version of one policy."""
    named = vocabulary(choose)
    effective = _period(choose, 65)
    document: Doc = {
        "policy": name,
        "title": "A random policy",
        "published": published,
        "effective": effective,
        "source": {"title": "Drawn at random", "illustration": True},
    }
    if choose.chance(25):
        document["scope"] = _scope(choose)
    document |= named.keys
    derive = derivations(choose, named)
    if derive:
        document["derive"] = derive
    count = choose.weighted(((20, 1), (35, 2), (30, 3), (15, 4)))
    rules: list[Node] = [rule(choose, named, id_) for id_ in choose.some(RULE_IDS, count, count)]
    document["rules"] = rules
    return document


def derivations(choose: Choose, named: Named) -> list[Node]:
    """Derived facts, each of earlier ones in any way, and now and then of itself or of a pair, positively."""
    found: list[Node] = []
    left = list(FACT_NAMES)
    for _ in range(choose.weighted(((35, 0), (25, 1), (25, 2), (15, 3)))):
        anchor = choose.weighted(ANCHORS) if choose.chance(70) else ()
        recursive = bool(anchor) and choose.chance(50)
        facts = [left.pop(0)]
        if recursive and left and choose.chance(30):
            facts.append(left.pop(0))
        known = _facts_for(named, anchor)
        growing = tuple(facts) if recursive else ()
        for fact in facts:
            lets, speaks = _lets(choose, Speaks(named.vocabulary, anchor, facts=known), at_most=1)
            base: Doc = {"fact": Bare(fact)}
            if choose.chance(60):
                base["for"] = _applies(choose, speaks)
            base["when"] = condition(choose, speaks, look)
            if recursive and choose.chance(40):
                # Few lines to start from, so that it takes several steps to reach the others.
                base["for"] = {"line": choose.integer(1, 2)}
            found.append(base | lets)
            if recursive:
                step = Speaks(named.vocabulary, anchor, facts=known, growing=growing)
                found.append(_chain(choose, step, fact, choose.pick(facts)))
            elif not lets and choose.chance(20):
                found.append({"fact": Bare(fact), "when": condition(choose, speaks, look)})
        named.vocabulary.derived.update((fact, anchor) for fact in facts)
    return found


def rule(choose: Choose, named: Named, id_: str) -> Doc:
    """One rule."""
    anchor = choose.weighted(ANCHORS) if choose.chance(85) else ()
    lets, speaks = _lets(choose, Speaks(named.vocabulary, anchor, facts=_facts_for(named, anchor)), at_most=2)
    found: Doc = {"id": id_}
    if choose.chance(50):
        found["severity"] = choose.pick(("error", "warning", "info"))
    if choose.chance(20):
        found["about"] = choose.pick(("claim", "line"))
    if choose.chance(65):
        found["for"] = _applies(choose, speaks)
    found |= lets
    found["flag_if"] = condition(choose, speaks, look)
    if choose.chance(55):
        found["unless"] = condition(choose, speaks, look, depth=1)
    found["message"] = _message(choose, named, speaks, found)
    found |= {"fix": "Look again.", "cite": "§1"}
    if choose.chance(10):
        found["denial"] = {"carc": "97"}
    clock = choose.chance(15)
    if clock or choose.chance(15):
        effective = _period(choose, 60)
        found["effective"] = effective | {"by": "received"} if clock else effective
    return found


def split(choose: Choose, document: Doc, name: str) -> tuple[Doc, Doc]:
    """A policy that extends a template and means much the same: the template takes some of its keys."""
    rules = document["rules"]
    assert isinstance(rules, list)
    child = {key: node for key, node in document.items() if key not in ("derive", "codes")}
    template: Doc = {"template": name, "title": "A random template"}
    shared = ("codes", "params", "tables", "facts", "define", "derive")
    template |= {key: document[key] for key in shared if key in document}
    for key in ("params", "tables", "facts", "define"):
        if key in child and choose.chance(50):
            del child[key]
    taken = choose.integer(1, len(rules))
    template["rules"] = rules[:taken]
    child["rules"] = rules[taken:]
    child["extends"] = name
    if taken > 1 and choose.chance(40):
        first = rules[0]
        assert isinstance(first, dict)
        child["switch_off"] = [{"rule": first["id"], "reason": "Not here."}]
    if not child["rules"]:
        del child["rules"]
    return child, template


def _facts_for(named: Named, anchor: Anchor) -> tuple[str, ...]:
    return tuple(fact for fact, its in named.vocabulary.derived.items() if not its or its == anchor)


def _lets(choose: Choose, speaks: Speaks, at_most: int) -> tuple[Doc, Speaks]:
    """The ``let`` key, if any, and the place after it."""
    lets: Doc = {}
    types: tuple[Let, ...] = ()
    for number in range(choose.integer(0, at_most) if choose.chance(60) else 0):
        place = Speaks(speaks.vocabulary, speaks.anchor, lets=types, facts=speaks.facts)
        found = let(choose, place)
        if found is not None:
            name = f"amount_{number}"
            lets[name], type_ = found
            said = set(words(found[0]))
            looks = bool(said & {"total", "units_allowed"}) or any(let.looks for let in types if let.name in said)
            shown = not said & (HIDDEN | speaks.vocabulary.hidden) and all(
                let.shown for let in types if let.name in said
            )
            types += (Let(name, type_, looks, shown),)
    after = Speaks(speaks.vocabulary, speaks.anchor, lets=types, facts=speaks.facts)
    return ({"let": lets} if lets else {}), after


def _applies(choose: Choose, speaks: Speaks) -> Doc:
    if choose.chance(65):
        return {"procedure": entries(choose, speaks, "procedure", low=2)}
    return condition(choose, speaks, look, depth=1)


def _chain(choose: Choose, speaks: Speaks, fact: str, of: str) -> Doc:
    """A derivation that carries a fact from line to line, or follows from itself somehow."""
    found: Doc = {"fact": Bare(fact)}
    if choose.chance(40):
        found["for"] = _applies(choose, speaks)
    if choose.chance(70):
        step = look(choose, speaks.inside_look(positive=True), True)
        if choose.chance(60):
            step = {"same": step["same"]}
            near = choose.pick(("next", "day", "before"))
            if near == "next":
                step["line"] = {"+": [{"line": Bare("line")}, choose.pick((1, -1))]}
            else:
                step["within"] = {"days": 1} | ({"before": True} if near == "before" else {})
        found["when"] = {"another_line": step | {of: True}}
    else:
        found["when"] = {of: True} | condition(choose, speaks, look)
    return found


def _message(choose: Choose, named: Named, speaks: Speaks, found: Doc) -> str:
    names = [*choose.some(SHOWABLE, 0, 2), *(let.name for let in speaks.lets if let.shown)]
    names += choose.some(tuple(named.vocabulary.params), 0, 1)
    text = "; ".join(f"{name} {{{name}}}" for name in names) + " {{as billed}}"
    if any("another_line" in part for part in (found.get("for", {}), found["flag_if"]) if isinstance(part, dict)):
        text += " beside {other.procedure} of line {other.line} on {other.service_date}"
    return text


def _scope(choose: Choose) -> Doc:
    scope: Doc = {}
    for key in choose.some(("payers", "payer_types", "plans", "states", "claim_types"), 1, 2):
        pool = TEXTS[key.removesuffix("s")]
        values = (*pool, *TEXTS["payer_name"]) if key == "payers" else pool
        scope[key] = [*choose.some(values, 0 if choose.chance(5) else 1, 2)]
    return scope


def _period(choose: Choose, percent_open: int) -> Doc:
    if choose.chance(percent_open):
        return {"from": FIRST_DAY}
    start, through = choose.pick(STARTS), choose.pick(THROUGHS)
    if start > through:
        start, through = through, start
    return choose.pick(({"from": start}, {"from": start, "through": through}, {"from": FIRST_DAY, "through": through}))


assert min(DAYS) >= min(STARTS)
