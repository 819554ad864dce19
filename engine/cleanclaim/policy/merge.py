"""A policy or template with the template it extends: one tree, whose nodes still point to the file they stand in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cleanclaim.policy.diagnostics import quoted
from cleanclaim.policy.keys import SWITCH_OFF
from cleanclaim.policy.reading import Reading
from cleanclaim.policy.tree import Entry, MappingNode, Node, ScalarNode, SequenceNode

MOST_TEMPLATES = 8
LOOKED = (
    "correct the name; a template is looked for among the files given, beside the policy, in the `templates` "
    "folders above it, and in the shipped library"
)
_BY_NAME = ("params", "codes", "tables", "facts", "define")


@dataclass(frozen=True, slots=True)
class Merged:
    """The whole tree, and rules that were left out, with their reasons.

    ``whole`` is false where a template is absent; ``templates`` are the ids of those found.
    """

    root: MappingNode
    switched_off: tuple[tuple[str, str], ...] = ()
    whole: bool = True
    templates: tuple[str, ...] = ()


def merged(reading: Reading, root: MappingNode, templates: Mapping[str, MappingNode | None]) -> Merged:
    """The document with all it extends. ``templates`` by id; ``None`` is one that cannot be read."""
    chain, whole = _chain(reading, root, templates)
    tree = chain[-1]
    off: dict[str, str] = {}
    for child in reversed(chain[:-1]):
        tree = _switched_off(reading, child, tree, off)
        tree = _over(child, tree)
    if len(chain) == 1 and root.get("switch_off") is not None and whole:
        help = "remove it; delete a rule of this file instead"
        reading.error(
            "switch-off",
            "`switch_off` is for rules of a template, and this extends none",
            _key(root, "switch_off"),
            help,
        )
    ids = (template.get("template") for template in chain[1:])
    return Merged(tree, tuple(off.items()), whole, tuple(id_.text for id_ in ids if isinstance(id_, ScalarNode)))


def _chain(
    reading: Reading, root: MappingNode, templates: Mapping[str, MappingNode | None]
) -> tuple[list[MappingNode], bool]:
    chain = [root]
    seen: list[str] = []
    own = root.get("template")
    if isinstance(own, ScalarNode):
        seen.append(own.text)
    while (name := chain[-1].get("extends")) is not None:
        found = reading.scalar(name, "`extends`")
        if found is None:
            return chain, False
        if found.text not in templates:
            reading.unknown("template", found, tuple(templates), otherwise=LOOKED)
            return chain, False
        if found.text in seen or len(chain) > MOST_TEMPLATES:
            around = " → ".join((*seen, found.text))
            message = f"templates extend each other: {around}"
            reading.error("template-cycle", message, found, "take the shared rules into one template")
            return chain, False
        seen.append(found.text)
        template = templates[found.text]
        if template is None:
            return chain, False
        chain.append(template)
    return chain, True


def _switched_off(reading: Reading, child: MappingNode, template: MappingNode, off: dict[str, str]) -> MappingNode:
    dropped: set[str] = set()
    ids = [id_.text for rule in _items(template, "rules") if (id_ := _id(rule)) is not None]
    for node in reading.items(child.get("switch_off"), "`switch_off`"):
        keys = reading.keys(node, SWITCH_OFF)
        rule = reading.scalar(keys["rule"], "the rule") if keys is not None and "rule" in keys else None
        reason = reading.text(keys.get("reason"), "the reason") if keys is not None else None
        if rule is None:
            continue
        if rule.text not in ids:
            reading.unknown("rule", rule, ids, " in the template")
        elif rule.text in dropped:
            reading.error("duplicate-rule", f"{quoted(rule.text)} is switched off twice", rule, "remove one of them")
        else:
            dropped.add(rule.text)
            off[rule.text] = reason or ""
            if any((id_ := _id(own)) is not None and id_.text == rule.text for own in _items(child, "rules")):
                message = f"{quoted(rule.text)} is switched off and written anew in one file"
                reading.error(
                    "duplicate-rule", message, rule, "a rule of the same id replaces the template's; remove this entry"
                )
    if not dropped:
        return template
    kept = tuple(rule for rule in _items(template, "rules") if (id_ := _id(rule)) is None or id_.text not in dropped)
    return _with(template, "rules", kept)


def _over(child: MappingNode, template: MappingNode) -> MappingNode:
    """The child's entries over the template's."""
    entries = {entry.key.text: entry for entry in child.entries}
    for theirs in template.entries:
        name = theirs.key.text
        ours = entries.get(name)
        if ours is None:
            if name in (*_BY_NAME, "derive", "rules", "scope"):
                entries[name] = theirs
        elif name in _BY_NAME and isinstance(ours.value, MappingNode) and isinstance(theirs.value, MappingNode):
            entries[name] = Entry(ours.key, _by_name(ours.value, theirs.value))
        elif name == "derive" and isinstance(ours.value, SequenceNode) and isinstance(theirs.value, SequenceNode):
            entries[name] = Entry(ours.key, ours.value._replace(items=theirs.value.items + ours.value.items))
        elif name == "rules" and isinstance(ours.value, SequenceNode) and isinstance(theirs.value, SequenceNode):
            entries[name] = Entry(ours.key, ours.value._replace(items=_rules(ours.value, theirs.value)))
    return child._replace(entries=tuple(entries.values()))


def _by_name(ours: MappingNode, theirs: MappingNode) -> MappingNode:
    entries = {entry.key.text: entry for entry in theirs.entries}
    entries.update((entry.key.text, entry) for entry in ours.entries)
    return ours._replace(entries=tuple(entries.values()))


def _rules(ours: SequenceNode, theirs: SequenceNode) -> tuple[Node, ...]:
    own = {id_.text: rule for rule in reversed(ours.items) if (id_ := _id(rule)) is not None}
    placed: list[Node] = []
    replaced: set[int] = set()
    for rule in theirs.items:
        id_ = _id(rule)
        anew = own.get(id_.text) if id_ is not None else None
        if anew is not None:
            replaced.add(id(anew))
        placed.append(anew if anew is not None else rule)
    return (*placed, *(rule for rule in ours.items if id(rule) not in replaced))


def _items(root: MappingNode, name: str) -> tuple[Node, ...]:
    node = root.get(name)
    return node.items if isinstance(node, SequenceNode) else ()


def _id(rule: Node) -> ScalarNode | None:
    id_ = rule.get("id") if isinstance(rule, MappingNode) else None
    return id_ if isinstance(id_, ScalarNode) else None


def _key(root: MappingNode, name: str) -> ScalarNode:
    return next(entry.key for entry in root.entries if entry.key.text == name)


def _with(root: MappingNode, name: str, items: tuple[Node, ...]) -> MappingNode:
    entries = []
    for entry in root.entries:
        if entry.key.text == name and isinstance(entry.value, SequenceNode):
            entry = Entry(entry.key, entry.value._replace(items=items))
        entries.append(entry)
    return root._replace(entries=tuple(entries))
