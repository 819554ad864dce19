"""Facts of claims that stand in a file beside them, and their way onto the lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from cleanclaim.claims.doubts import Doubts
from cleanclaim.claims.fields import BY_NAME
from cleanclaim.claims.model import NO_FACTS, FactValue, Line, Reject, Status, Warning

Key = tuple[str, int | None]
"""A claim's number and a line of it, or ``None`` for all its lines."""

_FACTS = Line._fields.index("facts")
OTHERWISE = "is given otherwise by the claim itself, whose value is used; make the two agree"


@dataclass(frozen=True, slots=True)
class Said:
    """What a row says of one fact; ``None`` where it could not be read, or another row says otherwise."""

    value: FactValue | None
    row: int


@dataclass(frozen=True, slots=True)
class Facts:
    """What a file says of claims and lines, by the policy's names of facts and fields.

    ``rows`` holds the first row of every key; of ``doubtful`` claims some row names no readable line, so
    that nothing is said of any of theirs.
    """

    source: str = "facts"
    said: Mapping[Key, Mapping[str, Said]] = field(default_factory=dict)
    rows: Mapping[Key, int] = field(default_factory=dict)
    doubtful: frozenset[str] = frozenset()
    problems: tuple[Reject | Warning, ...] = field(default=(), compare=False)

    def joining(self) -> Joining:
        """Begins to tell the lines of one run."""
        return Joining(self)


class Joining:
    """Tells lines what the file says of them, and remembers which of its rows were of use.

    A line of the history is told only what was not meant for a judged line of the same claim number,
    for the number is often the patient's; so the lines to judge come first.
    """

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._judged: set[Key] = set()
        self._past: set[Key] = set()
        self._doubts = Doubts()

    def apply(self, line: Line) -> Line:
        """The line with the facts that it lacks; a line's own row wins over its claim's."""
        facts = self._facts
        keys: tuple[Key, Key] = ((line.claim, None), (line.claim, line.line))
        met = [key for key in keys if key in facts.rows]
        if line.status is Status.HISTORY:
            met = [key for key in met if key not in self._judged]
            self._past.update(met)
        else:
            self._judged.update(met)
        if not met or line.claim in facts.doubtful:
            return line
        told: dict[str, Said] = {}
        for key in met:
            told |= facts.said.get(key, {})
        return self._told(line, told)

    def warnings(self) -> Iterator[Warning]:
        """After the last line: what the claims give otherwise, and the rows that were of no line."""
        source = self._facts.source
        yield from self._doubts.warnings(source)
        idle = sorted(row for key, row in self._facts.rows.items() if key not in self._judged | self._past)
        if idle:
            others = f" and {len(idle) - 1} more" if len(idle) > 1 else ""
            reason = "is of no claim line that was read; compare its claim and line numbers with the report's"
            yield Warning(source, f"row {idle[0]}{others}", reason)

    def _told(self, line: Line, told: Mapping[str, Said]) -> Line:
        values = list(line)
        declared = dict(line.facts)
        for name, said in told.items():
            if said.value is None:
                continue
            spec = BY_NAME.get(name)
            place = Line._fields.index(spec.attribute) if spec is not None else None
            own = declared.get(name) if place is None else values[place]
            if own is not None:
                if own != said.value:
                    self._doubts.note(name, f"row {said.row}", OTHERWISE)
            elif place is None:
                declared[name] = said.value
            else:
                values[place] = said.value
        values[_FACTS] = declared or NO_FACTS
        return Line._make(values)
