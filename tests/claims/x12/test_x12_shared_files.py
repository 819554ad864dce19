"""Every real file: its claims and lines by an independent count, each read or rejected with a place."""

from __future__ import annotations

from pathlib import Path

import pytest
from x12_samples import claims, readings, rejects, warnings

from cleanclaim.claims.model import Line

FILES = Path(__file__).resolve().parents[4] / "shared" / "data" / "837"

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not FILES.is_dir(), reason="the real files (../shared/data/837) are not here"),
]

COUNTS: dict[str, tuple[int, ...]] = {
    "imsweb/x12_999_accepted.txt": (0, 0),
    "imsweb/x12_999_rejected.txt": (0, 0),
    "imsweb/x12_ambiguous_loop.txt": (1, 1),
    "imsweb/x12_bad_first_line.txt": (2, 2),
    "imsweb/x12_bad_segment_identifier.txt": (2, 2),
    "imsweb/x12_bad_valid_code.txt": (2, 2),
    "imsweb/x12_complex.txt": (6, 10),
    "imsweb/x12_loop_errors1_exceeds_max_1_parent.txt": (1, 1),
    "imsweb/x12_loop_errors2_exceeds_max_repeats_multiple_parents.txt": (2, 2),
    "imsweb/x12_loop_errors3_missing_loops.txt": (1, 1),
    "imsweb/x12_many_claims.txt": (820, 820),
    "imsweb/x12_missing_elements.txt": (2, 2),
    "imsweb/x12_missing_required_loop_in_one_repeat.txt": (2, 2),
    "imsweb/x12_missing_required_loops_mult_repeats.txt": (5, 3, 5),
    "imsweb/x12_multiple_gs.txt": (6, 6),
    "imsweb/x12_multiple_isa.txt": (4, 4),
    "imsweb/x12_multiple_st.txt": (4, 4),
    "imsweb/x12_multiple_transactions.txt": (624, 624),
    "imsweb/x12_no_errors.txt": (2, 2),
    "imsweb/x12_no_isa_line.txt": (2, 2),
    "imsweb/x12_segment_errors.txt": (1, 1),
    "imsweb/x12_segments_out_of_order.txt": (2, 2),
    "imsweb/x12_valid.txt": (2, 2),
    "imsweb/x12_valid_different_separators.txt": (2, 2),
    "imsweb/x12_writer_test.txt": (1, 1),
    "imsweb/x223-test.txt": (1, 1),
    "linuxforhealth/837_004010X096A1/automobile-accident.837": (1, 4),
    "linuxforhealth/837_004010X096A1/homeowners.837": (1, 3),
    "linuxforhealth/837_004010X096A1/institutional-ppo-repriced.837": (1, 5),
    "linuxforhealth/837_004010X096A1/institutional.837": (1, 2),
    "linuxforhealth/837_004010X096A1/workers-compensation.837": (1, 3),
    "linuxforhealth/837_004010X098A1/coordination-of-benefits.837": (1, 3),
    "linuxforhealth/837_004010X098A1/dependent-commercial-insurance-01.837": (1, 6),
    "linuxforhealth/837_004010X098A1/dependent-commercial-insurance-02.837": (1, 4),
    "linuxforhealth/837_004010X098A1/dependent-commercial-insurance-03.837": (1, 2),
    "linuxforhealth/837_004010X098A1/patient-is-dependent.837": (1, 4),
    "linuxforhealth/837_004010X098A1/patient-is-subscriber.837": (1, 4),
    "linuxforhealth/837_005010X222A2/demo.ambulance.example5.837": (1, 4),
    "linuxforhealth/837_005010X222A2/demo.autoaccident.837": (1, 2),
    "linuxforhealth/837_005010X222A2/demo.cob.2ndary.example4.837": (1, 1),
    "linuxforhealth/837_005010X222A2/demo.cob.example3.A.837": (1, 3),
    "linuxforhealth/837_005010X222A2/demo.cob.example3.B.837": (1, 3),
    "linuxforhealth/837_005010X222A2/demo.cob.example3.C.837": (1, 3),
    "linuxforhealth/837_005010X222A2/demo.cob.example4.837": (1, 1),
    "linuxforhealth/837_005010X222A2/demo.drug.example10.1.837": (1, 2),
    "linuxforhealth/837_005010X222A2/demo.drug.example10.2.837": (1, 6),
    "linuxforhealth/837_005010X222A2/demo.drug.example10.3.837": (1, 6),
    "linuxforhealth/837_005010X222A2/demo.example1.837": (1, 4),
    "linuxforhealth/837_005010X222A2/demo.example11.837": (1, 2),
    "linuxforhealth/837_005010X222A2/demo.example12.837": (1, 1),
    "linuxforhealth/837_005010X222A2/demo.example2.837": (1, 4),
    "linuxforhealth/837_005010X222A2/demo.example6.837": (1, 1),
    "linuxforhealth/837_005010X222A2/demo.example7.837": (1, 2),
    "linuxforhealth/837_005010X222A2/demo.example8.837": (1, 1),
    "linuxforhealth/837_005010X222A2/demo.example9.837": (1, 1),
    "linuxforhealth/837_005010X223A3/institutional-claim.837i": (1, 2),
    "linuxforhealth/837_005010X223A3/out-of-network-repriced-claim.837i": (1, 1),
    "linuxforhealth/837_005010X223A3/ppo-repriced-claim.837i": (1, 2),
    "linuxforhealth/837_005010X223A3/two-claims-single-provider.837i": (2, 3),
    "pyx12/837miss.txt": (0, 0),
    "pyx12/bad_header_looping.txt": (0, 0),
    "pyx12/elements.txt": (1, 1),
    "pyx12/fail_no_IEA.txt": (0, 0),
    "pyx12/loop_counting.txt": (1, 54),
    "pyx12/loop_counting2.txt": (1, 54),
    "pyx12/mult_isa.txt": (0, 0),
    "pyx12/repeat_init_segment.txt": (0, 0),
    "pyx12/simple_837i.txt": (2, 6),
    "pyx12/simple_837p.txt": (2, 5),
    "pyx12/trailer_errors.txt": (2, 2),
}
"""CLM segments and LX segments; a third number is the service lines, where some have no LX."""

REJECTED = {
    "imsweb/x12_999_accepted.txt": [("segment 3 (ST)", 0)],
    "imsweb/x12_999_rejected.txt": [("segment 3 (ST)", 0)],
    "imsweb/x12_loop_errors3_missing_loops.txt": [("segment 21 (SE)", 0)],
    "imsweb/x12_no_isa_line.txt": [("the start of the file", 2)],
    "imsweb/x12_segment_errors.txt": [("segment 25 (SE)", 0)],
    "pyx12/837miss.txt": [("segment 3 (ST), the last", 0)],
    "pyx12/bad_header_looping.txt": [("segment 3 (ST)", 0)],
    "pyx12/elements.txt": [("segment 31 (SE)", 0)],
    "pyx12/fail_no_IEA.txt": [("file", 0)],
    "pyx12/repeat_init_segment.txt": [("segment 3 (ST)", 0)],
    "pyx12/trailer_errors.txt": [("segment 61 (SE)", 0), ("segment 122 (IEA)", 0)],
}
"""Places and lost claims; pyx12/mult_isa.txt has ten sets that are not claims."""

OTHER_SEPARATOR = {
    "linuxforhealth/837_005010X222A2/demo.cob.2ndary.example4.837",
    "linuxforhealth/837_005010X222A2/demo.example11.837",
    "linuxforhealth/837_005010X222A2/demo.example12.837",
    "linuxforhealth/837_005010X222A2/demo.example6.837",
    "linuxforhealth/837_005010X222A2/demo.example9.837",
    "linuxforhealth/837_005010X223A3/out-of-network-repriced-claim.837i",
    "linuxforhealth/837_005010X223A3/ppo-repriced-claim.837i",
}
"""Files that declare ``:`` in ISA16 and use ``>``."""


def counted(path: Path) -> tuple[int, int]:
    """CLM and LX segments of a file, by splitting its text and nothing else.

    Every file but one ends its segments with ``~``. The LX of a remittance (835) is no service
    line, and one file has service lines without LX.
    """
    content = path.read_text(encoding="utf-8")
    terminator = "_" if content.startswith("ISA~") else "~"
    identifiers = [s.strip()[:3].rstrip("*~") for s in content.split(terminator)]
    lines = 0 if "CLP" in identifiers else identifiers.count("LX")
    return identifiers.count("CLM"), lines


def test_table_names_every_file() -> None:
    present = {str(path.relative_to(FILES)) for path in FILES.rglob("*") if path.is_file()}
    assert present == set(COUNTS)


@pytest.mark.parametrize("name", COUNTS)
def test_claims_and_lines_of_a_file(name: str) -> None:
    path = FILES / name
    expected = COUNTS[name]
    found = readings(path.read_bytes(), path.name)
    assert counted(path) == (expected[0], expected[1])
    lost = sum(reject.claims for reject in rejects(found))
    assert len(claims(found)) + lost == expected[0]
    if not lost:
        assert sum(len(claim.lines) for claim in claims(found)) == (expected[2] if len(expected) > 2 else expected[1])
    if name != "pyx12/mult_isa.txt":
        assert [(reject.where, reject.claims) for reject in rejects(found)] == REJECTED.get(name, [])
    assert found, "a file must not pass in silence"
    assert len({warning.reason for warning in warnings(found)}) < 12, "one fault is told in one text"
    assert any("'>' is used" in w.reason for w in warnings(found)) == (name in OTHER_SEPARATOR)


def test_sets_that_are_not_claims_in_many_interchanges() -> None:
    found = readings((FILES / "pyx12/mult_isa.txt").read_bytes(), "mult_isa.txt")
    assert [reject.claims for reject in rejects(found)] == [0] * 10
    assert not claims(found)


def _lines(name: str) -> list[Line]:
    return [line for claim in claims(readings((FILES / name).read_bytes(), "x")) for line in claim.lines]


def test_chiropractors_4010_claim_with_massage() -> None:
    lines = _lines("linuxforhealth/837_004010X098A1/dependent-commercial-insurance-01.837")
    massage = lines[4]
    assert (massage.line, massage.procedure, massage.units, str(massage.charge)) == (5, "97124", 1, "35.00")
    assert (massage.payer, massage.payer_type, massage.state) == ("123456789", "other", "FL")
    assert (massage.billing_npi, massage.rendering_npi) == ("777BH666", "999OU812")
    assert (massage.rendering_taxonomy, massage.related_causes) == ("111NS0005N", ("OA",))
    assert (massage.diagnoses, massage.pointed_diagnoses) == (("8472",), ("8472",))
    assert massage.patient == "970925824|1949-10-13|WILLIAM"


def test_adjustment_with_another_separator() -> None:
    (line,) = _lines("linuxforhealth/837_005010X222A2/demo.example6.837")
    assert (line.procedure, line.payer_type, line.place_of_service) == ("98940", "medicare", "11")
    assert line.pointed_diagnoses == ("7215",)


def test_other_payer_of_a_4010_claim_keeps_its_authorization_to_itself() -> None:
    lines = _lines("pyx12/simple_837p.txt")
    assert {line.authorization for line in lines} == {None}
    assert {line.payer_name for line in lines} == {"PAYER 1"}


def test_anesthesia_minutes() -> None:
    (line,) = _lines("linuxforhealth/837_005010X222A2/demo.example9.837")
    assert (line.procedure, line.modifiers, line.minutes, line.units) == ("00142", ("QK", "QS", "P1"), 61, 61)


def test_line_providers_beat_those_of_the_claim() -> None:
    fourth = _lines("imsweb/x12_complex.txt")[2]
    assert (fourth.line, fourth.rendering_npi, fourth.rendering_taxonomy) == (3, "303304", "2420A")
    assert (fourth.facility_npi, fourth.ordering_npi, fourth.supervising_npi) == ("1394949", "303304", None)
    assert fourth.patient == "123456|1989-09-16|STEVEN"
