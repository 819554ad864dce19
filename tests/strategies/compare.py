"""Runs engines on one example and says where they differ."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from cleanclaim.backends.choose import Engine
from cleanclaim.backends.reference import ReferenceEngine
from cleanclaim.claims.fields import BY_NAME
from cleanclaim.claims.model import FactValue, Line, canonical_order
from cleanclaim.findings.finding import Finding, report_order
from cleanclaim.policy.versions import Edition
from tests.strategies.examples import Example

MakeEngine = Callable[[Edition], Engine]


def engines() -> dict[str, MakeEngine]:
    """The engines that must agree with the definition and are installed here."""
    found: dict[str, MakeEngine] = {}
    with suppress(ImportError):
        from cleanclaim.backends.durable import DurableEngine

        found["durable"] = DurableEngine
    with suppress(ImportError):
        from tests.strategies.relational import RelationalEngine

        found["duckdb"] = RelationalEngine
    return found


@dataclass(frozen=True)
class Difference:
    """Findings that one engine makes and the definition does not, or the other way round.

    ``crash`` is what an engine raised instead.
    """

    batch: int
    partition: tuple[str, ...]
    lacking: tuple[Finding, ...]
    extra: tuple[Finding, ...]
    crash: str = ""

    def __str__(self) -> str:
        words = [f"batch {self.batch}, grouped by {', '.join(self.partition)}"]
        words += [f"crashed: {self.crash}"] if self.crash else []
        words += [f"lacking: {finding}" for finding in self.lacking]
        words += [f"extra:   {finding}" for finding in self.extra]
        return "\n".join(words)


def groups(partition: tuple[str, ...], lines: Sequence[Line]) -> Iterator[list[Line]]:
    """Lines equal in the fields of a partition, in canonical order; a line that lacks one stands alone."""
    found: dict[object, list[Line]] = {}
    for at, line in enumerate(lines):
        key = tuple(_key(name, line) for name in partition)
        found.setdefault(at if None in key else key, []).append(line)
    for together in found.values():
        yield sorted(together, key=canonical_order)


def judge(engine: Engine, edition: Edition, lines: Sequence[Line], partition: tuple[str, ...]) -> list[Finding]:
    """All findings of the rules of one partition, sorted."""
    if engine.name == "duckdb":
        # It judges many groups at once, and keeps them apart itself.
        found = list(engine.judge(partition, lines))
    else:
        found = [finding for group in groups(partition, lines) for finding in engine.judge(partition, group)]
    return sorted(found, key=lambda finding: (report_order(finding), repr(finding)))


Answer = tuple[int, tuple[str, ...], list[Finding]]
"""The number of a batch, a partition, and the findings on the one by the rules of the other."""
Answers = list[Answer]


def answers(example: Example, edition: Edition, make: MakeEngine) -> Iterator[Answer]:
    """The findings on every batch, by every partition, of one engine that lives through all of them."""
    engine = make(edition)
    for at, lines in enumerate(example.claims):
        for partition in edition.partitions:
            yield at, partition, judge(engine, edition, lines, partition)


def difference(
    example: Example, make: MakeEngine, *, edition: Edition | None = None, right: Answers | None = None
) -> Difference | None:
    """The first difference between an engine and the definition, if there is one."""
    edition = edition or example.edition()
    right = list(answers(example, edition, ReferenceEngine)) if right is None else right
    at, partition = 0, edition.partitions[0] if edition.partitions else ()
    try:
        for (at, partition, wanted), (_, _, got) in zip(right, answers(example, edition, make), strict=True):
            if wanted != got:
                return Difference(
                    at,
                    partition,
                    tuple(finding for finding in wanted if finding not in got),
                    tuple(finding for finding in got if finding not in wanted),
                )
    except Exception as error:  # an engine that raises differs from the definition, whatever it raises
        return Difference(at, partition, (), (), f"{type(error).__name__}: {error}")
    return None


def _key(name: str, line: Line) -> FactValue | None:
    spec = BY_NAME.get(name)
    found: FactValue | None = getattr(line, spec.attribute) if spec is not None else line.facts.get(name)
    return tuple(sorted(found)) if isinstance(found, tuple) else found
