"""Small 837 files of our own making, put together segment by segment."""

from __future__ import annotations

import io

from cleanclaim.claims.model import Claim, Line, Reading, Reject, Warning
from cleanclaim.claims.x12 import read_x12

ISA = "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *240105*1200*^*00501*000000001*0*T*:"
GS = "GS*HC*SENDER*RECEIVER*20240105*1200*1*X*005010X222A1"
SET = ["ST*837*0001*005010X222A1", "BHT*0019*00*1*20240105*1200*CH", "NM1*41*2*EXAMPLE BILLING*****46*1"]
BILLING = [
    "HL*1**20*1",
    "PRV*BI*PXC*111N00000X",
    "NM1*85*2*EXAMPLE CHIROPRACTIC*****XX*1234567893",
    "N3*1 MAIN ST",
    "N4*PORTLAND*OR*97201",
    "REF*EI*12-3456789",
    "NM1*87*2",
    "N4*SEATTLE*WA*98101",
]
SUBSCRIBER = [
    "HL*2*1*22*0",
    "SBR*P*18*GROUP1******CI",
    "NM1*IL*1*SAMPLE*PAT****MI*M0001",
    "N4*BOISE*ID*83702",
    "DMG*D8*19800102*F",
    "NM1*PR*2*EXAMPLE PPO*****PI*12345",
    "N4*DENVER*CO*80201",
]
DEPENDANT = ["HL*3*2*23*0", "PAT*19", "NM1*QC*1*SAMPLE*KIM", "DMG*D8*20100304*M"]
CLM = "CLM*C1*185***11:B:1*Y*A*Y*Y"
HI = "HI*ABK:M54.50*ABF:M9902"
LINE = ["LX*1", "SV1*HC:97124:59:gp*120*UN*4***1:2", "DTP*472*D8*20240103"]
CLAIM = [CLM, HI, *LINE]
FACILITY = ["NM1*FA*2*EXAMPLE HOSPITAL", "N4*BEND*OR*97701"]
INPATIENT = [
    "CLM*I1*900.50***11:A:1**A*Y*Y",
    "DTP*434*RD8*20240101-20240104",
    "DTP*435*DT*202401010830",
    "DTP*096*TM*1100",
    "CL1*1*1*01",
    "HI*ABK:I10:::::::Y",
    "HI*ABJ:R0789",
    "HI*DR:470",
    "HI*BBR:0JH60DZ:D8:20240102",
    "LX*1",
    "SV2*120**800.00*DA*3",
    "LX*2",
    "SV2*0420*HC:97124:GP*100.50*UN*1.50",
    "DTP*472*D8*20240102",
]


def interchange(*segments: str, isa: str = ISA, gs: str = GS, transaction: list[str] = SET) -> list[str]:
    """The segments in an envelope whose trailers are right."""
    body = [*transaction, *segments]
    return [isa, gs, *body, f"SE*{len(body) + 1}*0001", "GE*1*1", "IEA*1*000000001"]


def text(segments: list[str], terminator: str = "~\n") -> str:
    return "".join(segment + terminator for segment in segments)


def professional(*claim: str) -> list[str]:
    """One subscriber's claims, in an envelope."""
    return interchange(*BILLING, *SUBSCRIBER, *(claim or CLAIM))


def readings(content: str | bytes | list[str], source: str = "batch.837") -> list[Reading]:
    if isinstance(content, list):
        content = text(content)
    if isinstance(content, str):
        content = content.encode("utf-8")
    return list(read_x12(io.BytesIO(content), source))


def claims(found: list[Reading]) -> list[Claim]:
    return [reading for reading in found if isinstance(reading, Claim)]


def rejects(found: list[Reading]) -> list[Reject]:
    return [reading for reading in found if isinstance(reading, Reject)]


def warnings(found: list[Reading]) -> list[Warning]:
    return [reading for reading in found if isinstance(reading, Warning)]


def only_line(content: str | bytes | list[str]) -> Line:
    """The line of a file that has one and about which nothing is odd."""
    found = readings(content)
    assert len(found) == 1, found
    (claim,) = claims(found)
    (line,) = claim.lines
    return line


def only_reject(content: str | bytes | list[str]) -> Reject:
    """The reject of a file that yields nothing else."""
    found = readings(content)
    assert len(found) == 1, found
    (reject,) = rejects(found)
    return reject
