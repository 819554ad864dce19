"""Whole audits, night after night, killed at random moments; the store is as before a run or as after it.

    python -m tests.audit.soak --kills 500 [--seed 1]

Processes of ``cleanclaim audit`` read claims that change every night. Each is killed somewhere, then tried again, with
``--resume`` or anew, sometimes beside another one. After every kill all rows of the store are those after the runs that
are recorded, made once more without disturbance in another store.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from cleanclaim.audit import run as run_module
from cleanclaim.claims.tables.mapping import NO_MAP
from cleanclaim.lint import edition_of
from cleanclaim.policy.load import load_library
from cleanclaim.store.store import open_store
from cleanclaim.tables.store import TableStore
from tests.audit.audited import Desk, claim, write
from tests.audit.soaked import SCOPE
from tests.conftest import ROOT
from tests.store.made import everything
from tests.tables.files import brought

LIBRARY = ROOT / "tests" / "audit" / "library"
AS_OF = date(2026, 3, 1)
CLAIMS = 330
PER_NIGHT = 3
"""Kills of a night, before an audit of it is let be."""
STAGES = ("starting", "reading", "judging", "staging", "committing", "ended")
Rows = dict[str, list[tuple[object, ...]]]


@dataclass
class Hit:
    """What the kills hit, and what came of it."""

    stages: Counter[str] = field(default_factory=Counter)
    recorded: int = 0
    resumed: int = 0
    taken_up: int = 0
    beside: int = 0
    refused: int = 0
    runs: int = 0

    @property
    def kills(self) -> int:
        """Those that came before the process had ended."""
        return sum(self.stages[stage] for stage in STAGES if stage != "ended")

    def __str__(self) -> str:
        where = ", ".join(f"{self.stages[stage]} {stage}" for stage in STAGES if stage != "ended")
        late = self.stages["ended"]
        return (
            f"{self.kills} kills: {where}; {self.recorded} of them after the run was durable; {late} too late; "
            f"{self.runs} runs recorded; {self.resumed} audits resumed, {self.taken_up} parts taken up; "
            f"{self.beside} beside another audit, {self.refused} refused because the store was in use"
        )


class Soak:
    """A store under test, and beside it one in which the same runs are recorded without disturbance."""

    def __init__(self, folder: Path, chance: random.Random) -> None:
        self._folder, self._chance = folder, chance
        self._claims, self._store = folder / "claims.csv", folder / "store" / "audit.duckdb"
        self._temporary = folder / "temporary"
        for each in (self._store.parent, self._temporary, folder / "none", folder / "quiet"):
            each.mkdir()
        listed = folder / "listed.csv"
        listed.write_text("procedure\n98940\n", encoding="utf-8")
        brought(TableStore(folder / "tables"), "generic", listed, name="acme-listed")
        self._edition = edition_of(load_library([LIBRARY], lean=True).policies, AS_OF)
        self._quiet = Desk(folder / "quiet", self._edition, NO_MAP)
        self._night = 0
        self._expected: Rows = {}
        self.hit = Hit()
        self._dusk()
        self._trace = self._timed()

    def night(self, kills: int) -> None:
        """An audit that is killed some times, and then let be."""
        for _ in range(kills):
            self._disturb()
        code, _ = self._finished(self._start(resume=self._chance.random() < 0.5))
        self._recorded(at_least=1)
        assert code == self._code, code
        assert sorted(path.name for path in self._store.parent.iterdir()) == ["audit.duckdb", "audit.duckdb.lock"]
        left = list(self._temporary.iterdir())
        assert not left, left
        self._night += 1
        self._dusk()

    def _disturb(self) -> None:
        resume, two = self._chance.random() < 0.5, self._chance.random() < 0.25
        victim = self._start(resume=resume)
        self.hit.resumed += resume
        patient = self._chance.random() < 0.7
        other = self._start(resume=False, wait=120 if patient else 0) if two else None
        told = self._kill(victim)
        last = next((_stage(line) for line in reversed(told) if _stage(line)), "starting")
        self.hit.stages["ended" if victim.returncode != -signal.SIGKILL else last] += 1
        if other is not None:
            self.hit.beside += 1
            code, said = self._finished(other)
            refused = code == 2
            self.hit.refused += refused
            assert code == self._code or (refused and not patient and "is in use by" in said[-1]), said
        before = self.hit.runs
        self._recorded(at_least=0)
        self.hit.recorded += self.hit.runs - before if victim.returncode == -signal.SIGKILL and other is None else 0

    @property
    def _bare(self) -> bool:
        """Whether tonight the list of codes is not imported."""
        return self._night % 3 == 2

    @property
    def _code(self) -> int:
        return 3 if self._night % 4 == 3 else 1

    def _dusk(self) -> None:
        """Tonight's claims: some new, some corrected, some no longer there, now and then one that cannot be read."""
        night = self._night
        made = [
            claim(
                f"C{n:04}",
                f"97124 {1 + (n + night * (n % 5 == 0)) % 6} {30 + n % 7}.00",
                f"{'98940' if n % 3 else '98941'} 1 50.00",
                patient=f"P{n // 2}",
                day=f"2026-{1 + n % 4:02}-05",
                payer=("ACME", "BETA")[n % 2],
            )
            for n in range(night * 7, CLAIMS + night * 10)
            if n % 11 != night % 11
        ]
        if night % 4 == 3:
            made[0][0]["service_unit_quantity"] = "many"
        write(self._claims, *made)

    def _start(self, *, resume: bool = False, wait: int = 120, store: Path | None = None) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "tests.audit.soaked", "audit", str(self._claims)]
        command += ["--store", str(store or self._store), "--policies", str(LIBRARY), "--as-of", AS_OF.isoformat()]
        command += ["--tables", str(self._folder / ("none" if self._bare else "tables")), "--wait", str(wait)]
        command += ["--resume"] if resume else []
        kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH", "HOME") if name in os.environ}
        return subprocess.Popen(
            command,
            env=kept | {"TMPDIR": str(self._temporary)},
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )

    def _timed(self) -> list[float]:
        """When an audit that nobody disturbs tells what, in seconds; the last is its end."""
        begun = time.monotonic()
        process = self._start(store=self._folder / "timed.duckdb")
        assert process.stderr is not None
        times = [0.0] + [time.monotonic() - begun for _ in process.stderr]
        assert process.wait() == self._code
        return [*times, time.monotonic() - begun]

    def _kill(self, process: subprocess.Popen[str]) -> list[str]:
        """Kills it a while after it told something; what it had told by then."""
        assert process.stderr is not None
        gaps = [later - earlier for earlier, later in zip(self._trace, self._trace[1:], strict=False)]
        even = self._chance.random() < 0.5
        at = self._chance.choices(range(len(gaps)), None if even else gaps)[0]
        told: list[str] = []
        while len(told) < at and (line := process.stderr.readline()):
            told.append(line)
        try:
            process.wait(self._chance.random() * gaps[at])
        except subprocess.TimeoutExpired:
            process.kill()
        told += self._rest(process)
        process.wait()
        return told

    def _finished(self, process: subprocess.Popen[str]) -> tuple[int, list[str]]:
        said = self._rest(process)
        return process.wait(), said

    def _rest(self, process: subprocess.Popen[str]) -> list[str]:
        """What it says until it ends."""
        assert process.stderr is not None
        said = process.stderr.readlines()
        process.stderr.close()
        assert not any("Traceback" in line for line in said), said
        self.hit.taken_up += sum("judged already" in line for line in said)
        return said

    def _recorded(self, at_least: int) -> None:
        """Holds the store to the runs that are in it; of tonight there may be up to two that are not known yet."""
        found = self._rows()
        runs = len(found.get("runs", []))
        new = runs - len(self._expected.get("runs", []))
        assert at_least <= new <= 2, f"{new} runs of one night"
        for _ in range(new):
            self._undisturbed()
        assert _masked(found) == self._expected, "the store is neither as before nor as after"
        self.hit.runs = runs

    def _undisturbed(self) -> None:
        self._quiet.tables = TableStore(self._folder / ("none" if self._bare else "tables"))
        scope, run_module.SCOPE = run_module.SCOPE, SCOPE
        try:
            self._quiet.audit([self._claims])
        finally:
            run_module.SCOPE = scope
        self._expected = _masked(self._quiet.all())

    def _rows(self) -> Rows:
        if not self._store.exists():
            return {}
        with open_store(self._store, wait=5).reading() as database:
            rows = everything(database)
        return rows if any(rows.values()) else {}


def _stage(line: str) -> str | None:
    word = line.split(maxsplit=1)[0] if line.strip() else ""
    return word if word in STAGES else "committing" if word == "recording" else None


def _masked(rows: Rows) -> Rows:
    """Without the times of day at which it happened."""
    masked = dict(rows)
    masked["runs"] = [(row[0], *row[3:]) for row in rows.get("runs", [])]
    masked["events"] = [(*row[:2], *row[3:]) for row in rows.get("events", [])]
    return masked if any(masked.values()) else {}


def soak(kills: int, seed: int, folder: Path) -> Hit:
    """Kills so many audits."""
    made = Soak(folder, random.Random(seed))
    while made.hit.kills < kills:
        made.night(min(PER_NIGHT, kills - made.hit.kills))
    return made.hit


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description="Kills audits at random moments, and looks what the store holds then.")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="cleanclaim-soak-") as folder:
        print(soak(arguments.kills, arguments.seed, Path(folder)))


if __name__ == "__main__":
    main()
