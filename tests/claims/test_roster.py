"""The performer roster: known, known to hold nothing, and unknown are three different things."""

from __future__ import annotations

import io
from datetime import date

import pytest

from cleanclaim.claims.model import Line, Reject, Warning
from cleanclaim.claims.roster import Roster, luhn

HEADER = "npi,license_type,license_number,state,from,through,supervisor"
ONE, TWO, THREE, FOUR = "1234567893", "1003000126", "1003000134", "1003000142"
ROWS = (
    f"{ONE},LMT,MT1,TX,2019-01-01,2020-06-30,",
    f"{ONE},lmt,MT2,TX,2020-09-01,,",
    f"{ONE},PT,P1,CA,2018-01-01,,",
    f"{TWO},,,,,,{ONE}",
    f"{THREE},DC,,TX,2020-13-01,,",
    f"{THREE},PT,,TX,2020-01-01,,",
)


def roster(*rows: str, header: str = HEADER) -> Roster:
    return Roster.read(io.BytesIO("\n".join((header, *rows, "")).encode()), "roster.csv")


def line(**fields: object) -> Line:
    return Line("C1", 1, "P1", date(2020, 1, 1), date(2020, 1, 1))._replace(**fields)


@pytest.mark.parametrize(
    ("npi", "on", "state", "held"),
    [
        (ONE, date(2019, 1, 1), "TX", ("LMT",)),
        (ONE, date(2020, 6, 30), "TX", ("LMT",)),
        (ONE, date(2020, 7, 1), "TX", ()),
        (ONE, date(2020, 9, 1), "TX", ("LMT",)),
        (ONE, date(2030, 1, 1), "CA", ("PT",)),
        (ONE, date(2020, 1, 1), "NY", ()),
        (ONE, date(2020, 1, 1), None, None),
        (FOUR, date(2020, 1, 1), "TX", None),
        (None, date(2020, 1, 1), "TX", None),
        (TWO, date(2020, 1, 1), "TX", ()),
        (THREE, date(2020, 1, 1), "TX", None),
    ],
)
def test_licences_in_force(npi: str | None, on: date, state: str | None, held: tuple[str, ...] | None) -> None:
    assert roster(*ROWS).performer(npi, on, state)[0] == held


def test_the_supervisor_of_the_row_in_force() -> None:
    assert roster(*ROWS).performer(TWO, date(2020, 1, 1), "TX") == ((), ONE)


def test_it_tells_lines_what_it_knows_and_leaves_the_rest() -> None:
    told = roster(*ROWS)
    known = line(rendering_npi=ONE, state="TX", performer_licences=("DC",))
    assert told.apply(known).performer_licences == ("LMT",)
    assert told.apply(known) == known._replace(performer_licences=("LMT",))
    for unknown in (
        line(rendering_npi=FOUR, state="TX", performer_licences=("DC",)),
        line(rendering_npi=ONE, state=None, performer_licences=("DC",)),
        line(rendering_npi=THREE, state="TX"),
        line(),
    ):
        assert told.apply(unknown) == unknown
    helped = told.apply(line(rendering_npi=TWO, state="TX"))
    assert (helped.performer_licences, helped.performer_supervisor_npi) == ((), ONE)


def test_all_errors_are_told_with_their_rows() -> None:
    found = roster(
        "123,LMT,,TX,2020-01-01,,",
        f"{ONE},LMT,,Texas,2020-01-01,,",
        f"{ONE},LMT,,,,,",
        f"{ONE},LMT,,TX,2020-01-01,2019-01-01,7",
        f"{ONE},LMT PT,,TX,2020-01-01,,",
        f"{ONE},LMT,,TX",
        "1234567890,LMT,,TX,2020-01-01,,",
    )
    told = {(type(p), p.where): p.reason for p in found.problems}
    assert "npi is not ten digits" in told[Reject, "row 2"]
    assert "two-letter" in told[Reject, "row 3"]
    assert "state is blank" in told[Reject, "row 4"]
    assert "from is blank" in told[Reject, "row 4"]
    assert "through is before from" in told[Reject, "row 5"]
    assert "supervisor is not an NPI" in told[Reject, "row 5"]
    assert "more than one licence" in told[Reject, "row 6"]
    assert "has 4 cells" in told[Reject, "row 7"]
    assert "check digit" in told[Warning, "row 8"]
    assert found.performer(ONE, date(2020, 1, 1), "TX") == (None, None)


def test_a_file_that_is_no_roster_or_not_there() -> None:
    (problem,) = roster("x", header="npi,licence_type").problems
    assert "license_type (did you mean licence_type?)" in problem.reason
    (problem,) = Roster.read("no/such/file.csv").problems
    assert isinstance(problem, Reject)


def test_check_digits() -> None:
    assert luhn("1234567893")
    assert not luhn("1234567890")
