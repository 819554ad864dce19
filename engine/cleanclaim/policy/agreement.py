"""What the policies of one library must agree on: no version twice, and one type for each declared fact."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cleanclaim.policy.diagnostics import Diagnostic
from cleanclaim.policy.documents import Document
from cleanclaim.policy.model import Policy
from cleanclaim.policy.scalars import A
from cleanclaim.policy.tree import MappingNode, Node, ScalarNode


def disagreements(documents: Sequence[Document], policies: Sequence[Policy]) -> Iterator[Diagnostic]:
    """Where two files of a library contradict each other."""
    yield from _same_version(documents)
    yield from _facts(documents, policies)


def _same_version(documents: Sequence[Document]) -> Iterator[Diagnostic]:
    seen: dict[tuple[str, str], str] = {}
    for document in documents:
        published = document.root.get("published") if document.root is not None else None
        if document.kind != "policy" or not document.id or not isinstance(published, ScalarNode):
            continue
        first = seen.setdefault((document.id, published.text), document.path)
        if first != document.path:
            message = f"{document.id} of {published.text} is also in {first}"
            yield _at(published, "duplicate-version", message, "give each version the day on which it was published")


def _facts(documents: Sequence[Document], policies: Sequence[Policy]) -> Iterator[Diagnostic]:
    """A claim carries a fact once, for all policies that ask for it, so it has one type."""
    roots = {document.path: document.root for document in documents}
    declared: dict[str, Policy] = {}
    for policy in policies:
        for name, fact in policy.facts.items():
            first = declared.setdefault(name, policy)
            type_ = first.facts[name].type
            root = roots[policy.path]
            if fact.type is not type_ and root is not None:
                message = f"the fact {name} is {A[fact.type]} here and {A[type_]} in {first.path}"
                yield _at(
                    _declaration(root, name), "fact-type", message, "give it one type, or one of them another name"
                )


def _declaration(root: MappingNode, name: str) -> Node:
    """Where a policy declares a fact; where it extends the template that does, otherwise."""
    facts = root.get("facts")
    own = facts.get(name) if isinstance(facts, MappingNode) else None
    return own or root.get("extends") or root


def _at(node: Node, code: str, message: str, help: str) -> Diagnostic:
    return node.source.problem(code, message, node.line, node.column, help, node.length)
