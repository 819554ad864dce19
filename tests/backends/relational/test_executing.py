"""Statements run side by side find what they find one after the other, and an error ends them all."""

from __future__ import annotations

import duckdb
import pytest

from cleanclaim.backends.relational.duckdb_session import Session
from cleanclaim.backends.relational.executing import execute_side_by_side
from cleanclaim.backends.relational.layout import columns, declared, table_of
from cleanclaim.backends.relational.sources import lines_of
from cleanclaim.backends.relational.statements import Fixpoint, Gone, Named
from cleanclaim.backends.relational.wanted import wanted
from cleanclaim.policy.diagnostics import PolicyError
from tests.strategies.examples import example, rolled_written

EXAMPLES = 12
CHAIN = (
    Named("one_1", "SELECT 1 AS a"),
    Named("two_2", 'SELECT a + 1 AS a FROM "one_1"'),
    Named("three_3", 'SELECT a + 1 AS a FROM "two_2"'),
    Gone(("one_1", "two_2")),
)


def quiet(done: int, steps: int) -> None:
    """Takes no note."""


def test_a_second_run_side_by_side_finds_the_same() -> None:
    found = 0
    for number in range(EXAMPLES):
        choose, written = rolled_written(f"side-{number}")
        try:
            made = example(choose, written, written.load(), batches=1)
        except PolicyError:
            continue
        edition, (lines,) = made.edition(), made.claims
        facts = declared(edition)
        connection = duckdb.connect(config={"threads": 2})
        connection.register("given", table_of(lines, facts))
        connection.execute("CREATE TABLE here AS FROM given")
        _, query = lines_of(connection, "SELECT * FROM here", facts)
        session = Session(wanted(edition, columns(facts)), connection)
        session.lines_of(query, 1)
        answers = []
        for _ in range(3):
            session.run()
            answers.append(sorted(map(repr, session.findings(joined=True).to_pylist())))
        assert answers[0] == answers[1] == answers[2], f"side-{number}"
        found += len(answers[0])
    assert found


@pytest.mark.parametrize("at_once", [1, 2, 5])
def test_what_is_read_is_made_before(at_once: int) -> None:
    connection = duckdb.connect()
    told: list[tuple[int, int]] = []
    for _ in range(20):
        execute_side_by_side(connection, CHAIN, lambda done, steps: told.append((done, steps)), at_once)
        assert connection.execute("SELECT a FROM three_3").fetchall() == [(3,)]
    assert told[:3] == [(1, 3), (2, 3), (3, 3)]


def test_facts_settle_beside_other_statements() -> None:
    connection = duckdb.connect()
    connection.execute("CREATE TABLE edges AS SELECT * FROM (VALUES (1, 2), (2, 3), (5, 6)) AS t(a, b)")
    grows = 'SELECT 1 AS "row", 1 AS state, 0 AS lacks UNION SELECT b, 1, 0 FROM edges JOIN "fact_1" ON a = "row"'
    statements = (Fixpoint((), (Named("fact_1", grows),)), Named("read_2", 'SELECT "row" FROM "fact_1"'), *CHAIN)
    execute_side_by_side(connection, statements, quiet, 2)
    assert connection.execute('SELECT "row" FROM read_2 ORDER BY 1').fetchall() == [(1,), (2,), (3,)]


def test_an_error_ends_all_of_them() -> None:
    connection = duckdb.connect()
    slow = Named("slow_9", "SELECT count(*) FROM range(100000000000) AS r(i) WHERE hash(i) % 7 = 3")
    with pytest.raises(duckdb.Error):
        execute_side_by_side(connection, (slow, Named("bad_8", "SELECT none FROM nowhere")), quiet, 2)
