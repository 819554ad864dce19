"""No input makes the reader raise, and no claim of it gets lost uncounted."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from x12_samples import (
    BILLING,
    CLAIM,
    DEPENDANT,
    FACILITY,
    HI,
    INPATIENT,
    LINE,
    SUBSCRIBER,
    claims,
    interchange,
    readings,
    rejects,
    text,
)

from cleanclaim.claims.model import Claim, Reading, Reject, Warning

GOOD = interchange(
    *BILLING,
    *SUBSCRIBER,
    *CLAIM,
    "CLM*C2*20***11:B:1",
    HI,
    *FACILITY,
    "SBR*S*18*******MB",
    "NM1*IL*1*SAMPLE*LEE****MI*X9",
    *LINE,
    *DEPENDANT,
    "CLM*C3*20***11:B:1",
    HI,
    *LINE,
    "NTE*ADD*MINUTES 60",
    "HL*4*1*22*0",
    *SUBSCRIBER[1:],
    *INPATIENT,
)
BYTES = text(GOOD).encode()
ONE_LINE = text(GOOD, "~").encode()
BODY = ONE_LINE.index(b"GS*")


def counted(content: bytes) -> int:
    """CLM segments by splitting the text and nothing else."""
    return sum(s.strip(b" \t\0\x1a").split(b"*")[0] == b"CLM" for s in content.split(b"~"))


def well_formed(found: list[Reading]) -> None:
    for reading in found:
        if isinstance(reading, Claim):
            assert reading.lines
            assert len({line.line for line in reading.lines}) == len(reading.lines)
            assert len({(line.claim, line.patient, line.claim_type) for line in reading.lines}) == 1
        else:
            assert isinstance(reading, Reject | Warning)
            assert reading.source.startswith("batch.837") and reading.where and reading.reason
            said = reading.reason + reading.where
            assert not any(secret in said for secret in ("SAMPLE", "M0001", "19800102", "KIM"))
    keys = [(line.claim, line.line) for claim in claims(found) for line in claim.lines]
    assert len(set(keys)) == len(keys)


Edit = tuple[str, int, int, bytes]
EDITS = st.lists(
    st.tuples(
        st.sampled_from(["delete", "replace", "insert", "repeat"]),
        st.integers(0, len(BYTES)),
        st.integers(1, 40),
        st.binary(max_size=4) | st.sampled_from([b"~", b"*", b":", b"\n", b"HL*", b"SE*1*1~", b"LX*1~", b"CLM*"]),
    ),
    min_size=1,
    max_size=6,
)


def edited(content: bytes, edits: list[Edit], start: int) -> bytes:
    for kind, at, length, new in edits:
        at = start + at % max(1, len(content) - start)
        piece = content[at : at + length]
        after = {"delete": b"", "replace": new, "insert": new + piece, "repeat": piece * 2}[kind]
        content = content[:at] + after + content[at + length :]
    return content


@given(EDITS)
@settings(max_examples=400, deadline=None)
def test_damaged_body_keeps_its_count(edits: list[Edit]) -> None:
    # On one line: there a line break cannot stand for a terminator, so that splitting counts right.
    content = edited(ONE_LINE, edits, BODY).replace(b"\n", b"").replace(b"\r", b"")
    found = readings(content)
    well_formed(found)
    assert len(claims(found)) + sum(r.claims for r in rejects(found)) == counted(content), content


@given(EDITS)
@settings(max_examples=200, deadline=None)
def test_damaged_header_never_raises(edits: list[Edit]) -> None:
    well_formed(readings(edited(BYTES, edits, 0)))


@given(st.lists(st.sampled_from(GOOD[1:]), max_size=60), st.sampled_from(["~", "~\n", "\n"]))
@settings(max_examples=200, deadline=None)
def test_segments_in_any_order_keep_their_count(segments: list[str], terminator: str) -> None:
    found = readings(text([GOOD[0], *segments], terminator))
    well_formed(found)
    expected = sum(segment.startswith("CLM") for segment in segments)
    assert len(claims(found)) + sum(r.claims for r in rejects(found)) == expected


@given(st.binary(max_size=400), st.sampled_from([b"", b"ISA*", b"\xff\xfe", BYTES[:106]]))
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_answered(junk: bytes, start: bytes) -> None:
    found = readings(start + junk)
    well_formed(found)
    assert found or start == BYTES[:106]
