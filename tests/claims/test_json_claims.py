"""Claims as JSON: documents, arrays and JSON Lines, and what is told of those that do not keep to the schema."""

from __future__ import annotations

import io
import json
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleanclaim.claims.fields import FIELDS, ValueType
from cleanclaim.claims.json_admission import compiled
from cleanclaim.claims.json_claims import read_json
from cleanclaim.claims.json_schema import _validate
from cleanclaim.claims.model import Claim, Reading, Status
from cleanclaim.claims.schemas import claim_schema
from tests.claims.reading import lines_of, rejects_of, warnings_of


def read(document: object, declared: dict[str, ValueType] | None = None) -> list[Reading]:
    text = document if isinstance(document, str) else json.dumps(document)
    return list(read_json(io.BytesIO(text.encode()), "c.json", declared))


def claim(**fields: object) -> dict[str, object]:
    return {"claim": "C1", "patient": "P1", "service_date": "2020-01-01", "lines": [{"procedure": "97124"}], **fields}


def reason_of(document: object, declared: dict[str, ValueType] | None = None) -> str:
    (reject,) = rejects_of(read(document, declared))
    assert reject.claims == 1
    return reject.reason


def test_lines_inherit_from_their_claim() -> None:
    lines = [
        {"line": 3, "procedure": "97124", "units": 4, "charge": 12.10},
        {"line": 7, "procedure": "98940", "payer": "BETA", "service_date": "2020-01-02", "units": 1.50},
    ]
    found = claim(payer="ACME", diagnoses=["m99.01"], state="tx", place_of_service="2", lines=lines)
    one, two = lines_of(read({"claims": [found]}))
    assert (one.line, one.payer, one.units, one.charge, one.state) == (3, "ACME", 4, Decimal("12.1"), "TX")
    assert (two.line, two.payer, two.units, two.service_date) == (7, "BETA", Decimal("1.5"), date(2020, 1, 2))
    assert one.diagnoses == two.diagnoses == ("M9901",)
    assert one.place_of_service == "02"
    assert (one.source, one.patient) == ("c.json, $.claims[0]", "P1")


def test_missing_and_known_to_be_none_are_told_apart() -> None:
    lines = [{"performer.licences": []}, {"performer.licences": None}, {"performer.licences": ["lmt", "PT"]}, {}]
    assert [line.performer_licences for line in lines_of(read(claim(lines=lines)))] == [(), None, ("LMT", "PT"), None]
    assert [line.line for line in lines_of(read(claim(lines=lines)))] == [1, 2, 3, 4]


def test_what_a_line_points_to_is_told_by_its_pointers() -> None:
    lines = [
        {"diagnosis_pointers": ["2", "A"]},
        {"diagnosis_pointers": ["1"], "pointed_diagnoses": ["E119"]},
        {"diagnosis_pointers": ["3"]},
        {"diagnosis_pointers": ["1"], "diagnoses": None},
        {"pointed_diagnoses": []},
    ]
    readings = read(claim(diagnoses=["M54.50", "M9902"], lines=lines))
    pointed = [line.pointed_diagnoses for line in lines_of(readings)]
    assert pointed == [("M9902", "M5450"), ("E119",), None, None, ()]
    (warning,) = warnings_of(readings)
    assert warning.where == "$.lines[2]" and "points to a diagnosis that is not given" in warning.reason


def test_diagnoses_that_are_null_are_unknown_and_left_out_there_are_none() -> None:
    lines = [{}, {"diagnoses": None}, {"diagnoses": []}]
    assert [line.diagnoses for line in lines_of(read(claim(lines=lines)))] == [(), None, ()]


def test_pointers_and_the_date_of_the_transaction() -> None:
    lines = [{"diagnosis_pointers": ["1", "B", "13", "4", "5"]}, {"diagnosis_pointers": []}, {}]
    one, two, three = lines_of(read(claim(submitted="2020-02-01", lines=lines)))
    assert one.diagnosis_pointers == ("1", "2", "13", "4", "5")
    assert (two.diagnosis_pointers, three.diagnosis_pointers) == (None, None)
    assert {one.submitted, two.submitted, three.submitted} == {date(2020, 2, 1)}
    assert "is neither a number nor letters" in reason_of(claim(lines=[{"diagnosis_pointers": ["M5450"]}]))


def test_the_treatment_log_follows_the_billed_lines() -> None:
    log = [{"procedure": "97110", "minutes": 7}, {"procedure": "97140", "minutes": 8, "service_date": "2020-01-05"}]
    found = claim(lines=[{"line": 5, "procedure": "97124"}], treatment_log=log, units=2, payer="ACME")
    billed, first, second = lines_of(read(found))
    assert (billed.status, billed.units) == (Status.CLAIM, 2)
    assert (first.line, first.status, first.minutes, first.units, first.payer) == (6, Status.LOG, 7, None, "ACME")
    assert (second.line, second.service_date) == (7, date(2020, 1, 5))


def test_history_is_said_at_the_claim() -> None:
    assert lines_of(read(claim(status="history")))[0].status is Status.HISTORY


def test_facts_are_inherited_and_keep_to_their_declared_types() -> None:
    declared = {"consent": ValueType.BOOLEAN, "minutes_of_review": ValueType.NUMBER, "certified": ValueType.DATE}
    found = claim(
        facts={"consent": True, "certified": "2020-01-01"},
        lines=[{"facts": {"minutes_of_review": 31.5}}, {"facts": {"consent": None}}],
    )
    readings = read(found, declared)
    one, two = lines_of(readings)
    assert one.facts == {"consent": True, "certified": date(2020, 1, 1), "minutes_of_review": Decimal("31.5")}
    assert two.facts == {"consent": True, "certified": date(2020, 1, 1)}
    assert warnings_of(readings) == []
    told = reason_of(claim(facts={"consent": 1, "minutes_of_review": True, "certified": "soon"}), declared)
    for name in declared:
        assert f"$.facts.{name}" in told


def test_undeclared_facts_are_named_once() -> None:
    document = [claim(claim=f"C{n}", facts={"consnt": True}) for n in range(3)]
    (warning,) = warnings_of(read(document))
    assert "consnt" in warning.reason


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (claim(lines=[{"procedure": 97124}]), '$.lines[0].procedure must be text in quotes ("00100")'),
        (claim(lines=[{"modifiers": [59]}]), "$.lines[0].modifiers[0] must be text in quotes"),
        (claim(lines=[{"modifiers": ["59,GP"]}]), "$.lines[0].modifiers[0] is blank or holds more than one code"),
        (claim(lines=[{"units": "4"}]), "$.lines[0].units must be a number or null"),
        (claim(lines=[{"unitz": 4}]), "$.lines[0] has unknown keys: unitz (did you mean units?)"),
        (claim(lines=[]), "$.lines is empty"),
        ({"claim": "C1"}, "$ lacks lines"),
        ({"claim": "C1", "lines": [{}]}, "$.lines[0] has no service_date, and neither has its claim"),
        (claim(service_date="1/2/2020"), "$.service_date is not a date as YYYY-MM-DD"),
        (claim(service_date="2020-02-30"), "$.service_date is not a date"),
        (claim(claim_type="dental"), "$.claim_type is not one of professional, institutional"),
        (claim(lines=[{"line": 1}, {"line": 1}]), "$.lines has two of the same number"),
        (claim(lines=[{"line": 1}, {}]), "number all or none"),
        (claim(claim=" "), "$.claim is blank"),
        (claim(facts={"a": {"b": 1}}), "$.facts.a is neither text"),
        ('{"claim": "C1", "service_date": "2020-01-01", "lines": [{"units": 1, "units": 2}]}', "units is given twice"),
        ('{"claim": "C1", "service_date": "2020-01-01", "lines": [{"units": NaN}]}', "units is not a number that"),
        ({"resourceType": "Claim"}, "FHIR"),
    ],
)
def test_a_faulty_claim_is_rejected_with_the_path_of_the_fault(found: object, told: str) -> None:
    assert told in reason_of(found)


def test_all_faults_of_a_claim_are_told_and_no_value_is_repeated() -> None:
    told = reason_of(claim(patient=7, patient_birth_date="Jane 1970", lines=[{"units": "Doe"}, {"procedure": 1}]))
    assert [part.split(" ")[0] for part in told.split("; ")] == [
        "$.lines[0].units",
        "$.lines[1].procedure",
        "$.patient",
        "$.patient_birth_date",
    ]
    assert "Jane" not in told
    assert "Doe" not in told


def test_the_other_claims_are_still_read() -> None:
    readings = read([claim(), {"claim": "C2"}, 7, claim(claim="C3")])
    assert [line.claim for line in lines_of(readings)] == ["C1", "C3"]
    assert [reject.where for reject in rejects_of(readings)] == ["$[1]", "$[2]"]


def test_json_lines() -> None:
    text = "\n".join([json.dumps(claim()), "", "{oops", json.dumps(claim(claim="C3")), "[1]", ""])
    readings = read(text)
    assert [line.source for line in lines_of(readings)] == ["c.json, line 1", "c.json, line 4"]
    assert [(r.where, r.claims) for r in rejects_of(readings)] == [("line 3 column 2", 1), ("line 5", 1)]


def test_a_slip_in_the_first_of_json_lines_does_not_lose_the_others() -> None:
    readings = read('{"claim": }\n' + json.dumps(claim()))
    assert [line.claim for line in lines_of(readings)] == ["C1"]


def test_json_lines_are_streamed() -> None:
    taken = 0

    class Endless(io.RawIOBase):
        def readable(self) -> bool:
            return True

        def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
            nonlocal taken
            row = json.dumps(claim(claim=f"C{taken}")).encode() + b"\n"
            taken += 1
            buffer[: len(row)] = row
            return len(row)

    readings = read_json(io.BufferedReader(Endless(), 1024), "-")
    for _ in range(100):
        assert isinstance(next(readings), Claim)
    assert taken < 200


@pytest.mark.parametrize("text", ["[", '{"claims": [}', '{"claims": 4}', "[" * 100_000, '{"claims"', "[1e9999999999]"])
def test_broken_documents_are_rejected_and_raise_nothing(text: str) -> None:
    assert rejects_of(read(text))


def test_a_document_in_utf16() -> None:
    (line,) = lines_of(read_json(io.BytesIO(json.dumps(claim()).encode("utf-16")), "c"))
    assert line.claim == "C1"


def test_a_claim_number_given_twice_is_told_apart() -> None:
    readings = read([claim(), claim(), claim(claim="C1#2"), claim(), claim(), claim()])
    assert len({line.claim for line in lines_of(readings)}) == 6
    (warning,) = warnings_of(readings)
    assert warning.where == "$[1]"
    assert "C1 is called C1#2, C1#2 is called" in warning.reason
    assert "2 more likewise" in warning.reason


def test_a_list_without_claims_is_a_reject() -> None:
    for document, where in (({"claims": []}, "$.claims"), ([], "$")):
        (reject,) = read(document)
        assert rejects_of([reject])
        assert (reject.where, reject.claims, "no claims in it" in reject.reason) == (where, 0, True)  # type: ignore[union-attr]


def test_a_declared_fact_among_the_fields_is_told_where_it_belongs() -> None:
    told = reason_of(claim(lines=[{"consent": True, "unitz": 1}]), {"consent": ValueType.BOOLEAN})
    assert 'consent (a fact that a policy declares; write it as "facts": {"consent": …})' in told
    assert "unitz (did you mean units?)" in told
    assert "facts" not in reason_of(claim(lines=[{"consent": True}]))


def test_values_that_are_odd_are_told_once_and_the_claims_judged() -> None:
    lines = [{"units": -4, "minutes": -60, "charge": -12.5}, {"state": "fl", "units": -1}]
    readings = read([claim(state="Florida", lines=lines), claim(claim="C2", state="Jane D")])
    one, two, three = lines_of(readings)
    assert (one.state, one.units, one.minutes, one.charge) == (None, -4, -60, Decimal("-12.5"))
    assert (two.state, two.units, three.state) == ("FL", -1, None)
    told = {warning.reason.split(" ")[0]: warning for warning in warnings_of(readings)}
    assert list(told) == ["state", "units", "minutes", "charge"]
    assert (told["state"].where, told["units"].where) == ("$[0] and 1 more", "$[0].lines[0] and 1 more")
    assert "shaped Aaaaaaa" in told["state"].reason
    assert not any(secret in each.reason for each in told.values() for secret in ("Florida", "Jane"))


scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 9),
    st.decimals(0, 9, places=1),
    st.sampled_from(["", "97124", "2020-01-01", "a b"]),
)
values = scalars | st.lists(scalars, max_size=2) | st.dictionaries(st.sampled_from("ab"), scalars, max_size=2)
names = st.sampled_from([spec.name for spec in FIELDS] + ["facts", "status", "unknown"])
objects = st.dictionaries(names, values, max_size=4)


@given(
    st.fixed_dictionaries(
        {"claim": st.just("C1") | values, "lines": st.lists(objects, max_size=3) | values},
        optional={"treatment_log": st.lists(objects, max_size=2), "patient": values},
    ),
    objects,
)
def test_the_fast_check_and_the_schema_agree(whole: dict[str, object], more: dict[str, object]) -> None:
    found = {**more, **whole}
    definitions = claim_schema()["$defs"]
    assert isinstance(definitions, dict)
    admits = compiled(definitions, "claim")  # type: ignore[arg-type]
    assert admits(found) == (not list(_validate()(found)))


def test_a_schema_keyword_without_a_test_is_refused() -> None:
    with pytest.raises(ValueError, match="maxLength"):
        compiled({"claim": {"type": "string", "maxLength": 3}}, "claim")
