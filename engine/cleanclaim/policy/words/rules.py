"""A whole rule in words: whom it is for, what it flags, what excuses, and what else one has to know."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cleanclaim.policy.model import (
    TRUE,
    About,
    All,
    Clock,
    Condition,
    Derivation,
    Exists,
    FieldOf,
    Let,
    MessagePart,
    Period,
    Policy,
    Rule,
    Side,
)
from cleanclaim.policy.visit import conditions, looks_of_let
from cleanclaim.policy.words import conditions as condition_words
from cleanclaim.policy.words import lets as let_words
from cleanclaim.policy.words import values
from cleanclaim.policy.words.nouns import is_nullable, noun_of
from cleanclaim.policy.words.phrases import Clause, Kind, Name, Words
from cleanclaim.policy.words.settled import constants_of, settled, settled_let

_ALWAYS = (condition_words.clause(TRUE),)


@dataclass(frozen=True, slots=True)
class Named:
    """A let and what it computes; ``note`` says what counts and what is missing."""

    name: str
    clause: Clause
    note: str


@dataclass(frozen=True, slots=True)
class RuleWords:
    """The parts of a rule, each a list of clauses that all hold. No ``unless``: no exception."""

    applies: tuple[Clause, ...]
    flag_if: tuple[Clause, ...]
    unless: tuple[Clause, ...]
    lets: tuple[Named, ...]
    message: Words
    notes: tuple[str, ...]
    dates: str
    """The dates that the rule narrows its policy's to, or runs on; empty where it does neither."""


@dataclass(frozen=True, slots=True)
class DerivationWords:
    """One derivation of a fact: on which lines, and when it holds of them."""

    fact: str
    applies: tuple[Clause, ...]
    when: tuple[Clause, ...]
    lets: tuple[Named, ...]


def of_rule(rule: Rule, policy: Policy) -> RuleWords:
    """A rule of a policy, without what its constants have settled."""
    known = constants_of(rule.lets)
    applies, flag_if = settled(rule.applies, known), settled(rule.flag_if, known)
    unless = settled(rule.unless, known) if rule.unless is not None else None
    lets = [(name, settled_let(let, known)) for name, let in rule.lets]
    tests = [applies, flag_if, *([unless] if unless is not None else [])]
    return RuleWords(
        clauses(applies),
        # What always holds is told too: a rule that flags every line it is for.
        clauses(flag_if) or _ALWAYS,
        (clauses(unless) or _ALWAYS) if unless is not None else (),
        tuple(_named(*let) for let in lets),
        message(rule.message),
        tuple(_notes(rule, tests, [let for _, let in lets])),
        _dates(rule, policy),
    )


def of_derivation(derivation: Derivation) -> DerivationWords:
    """A derivation, likewise."""
    known = constants_of(derivation.lets)
    return DerivationWords(
        derivation.fact,
        clauses(settled(derivation.applies, known)),
        clauses(settled(derivation.when, known)) or _ALWAYS,
        tuple(_named(name, settled_let(let, known)) for name, let in derivation.lets),
    )


def clauses(condition: Condition) -> tuple[Clause, ...]:
    """A condition as the clauses that must all hold; none where it always holds."""
    if condition == TRUE:
        return ()
    whole = condition_words.clause(condition)
    return whole.parts if isinstance(condition, All) and whole.loose else (whole,)


def message(parts: tuple[MessagePart, ...]) -> Words:
    """A message, with the names of the values that it shows."""
    return tuple(_shown(part) for part in parts)


def period(dates: Period) -> str:
    """Dates, both ends included.

    >>> from datetime import date
    >>> period(Period(date(2020, 1, 1), date(2021, 12, 31))), period(Period())
    ('2020-01-01 through 2021-12-31', 'all dates')
    """
    match dates:
        case Period(None, None):
            return "all dates"
        case Period(None, through):
            return f"through {through}"
        case Period(start, None):
            return f"from {start} on"
        case Period(start, through):
            return f"{start} through {through}"


def _named(name: str, let: Let) -> Named:
    return Named(name, let_words.clause(let), let_words.note(let))


def _shown(part: MessagePart) -> str | Name:
    match part.value:
        case None:
            return part.text
        case FieldOf(name, _, side, declared):
            whose = "the other line's " if side is Side.OTHER else ""
            return Name(Kind.FACT, whose + (name if declared else noun_of(name).text))
        case value:
            words = values.of(value)
            first = words[0]
            return first if isinstance(first, Name) else Name(Kind.PARAM, "".join(map(str, words)))


def _dates(rule: Rule, policy: Policy) -> str:
    what = "date of receipt" if rule.clock is Clock.RECEIVED else "date of service"
    if rule.effective in (Period(), policy.effective):
        return f"By {what}: {period(policy.effective)}." if rule.clock is Clock.RECEIVED else ""
    return f"By {what}: {period(rule.effective)}."


def _notes(rule: Rule, tests: Sequence[Condition], lets: Sequence[Let]) -> Iterator[str]:
    """``tests`` and ``lets`` are the rule's, as far as they are not settled."""
    others = [node.look for test in tests for node in conditions(test) if isinstance(node, Exists)]
    looks = [*others, *(look for let in lets for look in looks_of_let(let))]
    if others:
        yield (
            "Lines billed before count as other lines. Another line that lacks a fact which is asked of it here "
            "does not count."
        )
    keys = sorted({_key(key) for look in looks for key in (*look.same, *look.differs) if _may_lack(key)})
    if keys:
        yield (
            f"Where the line itself has no {' or '.join(keys)}, it cannot be compared with others, and the rule may "
            "ask for that."
        )
    if rule.about is About.CLAIM:
        yield "One finding names all lines of a claim that fail alike."


def _key(key: FieldOf) -> str:
    return key.name if key.declared else noun_of(key.name).text


def _may_lack(key: FieldOf) -> bool:
    return key.declared or is_nullable(key.name)
