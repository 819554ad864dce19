"""How fast and in how little memory the 837 reader reads a large batch, beside pyx12's segment reader.

    python benchmarks/x12_reading.py [MEGABYTES]

Writes a batch of that size (100) to a temporary folder, reads it whole and prints segments a second
and the peak resident memory of a process that does nothing else. pyx12, where installed, only
splits segments: it tracks no loops and makes no claims.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

_ISA = "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *240105*1200*^*00501*000000001*0*T*:~\n"
_HEAD = (
    "GS*HC*SENDER*RECEIVER*20240105*1200*1*X*005010X222A1~\nST*837*0001*005010X222A1~\n"
    "BHT*0019*00*1*20240105*1200*CH~\nNM1*41*2*EXAMPLE BILLING*****46*1~\nPER*IC*DESK*TE*5550100~\n"
    "NM1*40*2*EXAMPLE PLAN*****46*2~\nHL*1**20*1~\nPRV*BI*PXC*111N00000X~\n"
    "NM1*85*2*EXAMPLE CHIROPRACTIC*****XX*1234567893~\nN3*1 MAIN ST~\nN4*PORTLAND*OR*97201~\nREF*EI*123456789~\n"
)
_CLAIM = (
    "HL*{hl}*1*22*0~\nSBR*P*18*GROUP1******CI~\nNM1*IL*1*SAMPLE*PAT****MI*M{member:08d}~\nN3*2 SIDE ST~\n"
    "N4*PORTLAND*OR*97202~\nDMG*D8*19800102*F~\nNM1*PR*2*EXAMPLE PPO*****PI*12345~\n"
    "CLM*C{hl:08d}*185***11:B:1*Y*A*Y*Y~\nREF*G1*A{hl:06d}~\nHI*ABK:M5450*ABF:M9902~\n"
    "NM1*82*1*SAMPLE*DOC****XX*1999999984~\nPRV*PE*PXC*225700000X~\n"
    "LX*1~\nSV1*HC:98940*45*UN*1*11**1:2~\nDTP*472*D8*202401{day:02d}~\nREF*6R*{hl}A~\n"
    "LX*2~\nSV1*HC:97124:59:GP*120*UN*4***1~\nDTP*472*D8*202401{day:02d}~\nREF*6R*{hl}B~\nNTE*ADD*MINUTES 60~\n"
    "LX*3~\nSV1*HC:97010*20*UN*1***1~\nDTP*472*RD8*202401{day:02d}-202401{day:02d}~\nREF*6R*{hl}C~\n"
)


def write_batch(path: Path, megabytes: int) -> int:
    """Writes the batch; returns how many segments it has."""
    segments, written, hl, size = 1 + _HEAD.count("~"), len(_ISA) + len(_HEAD), 1, megabytes * 1_000_000
    with path.open("w", encoding="ascii") as batch:
        batch.write(_ISA + _HEAD)
        while written < size:
            hl += 1
            claim = _CLAIM.format(hl=hl, member=hl // 3, day=hl % 28 + 1)
            batch.write(claim)
            written += len(claim)
            segments += claim.count("~")
        batch.write(f"SE*{segments - 1}*0001~\nGE*1*1~\nIEA*1*000000001~\n")
    return segments + 3


def read_here(path: str) -> None:
    """Reads with our reader; prints seconds, megabytes, claims and lines."""
    from cleanclaim.claims.model import Claim
    from cleanclaim.claims.x12 import read_x12

    began, claims, lines, others = time.perf_counter(), 0, 0, 0
    with Path(path).open("rb") as stream:
        for reading in read_x12(stream, "batch.837"):
            if isinstance(reading, Claim):
                claims += 1
                lines += len(reading.lines)
            else:
                others += 1
    if others:
        raise SystemExit(f"{others} rejects and warnings in a batch that is right")
    print(time.perf_counter() - began, _peak(), claims, lines)


def read_pyx12(path: str) -> None:
    """Reads with pyx12's segment reader; prints seconds, megabytes and segments."""
    import pyx12.x12file

    began = time.perf_counter()
    with Path(path).open(encoding="ascii") as stream:
        segments = sum(1 for _ in pyx12.x12file.X12Reader(stream))
    print(time.perf_counter() - began, _peak(), segments, 0)


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _measured(what: str, path: Path) -> list[float] | None:
    """The numbers of a fresh process, so that each reader's memory is its own."""
    run = subprocess.run([sys.executable, __file__, what, str(path)], capture_output=True, text=True, check=False)
    if run.returncode:
        print(f"{what}: not measured ({(run.stderr.strip().splitlines() or ['no message'])[-1]})")
        return None
    return [float(number) for number in run.stdout.split()]


def main(megabytes: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        batch = Path(folder) / "batch.837"
        segments = write_batch(batch, megabytes)
        print(f"batch: {batch.stat().st_size / 1e6:.0f} MB, {segments:,} segments")
        ours = _measured("--ours", batch)
        if ours:
            print(
                f"cleanclaim: {ours[0]:.1f} s, {segments / ours[0]:,.0f} segments/s, peak {ours[1]:.0f} MB, "
                f"{ours[2]:,.0f} claims, {ours[3]:,.0f} lines"
            )
        peer = _measured("--pyx12", batch)
        if peer:
            print(f"pyx12 X12Reader: {peer[0]:.1f} s, {peer[2] / peer[0]:,.0f} segments/s, peak {peer[1]:.0f} MB")
        if ours and peer:
            print(f"cleanclaim reads {peer[0] / ours[0]:.1f} times as fast")


if __name__ == "__main__":
    if len(sys.argv) > 2 and sys.argv[1] == "--ours":
        read_here(sys.argv[2])
    elif len(sys.argv) > 2 and sys.argv[1] == "--pyx12":
        read_pyx12(sys.argv[2])
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
