"""Words with marks in them (names, sets of codes), and clauses: words with parts below them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

SHOWN_CODES = 8
"""So many entries of a set stand in a sentence; the rest is told by number, or folded."""


class Kind(Enum):
    """What a name in a sentence is a name of."""

    LET = "let"
    PARAM = "param"
    FACT = "fact"
    DERIVED = "derived"
    TABLE = "table"


@dataclass(frozen=True, slots=True)
class Name:
    """A name that the policy gives to something, which is explained elsewhere."""

    kind: Kind
    text: str


@dataclass(frozen=True, slots=True)
class Codes:
    """A set of codes: its name, if it has one, and its entries as people read them."""

    name: str | None
    entries: tuple[str, ...]


Words = tuple["str | Name | Codes", ...]
"""A run of words; text stands with its own spaces."""


class Joint(Enum):
    """How the parts below a clause belong together."""

    ALL = "and"
    ANY = "or"


@dataclass(frozen=True, slots=True)
class Clause:
    """Words, and the parts that complete them. Empty words: the parts alone, joined."""

    words: Words
    parts: tuple[Clause, ...] = ()
    joint: Joint = Joint.ALL
    loose: bool = False
    """It is a bare conjunction or alternative, which needs brackets among others of its kind."""


def joined(parts: Iterable[Words], last: str = "and") -> Words:
    """Words one after the other, with commas and a last ``and``.

    >>> joined([("a",), ("b",), ("c",)])
    ('a', ', ', 'b', ' and ', 'c')
    """
    whole = list(parts)
    found: list[str | Name | Codes] = []
    for at, part in enumerate(whole):
        if at:
            found.append(f" {last} " if at == len(whole) - 1 else ", ")
        found.extend(part)
    return tuple(found)


def words_of(clause: Clause, lead: bool = True) -> Words:
    """A clause and its parts on one line."""
    if not clause.parts:
        return clause.words
    below: list[str | Name | Codes] = []
    for at, part in enumerate(clause.parts):
        if at:
            below.append(f" {clause.joint.value} ")
        if part.parts and len(clause.parts) > 1:
            below.extend(("(", *words_of(part), ")"))
        else:
            below.extend(words_of(part))
    if clause.loose or not clause.words:
        return tuple(below)
    return (*clause.words, ": ", *below) if lead else tuple(below)


def text_of(words: Words, whole: bool = False) -> str:
    """Plain text. ``whole``: all entries of unnamed sets, and of named ones the name alone."""
    return "".join(_plain(words, whole))


def short(entries: tuple[str, ...], most: int = SHOWN_CODES) -> str:
    """The first entries of a set, and how many more there are."""
    more = f" and {len(entries) - most} more" if len(entries) > most else ""
    return (", ".join(entries[:most]) or "nothing") + more


def codes_in(clause: Clause) -> Iterator[Codes]:
    """The sets of codes in a clause and its parts, in order, repeats included."""
    yield from (each for each in clause.words if isinstance(each, Codes))
    for part in clause.parts:
        yield from codes_in(part)


def _plain(words: Words, whole: bool) -> Iterator[str]:
    for each in words:
        match each:
            case str():
                yield each
            case Name(_, text):
                yield text
            case Codes(name, entries) if whole:
                yield name or ", ".join(entries)
            case Codes(None, entries):
                yield short(entries)
            case Codes(name, entries):
                yield f"{name} ({short(entries)})"
