"""Files as they come: encodings, delimiters, envelopes, and what is wrong with them."""

from __future__ import annotations

import io

import pytest
from x12_samples import (
    BILLING,
    CLAIM,
    CLM,
    GS,
    HI,
    ISA,
    LINE,
    SUBSCRIBER,
    claims,
    interchange,
    only_line,
    only_reject,
    professional,
    readings,
    rejects,
    text,
    warnings,
)

from cleanclaim.claims.model import Claim
from cleanclaim.claims.x12 import read_x12
from cleanclaim.claims.x12.encoding import CHUNK
from cleanclaim.claims.x12.segments import LONGEST

TWO = [*CLAIM, CLM.replace("C1", "C2"), HI, *LINE]
PLAIN = only_line(professional())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1"])
@pytest.mark.parametrize("terminator", ["~", "~\n", "~\r\n", "~\n    ", " ~\n\n", "\n", "\r\n", "\x1c", "~\r\n\x1a\0"])
def test_encodings_and_line_breaks(encoding: str, terminator: str) -> None:
    content = professional()
    if terminator == "\r\n":  # the terminator is the carriage return
        content = [segment.lstrip() for segment in content]
    spaced = text(content, terminator).replace(" ~", "~")
    assert only_line(spaced.encode(encoding)) == PLAIN


def test_lines_wrapped_at_80_characters() -> None:
    whole = text(professional(), "~")
    wrapped = "\r\n".join(whole[i : i + 80] for i in range(0, len(whole), 80))
    assert only_line(wrapped) == PLAIN


def test_other_delimiters() -> None:
    swapped = text(professional(), "~").translate(str.maketrans("*:~", "|^'"))
    assert only_line(swapped.replace("|^|00501|", "|U|00501|")) == PLAIN


def test_latin_1_letters_are_read_and_told() -> None:
    content = text(professional()).replace("EXAMPLE PPO", "PEÑA PPO")
    assert only_line(content.encode("utf-8")).payer_name == "PEÑA PPO"
    found = readings(content.encode("latin-1"))
    assert claims(found)[0].lines[0].payer_name == "PEÑA PPO"
    assert [(w.where, "Latin-1" in w.reason) for w in warnings(found)] == [("segment 19 (NM1)", True)]


@pytest.mark.parametrize("size", [CHUNK - 3, CHUNK - 2, CHUNK - 1, CHUNK, CHUNK + 1])
def test_segments_and_letters_over_the_edge_of_a_chunk(size: int) -> None:
    head = text(professional()[:-3])
    filler = "K3*Ñ~\n" * ((size - len(head.encode())) // 7)
    pad = "K3*" + "x" * (size - len((head + filler).encode()) - 3)
    content = head + filler + pad + "~\nHL*3*1*22*0~\n" + text([*SUBSCRIBER[1:], *TWO[5:]]) + "SE*1*0001~"
    found = readings(content)
    assert [claim.lines[0].claim for claim in claims(found)] == ["C1", "C2"]
    assert not rejects(found)


def test_interchanges_with_different_delimiters_across_chunks() -> None:
    one, other = text(professional()), text(professional(), "~").translate(str.maketrans("*:~", "|>!"))
    times = CHUNK // len(one) + 2
    found = readings((one + other) * times)
    assert len(claims(found)) == 2 * times
    assert {claim.lines[0].modifiers for claim in claims(found)} == {("59", "GP")}
    names = [claim.lines[0].claim for claim in claims(found)]
    assert names[:3] == ["C1", "C1#2", "C1#3"]
    assert len(set(names)) == len(names)
    (warning,) = warnings(found)
    assert warning.where == "segment 49 (CLM)"
    assert f"C1 is called C1#4 and {len(names) - 4} more likewise" in warning.reason
    assert not rejects(found)


def test_short_reads_of_a_pipe_change_nothing() -> None:
    class Pipe(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            return super().read(7)

    content = text(professional()).replace("EXAMPLE PPO", "PEÑA PPO").encode("latin-1")
    assert list(read_x12(Pipe(content), "batch.837")) == readings(content)


def test_groups_and_sets() -> None:
    body = [*BILLING, *SUBSCRIBER, *CLAIM]
    first = ["ST*837*0001", *body, f"SE*{len(body) + 2}*0001"]
    second = ["ST*837*0002", *[s.replace("C1", "C2") for s in body], f"SE*{len(body) + 2}*0002"]
    third = ["ST*837*0003", *[s.replace("C1", "C3") for s in body], f"SE*{len(body) + 2}*0003"]
    found = readings([ISA, GS, *first, *second, "GE*2*1", GS, *third, "GE*1*1", "IEA*2*000000001"])
    assert [claim.lines[0].source for claim in claims(found)] == [
        "batch.837, set 0001, claim 1",
        "batch.837, set 0002, claim 1",
        "batch.837, set 0003, claim 1",
    ]
    assert len(found) == 3


def test_nothing_carries_over_from_the_set_before() -> None:
    body = [*BILLING, *SUBSCRIBER, *CLAIM]
    first = ["ST*837*0001", *body, f"SE*{len(body) + 2}*0001"]
    second = ["ST*837*0002", CLM.replace("C1", "C2"), HI, *LINE, "SE*7*0002"]
    found = readings([ISA, GS, *first, *second, "GE*2*1", "IEA*1*000000001"])
    line = claims(found)[1].lines[0]
    assert (line.payer, line.billing_npi, line.patient_birth_date) == (None, None, None)
    assert line.patient not in ("", PLAIN.patient)


@pytest.mark.parametrize("isa", [ISA.replace("SENDER  ", "SENDER"), ISA.replace("SENDER", "SENDER   ")])
def test_header_of_the_wrong_width(isa: str) -> None:
    found = readings(interchange(*BILLING, *SUBSCRIBER, *CLAIM, isa=isa))
    assert claims(found)[0].lines == (PLAIN,)
    assert [w.where for w in warnings(found)] == ["segment 1 (ISA)"]


def test_header_without_component_separator() -> None:
    found = readings(text(interchange(*BILLING, *SUBSCRIBER, *CLAIM, isa=ISA[:-1]), "~"))
    assert claims(found)[0].lines == (PLAIN,)
    assert [w.where for w in warnings(found)] == ["segment 1 (ISA)", "segment 21 (CLM)"]


@pytest.mark.parametrize("end", [":", ":\n", ":!", ":!\n", "~", "~\n"])
def test_header_without_the_right_end(end: str) -> None:
    behind = text(interchange(*BILLING, *SUBSCRIBER, *CLAIM)[1:])
    found = readings(ISA[:-1] + end + behind)
    assert [claim.lines for claim in claims(found)] == [(PLAIN,)]
    assert [w.where for w in warnings(found)][:1] == ["segment 1 (ISA)"]
    assert not rejects(found)


def test_terminator_that_ends_nothing_is_not_believed() -> None:
    other = text(professional()).replace("C1", "C2").replace("*T*:~\nGS*HC*", "*T*:!*", 1)
    reject = only_reject(other)
    assert (reject.claims, "terminator" in reject.reason) == (1, True)
    found = readings(text(professional()) + other)
    assert [claim.lines[0].claim for claim in claims(found)] == ["C1", "C2"]


def test_one_damaged_end_does_not_outvote_the_header() -> None:
    found = readings(text(professional()).replace("005010X222A1~\nST", "005!ST", 1))
    assert [(r.where, r.claims) for r in rejects(found)] == [("segment 20 (CLM)", 1), ("segment 26 (GE)", 0)]


def test_component_separator_that_disagrees_with_the_header() -> None:
    body = [segment.replace(":", ">") for segment in [*BILLING, *SUBSCRIBER, *TWO]]
    found = readings(interchange(*body))
    assert [claim.lines[0].procedure for claim in claims(found)] == ["97124", "97124"]
    assert claims(found)[0].lines == (PLAIN,)
    (warning,) = warnings(found)
    assert warning.where == "segment 21 (CLM)"
    assert "'>'" in warning.reason and "':'" in warning.reason


@pytest.mark.parametrize(
    ("content", "reason", "lost"),
    [
        ("", "empty", 0),
        ("\n \n", "empty", 0),
        ("%PDF-1.7 binary", "not an X12 file", 0),
        ("claim,line\nCLM*1,2\n", "not an X12 file", 1),
        (text(professional(*TWO)[1:]), "starts with GS", 2),
        (text(professional(*TWO)[2:]), "starts with ST", 2),
        ("ISA*00*", "cut short", 0),
        (ISA, "cut short", 0),
        (ISA.replace("*", "x"), "element separator", 0),
    ],
)
def test_file_without_a_readable_header(content: str, reason: str, lost: int) -> None:
    reject = only_reject(content)
    assert (reject.where, reject.claims) == ("the start of the file", lost)
    assert reason in reject.reason


def test_claims_of_a_large_file_without_header_are_counted_once() -> None:
    content = text(professional()[1:-3] + [*CLAIM] * 9000)
    assert len(content) > 2 * CHUNK
    assert only_reject(content).claims == 9001


@pytest.mark.parametrize(("number", "name"), [("999", "acknowledgement"), ("835", "remittance"), ("820", "premium")])
def test_another_transaction_set_is_rejected_and_the_rest_is_read(number: str, name: str) -> None:
    body = [*BILLING, *SUBSCRIBER, *CLAIM]
    sets = [f"ST*{number}*0001", "AK1*HC*1", "LX*1", "SE*4*0001", "ST*837*0002", *body, f"SE*{len(body) + 2}*0002"]
    found = readings([ISA, GS, *sets, "GE*2*1", "IEA*1*000000001"])
    reject, claim = found
    assert reject == rejects(found)[0] and name in rejects(found)[0].reason
    assert rejects(found)[0].where == "segment 3 (ST)"
    assert isinstance(claim, Claim)


@pytest.mark.parametrize(
    ("change", "where", "says"),
    [
        (("SE*24*0001", "SE*23*0001"), "segment 26 (SE)", "more segments than SE01 says"),
        (("SE*24*0001", "SE*x*0001"), "segment 26 (SE)", "SE01, which counts the segments, is no number"),
        (("SE*24*0001", "SE*24*0002"), "segment 26 (SE)", "SE02"),
        (("GE*1*1", "GE*0*1"), "segment 27 (GE)", "more transaction sets than GE01 says"),
        (("GE*1*1", "GE*1*9"), "segment 27 (GE)", "GE02"),
        (("IEA*1*", "IEA*0*"), "segment 28 (IEA)", "more groups than IEA01 says"),
        (("IEA*1*000000001", "IEA*1*000000002"), "segment 28 (IEA)", "IEA02"),
        (("GE*1*1~\n", ""), "segment 27 (IEA)", "has no GE"),
        (("IEA*1*000000001~\n", ""), "segment 27 (GE), the last", "without IEA"),
        (("GE*1*1~\nIEA*1*000000001~\n", ""), "segment 26 (SE), the last", "without GE, IEA"),
        (("IEA*1*000000001~\n", "IEA*1*000000001"), "segment 28 (IEA)", "before its terminator"),
        (("N4*PORTLAND", "n4*PORTLAND"), "segment 10", "left out"),
        (("N4*PORTLAND", "ZZZ*PORTLAND"), "segment 10", "no segment of the 837"),
        (("HL*2*1*22", "HL*2*7*22"), "segment 14 (HL)", "HL02"),
        (("005010X222A1~\nST", "003051X222A1~\nST"), "segment 2 (GS)", "version"),
        (("D8*19800102*F", "D8*19801302*F"), "segment 18 (DMG)", "birth date"),
        (("LX*1", "LX*"), "segment 23 (LX)", "by position"),
        (("LX*1~\n", ""), "segment 23 (SV1)", "by position"),
        (("*120*UN*4*", "*-120*UN*4*"), "segment 24 (SV1)", "negative"),
        (("*120*UN*4*", "*120*MJ*-60*"), "segment 24 (SV1)", "negative"),
        (("REF*EI*12-3456789~\n", "REF*EI*12-3456789\n"), "segment 11 (REF)", "line break"),
    ],
)
def test_oddity_is_told_and_the_claim_is_read(change: tuple[str, str], where: str, says: str) -> None:
    content = text(professional())
    assert change[0] in content
    found = readings(content.replace(*change, 1))
    assert len(claims(found)) == 1
    assert all("SE01" in r.reason for r in rejects(found))
    mine = [w for w in warnings(found) if says in w.reason]
    assert [w.where for w in mine] == [where]
    assert all(w.source.startswith("batch.837") for w in warnings(found))
    # A segment more or less makes the SE count wrong as well; nothing else is told.
    assert all("SE01" in w.reason for w in warnings(found) if w not in mine)


@pytest.mark.parametrize(
    ("change", "where", "says"),
    [
        (("CLM*C1*", "CLM**"), "segment 21 (CLM)", "no number"),
        (("*185*", "*1,85*"), "segment 21 (CLM)", "CLM02"),
        (("*120*", "*NaN*"), "segment 24 (SV1)", "SV102"),
        (("*120*", "*1E3*"), "segment 24 (SV1)", "SV102"),
        (("*UN*4*", "*UN*four*"), "segment 24 (SV1)", "SV104"),
        (("HC:97124:59:gp", "HC"), "segment 24 (SV1)", "SV101"),
        (("*D8*20240103", "*D8*20240231"), "segment 25 (DTP)", "not a date"),
        (("*D8*20240103", "*RD8*20240103-20240102"), "segment 25 (DTP)", "end before"),
        (("DTP*472*D8*20240103~\n", ""), "segment 23 (LX)", "no date of service"),
        (("DTP*472*", "DTP*472*D8*20240104~\nDTP*472*"), "segment 26 (DTP)", "two different dates"),
        ((f"{LINE[1]}~\n", ""), "segment 23 (LX)", "no SV1"),
        ((text(LINE), ""), "segment 21 (CLM)", "no service lines"),
        ((text(LINE), text([*LINE, "LX*2", "SV2*0420*HC:97124*1*UN*1"])), "segment 27 (SV2)", "institutional"),
        ((text(LINE), text([*LINE, HI])), "segment 26 (HI)", "missing or unreadable"),
        ((text(LINE), text([LINE[0], "sv5*1", *LINE[1:], *LINE])), "segment 27 (LX)", "cannot be told apart"),
    ],
)
def test_claim_that_cannot_be_judged_is_rejected_and_the_rest_is_read(
    change: tuple[str, str], where: str, says: str
) -> None:
    content = text(professional(*TWO))
    assert change[0] in content
    found = readings(content.replace(*change, 1))
    reject, *others = rejects(found)
    assert all("SE01" in other.reason and not other.claims for other in others)
    assert (reject.source, reject.where, reject.claims) == ("batch.837, set 0001, claim 1", where, 1)
    assert says in reject.reason
    assert [claim.lines[0].claim for claim in claims(found)] == ["C2"]


def test_every_cut_rejects_the_claim_that_it_cuts() -> None:
    content = text(professional(*TWO))
    second, end = content.index("CLM*C2"), content.index("\nSE*") + 1
    for length in range(second, len(content)):
        found = readings(content[:length])
        seen = 1 if length < second + 3 else 2
        # A claim is complete when what follows it shows that it is: the next CLM, an HL or the SE.
        complete = 2 if length >= end + 2 else seen - 1
        assert len(claims(found)) == complete, length
        assert sum(r.claims for r in rejects(found)) == seen - complete, length
        if length < len(content) - 2:
            assert rejects(found) or warnings(found), length


def test_files_joined_where_one_is_cut_off() -> None:
    content = text(professional())
    found = readings(content[: content.index("97124")] + content.replace("C1", "C2"))
    assert [claim.lines[0].claim for claim in claims(found)] == ["C2"]
    assert [(r.where, r.claims) for r in rejects(found)] == [("segment 24 (SV1)", 1)]


def test_claim_cut_by_the_next_set_is_rejected() -> None:
    start = professional()[:25]
    found = readings([*start, *professional()[2:]])
    assert [(r.where, r.claims) for r in rejects(found)] == [("segment 21 (CLM)", 1)]
    assert len(claims(found)) == 1


def test_lost_level_rejects_the_claims_whose_patient_it_hides() -> None:
    second = ["SBR*P*18*******MB", "NM1*IL*1*OTHER*PERSON****MI*M0002", CLM.replace("C1", "C2"), HI, *LINE]
    third = ["HL*4*1*22*0", *SUBSCRIBER[1:], CLM.replace("C1", "C3"), HI, *LINE]
    found = readings(professional(*CLAIM, *second, *third))
    assert [claim.lines[0].claim for claim in claims(found)] == ["C3"]
    assert [(r.where, r.claims) for r in rejects(found)] == [("segment 26 (SBR)", 1), ("segment 28 (CLM)", 1)]


def test_lost_billing_provider_rejects_until_the_next_one() -> None:
    lost = ["NM1*85*2*OTHER*****XX*1888888882", "N4*RENO*NV*1", *SUBSCRIBER, CLM.replace("C1", "C2"), HI, *LINE]
    third = ["HL*5**20*1", *BILLING[1:], "HL*6*5*22*0", *SUBSCRIBER[1:], CLM.replace("C1", "C3"), HI, *LINE]
    found = readings(professional(*CLAIM, *lost, *third))
    assert [claim.lines[0].claim for claim in claims(found)] == ["C3"]
    assert sum(r.claims for r in rejects(found)) == 2


def test_second_header_without_readable_delimiters() -> None:
    second = text(professional()).replace("C1", "C2").replace("*T*:~", "*T*~", 1)
    found = readings(text(professional()) + second.replace("*ZZ*RECEIVER       ", "", 1))
    assert [claim.lines[0].claim for claim in claims(found)] == ["C1", "C2"]
    assert any("delimiters of the interchange before" in w.reason for w in warnings(found))


def test_patient_whose_level_is_lost_is_not_taken_for_the_subscriber() -> None:
    found = readings(professional("PAT*19", "NM1*QC*1*SAMPLE*KIM", *CLAIM))
    assert [(r.where, r.claims) for r in rejects(found)] == [("segment 23 (CLM)", 1)]
    assert not claims(found)


def test_lines_without_a_claim_are_told_once() -> None:
    found = readings(professional("cLM*C1*185", HI, *LINE))
    assert [(r.where, r.claims) for r in rejects(found)] == [("segment 22 (HI)", 0)]
    assert not claims(found)


@pytest.mark.parametrize(
    ("change", "where", "says"),
    [
        (
            ("SE*24*0001", "SE*217*0001"),
            "segment 26 (SE)",
            "SE01 says 217 segments, and only 24 can be read: 193 missing",
        ),
        (("GE*1*1", "GE*2*1"), "segment 27 (GE)", "GE01 says 2 transaction sets, and only 1 can be read"),
        (("IEA*1*", "IEA*4*"), "segment 28 (IEA)", "IEA01 says 4 groups, and only 1 can be read"),
    ],
)
def test_trailer_that_counts_more_than_there_is_tells_of_a_loss(change: tuple[str, str], where: str, says: str) -> None:
    found = readings(text(professional()).replace(*change, 1))
    assert [claim.lines for claim in claims(found)] == [(PLAIN,)]
    (reject,) = rejects(found)
    assert (reject.where, reject.claims) == (where, 0)
    assert says in reject.reason
    assert "compare with what was exported" in reject.reason
    assert not warnings(found)


def test_segments_lost_from_a_set_that_is_no_claim_are_a_doubt() -> None:
    found = readings([ISA, GS, "ST*999*0001", "AK1*HC*1", "SE*40*0001", "GE*1*1", "IEA*1*000000001"])
    assert [reject.where for reject in rejects(found)] == ["segment 3 (ST)"]
    assert [warning.where for warning in warnings(found)] == ["segment 5 (SE)"]


def test_many_claims_with_one_fault_are_one_text() -> None:
    body = [s for n in range(50) for s in (CLM.replace("C1", f"C{n % 7}"), HI.replace("ABK:M54.50", "ABK"), *LINE)]
    found = warnings(readings(professional(*body)))
    assert len(found) > 50
    assert len({(warning.source, warning.reason) for warning in found}) == 2


def test_set_without_claims_is_told() -> None:
    empty = interchange(*BILLING, *SUBSCRIBER)
    (warning,) = warnings(readings(empty))
    assert "no claims" in warning.reason
    full = readings([*empty, *professional()])
    assert (len(warnings(full)), len(claims(full)), rejects(full)) == (1, 1, [])


@pytest.mark.parametrize("content", [[ISA], [ISA, "IEA*0*000000001"], interchange(*BILLING, *SUBSCRIBER)])
def test_file_without_claims_is_rejected(content: list[str]) -> None:
    (reject,) = rejects(readings(content))
    assert (reject.source, reject.where, reject.claims) == ("batch.837", "file", 0)
    assert "no claims in it" in reject.reason


def test_claim_outside_of_a_set_is_rejected() -> None:
    found = readings([ISA, GS, *CLAIM, "GE*0*1", "IEA*1*000000001"])
    assert [(r.where, r.claims) for r in rejects(found)] == [("segment 3 (CLM)", 1)]


def test_names_made_for_repeats_do_not_collide() -> None:
    numbers = ["C1", "C1#2", "C1", "C1"]
    body = [segment for n in numbers for segment in (CLM.replace("C1", n), HI, *LINE)]
    names = [claim.lines[0].claim for claim in claims(readings(professional(*body)))]
    assert names[:2] == ["C1", "C1#2"]
    assert len(set(names)) == 4


def test_segment_that_has_lost_its_terminator_does_not_fill_memory() -> None:
    endless = "K3*" + "x" * (3 * CHUNK)
    found = readings(professional(*CLAIM, endless, CLM.replace("C1", "C2"), HI, *LINE))
    assert [claim.lines[0].claim for claim in claims(found)] == ["C2"]
    assert [(r.where, r.claims) for r in rejects(found)] == [("segment 26 (K3)", 1)]
    assert str(LONGEST) in rejects(found)[0].reason


def test_claims_come_before_the_file_is_read_to_its_end() -> None:
    class Endless(io.RawIOBase):
        def __init__(self) -> None:
            self.parts = [text(professional()[:-3]).encode()]

        def read(self, size: int = -1) -> bytes:
            if self.parts:
                return self.parts.pop()
            return text([*CLAIM] * 2000).encode()

    stream = read_x12(Endless(), "pipe")  # type: ignore[arg-type]
    assert isinstance(next(stream), Claim)
