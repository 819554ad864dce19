"""Policy files to a library: read, parse, merge, build; every error of every file at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from cleanclaim.policy.agreement import disagreements
from cleanclaim.policy.build_policy import build
from cleanclaim.policy.diagnostics import Diagnostic, PolicyError, in_order
from cleanclaim.policy.documents import Document, Templates, document, templates_of
from cleanclaim.policy.files import at_top, text_of, within
from cleanclaim.policy.lookup import looked_up
from cleanclaim.policy.merge import merged
from cleanclaim.policy.model import Policy
from cleanclaim.policy.reading import Reading, TooManyProblems
from cleanclaim.policy.schema import violations
from cleanclaim.policy.table_files import TableFiles


@dataclass(frozen=True, slots=True)
class Library:
    """All versions of all policies that were loaded, by id and then by the day published."""

    policies: tuple[Policy, ...]


def load_library(paths: Sequence[Path], *, lean: bool = False) -> Library:
    """The policies in files and, recursively, in folders. ``lean``: only what judges claims, in half the time: no
    tests, and templates only as far as policies extend them.

    Raises :class:`PolicyError` with every error of every file.
    """
    library, problems = _library(paths, whole=False, lean=lean)
    if library is None:
        raise PolicyError(problems)
    return library


def check_library(paths: Sequence[Path]) -> tuple[Library | None, tuple[Diagnostic, ...]]:
    """The same without raising, held against the published JSON Schema, and with the rows of its tables read."""
    return _library(paths, whole=True)


def load_text(text: str, path: str = "policy.yaml", templates: Mapping[str, str] = {}) -> Policy:
    """One policy from its text, with the texts of templates by id; table files are not looked at.

    Raises :class:`PolicyError` with every error.
    """
    documents = [document(text, path), *(document(words, f"{id_}.yaml") for id_, words in templates.items())]
    problems = [problem for each in documents for problem in each.problems]
    if documents[0].kind != "policy" and not documents[0].problems:
        problems.append(
            at_top(path, "not-a-policy", "this is a template, not a policy", "load the policy that extends it")
        )
    policies, found = _build(documents, None)
    if problems or found or not policies:
        raise PolicyError(in_order([*problems, *found]))
    return policies[0]


def _library(
    paths: Sequence[Path], *, whole: bool, lean: bool = False
) -> tuple[Library | None, tuple[Diagnostic, ...]]:
    documents: list[Document] = []
    roots: dict[str, Path] = {}
    problems: list[Diagnostic] = []
    for path, root in _files(paths, problems):
        shown = path.as_posix()
        roots[shown] = root
        read = text_of(path)
        documents.append(
            document(read, shown, examples=not lean) if isinstance(read, str) else Document(shown, "", None, (read,))
        )
    lent: list[Document] = []
    for template, root in looked_up(documents):
        lent.append(template)
        roots[template.path] = root
    problems += [problem for each in (*documents, *lent) for problem in each.problems]
    policies, found = _build(documents, TableFiles(roots, rows=whole), lent, lean=lean)
    problems += found
    if whole:
        told = {problem.path for problem in problems}
        problems += violations(each for each in documents if each.path not in told)
    if not policies and not problems:
        problems += _only_templates(paths)
    if problems:
        return None, in_order(problems)
    return Library(tuple(sorted(policies, key=lambda policy: (policy.id, policy.published)))), ()


def _build(
    documents: Sequence[Document], files: TableFiles | None, lent: Sequence[Document] = (), *, lean: bool = False
) -> tuple[list[Policy], list[Diagnostic]]:
    """``lent`` are templates from elsewhere, which are looked at only as far as policies extend them."""
    templates, problems = templates_of((*documents, *lent))
    policies: list[Policy] = []
    extended: set[str] = set()
    for each in documents:
        if each.root is None or each.kind != "policy":
            continue
        reading = Reading()
        policy = None
        with suppress(TooManyProblems):
            whole = merged(reading, each.root, templates.roots)
            extended.update(whole.templates)
            policy = build(reading, whole, files)
        problems += reading.problems
        if policy is not None:
            policies.append(policy)
    if not lean:
        problems += _of_templates(documents, templates, extended, files)
    return policies, [*problems, *disagreements(documents, policies)]


def _of_templates(
    documents: Sequence[Document], templates: Templates, extended: set[str], files: TableFiles | None
) -> Iterator[Diagnostic]:
    """Problems of templates by themselves; names that a policy may supply are known where it does."""
    for each in documents:
        if each.root is not None and each.kind == "template":
            reading = Reading()
            with suppress(TooManyProblems):
                build(reading, merged(reading, each.root, templates.roots), files)
            known = each.id in extended
            yield from (
                p for p in reading.problems if not known or not p.code.startswith("unknown-") or p.code == "unknown-key"
            )


def _only_templates(paths: Sequence[Path]) -> Iterator[Diagnostic]:
    """What to say of sound files none of which is a policy."""
    for path in paths:
        message = "there are only templates here" if path.is_dir() else "this is a template"
        help = "give a policy that extends it, or a folder of such policies"
        yield at_top(path.as_posix(), "no-policies", f"{message}: it is checked where a policy extends it", help)


def _files(paths: Sequence[Path], problems: list[Diagnostic]) -> Iterator[tuple[Path, Path]]:
    """Files with the folder of their library, each once, in a stable order."""
    seen: set[Path] = set()
    for path in paths:
        if path.is_dir():
            found = [(file, path) for file in sorted(within(path))]
            if not found:
                help = "give the folder of a policy library, or a policy file"
                problems.append(at_top(path.as_posix(), "no-policies", "there is no policy in this folder", help))
        elif path.exists():
            found = [(path, path.parent)]
        else:
            problems.append(at_top(path.as_posix(), "no-file", "there is no such file or folder", "correct the path"))
            found = []
        for file, root in found:
            if file.resolve() not in seen:
                seen.add(file.resolve())
                yield file, root
