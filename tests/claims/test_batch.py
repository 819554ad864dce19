"""The batch: counts that reconcile, groups that are whole, and files that go away."""

from __future__ import annotations

import stat
import tempfile
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleanclaim.claims.batch import Batch
from cleanclaim.claims.model import Claim, Line, Reading, Reject, Status, Warning, canonical_order
from cleanclaim.claims.spill import Spill, bucket_of
from cleanclaim.claims.tables import read_csv
from tests.claims.reading import table

DAY = date(2020, 1, 1)


def line(claim: str = "C1", number: int = 1, patient: str = "P1", day: date = DAY, **fields: object) -> Line:
    return Line(claim, number, patient, day, day, source=f"t.csv, row {number}")._replace(**fields)


def claims(*lines: Line) -> list[Reading]:
    return [Claim((each,)) for each in lines]


def identities(batch: Batch, keys: tuple[str, ...] = ("patient",)) -> list[list[tuple[str, int]]]:
    return [[(each.claim, each.line) for each in group] for group in batch.partitions(keys)]


@pytest.fixture(params=[500_000, 0], ids=["memory", "spilled"])
def spill_after(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    yield tmp_path
    assert list(tmp_path.iterdir()) == []


def test_lines_are_grouped_whole_and_in_canonical_order(temporary: Path, spill_after: int) -> None:
    later = DAY + timedelta(days=1)
    lines = (line("C2", 2), line("C9", 1, "P2"), line("C2", 1), line("C1", 1, day=later))
    with Batch.collect(claims(*lines), spill_after=spill_after) as batch:
        assert sorted(identities(batch)) == [[("C2", 1), ("C2", 2), ("C1", 1)], [("C9", 1)]]
        assert sorted(identities(batch, ("patient", "service_date"))) == [
            [("C1", 1)],
            [("C2", 1), ("C2", 2)],
            [("C9", 1)],
        ]
        assert (batch.claims, batch.lines, batch.rejected_claims) == (3, 4, 0)


def test_a_line_without_the_key_is_alone(temporary: Path, spill_after: int) -> None:
    lines = (line("C1", 1), line("C2", 1), line("C3", 1, rendering_npi="1"), line("C4", 1, rendering_npi="1"))
    with Batch.collect(claims(*lines), spill_after=spill_after) as batch:
        groups = identities(batch, ("patient", "rendering_npi"))
        assert sorted(groups) == [[("C1", 1)], [("C2", 1)], [("C3", 1), ("C4", 1)]]


def test_keys_with_dots_and_declared_facts(spill_after: int) -> None:
    lines = (line("C1", performer_licences=("PT",)), line("C2", performer_licences=("PT",)), line("C3", facts={"a": 1}))
    with Batch.collect(claims(*lines), spill_after=spill_after) as batch:
        assert sorted(map(len, batch.partitions(("performer.licences",)))) == [1, 2]
        assert sorted(map(len, batch.partitions(("a",)))) == [1, 1, 1]


def test_history_counts_and_is_not_judged(temporary: Path, spill_after: int) -> None:
    past = claims(line("C0", 1), line("C1", 1), line("C8", 1, "P8"))
    past += [Reject("h.csv", "row 3", "bad", claims=1), Warning("h.csv", "header", "odd")]
    with Batch.collect(claims(line("C1", 1)), past, spill_after=spill_after) as batch:
        (group,) = batch.partitions()
        assert [(each.claim, each.status) for each in group] == [("C0", Status.HISTORY), ("C1", Status.CLAIM)]
        assert (batch.claims, batch.lines, batch.rejected_claims) == (1, 1, 0)
        assert [reject.reason for reject in batch.rejected] == ["bad"]
        assert len(batch.warnings) == 1


def at_row(number: int, each: Line) -> Line:
    return each._replace(source=f"t.csv, row {number}")


def test_the_same_row_twice_is_read_once_and_told(temporary: Path, spill_after: int) -> None:
    rows = [line(units=1), at_row(10, line(units=1)), at_row(9, line(units=1)), at_row(11, line(number=2))]
    with Batch.collect(claims(*rows), spill_after=spill_after) as batch:
        assert identities(batch) == [[("C1", 1), ("C1", 2)]]
        assert (batch.claims, batch.lines, batch.rejected) == (1, 2, [])
        assert [(warning.source, warning.where) for warning in batch.warnings] == [
            ("t.csv", "row 9"),
            ("t.csv", "row 10"),
        ]
        assert len({warning.reason for warning in batch.warnings}) == 1


def test_a_claim_of_which_two_rows_contradict_each_other_is_withdrawn(temporary: Path, spill_after: int) -> None:
    rows = [line(units=1), at_row(9, line(units=2, procedure="97124")), at_row(10, line(number=2)), line("C2")]
    rows.append(at_row(11, line(units=3)))
    with Batch.collect(claims(*rows), spill_after=spill_after) as batch:
        assert identities(batch) == [[("C2", 1)]]
        assert (batch.claims, batch.lines, batch.rejected_claims) == (1, 1, 1)
        assert [(reject.source, reject.where, reject.claims) for reject in batch.rejected] == [
            ("t.csv", "row 9, against row 1", 1),
            ("t.csv", "row 11, against row 1", 0),
        ]
        assert "differ in procedure, units;" in batch.rejected[0].reason
        assert "2 rows of it that can be read" in batch.rejected[0].reason


def test_a_history_line_given_twice_counts_once_and_is_told(temporary: Path, spill_after: int) -> None:
    past = claims(line("C0", units=1), line("C0", patient="P2", units=2), at_row(9, line("C0", units=1)))
    with Batch.collect(claims(line("C1")), past, spill_after=spill_after) as batch:
        assert identities(batch) == [[("C0", 1), ("C1", 1)]]
        assert [reject.claims for reject in batch.rejected] == [0]
        assert [warning.where for warning in batch.warnings] == ["row 9"]
        assert (batch.claims, batch.history, batch.history_copies) == (1, 1, 0)


BILLED = line(
    procedure="97124",
    units=4,
    charge=Decimal("100.00"),
    rendering_npi="1999999919",
    diagnoses=("M545",),
    claim_frequency="7",
)


@pytest.mark.parametrize(
    "otherwise",
    [
        {},
        {"paid": Decimal("80.00"), "received": DAY, "facts": {"consent": True}, "performer_licences": ("LMT",)},
        {"rendering_npi": None, "diagnoses": (), "payer": "ACME"},
        {"claim_frequency": "1", "claim_charge": Decimal("200.00"), "minutes": 52},
        {"claim": "C1#2"},
    ],
    ids=["alike", "answered by the payer", "in a leaner layout", "that a replacement replaces", "renamed by us"],
)
def test_history_that_is_the_judged_line_over_again_is_no_other_line(
    temporary: Path, spill_after: int, otherwise: dict[str, object]
) -> None:
    with Batch.collect(claims(BILLED), claims(BILLED._replace(**otherwise)), spill_after=spill_after) as batch:  # type: ignore[arg-type]
        assert list(batch.partitions()) == [[BILLED]]
        assert (batch.claims, batch.lines, batch.history, batch.history_copies) == (1, 1, 0, 1)
        assert batch.rejected == batch.warnings == []


ORIGINAL = BILLED._replace(claim_frequency="1")


@pytest.mark.parametrize(
    "otherwise",
    [
        {"procedure": "98940"},
        {"service_date": DAY - timedelta(days=7), "service_through": DAY - timedelta(days=7)},
        {"units": None},
        {"modifiers": ("59",)},
        {"charge": Decimal("25.00")},
        {"rendering_npi": "1999999927"},
        {"diagnoses": ("M542",)},
    ],
    ids=lambda fields: next(iter(fields)),
)
def test_history_under_the_number_of_a_judged_line_is_another_service_where_it_differs(
    temporary: Path, spill_after: int, otherwise: dict[str, object]
) -> None:
    with Batch.collect(claims(ORIGINAL), claims(ORIGINAL._replace(**otherwise)), spill_after=spill_after) as batch:  # type: ignore[arg-type]
        (group,) = batch.partitions()
        # It is another claim of that number, so what adds up a claim's lines leaves it out.
        assert {(each.claim, each.status.value) for each in group} == {("C1", "claim"), ("C1#past", "history")}
        assert (batch.claims, batch.lines, batch.history, batch.history_copies) == (1, 1, 1, 0)
        assert batch.rejected == batch.warnings == []


def test_one_judged_line_takes_one_copy_out_of_the_history(temporary: Path, spill_after: int) -> None:
    past = claims(ORIGINAL, ORIGINAL._replace(claim="C1#2"), ORIGINAL._replace(claim="C1#3", patient="P2"))
    with Batch.collect(claims(ORIGINAL), past, spill_after=spill_after) as batch:
        assert [[(each.claim, each.status) for each in group] for group in batch.partitions()] == [
            [("C1#2", Status.HISTORY), ("C1", Status.CLAIM)]
        ]
        assert (batch.history, batch.history_copies) == (2, 1)


def test_a_claim_of_which_a_row_was_refused_is_withdrawn_whole(temporary: Path, spill_after: int) -> None:
    rows = (
        "A,1,P1,2020-01-01,1",
        "B,1,P1,2020-01-01,1",
        "A,2,P1,soon,1",
        "C,1,P1,x,1",
        "A,3,P1,y,1",
        "A,4,P1,2020-01-02,1",
    )
    with Batch.collect(read_csv(table(*rows), "t.csv"), spill_after=spill_after) as batch:
        assert identities(batch) == [[("B", 1)]]
        assert (batch.claims, batch.lines, batch.rejected_claims) == (1, 1, 2)
        assert [(reject.where, reject.claims) for reject in batch.rejected] == [
            ("row 4", 1),
            ("row 5", 1),
            ("row 6", 0),
        ]
        assert "2 rows of it that can be read" in batch.rejected[0].reason
        assert "rows of it" not in batch.rejected[1].reason


def test_a_refused_history_row_withdraws_nothing(spill_after: int) -> None:
    header = "claim_id,claim_line_number,person_id,claim_line_start_date,line_status"
    rows = ("A,1,P1,2020-01-01,history", "A,2,P1,soon,history", "B,1,P1,2020-01-01,")
    with Batch.collect(read_csv(table(*rows, header=header), "t.csv"), spill_after=spill_after) as batch:
        assert identities(batch) == [[("A", 1), ("B", 1)]]
        assert (batch.claims, batch.rejected_claims, len(batch.rejected)) == (1, 0, 1)


def test_every_line_is_adapted(spill_after: int) -> None:
    adapt = lambda each: each._replace(payer="ACME")  # noqa: E731
    with Batch.collect(claims(line()), claims(line("C0")), adapt, spill_after) as batch:
        assert [[each.payer for each in group] for group in batch.partitions()] == [["ACME", "ACME"]]


def test_spilled_lines_are_private_and_gone_afterwards(temporary: Path) -> None:
    batch = Batch.collect(claims(*(line(f"C{n}") for n in range(10))), spill_after=3)
    (folder,) = temporary.iterdir()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    next(groups := batch.partitions(("claim",)))
    assert len(list(temporary.iterdir())) == 2
    groups.close()  # type: ignore[attr-defined]
    assert list(temporary.iterdir()) == [folder]
    batch.close()


def test_spilled_lines_are_gone_when_reading_fails(temporary: Path) -> None:
    def failing() -> Iterator[Reading]:
        yield from claims(line("C1"), line("C2"))
        raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        Batch.collect(failing(), spill_after=1)


def test_everything_of_a_line_survives_a_spill(temporary: Path) -> None:
    full = line(
        units=Decimal("1.50"),
        charge=Decimal("12.50"),
        modifiers=("59",),
        facts={"a": DAY, "b": True},
        status=Status.LOG,
    )
    with Spill(lambda each: (each.patient,)) as spill:
        spill.extend([full])
        ((back,),) = spill.buckets()
    assert back == full
    assert (type(back), type(back.units), back.status) == (Line, Decimal, Status.LOG)


def test_equal_keys_share_a_bucket() -> None:
    assert bucket_of((4, "P")) == bucket_of((Decimal("4.0"), "P"))
    assert bucket_of(("P1",)) == 117, "a bucket must not depend on the process's hash seed"


some_lines = st.lists(
    st.builds(
        line,
        claim=st.sampled_from("ABCDE"),
        number=st.integers(1, 3),
        patient=st.sampled_from(["P1", "P2", "P3"]),
        day=st.sampled_from([DAY, DAY + timedelta(days=1)]),
        status=st.sampled_from(list(Status)),
        rendering_npi=st.sampled_from([None, "1", "2"]),
    ),
    max_size=12,
)


@given(some_lines, st.sets(st.sampled_from("ABCDE"), max_size=2), st.integers(0, 13))
def test_spilled_or_not_the_batch_is_the_same_and_counts_reconcile(
    lines: list[Line], bad: set[str], after: int
) -> None:
    readings = [*claims(*lines), *(Reject("t.csv", f"row {n}", "bad", claim=n) for n in sorted(bad))]
    with Batch.collect(readings) as memory, Batch.collect(readings, spill_after=after) as spilled:
        for keys in (("patient",), ("patient", "service_date"), ("rendering_npi",)):
            groups = list(memory.partitions(keys))
            assert groups == list(spilled.partitions(keys))
            assert all(group == sorted(group, key=canonical_order) for group in groups)
            assert all(any(each.status is Status.CLAIM for each in group) for group in groups)
        assert memory.rejected == spilled.rejected
        counts = (memory.claims, memory.lines, memory.history, memory.history_copies, memory.rejected_claims)
        assert counts == (
            spilled.claims,
            spilled.lines,
            spilled.history,
            spilled.history_copies,
            spilled.rejected_claims,
        )
        assert memory.warnings == spilled.warnings
        billed = {
            each.claim for group in memory.partitions(("claim",)) for each in group if each.status is Status.CLAIM
        }
        assert len(billed) == memory.claims
        contradicted = {reject.claim for reject in memory.rejected if reject.claim is not None}
        assert bad <= contradicted
        assert not billed & contradicted
        assert memory.rejected_claims == len(contradicted)
        given = {each.claim for each in lines if each.status is Status.CLAIM}
        assert given == billed | (given & contradicted)
        unique = {(each.claim, each.line, each.status is Status.HISTORY) for group in groups for each in group}
        assert len(unique) == sum(map(len, groups))
        past = sum(each.status is Status.HISTORY for each in lines)
        told = sum(warning.reason.startswith("is the same") for warning in memory.warnings)
        assert (
            memory.history + memory.history_copies
            <= past
            <= memory.history + memory.history_copies + told + len(memory.rejected)
        )


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["A", "B", "C", ""]), st.sampled_from(["1", "2", "x"]), st.sampled_from(["2020-01-01", "z"])
        ),
        max_size=15,
    )
)
def test_every_claim_of_a_table_is_judged_or_rejected(rows: list[tuple[str, str, str]]) -> None:
    text = [f"{claim},{number},P1,{day},97124" for claim, number, day in rows]
    with Batch.collect(read_csv(table(*text), "t.csv")) as batch:
        named = {claim for claim, _, _ in rows if claim}
        nameless = sum(not claim for claim, _, _ in rows)
        assert batch.claims + batch.rejected_claims == len(named) + nameless


def test_lists_of_codes_group_whatever_their_order() -> None:
    day = date(2020, 5, 1)
    lines = [Line("C", n, "P", day, day, modifiers=m) for n, m in enumerate((("59", "GP"), ("GP", "59"), ("GP",)), 1)]
    with Batch.collect([Claim(tuple(lines))]) as batch:
        groups = list(batch.partitions(("patient", "modifiers")))
    assert sorted([line.line for line in group] for group in groups) == [[1, 2], [3]]
