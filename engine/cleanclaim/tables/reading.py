"""Reads the rows that a plan names, types and checks them; a release is whole and right, or refused."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from cleanclaim.claims.fields import ValueType
from cleanclaim.policy.diagnostics import printable
from cleanclaim.tables.arrow import arrow
from cleanclaim.tables.cells import plain
from cleanclaim.tables.columns import typed
from cleanclaim.tables.declared import absent, unfit
from cleanclaim.tables.kind import Column, Kind
from cleanclaim.tables.overlaps import ROW, ends_before_it_begins, in_order
from cleanclaim.tables.overlaps import problems as contradictions
from cleanclaim.tables.plan import Plan
from cleanclaim.tables.problems import SHOWN, ImportRefused, Problem, RowProblem
from cleanclaim.tables.sources import Source, Uneven
from cleanclaim.tables.text import Progress

# pyarrow ships no types, so its tables are Any.
Table = Any


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a release, typed, sorted and checked; ``told`` is what was odd in them."""

    table: Table
    columns: tuple[Column, ...]
    keys: tuple[str, ...]
    read: int
    blank: int
    notes: int
    told: tuple[Problem, ...]


def read(plan: Plan, progress: Progress) -> Rows:
    """Every row of the plan's files. Raises :class:`ImportRefused` with all that is wrong with them."""
    columns = _columns(plan)
    raw, ends = _raw(plan, columns, progress)
    places = _Places(plan.sources, ends)
    found: list[Problem] = [*_uneven(plan), *_absent(plan, columns)]
    rows, blank, notes = _filled(raw, plan.kind)
    beside = sum(_is_note(plan.kind, each) for source in plan.sources for each in source.uneven)
    notes += beside
    table, of_rows = _typed(rows, columns)
    of_rows += [_moved(problem, rows[ROW]) for problem in unfit(plan.declared, rows)]
    # The text of a full release is large, and is not needed any more.
    del raw, rows
    keys = plan.kind.keys or tuple(column.name for column in columns)
    keys = tuple(key for key in keys if key in table.column_names)
    table = in_order(table, plan.kind, keys)
    if not of_rows and not found:
        of_rows += ends_before_it_begins(table, plan.kind)
        of_rows += contradictions(table, plan.kind, keys)
        if plan.kind.check is not None:
            of_rows += plan.kind.check(table, plan.kind)
    found += [places.problem(problem) for problem in of_rows]
    if not len(table) and not found:
        found.append(Problem("the files have a header and no rows", "download them again"))
    if any(problem.refuses for problem in found):
        raise ImportRefused(*sorted(found, key=lambda problem: not problem.refuses))
    count = ends[-1] - blank - (notes - beside)
    return Rows(table.drop_columns([ROW]), columns, keys, count, blank, notes, (*plan.told, *found))


def _columns(plan: Plan) -> tuple[Column, ...]:
    """The columns to store: all of the kind, or all of a generic table's file."""
    if not plan.kind.any_columns:
        there = {name for source in plan.sources for name in source.columns}
        # Where no row has dates, those of the release are the rows'.
        dates = {plan.kind.start, plan.kind.through} - there
        return tuple(column for column in plan.kind.columns if column.name not in dates)
    first = plan.sources[0]
    names = [title.strip().strip("\ufeff") for title in first.titles]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice or not all(names):
        what = f"two columns are named {twice[0]!r}" if twice and twice[0] else "a column has no name"
        raise ImportRefused(
            Problem(f"{first.member.place}: {what}", "give every column a name of its own in the first row")
        )
    for other in plan.sources[1:]:
        if [title.strip() for title in other.titles] != names:
            raise ImportRefused(
                Problem(f"{other.member.place} has other columns than {first.member.place}", "import them one by one")
            )
    read = plain(ValueType.TEXT, blank=True)
    return tuple(Column(name, ValueType.TEXT, read) for name in names)


def _raw(plan: Plan, columns: Sequence[Column], progress: Progress) -> tuple[Table, list[int]]:
    """The text of all rows, and up to which row each source goes."""
    pa = arrow()
    names = [column.name for column in columns]
    type_ = pa.dictionary(pa.int32(), pa.string())
    schema = pa.schema([(name, type_) for name in names])
    batches, ends, count = [], [], 0
    for source in plan.sources:
        for batch in source.batches(progress):
            arrays = {title.strip().strip("\ufeff"): batch.column(at) for at, title in enumerate(source.columns)}
            blank = pa.DictionaryArray.from_arrays(pa.array([0] * len(batch), pa.int32()), pa.array([""]))
            batches.append(pa.RecordBatch.from_arrays([arrays.get(n, blank) for n in names], schema=schema))
            count += len(batch)
        ends.append(count)
    table = pa.Table.from_batches(batches, schema).unify_dictionaries().combine_chunks()
    return table.append_column(ROW, pa.array(range(count), pa.int32())), ends


def _filled(raw: Table, kind: Kind) -> tuple[Table, int, int]:
    """The rows without those that are blank or only a note below the table; how many there were of each."""
    pa, pc = arrow(), arrow("compute")
    names = [name for name in raw.column_names if name != ROW]
    if not len(raw) or not names:
        return raw, 0, 0
    blanks = {name: _where(raw[name], lambda text: not text.strip()) for name in names}
    empty = pa.array([True] * len(raw))
    for name in names:
        empty = pc.and_(empty, blanks[name])
    notes = pa.array([False] * len(raw))
    if kind.keys:
        notes = _where(raw[kind.keys[0]], lambda text: len(text.split()) > 1)
        for name in names:
            if name != kind.keys[0]:
                notes = pc.and_(notes, blanks[name])
    kept = raw.filter(pc.invert(pc.or_(empty, notes)))
    return kept, pc.sum(empty).as_py() or 0, pc.sum(notes).as_py() or 0


def _where(column: Any, test: Any) -> Any:
    pa, pc = arrow(), arrow("compute")
    array = column.combine_chunks()
    found = [at for at, text in enumerate(array.dictionary.to_pylist()) if test(text or "")]
    return pc.is_in(array.indices, value_set=pa.array(found, pa.int32()))


def _is_note(kind: Kind, uneven: Uneven) -> bool:
    return bool(kind.keys) and uneven.cells == 1 and len(uneven.text.split()) > 1


def _uneven(plan: Plan) -> Iterator[Problem]:
    for source in plan.sources:
        wrong = [each for each in source.uneven if not _is_note(plan.kind, each)]
        if wrong:
            lines = source.lines_of([each.row for each in wrong[:SHOWN]])
            shown = tuple(
                f"{source.member.place} line {lines.get(each.row, 0)}: {each.cells} "
                f"{'cell' if each.cells == 1 else 'cells'}, and the header has {len(source.titles)}"
                for each in wrong[:SHOWN]
            )
            help = "a separator is too many or missing; correct the row, or download the file again"
            yield Problem("rows have another number of cells than the header", help, shown, len(wrong))


def _absent(plan: Plan, columns: Sequence[Column]) -> Iterator[Problem]:
    """Columns that policies want, and neither the files nor the dates of the release give."""
    days = {"effective": plan.effective, "through": plan.through}
    given = frozenset(name for name, day in days.items() if day is not None)
    return absent(plan.declared, [column.name for column in columns], given, plan.sources[0].member.place)


def _typed(rows: Table, columns: Sequence[Column]) -> tuple[Table, list[RowProblem]]:
    """The columns with their types, and the cells that cannot be read."""
    problems: list[RowProblem] = []
    arrays = {ROW: rows[ROW]}
    for column in columns:
        arrays[column.name], wrong = typed(rows[column.name].combine_chunks(), column)
        problems += [_moved(problem, rows[ROW]) for problem in wrong]
    return arrow().table(arrays), problems


def _moved(problem: RowProblem, rows: Any) -> RowProblem:
    """A problem of rows as they stand now, told of rows as they stood in the input."""
    moved = {rows[at].as_py(): at for at in problem.rows}
    say = problem.say
    return RowProblem(
        problem.what, problem.help, tuple(moved), problem.count, lambda row: say(moved[row]), problem.refuses
    )


class _Places:
    """Finds the file and line of a row."""

    def __init__(self, sources: Sequence[Source], ends: Sequence[int]) -> None:
        self._sources, self._ends = sources, ends

    def problem(self, problem: RowProblem) -> Problem:
        """A problem of rows as it is told."""
        lines: dict[int, str] = {}
        by_source: dict[int, list[int]] = {}
        for row in problem.rows:
            by_source.setdefault(bisect_right(self._ends, row), []).append(row)
        for at, rows in by_source.items():
            source, start = self._sources[at], self._ends[at - 1] if at else 0
            stood = {row: _with_uneven(row - start, source.uneven) for row in rows}
            found = source.lines_of(list(stood.values()))
            lines |= {row: f"{source.member.place} line {found.get(own, 0)}" for row, own in stood.items()}
        shown = tuple(printable(f"{lines[row]}: {problem.say(row)}") for row in problem.rows[:SHOWN])
        return Problem(problem.what, problem.help, shown, problem.count, problem.refuses)


def _with_uneven(row: int, uneven: Sequence[Uneven]) -> int:
    """The number of a row among all, where some were passed over."""
    for each in sorted(other.row for other in uneven):
        if each <= row:
            row += 1
    return row
