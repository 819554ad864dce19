"""The roster, a file of facts and a payer given by hand are put onto lines in SQL as ``lint`` puts them."""

from __future__ import annotations

import io
import tempfile
from datetime import date
from decimal import Decimal
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cleanclaim.audit.beside import Beside
from cleanclaim.claims.facts import Facts
from cleanclaim.claims.facts_file import read_facts
from cleanclaim.claims.fields import ValueType
from cleanclaim.claims.roster import Licence, Roster
from tests.audit.reading import by_batch, by_sql
from tests.audit.tables import write_csv, write_parquet
from tests.conftest import ROOT

FACTS = {
    "consent": ValueType.BOOLEAN,
    "regions": ValueType.CODES,
    "certified": ValueType.DATE,
    "reviews": ValueType.NUMBER,
}
SETTINGS = settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
NPIS = ("1000000001", "1000000002", "1000000003")
DAYS = (date(2020, 1, 1), date(2020, 1, 2), date(2020, 1, 3), date(2020, 6, 1))


@st.composite
def rosters(draw: st.DrawFn) -> Roster:
    """Performers with overlapping licences in several states, some known to have none, some in doubt."""
    rows: dict[str, list[Licence]] = {}
    for npi in draw(st.sets(st.sampled_from(NPIS), min_size=1)):
        rows[npi] = []
        for _ in range(draw(st.integers(0, 4))):
            first, last = sorted(
                draw(st.tuples(st.sampled_from((date.min, *DAYS)), st.sampled_from((*DAYS, date.max))))
            )
            kind = draw(st.sampled_from(("LMT", "DC", "PT", None)))
            state = draw(st.sampled_from(("CA", "OR") if kind else ("CA", None, None)))
            supervisor = draw(st.sampled_from((None, None, "1999999999", "1888888888")))
            rows[npi].append(Licence(kind, state, first, last, supervisor))
    doubtful = draw(st.sets(st.sampled_from(sorted(rows)), max_size=1)) if draw(st.booleans()) else set()
    return Roster({npi: tuple(held) for npi, held in rows.items()}, frozenset(doubtful))


CLAIM, LINE = st.sampled_from(("A", "B", "A#2", "X")), st.sampled_from(("", "1", "2", "1", "two"))
SAID = {
    "consent": ("", "yes", "no", "perhaps"),
    "regions_1": ("", "c1", "C2"),
    "regions_2": ("", "L5"),
    "certified": ("", "2020-01-01", "soon"),
    "reviews": ("", "1", "2.50", "1234567890123"),
    "service_minutes": ("", "30", "45"),
    "received_date": ("", "2020-02-01"),
    "paid_amount": ("", "10.00", "-1"),
}


@st.composite
def said(draw: st.DrawFn) -> Facts:
    """Files of facts that contradict themselves, are blank, or speak of nobody."""
    columns = draw(st.lists(st.sampled_from(sorted(SAID)), min_size=1, max_size=4, unique=True))
    text = [",".join(("claim_id", "claim_line_number", *columns))]
    cells = st.tuples(CLAIM, LINE, *(st.sampled_from(SAID[name]) for name in columns))
    text += map(",".join, draw(st.lists(cells, max_size=6)))
    return read_facts(io.BytesIO("\n".join(text).encode()), FACTS, "facts.csv")


CELLS = {
    "claim_id": "AB",
    "claim_line_number": "123",
    "person_id": "P",
    "claim_line_start_date": [day.isoformat() for day in DAYS],
    "rendering_npi": (*NPIS, "", "1000000009"),
    "service_state": ("CA", "OR", "NV", ""),
    "performer_license_1": ("", "", "MD"),
    "performer_supervisor_npi": ("", "1777777777"),
    "payer": ("", "ACME"),
    "payer_name": ("", "Acme Health"),
    "payer_type": ("", "medicare"),
    "service_minutes": ("", "30"),
    "consent": ("", "", "yes"),
    "regions_1": ("", "", "C1"),
    "paid_amount": ("", "10"),
    "line_status": ("", "claim", "history", "log"),
}


def claims() -> st.SearchStrategy[list[dict[str, str]]]:
    """Lines of few claims, some of which say themselves what others know."""
    row = st.fixed_dictionaries({name: st.sampled_from(cells) for name, cells in CELLS.items()})
    return st.lists(row, min_size=1, max_size=6)


@SETTINGS
@given(claims(), claims(), rosters(), said(), st.sampled_from([None, "ACME", "Medicare"]), st.booleans())
def test_what_is_known_beside_claims(
    first: list[dict[str, str]],
    second: list[dict[str, str]],
    roster: Roster,
    facts: Facts,
    payer: str | None,
    past: bool,
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        one, two = Path(folder, "one.csv"), Path(folder, "two.parquet")
        write_csv(one, first)
        write_parquet(two, second)
        judged, history = ([one], [two]) if past else ([one, two], [])
        beside = Beside(roster, facts, payer)
        batch = by_batch(judged, history, facts=FACTS, beside=beside)
        sql = by_sql(judged, Path(folder, "work"), history, facts=FACTS, beside=beside)
        # What the layout does not hold is told besides.
        more = {each for each in sql.rejected if "has more digits" in each[2]}
        assert sql.rejected - more == batch.rejected
        assert sql.warned == batch.warned
        if not more:
            assert (sql.lines, sql.judged, sql.billed, sql.history, sql.copies) == (
                batch.lines,
                batch.judged,
                batch.billed,
                batch.history,
                batch.copies,
            )


def test_the_examples_with_all_that_is_known_of_them(tmp_path: Path) -> None:
    declared = {"personally_performed": ValueType.BOOLEAN}
    examples = ROOT / "examples"
    beside = Beside(Roster.read(examples / "roster.csv"), read_facts(examples / "facts.csv", declared), "medicare")
    batch = by_batch([examples / "batch.837"], facts=declared, beside=beside)
    assert by_sql([examples / "batch.837"], tmp_path, facts=declared, beside=beside) == batch
    assert any("LMT" in str(line) for line in batch.lines)


def test_a_fact_that_the_layout_does_not_hold_is_unknown(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    row = {"claim_id": "A", "claim_line_number": "1", "person_id": "P", "claim_line_start_date": "2020-01-01"}
    write_csv(path, [row])
    facts = read_facts(io.BytesIO(b"claim_id,reviews\nA,1234567890123\n"), FACTS, "facts.csv")
    assert facts.said["A", None]["reviews"].value == Decimal(1234567890123)
    found = by_sql([path], tmp_path, facts=FACTS, beside=Beside(facts=facts))
    assert found.lines[0][-1] is None
    (told,) = found.rejected
    assert told[:2] == ("facts.csv", "row 2")
    assert "left unknown" in told[2]
