"""Templates that policies extend and that were not given: beside the policy, in folders above it, and shipped."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from cleanclaim.policy.documents import Document, document, template_id
from cleanclaim.policy.files import ENDINGS, text_of, within
from cleanclaim.policy.tree import ScalarNode
from cleanclaim.shipped import shipped

FOLDER = "templates"
MOST_LEVELS = 4
"""A policy's own folder and the three above it may hold a folder of templates."""


def looked_up(documents: Sequence[Document]) -> Iterator[tuple[Document, Path]]:
    """The templates that the documents extend and do not hold, each with the folder of its library.

    The nearest place that has one counts. One that is nowhere is left to who needs it.
    """
    given = {each.id for each in documents if each.kind == "template"}
    waiting = deque(documents)
    places = _Places()
    seen: set[Path] = set()
    while waiting:
        each = waiting.popleft()
        extends = each.root.get("extends") if each.root is not None else None
        if not isinstance(extends, ScalarNode) or extends.text in given:
            continue
        for path, library in places.nearest(extends.text, Path(each.path)):
            text = text_of(path)
            if path.resolve() not in seen and isinstance(text, str):
                seen.add(path.resolve())
                found = document(text, path.as_posix())
                waiting.append(found)
                yield found, library


class _Places:
    """Folders and the templates in them; each folder is searched once."""

    def __init__(self) -> None:
        self._ids: dict[Path, dict[str, list[Path]]] = {}

    def nearest(self, id_: str, path: Path) -> list[tuple[Path, Path]]:
        """The files with a template in the nearest place that has it, with the folders of their libraries."""
        beside = path.parent
        for folder, library, deep in (
            (beside, beside, False),
            *((above / FOLDER, above, True) for above in _above(path)),
            (shipped("policies") / FOLDER, shipped("policies"), True),
        ):
            if folder not in self._ids:
                files = within(folder) if deep else (file for file in folder.glob("*") if file.suffix in ENDINGS)
                self._ids[folder] = _ids(sorted(files))
            found = self._ids[folder].get(id_)
            if found:
                return [(file, library) for file in found]
        return []


def _ids(files: Iterable[Path]) -> dict[str, list[Path]]:
    ids: dict[str, list[Path]] = {}
    for file in files:
        text = text_of(file)
        id_ = template_id(text) if isinstance(text, str) else None
        if id_ is not None:
            ids.setdefault(id_, []).append(file)
    return ids


def _above(path: Path) -> tuple[Path, ...]:
    """The folders that hold a file, from within; written as it is written, as far as that goes."""
    if ".." in path.parts:
        path = path.resolve()
    return (*path.parents, *path.absolute().parents[len(path.parents) :])[:MOST_LEVELS]
