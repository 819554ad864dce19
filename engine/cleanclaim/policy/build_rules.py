"""Rule and derivation nodes to rules and derivations."""

from __future__ import annotations

from cleanclaim.policy.build_conditions import condition
from cleanclaim.policy.build_lets import lets
from cleanclaim.policy.build_messages import message, witnesses
from cleanclaim.policy.diagnostics import quoted
from cleanclaim.policy.keys import DENIAL, DERIVE, EFFECTIVE, RULE, RULE_EFFECTIVE, Keys
from cleanclaim.policy.model import TRUE, About, Clock, Derivation, Period, Rule, Severity
from cleanclaim.policy.names import Frame, Names
from cleanclaim.policy.reading import Reading
from cleanclaim.policy.scalars import code
from cleanclaim.policy.tree import Node, ScalarNode

_SEVERITIES = tuple(severity.value for severity in Severity)
_CLOCKS = {clock.value: clock for clock in Clock}


def derivation(names: Names, node: Node) -> Derivation | None:
    """One derivation; its fact's name was checked where names were gathered."""
    reading = names.reading
    keys = reading.keys(node, DERIVE)
    if keys is None:
        return None
    named, frame = lets(Frame(names), keys.get("let"))
    applies, when = condition(frame, keys.get("for")), condition(frame, keys.get("when"))
    fact = keys.get("fact")
    if not isinstance(fact, ScalarNode) or fact.text not in names.derived:
        return None
    if named is None or applies is None or when is None:
        return None
    return Derivation(fact.text, applies, when, named)


def rule(names: Names, node: Node, within: Period) -> Rule | None:
    """One rule, its derived facts, tables and partition left to be found."""
    reading = names.reading
    keys = reading.keys(node, RULE)
    if keys is None:
        return None
    problems = len(reading.problems)
    severity = reading.word(keys.get("severity"), _SEVERITIES, "a severity") or Severity.ERROR.value
    about = reading.word(keys.get("about"), ("line", "claim"), "what a finding is about") or About.LINE.value
    named, frame = lets(Frame(names), keys.get("let"))
    applies = condition(frame, keys.get("for"))
    flag_if = condition(frame, keys["flag_if"]) if "flag_if" in keys else None
    unless = condition(frame, keys["unless"]) if "unless" in keys else TRUE
    words = keys.get("message")
    parts = None
    if reading.text(words, "`message`") is not None and isinstance(words, ScalarNode):
        found = applies is None or flag_if is None or witnesses(applies) or witnesses(flag_if)
        parts = message(frame, words, found)
    fix, cite = reading.text(keys.get("fix"), "`fix`"), reading.text(keys.get("cite"), "`cite`")
    carc, rarc = _denial(reading, keys.get("denial"))
    effective, clock = _rule_effective(reading, keys.get("effective"), within)
    id_ = keys.get("id")
    if not isinstance(id_, ScalarNode) or len(reading.problems) > problems:
        return None
    if None in (named, applies, flag_if, unless, parts, fix, cite):
        return None
    assert named is not None and applies is not None and flag_if is not None and parts is not None
    assert fix is not None and cite is not None
    return Rule(
        id_.text,
        Severity(severity),
        About(about),
        applies,
        named,
        flag_if,
        unless if "unless" in keys else None,
        parts,
        fix,
        cite,
        effective,
        clock,
        carc,
        rarc,
    )


def period(reading: Reading, node: Node | None, keys: Keys = EFFECTIVE) -> Period:
    """Dates from … through …, both ends included; open where absent or broken."""
    found = reading.keys(node, keys) if node is not None else None
    if found is None or node is None:
        return Period()
    start = reading.date(found.get("from"), "`from`")
    through = reading.date(found.get("through"), "`through`")
    if start is not None and through is not None and start > through:
        message = f"{keys.what} ends on {through} before it begins on {start}"
        reading.error(
            "effective-order", message, found["through"], "put the earlier date in `from`; both ends are included"
        )
        return Period()
    return Period(start, through)


def _rule_effective(reading: Reading, node: Node | None, within: Period) -> tuple[Period, Clock]:
    effective = period(reading, node, RULE_EFFECTIVE)
    by = None
    if node is not None:
        by = next((e.value for e in reading.mapping_or_empty(node) if e.key.text == "by"), None)
    clock = _CLOCKS.get(reading.word(by, _CLOCKS, "a rule's clock") or "", Clock.SERVICE)
    starts, ends = effective.start or within.start, effective.through or within.through
    if node is not None and starts is not None and ends is not None and starts > ends:
        outside = effective.start is None or within.start is None or effective.start > within.start
        if clock is Clock.SERVICE and (outside or effective.through is not None):
            message = "the rule is never in force while its policy is"
            help = "give dates that overlap the policy's own `effective`"
            reading.error("effective-order", message, node, help)
    return effective, clock


def _denial(reading: Reading, node: Node | None) -> tuple[str | None, str | None]:
    keys = reading.keys(node, DENIAL) if node is not None else None
    found: list[str | None] = []
    for name in DENIAL.names:
        value = reading.scalar(keys[name], f"`{name}`") if keys is not None and name in keys else None
        found.append(code(reading, value) if value is not None else None)
    return found[0], found[1]


def known_rules(reading: Reading, nodes: tuple[Node, ...], pattern: str) -> dict[str, ScalarNode]:
    """The ids of rules by name; bad and repeated ones are reported."""
    ids: dict[str, ScalarNode] = {}
    for node in nodes:
        id_ = next((entry.value for entry in reading.mapping_or_empty(node) if entry.key.text == "id"), None)
        help = "write letters, digits, hyphens and points, for example units-per-day"
        if reading.matching(id_, pattern, "a rule's id", "id", help) is None or not isinstance(id_, ScalarNode):
            continue
        if id_.text in ids:
            message = f"two rules have the id {quoted(id_.text)}; the first is on line {ids[id_.text].line + 1}"
            reading.error("duplicate-rule", message, id_, "give each rule an id of its own")
        else:
            ids[id_.text] = id_
    return ids
