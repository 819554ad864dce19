"""Trees by what they are: policies and templates; anything else in a library is refused."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from cleanclaim.claims.nearest import nearest
from cleanclaim.policy.diagnostics import Diagnostic, quoted
from cleanclaim.policy.reading import Reading
from cleanclaim.policy.tree import MappingNode, ScalarNode, parse

_TEMPLATE_LINE = re.compile(r"^template:[ \t]*[\"']?([a-z0-9/-]+)", re.MULTILINE)


class Document(NamedTuple):
    """One file: ``kind`` is policy, template or, where it cannot be told, empty."""

    path: str
    kind: str
    root: MappingNode | None
    problems: tuple[Diagnostic, ...]
    id: str = ""


class Templates(NamedTuple):
    """Templates by id; ``None`` is one whose file is broken, and told of elsewhere."""

    roots: Mapping[str, MappingNode | None]


EXAMPLES = ("tests", "test_tables")


def document(text: str, path: str, *, examples: bool = True) -> Document:
    """A file's text as a document, with what is wrong with it as YAML. ``examples``: with its tests."""
    tree = parse(text, path, () if examples else EXAMPLES)
    if tree.root is None:
        template = template_id(text)
        return Document(path, "template" if template is not None else "", None, tree.problems, template or "")
    root = tree.root
    if isinstance(root, MappingNode):
        for kind in ("policy", "template"):
            id_ = root.get(kind)
            if id_ is not None:
                shown = id_.text if isinstance(id_, ScalarNode) else ""
                return Document(path, kind, root, tree.problems, shown)
    reading = Reading()
    keys = [entry.key for entry in root.entries] if isinstance(root, MappingNode) else []
    mistyped = next((key for key in keys if nearest(key.text, ("policy", "template"))), None)
    if mistyped is not None:
        help = f"did you mean {nearest(mistyped.text, ('policy', 'template'))}?"
    else:
        help = "start a policy with `policy: ID`, a template with `template: ID`; keep other YAML files elsewhere"
    message = "this is neither a policy nor a template"
    if mistyped is not None:
        message += f": it has no key 'policy', but {quoted(mistyped.text)}"
    reading.error("unknown-document", message, mistyped or root, help)
    return Document(path, "", None, (*tree.problems, *reading.problems))


def template_id(text: str) -> str | None:
    """The id of a template by its text alone, which need not be sound YAML; ``None`` for other files."""
    found = _TEMPLATE_LINE.search(text[:10_000])
    return found[1] if found is not None else None


def templates_of(documents: Sequence[Document]) -> tuple[Templates, list[Diagnostic]]:
    """The templates by id, and ids that two files have."""
    roots: dict[str, MappingNode | None] = {}
    paths: dict[str, str] = {}
    reading = Reading()
    for each in documents:
        if each.kind != "template" or not each.id:
            continue
        if each.id in roots and each.root is not None:
            message = f"the template {quoted(each.id)} is also in {paths[each.id]}"
            node = each.root.get("template") or each.root
            reading.error("duplicate-template", message, node, "give each template an id of its own")
        else:
            roots[each.id] = each.root
            paths[each.id] = each.path
    return Templates(roots), reading.problems
