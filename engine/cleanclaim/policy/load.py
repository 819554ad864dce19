"""Policy files to a library: read, parse, merge, build; every error of every file at once."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from cleanclaim.policy.agreement import disagreements
from cleanclaim.policy.build_policy import build
from cleanclaim.policy.diagnostics import Diagnostic, PolicyError, in_order
from cleanclaim.policy.documents import Document, Templates, document, templates_of
from cleanclaim.policy.merge import merged
from cleanclaim.policy.model import Policy
from cleanclaim.policy.reading import Reading, TooManyProblems
from cleanclaim.policy.schema import violations
from cleanclaim.policy.table_names import HeaderOf, header_in
from cleanclaim.policy.tree import MAX_BYTES, too_large

ENDINGS = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class Library:
    """All versions of all policies that were loaded, by id and then by the day published."""

    policies: tuple[Policy, ...]


def load_library(paths: Sequence[Path]) -> Library:
    """The policies in files and, recursively, in folders.

    Raises :class:`PolicyError` with every error of every file.
    """
    library, problems = _library(paths, schema=False)
    if library is None:
        raise PolicyError(problems)
    return library


def check_library(paths: Sequence[Path]) -> tuple[Library | None, tuple[Diagnostic, ...]]:
    """The same without raising, and held against the published JSON Schema too."""
    return _library(paths, schema=True)


def load_text(text: str, path: str = "policy.yaml", templates: Mapping[str, str] = {}) -> Policy:
    """One policy from its text, with the texts of templates by id; table files are not looked at.

    Raises :class:`PolicyError` with every error.
    """
    documents = [document(text, path), *(document(words, f"{id_}.yaml") for id_, words in templates.items())]
    problems = [problem for each in documents for problem in each.problems]
    if documents[0].kind != "policy" and not documents[0].problems:
        problems.append(
            _at_top(path, "not-a-policy", "this is a template, not a policy", "load the policy that extends it")
        )
    policies, found = _build(documents, None)
    if problems or found or not policies:
        raise PolicyError(in_order([*problems, *found]))
    return policies[0]


def _library(paths: Sequence[Path], *, schema: bool) -> tuple[Library | None, tuple[Diagnostic, ...]]:
    documents: list[Document] = []
    roots: dict[str, Path] = {}
    problems: list[Diagnostic] = []
    for path, root in _files(paths, problems):
        shown = path.as_posix()
        roots[shown] = root
        read = _read(path)
        documents.append(document(read, shown) if isinstance(read, str) else Document(shown, "", None, (read,)))
    problems += [problem for each in documents for problem in each.problems]
    policies, found = _build(documents, header_in(roots))
    problems += found
    if schema:
        told = {problem.path for problem in problems}
        problems += violations(each for each in documents if each.path not in told)
    if not policies and not problems:
        for path in paths:
            help = "give the folder of a policy library, or a policy file"
            problems.append(_at_top(path.as_posix(), "no-policies", "there is no policy here", help))
    if problems:
        return None, in_order(problems)
    return Library(tuple(sorted(policies, key=lambda policy: (policy.id, policy.published)))), ()


def _build(documents: Sequence[Document], header_of: HeaderOf | None) -> tuple[list[Policy], list[Diagnostic]]:
    templates, problems = templates_of(documents)
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
            policy = build(reading, whole, header_of)
        problems += reading.problems
        if policy is not None:
            policies.append(policy)
    problems += _of_templates(documents, templates, extended, header_of)
    return policies, [*problems, *disagreements(documents, policies)]


def _of_templates(
    documents: Sequence[Document], templates: Templates, extended: set[str], header_of: HeaderOf | None
) -> Iterator[Diagnostic]:
    """Problems of templates by themselves; names that a policy may supply are known where it does."""
    for each in documents:
        if each.root is not None and each.kind == "template":
            reading = Reading()
            with suppress(TooManyProblems):
                build(reading, merged(reading, each.root, templates.roots), header_of)
            known = each.id in extended
            yield from (
                p for p in reading.problems if not known or not p.code.startswith("unknown-") or p.code == "unknown-key"
            )


def _files(paths: Sequence[Path], problems: list[Diagnostic]) -> Iterator[tuple[Path, Path]]:
    """Files with the folder of their library, each once, in a stable order."""
    seen: set[Path] = set()
    for path in paths:
        if path.is_dir():
            found = [(file, path) for file in sorted(_within(path))]
            if not found:
                help = "give the folder of a policy library, or a policy file"
                problems.append(_at_top(path.as_posix(), "no-policies", "there is no policy in this folder", help))
        elif path.exists():
            found = [(path, path.parent)]
        else:
            problems.append(_at_top(path.as_posix(), "no-file", "there is no such file or folder", "correct the path"))
            found = []
        for file, root in found:
            if file.resolve() not in seen:
                seen.add(file.resolve())
                yield file, root


def _within(folder: Path) -> Iterator[Path]:
    for at, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield from (Path(at) / name for name in files if name.endswith(ENDINGS) and not name.startswith("."))


def _read(path: Path) -> str | Diagnostic:
    shown = path.as_posix()
    if not path.is_file():
        return _at_top(shown, "unreadable", "this is not a regular file", "give a policy file, or a folder of them")
    try:
        with path.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
        return content.decode("utf-8-sig") if len(content) <= MAX_BYTES else too_large(shown)
    except OSError as error:
        return _at_top(
            shown, "unreadable", f"the file cannot be read ({error.strerror})", "check that it is a file you may read"
        )
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        message = f"the file is not UTF-8 text: byte {content[error.start]:#04x} on line {line}"
        return Diagnostic("encoding", message, shown, line, 1, "", "save it as UTF-8")


def _at_top(path: str, code: str, message: str, help: str) -> Diagnostic:
    return Diagnostic(code, message, path, 1, 1, "", help)
