"""The head of a policy: scope, source, and the names of declared and derived facts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cleanclaim.claims.fields import BY_NAME, ValueType
from cleanclaim.claims.model import FactValue
from cleanclaim.policy.build_lets import may_be_named
from cleanclaim.policy.diagnostics import quoted
from cleanclaim.policy.keys import FACT, SCOPE, SCOPE_FIELDS, SOURCE, TYPE_OF, TYPES, URL
from cleanclaim.policy.model import (
    TRUE,
    All,
    AnyOf,
    Condition,
    DeclaredFact,
    FieldOf,
    IsMissing,
    Member,
    Not,
    Seen,
    Source,
)
from cleanclaim.policy.reading import Reading
from cleanclaim.policy.scalars import Want, constant
from cleanclaim.policy.tree import MappingNode, Node


def scope_of(
    reading: Reading, node: Node | None, *, asks: bool = True
) -> tuple[Condition | None, dict[str, FactValue]]:
    """The scope as a condition, and what it says of the lines of a test.

    ``asks``: of a line without a payer it is asked whether it is one of the policy's payers. An illustration's
    payers are nobody's, so it does not ask.
    """
    parts: list[Condition] = []
    defaults: dict[str, FactValue] = {"patient": "P1", "units": 1}
    keys = reading.keys(node, SCOPE) if node is not None else {}
    for key, name in SCOPE_FIELDS.items():
        spec = BY_NAME[name]
        among: list[str] = []
        for item in reading.items((keys or {}).get(key), f"`{key}`"):
            scalar = reading.scalar(item, f"an entry of `{key}`")
            word = constant(reading, scalar, Want(spec.type, name, spec.values)) if scalar is not None else None
            if isinstance(word, str):
                among.append(word)
        if among:
            defaults[name] = among[0]
            field = FieldOf(name, spec.type)
            parts.append(_payers(field, tuple(among), asks) if key == "payers" else Member(field, tuple(among)))
    whole = parts[0] if len(parts) == 1 else All(tuple(parts)) if parts else TRUE
    return (whole if keys is not None else None), defaults


def _payers(payer: FieldOf, among: tuple[str, ...], asks: bool) -> Condition:
    """By identifier or name, whichever is given; where the claim gives neither, unknown, or false if not to ask."""
    name = FieldOf("payer_name", ValueType.TEXT)
    given = (
        All((Not(IsMissing(payer)), Member(payer, among))),
        All((Not(IsMissing(name)), Member(name, among))),
    )
    unknown = All((IsMissing(payer), IsMissing(name), Member(payer, among)))
    return AnyOf((*given, unknown) if asks else given)


def source_of(reading: Reading, node: Node | None) -> Source | None:
    """Whose word the policy is."""
    keys = reading.keys(node, SOURCE) if node is not None else None
    if keys is None:
        return None
    title, section = (
        reading.text(keys.get("title"), "the source's title"),
        reading.text(keys.get("section"), "`section`"),
    )
    help = "write the whole address, from https:// on"
    url = reading.matching(keys.get("url"), URL, "a web address", "url", help)
    reviewed = reading.date(keys.get("reviewed"), "`reviewed`")
    illustration = reading.boolean(keys.get("illustration"), "`illustration`")
    seen = reading.word(keys.get("seen"), tuple(each.value for each in Seen), "`seen`")
    read_as = Seen(seen) if seen is not None else None
    return Source(title, section, url, reviewed, bool(illustration), read_as) if title is not None else None


def facts_of(reading: Reading, node: Node | None) -> dict[str, DeclaredFact | None]:
    """The declared facts by name; ``None`` is one whose declaration is broken."""
    facts: dict[str, DeclaredFact | None] = {}
    for entry in reading.entries(node, "`facts`"):
        name = entry.key.text
        facts[name] = None
        named = may_be_named(reading, entry.key, "fact")
        keys = reading.keys(entry.value, FACT)
        if keys is None:
            continue
        type_ = reading.word(keys.get("type"), TYPES, "a fact's type")
        description = reading.text(keys.get("description"), "`description`")
        who = reading.text(keys.get("who"), "`who`")
        if named and type_ is not None:
            facts[name] = DeclaredFact(name, TYPE_OF[type_], description or "", who or "")
    return facts


def derived_names(reading: Reading, nodes: Sequence[Node], facts: Mapping[str, object]) -> frozenset[str]:
    """The names of the facts that derivations conclude."""
    derived: set[str] = set()
    for node in nodes:
        fact = node.get("fact") if isinstance(node, MappingNode) else None
        name = reading.scalar(fact, "the name of a derived fact") if fact is not None else None
        if name is None or name.text in derived:
            continue
        if name.text in facts:
            reading.error(
                "name-clash", f"{quoted(name.text)} is declared under `facts` already", name, "choose another name"
            )
        elif may_be_named(reading, name, "derived fact"):
            derived.add(name.text)
    return frozenset(derived)
