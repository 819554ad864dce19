"""What changed from one version of a policy to the next, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cleanclaim.policy.model import Derivation, Period, Policy, Rule, TableSpec
from cleanclaim.policy.words.phrases import Clause, Name, codes_in, text_of, words_of
from cleanclaim.policy.words.rules import DerivationWords, Named, RuleWords, clauses, of_derivation, of_rule, period


@dataclass(frozen=True, slots=True)
class Difference:
    """One part of a rule, or of the head of a policy, before and after; ``None`` is nothing."""

    part: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Change:
    """What became of one rule."""

    rule: str
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class Changes:
    """From one version to the next. All empty: the same rules, published again."""

    head: tuple[Difference, ...]
    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[Change, ...]


def changes(before: Policy, after: Policy) -> Changes:
    """What the later of two versions says otherwise than the earlier."""
    old, new = ({rule.id: rule for rule in policy.rules} for policy in (before, after))
    changed = ((id_, tuple(_rules(old[id_], before, new[id_], after))) for id_ in new if id_ in old)
    return Changes(
        tuple(_differences(_head(before), _head(after))),
        tuple(id_ for id_ in new if id_ not in old),
        tuple(id_ for id_ in old if id_ not in new),
        tuple(Change(id_, differences) for id_, differences in changed if differences),
    )


def _head(policy: Policy) -> dict[str, str]:
    source = policy.source
    return {
        "title": policy.title,
        "dates of service": period(policy.effective),
        "lines in scope": _all(clauses(policy.scope)),
        "source": ", ".join(filter(None, (source.title, source.section, source.url))),
    }


def _rules(old: Rule, before: Policy, new: Rule, after: Policy) -> Iterator[Difference]:
    yield from _differences(_parts(old, before), _parts(new, after))
    sets, later = _sets(old, before), _sets(new, after)
    for name in sorted({*sets, *later}):
        # A set that only one of them has shows in the words.
        if name in sets and name in later and sets[name] != later[name]:
            gone = [code for code in sets[name] if code not in later[name]]
            come = [code for code in later[name] if code not in sets[name]]
            yield Difference(f"codes of {name}", _listed("had", gone), _listed("has", come))


def _parts(rule: Rule, policy: Policy) -> dict[str, str]:
    words = of_rule(rule, policy)
    dates = rule.effective if rule.effective not in (Period(), policy.effective) else None
    return {
        "severity": rule.severity.value,
        "one finding for each": rule.about.value,
        "dates of the rule": period(dates) if dates is not None else "",
        "runs on": rule.clock.value.replace("_", " "),
        "for": _all(words.applies),
        **{f"{let.name} is": _whole(let.clause) for let in words.lets},
        "flagged if": _all(words.flag_if),
        "unless": _all(words.unless),
        **{f"{fact} holds if": told for fact, told in _facts(rule, policy).items()},
        "message": "".join(f"[{part.text}]" if isinstance(part, Name) else str(part) for part in words.message),
        "fix": rule.fix,
        "cite": rule.cite,
        "denial": " ".join(filter(None, (rule.carc, rule.rarc))),
        "tables": ", ".join(_table(policy.tables[name]) for name in rule.tables),
    }


def _facts(rule: Rule, policy: Policy) -> dict[str, str]:
    found: dict[str, list[str]] = {}
    for derivation in _derivations(rule, policy):
        words = of_derivation(derivation)
        lets = "; ".join(f"{let.name} is {_whole(let.clause)}" for let in words.lets)
        told = f"for {_all(words.applies) or 'all lines'}: {_all(words.when)}"
        found.setdefault(derivation.fact, []).append(f"{told} ({lets})" if lets else told)
    return {fact: "; or ".join(told) for fact, told in found.items()}


def _sets(rule: Rule, policy: Policy) -> Mapping[str, tuple[str, ...]]:
    """The named sets of codes that a rule speaks of, its derived facts' too."""
    words = of_rule(rule, policy)
    derived = [of_derivation(derivation) for derivation in _derivations(rule, policy)]
    named = [codes for clause in _clauses(words, *derived) for codes in codes_in(clause)]
    return {codes.name: codes.entries for codes in named if codes.name is not None}


def _clauses(rule: RuleWords, *derived: DerivationWords) -> Iterator[Clause]:
    yield from (*rule.applies, *rule.flag_if, *rule.unless)
    lets: list[Named] = [*rule.lets, *(let for each in derived for let in each.lets)]
    yield from (let.clause for let in lets)
    for each in derived:
        yield from (*each.applies, *each.when)


def _derivations(rule: Rule, policy: Policy) -> Iterator[Derivation]:
    return (each for stratum in policy.strata for each in stratum if each.fact in rule.derived)


def _differences(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[Difference]:
    for part in {**before, **after}:
        old, new = before.get(part, ""), after.get(part, "")
        if old != new:
            yield Difference(part, old or None, new or None)


def _all(parts: tuple[Clause, ...]) -> str:
    return " and ".join(map(_whole, parts))


def _whole(clause: Clause) -> str:
    return text_of(words_of(clause), whole=True)


def _table(spec: TableSpec) -> str:
    if spec.imported is not None:
        return f"import {spec.imported}"
    return f"{spec.name} ({(spec.file or '').rpartition('/')[2]})"


def _listed(word: str, codes: list[str]) -> str | None:
    return f"{word} {', '.join(codes)}" if codes else None
