"""One measured process: its wall time from outside, what it says of itself, and why it has no answer if it has none."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Measured:
    """A process that answered: seconds by the clock, of CPU and by phase, peak memory, findings by rule."""

    wall: float
    cpu: float
    seconds: Mapping[str, float]
    megabytes: int
    counts: Mapping[str, int]

    def as_json(self) -> dict[str, object]:
        return asdict(self)


@dataclass(frozen=True)
class Failed:
    """A process without an answer, and why."""

    reason: str

    def as_json(self) -> dict[str, object]:
        return asdict(self)


def measure(command: Sequence[str], budget: float) -> Measured | Failed:
    """Runs a peer; past ``budget`` seconds it and what it started are stopped."""
    begun = time.perf_counter()
    try:
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
        )
    except OSError as error:
        return Failed(str(error))
    try:
        told, complaint = process.communicate(timeout=budget)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        return Failed(f"took more than {budget:.0f} s")
    wall = time.perf_counter() - begun
    if process.returncode:
        return Failed((complaint.strip().splitlines() or [f"ended with code {process.returncode}"])[-1])
    said = json.loads(told.splitlines()[-1])
    return Measured(round(wall, 3), said["cpu"], said["seconds"], said["megabytes"], said["counts"])
