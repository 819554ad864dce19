"""Runs the statements of a program on DuckDB: one after the other, or side by side where lines are few."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from queue import SimpleQueue

import duckdb

from cleanclaim.backends.relational.found import FOUND
from cleanclaim.backends.relational.statements import Finding, Fixpoint, Gone, Named, Statement

Told = Callable[[int, int], None]
"""Is told how many steps are done, and how many there are."""
_NAME = re.compile(r'"(\w+)"')


def execute(connection: duckdb.DuckDBPyConnection, statement: Statement) -> None:
    """Runs one statement; findings go to :data:`.found.FOUND`."""
    match statement:
        case Named():
            _keep(connection, statement)
        case Finding(query, of):
            # To plan the words of a finding takes longer than to see that there is none.
            if connection.execute(f"SELECT 1 FROM {of} LIMIT 1").fetchall():
                connection.execute(f"INSERT INTO {FOUND} {query}")
        case Fixpoint():
            _settle(connection, statement)
        case Gone(names):
            for name in names:
                connection.execute(f"DROP TABLE {name}")


def execute_side_by_side(
    connection: duckdb.DuckDBPyConnection, statements: Sequence[Statement], told: Told, at_once: int
) -> None:
    """Runs statements, ``at_once`` of those that wait for no other; what is read no more stays.

    Of few lines nearly all the time of a statement is its planning, and of some more its small parts: one core is busy.
    """
    statements = [each for each in statements if not isinstance(each, Gone)]
    waits = _waits(statements)
    after: list[list[int]] = [[] for _ in statements]
    for at, others in enumerate(waits):
        for other in others:
            after[other].append(at)
    cursors: SimpleQueue[duckdb.DuckDBPyConnection] = SimpleQueue()
    every = [connection.cursor() for _ in range(at_once)]
    for cursor in every:
        cursors.put(cursor)

    def run(at: int) -> int:
        cursor = cursors.get()
        try:
            execute(cursor, statements[at])
        finally:
            cursors.put(cursor)
        return at

    with ThreadPoolExecutor(at_once) as pool:
        running: set[Future[int]] = {pool.submit(run, at) for at, others in enumerate(waits) if not others}
        done = 0
        try:
            while running:
                ended, running = wait(running, return_when=FIRST_COMPLETED)
                for future in ended:
                    done += 1
                    told(done, len(statements))
                    for at in after[future.result()]:
                        waits[at].remove(future.result())
                        if not waits[at]:
                            running.add(pool.submit(run, at))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for cursor in every:
                cursor.interrupt()
            raise
    for cursor in every:
        cursor.close()


def _waits(statements: Sequence[Statement]) -> list[set[int]]:
    """Of each statement, those that must have run before it."""
    maker: dict[str, int] = {}
    waits: list[set[int]] = []
    for at, statement in enumerate(statements):
        makes: tuple[Named, ...] = ()
        read: set[str] = set()
        match statement:
            case Named():
                makes = (statement,)
            case Finding(query, of):
                read = _names(query) | {of}
            case Fixpoint(inner, made):
                makes = (*inner, *made)
        for each in makes:
            read |= _names(each.query)
        waits.append({maker[name] for name in read if name in maker})
        maker.update({each.name: at for each in makes})
    return waits


def _names(query: str) -> set[str]:
    """The names in a query, of columns too, which are called otherwise than kept results."""
    return set(_NAME.findall(query))


def _keep(connection: duckdb.DuckDBPyConnection, kept: Named) -> None:
    # Rows in order are found by reading those parts of the table alone that have any.
    ordered = f'FROM ({kept.query}) ORDER BY "{kept.by}"' if kept.by is not None else kept.query
    connection.execute(f"CREATE OR REPLACE TABLE {kept.name} AS {ordered}")


def _settle(connection: duckdb.DuckDBPyConnection, facts: Fixpoint) -> None:
    for each in facts.made:
        connection.execute(f'CREATE OR REPLACE TABLE {each.name} ("row" BIGINT, state BIGINT, lacks BIGINT)')
    for lacks in ("0::BIGINT AS lacks", "lacks"):
        before: list[object] = []
        while (grown := _again(connection, facts, lacks)) != before:
            before = grown
    for each in facts.made:
        connection.execute(f"DROP TABLE {each.name}_next")


def _again(connection: duckdb.DuckDBPyConnection, facts: Fixpoint, lacks: str) -> list[object]:
    """Makes the facts once more from themselves, and says how much there is of each."""
    for each in facts.inner:
        _keep(connection, each)
    for name, query in ((each.name, each.query) for each in facts.made):
        connection.execute(f'CREATE OR REPLACE TABLE {name}_next AS SELECT "row", state, {lacks} FROM ({query})')
    grown: list[object] = []
    for each in facts.made:
        connection.execute(f"CREATE OR REPLACE TABLE {each.name} AS FROM {each.name}_next")
        # Truth and lacks only grow: what counts them stands still when they do.
        grown += connection.execute(
            f"SELECT coalesce(sum(3 - state), 0), coalesce(sum(bit_count(lacks)), 0) FROM {each.name}"
        ).fetchall()
    return grown
