"""Which element of an 837 becomes which field of a line."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import pytest
from x12_samples import (
    BILLING,
    CLM,
    DEPENDANT,
    FACILITY,
    GS,
    HI,
    INPATIENT,
    ISA,
    LINE,
    SET,
    SUBSCRIBER,
    claims,
    interchange,
    only_line,
    only_reject,
    professional,
    readings,
    rejects,
    warnings,
)

from cleanclaim.claims.model import Line


def test_professional_line_has_every_field() -> None:
    line = only_line(professional())
    assert line == Line(
        claim="C1",
        line=1,
        patient="M0001",
        service_date=date(2024, 1, 3),
        service_through=date(2024, 1, 3),
        claim_type="professional",
        payer="12345",
        payer_name="EXAMPLE PPO",
        payer_type="commercial",
        plan="GROUP1",
        submitted=date(2024, 1, 5),
        procedure="97124",
        modifiers=("59", "GP"),
        place_of_service="11",
        claim_frequency="1",
        units=4,
        charge=Decimal("120"),
        claim_charge=Decimal("185"),
        diagnoses=("M5450", "M9902"),
        pointed_diagnoses=("M5450", "M9902"),
        diagnosis_pointers=("1", "2"),
        rendering_npi="1234567893",
        billing_npi="1234567893",
        billing_tin="123456789",
        rendering_taxonomy="111N00000X",
        billing_taxonomy="111N00000X",
        state="OR",
        patient_birth_date=date(1980, 1, 2),
        patient_sex="F",
        source="batch.837, set 0001, claim 1",
    )
    assert type(line.units) is int


def test_institutional_claim() -> None:
    (claim,) = claims(readings(interchange(*BILLING, *SUBSCRIBER, *INPATIENT)))
    room, therapy = claim.lines
    assert (room.claim_type, room.bill_type, room.claim_frequency, room.place_of_service) == (
        "institutional",
        "111",
        "1",
        None,
    )
    assert (room.revenue_code, room.procedure, room.units, room.charge) == ("0120", None, 3, Decimal("800.00"))
    assert (room.service_date, room.service_through) == (date(2024, 1, 1), date(2024, 1, 4))
    assert (room.admitted, room.discharged, room.discharge_status) == (date(2024, 1, 1), date(2024, 1, 4), "01")
    assert (room.drg, room.diagnoses, room.pointed_diagnoses) == ("470", ("I10",), None)
    assert (room.diagnosis_pointers, room.submitted) == (None, date(2024, 1, 5))
    assert (therapy.procedure, therapy.modifiers, therapy.units) == ("97124", ("GP",), Decimal("1.5"))
    assert therapy.service_date == date(2024, 1, 2)


@pytest.mark.parametrize(
    ("facility", "status", "discharged"),
    [("13", "01", None), ("21", "01", date(2024, 1, 4)), ("11", "30", None)],
    ids=["outpatient", "skilled nursing", "still a patient"],
)
def test_only_an_inpatient_who_left_is_discharged(facility: str, status: str, discharged: date | None) -> None:
    body = [
        segment.replace("11:A:1", f"{facility}:A:1").replace("CL1*1*1*01", f"CL1*1*1*{status}") for segment in INPATIENT
    ]
    (claim,) = claims(readings(interchange(*BILLING, *SUBSCRIBER, *body)))
    assert claim.lines[0].discharged == discharged


def test_discharge_date_of_a_professional_claim() -> None:
    body = [CLM, "DTP*435*D8*20240101", "DTP*096*D8*20240103", HI, *LINE]
    line = only_line(professional(*body))
    assert (line.admitted, line.discharged) == (date(2024, 1, 1), date(2024, 1, 3))


@dataclass(frozen=True)
class Case:
    name: str
    claim: list[str]
    field: str
    value: object


def _with(*extra: str, sv1: str = LINE[1], clm: str = CLM, hi: str = HI, above: tuple[str, ...] = ()) -> list[str]:
    return [clm, hi, *above, "LX*1", sv1, LINE[2], *extra]


DOCTOR = ("NM1*82*1*SAMPLE*DOC****XX*1999999984", "PRV*PE*PXC*225700000X")
CASES = [
    Case("line place beats claim's", _with(sv1="SV1*HC:97124*1*UN*1*12**1"), "place_of_service", "12"),
    Case("minutes as unit", _with(sv1="SV1*HC:00142:QK*827*MJ*61***1"), "minutes", 61),
    Case("minutes as unit are units too", _with(sv1="SV1*HC:00142:QK*827*MJ*61***1"), "units", 61),
    Case("procedure is text", _with(sv1="SV1*HC:0591T*1*UN*1***1"), "procedure", "0591T"),
    Case("procedure of digits and an E", _with(sv1="SV1*HC:12e45*1*UN*1***1"), "procedure", "12E45"),
    Case("no modifier for a description", _with(sv1="SV1*HC:J3490:::::SALINE*1*UN*1***1"), "modifiers", ()),
    Case("fractional units", _with(sv1="SV1*HC:97124*1*UN*1.25***1"), "units", Decimal("1.25")),
    Case("fractional zeros", _with(sv1="SV1*HC:97124*1*UN*30.00***1"), "units", 30),
    Case("missing charge", _with(sv1="SV1*HC:97124**UN*1***1"), "charge", None),
    Case("minutes note", _with("NTE*ADD*MINUTES 60"), "minutes", 60),
    Case("minutes note with =", _with("NTE*ADD*minutes=45"), "minutes", 45),
    Case("short minutes note", _with("NTE*ADD*Min 53"), "minutes", 53),
    Case("minutes among words", _with("NTE*ADD*ABOUT 60 MINUTES"), "minutes", None),
    Case("minutes and words", _with("NTE*ADD*MINUTES 60 LEFT ARM"), "minutes", None),
    Case("units note", _with("NTE*ADD*MINUTES 60.5"), "minutes", None),
    Case("pointer order", _with(sv1="SV1*HC:97124*1*UN*1***2:1"), "pointed_diagnoses", ("M9902", "M5450")),
    Case("no pointers", _with(sv1="SV1*HC:97124*1*UN*1"), "pointed_diagnoses", None),
    Case("pointers as given", _with(sv1="SV1*HC:97124*1*UN*1***2:1"), "diagnosis_pointers", ("2", "1")),
    Case(
        "a fifth pointer", _with(sv1="SV1*HC:97124*1*UN*1***2:1:2:1:2"), "diagnosis_pointers", ("2", "1") * 2 + ("2",)
    ),
    Case("blank among pointers", _with(sv1="SV1*HC:97124*1*UN*1***02::1"), "diagnosis_pointers", ("2", "1")),
    Case("no pointers at all", _with(sv1="SV1*HC:97124*1*UN*1***:"), "diagnosis_pointers", None),
    Case("principal first", _with(hi="HI*ABF:M9902*ABK:M5450"), "diagnoses", ("M5450", "M9902")),
    Case("pointers count as given", _with(hi="HI*ABF:M9902*ABK:M5450"), "pointed_diagnoses", ("M9902", "M5450")),
    Case("ICD-9", _with(hi="HI*BK:724.2*BF:739.3"), "diagnoses", ("7242", "7393")),
    Case("related causes", _with(clm=f"{CLM}**AA:EM::CA"), "related_causes", ("AA", "EM")),
    Case("authorization", _with(above=("REF*G1*A1",)), "authorization", "A1"),
    Case("line authorization", _with("REF*G1*A2", above=("REF*G1*A1",)), "authorization", "A2"),
    Case("another payer's authorization", _with("REF*G1*A2**2U:99"), "authorization", None),
    Case("authorization of 2420G", _with("NM1*PR*2*OTHER*****PI*9", "REF*G1*A2"), "authorization", None),
    Case("rendering", _with(above=DOCTOR), "rendering_npi", "1999999984"),
    Case("rendering taxonomy", _with(above=DOCTOR), "rendering_taxonomy", "225700000X"),
    Case("line rendering", _with("NM1*82*1*B*B****XX*1888888882", above=DOCTOR), "rendering_npi", "1888888882"),
    Case("line rendering has no taxonomy", _with("NM1*82*1*B*B****XX*1", above=DOCTOR), "rendering_taxonomy", None),
    Case("rendering without NPI", _with(above=("NM1*82*1*B*B****24*123456789",)), "rendering_npi", None),
    Case("referring", _with(above=("NM1*P3*1*A*B****XX*4", "NM1*DN*1*A*B****XX*5")), "referring_npi", "5"),
    Case("facility", _with(above=("NM1*77*2*CLINIC*****XX*1777777779", "N4*BEND*WA*1")), "facility_npi", "1777777779"),
    Case("facility's state", _with(above=("NM1*77*2*CLINIC", "N4*VANCOUVER*wa*98660")), "state", "WA"),
    Case("facility without address", _with(above=("NM1*77*2*CLINIC",)), "state", "OR"),
    Case("facility in no state", _with(above=("NM1*77*2*CLINIC", "N4*SOMEWHERE*11*98660")), "state", None),
    Case("line facility", _with("NM1*77*2*B", "N4*RENO*NV*1", above=("NM1*77*2*A", "N4*BEND*OR*1")), "state", "NV"),
    Case("ordering", _with("NM1*DK*1*A*B****XX*1666666664"), "ordering_npi", "1666666664"),
    Case("supervising", _with(above=("NM1*DQ*1*A*B****XX*1555555559",)), "supervising_npi", "1555555559"),
    Case("first referring counts", _with(above=("NM1*DN*1*A*B****XX*1", "NM1*DN*1*A*B****XX*2")), "referring_npi", "1"),
    Case("primary care refers", _with(above=("NM1*P3*1*A*B****XX*4",)), "referring_npi", "4"),
    Case("2430 is another payer's", _with("SVD*12345*80*HC:97124**1", "DTP*573*D8*20240201"), "paid", None),
    Case("statement date", [CLM, "DTP*434*D8*20240105", HI, *LINE[:2]], "service_date", date(2024, 1, 5)),
    Case("range", [CLM, HI, *LINE[:2], "DTP*472*RD8*20240103-20240109"], "service_through", date(2024, 1, 9)),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_element_becomes_field(case: Case) -> None:
    assert getattr(only_line(professional(*case.claim)), case.field) == case.value


@pytest.mark.parametrize(
    ("code", "payer_type"),
    [
        ("MB", "medicare"),
        ("MA", "medicare"),
        ("MC", "medicaid"),
        ("16", "medicare-advantage"),
        ("HM", "commercial"),
        ("BL", "blue-cross"),
        ("CH", "tricare"),
        ("WC", "workers-compensation"),
        ("AM", "auto"),
        ("09", "self-pay"),
        ("FI", "federal-employees"),
        ("VA", "veterans"),
        ("ZZ", "other"),
        ("", None),
    ],
)
def test_payer_type(code: str, payer_type: str | None) -> None:
    subscriber = [segment.replace("******CI", f"******{code}") for segment in SUBSCRIBER]
    assert only_line(interchange(*BILLING, *subscriber, CLM, HI, *LINE)).payer_type == payer_type


def test_plan_is_the_group_name_where_it_has_no_number() -> None:
    subscriber = [segment.replace("GROUP1*", "*TEACHERS") for segment in SUBSCRIBER]
    assert only_line(interchange(*BILLING, *subscriber, CLM, HI, *LINE)).plan == "TEACHERS"


def test_dependant_is_the_patient_and_the_next_subscriber_is_himself() -> None:
    second = [segment.replace("M0001", "M0002").replace("HL*2", "HL*4") for segment in SUBSCRIBER]
    body = [*SUBSCRIBER, *DEPENDANT, CLM, HI, *LINE, *second, CLM.replace("C1", "C2"), HI, *LINE]
    child, adult = (claim.lines[0] for claim in claims(readings(interchange(*BILLING, *body))))
    assert child.patient == "M0001|2010-03-04|KIM"
    assert (child.patient_birth_date, child.patient_sex, child.payer) == (date(2010, 3, 4), "M", "12345")
    assert (adult.patient, adult.patient_sex) == ("M0002", "F")


def test_claim_of_the_subscriber_before_that_of_the_dependant() -> None:
    body = [*SUBSCRIBER, CLM, HI, *LINE, *DEPENDANT, CLM.replace("C1", "C2"), HI, *LINE]
    mother, child = (claim.lines[0] for claim in claims(readings(interchange(*BILLING, *body))))
    assert (mother.patient, child.patient) == ("M0001", "M0001|2010-03-04|KIM")


def test_patients_without_member_id_are_not_taken_for_one() -> None:
    anonymous = [segment.replace("*MI*M0001", "") for segment in SUBSCRIBER]
    found = readings(interchange(*BILLING, *anonymous, CLM, HI, *LINE, CLM.replace("C1", "C2"), HI, *LINE))
    first, second = (claim.lines[0].patient for claim in claims(found))
    assert first != second
    assert [warning.where for warning in warnings(found)] == ["segment 21 (CLM)", "segment 26 (CLM)"]


def test_other_payers_overwrite_nothing() -> None:
    other = [
        "SBR*S*01*OTHERGROUP******MB",
        "DMG*D8*19500505*M",
        "OI***Y***Y",
        "NM1*IL*1*SAMPLE*LEE****MI*X9",
        "N4*MIAMI*FL*33111",
        "NM1*PR*2*OTHER PLAN*****PI*99999",
        "REF*G1*OTHERAUTH",
        "NM1*82*1*OTHER*DOC****XX*1888888882",
        "NM1*77*2*OTHER CLINIC*****XX*1777777779",
        "N4*MIAMI*FL*33111",
    ]
    assert only_line(professional(CLM, HI, *other, *LINE)) == only_line(professional())


def test_4010_professional_with_a_tax_id_in_nm1() -> None:
    isa, gs = ISA.replace("*^*00501*", "*U*00401*"), GS.replace("005010X222A1", "004010X098A1")
    start = ["ST*837*0001", SET[1], "REF*87*004010X098A1"]
    billing = ["HL*1**20*1", "PRV*BI*ZZ*111N00000X", "NM1*85*2*EXAMPLE*****24*98-7654321", "N4*PORTLAND*OR*97201"]
    body = ["CLM*C1*185***11::1*Y*A*Y*Y*B", "HI*BK:7242", "NM1*82*1*A*B****34*111223333", "LX*1", *LINE[1:]]
    content = interchange(*billing, *SUBSCRIBER, *body, isa=isa, gs=gs, transaction=start)
    line = only_line([segment.replace("***1:2", "***1") for segment in content])
    assert (line.billing_npi, line.billing_tin, line.billing_taxonomy) == (None, "987654321", "111N00000X")
    assert (line.rendering_npi, line.place_of_service, line.claim_frequency) == (None, "11", "1")
    assert line.pointed_diagnoses == ("7242",)


def test_4010_institutional_facility() -> None:
    body = [*INPATIENT[:9], *FACILITY, *INPATIENT[9:]]
    billing = [segment.replace("*OR*", "*WA*") for segment in BILLING]
    (claim,) = claims(readings(interchange(*billing, *SUBSCRIBER, *body)))
    assert {line.state for line in claim.lines} == {"OR"}


def test_lines_decide_the_claim_type_and_not_the_version() -> None:
    content = interchange(*BILLING, *SUBSCRIBER, CLM, HI, *LINE, gs=GS.replace("X222A1", "X223A2"))
    assert only_line(content).claim_type == "professional"


def test_dental_claim_is_rejected_by_name() -> None:
    reject = only_reject(professional(CLM, HI, "LX*1", "SV3*AD:D0120*50", LINE[2]))
    assert (reject.where, reject.claims) == ("segment 24 (SV3)", 1)
    assert "dental" in reject.reason


def test_a_code_that_is_no_hcpcs_is_no_procedure() -> None:
    found = readings(professional(CLM, HI, "LX*1", "SV1*HP:AAA00*50*UN*1***1", LINE[2]))
    assert claims(found)[0].lines[0].procedure is None
    assert [(w.where, "HCPCS" in w.reason) for w in warnings(found)] == [("segment 24 (SV1)", True)]


def test_pointer_beyond_the_diagnoses_leaves_them_unknown() -> None:
    found = readings(professional(CLM, HI, "LX*1", "SV1*HC:97124*50*UN*1***1:3", LINE[2]))
    line = claims(found)[0].lines[0]
    assert (line.pointed_diagnoses, line.diagnosis_pointers) == (None, ("1", "3"))
    assert ["SV107 points to a diagnosis that the claim" in w.reason for w in warnings(found)] == [True]


@pytest.mark.parametrize("pointers", ["1:A", "1.5", "100", "-1", "DOE"])
def test_what_is_no_pointer_leaves_them_all_unknown(pointers: str) -> None:
    found = readings(professional(CLM, HI, "LX*1", f"SV1*HC:97124*50*UN*1***{pointers}", LINE[2]))
    line = claims(found)[0].lines[0]
    assert (line.pointed_diagnoses, line.diagnosis_pointers) == (None, None)
    assert ["SV107 holds what is no pointer" in w.reason for w in warnings(found)] == [True]
    assert "DOE" not in warnings(found)[0].reason


def test_a_transaction_that_was_created_on_no_day() -> None:
    found = readings(interchange(*BILLING, *SUBSCRIBER, CLM, HI, *LINE, transaction=[SET[0], "BHT*0019*00*1*20240230"]))
    assert claims(found)[0].lines[0].submitted is None
    assert [(w.where, "BHT04" in w.reason) for w in warnings(found)] == [("segment 4 (BHT)", True)]


@pytest.mark.parametrize("header", ["BHT*0019*00*1", "BHT*0019*00*1**1200*CH"])
def test_a_transaction_that_does_not_say_when_it_was_created(header: str) -> None:
    assert only_line(interchange(*BILLING, *SUBSCRIBER, CLM, HI, *LINE, transaction=[SET[0], header])).submitted is None


def test_each_transaction_set_has_its_own_date() -> None:
    body = [*BILLING, *SUBSCRIBER, CLM, HI, *LINE]
    first = [*SET, *body, f"SE*{len(SET) + len(body) + 1}*0001"]
    second = [SET[0].replace("0001", "0002"), *body, f"SE*{len(body) + 2}*0002"]
    found = readings([ISA, GS, *first, *second, "GE*2*1", "IEA*1*000000001"])
    assert [claim.lines[0].submitted for claim in claims(found)] == [date(2024, 1, 5), None]


def test_diagnoses_with_a_wrong_separator_inside_hi() -> None:
    found = readings(professional(CLM, "HI*BK*8901*BF:5559", *LINE))
    line = claims(found)[0].lines[0]
    assert (line.diagnoses, line.pointed_diagnoses, line.diagnosis_pointers) == (None, None, ("1", "2"))
    (warning,) = warnings(found)
    assert warning.where == "segment 22 (HI)" and "the claim's diagnoses are left unknown" in warning.reason


@pytest.mark.parametrize(
    ("segments", "diagnoses"),
    [
        (["HI*ABK>I10*>E1142"], None),
        (["HI*ABK:I10*ABF"], None),
        (["HI*ABK:I10*ABF:"], None),
        (["HX*ABK:I10"], None),
        (["H?*ABK:I10", "HI*ABF:E1142"], None),
        # What another list lacks is no diagnosis, nor is a segment that is lost beside the principal one.
        (["HI*ABK:I10", "HI*BH:"], ("I10",)),
        (["HI*ABK:I10", "XX*anything"], ("I10",)),
        ([], ()),
    ],
)
def test_a_diagnosis_that_is_lost_leaves_them_all_unknown(
    segments: list[str], diagnoses: tuple[str, ...] | None
) -> None:
    found = readings(professional(CLM, *segments, *LINE))
    assert claims(found)[0].lines[0].diagnoses == diagnoses


def test_place_and_bill_type_are_not_mistaken_for_each_other() -> None:
    found = readings(professional(CLM.replace("11:B:1", "13:A:1"), HI, *LINE))
    assert claims(found)[0].lines[0].place_of_service is None
    assert [w.where for w in warnings(found)] == ["segment 21 (CLM)"]


def test_nothing_tells_who_the_patient_is() -> None:
    bad = [CLM, HI, LINE[0], "SV1*HC:97124*one*UN*1***1", LINE[2]]
    unborn = [segment.replace("19800102", "19801399").replace("*MI*M0001", "") for segment in SUBSCRIBER]
    found = readings(interchange(*BILLING, *unborn, *bad, CLM.replace("C1", "C2"), HI, *LINE))
    assert len(rejects(found)) == 1
    assert len(warnings(found)) == 2
    said = " ".join(f"{r.source} {r.where} {r.reason}" for r in [*rejects(found), *warnings(found)])
    for secret in ("SAMPLE", "PAT*", "19801399", "M0001", "97124", "one*"):
        assert secret not in said
