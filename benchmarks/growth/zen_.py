"""The rules of a single line (R3, R4, R9) as a decision table in ZEN, a decision a line, in batches on its threads.

The other nine look at other lines. A decision sees the one context that it is given, and its tables and expressions
join nothing, so a user would work those out in the host, which then would be what is measured.
"""

from __future__ import annotations

import json
from collections import Counter
from itertools import islice
from pathlib import Path

import zen
from peer import CMT, MASSAGE, TIMED, Line, Stopwatch, by_number, run

A_BATCH = 10_000
INPUTS = ("procedure", "payer", "licence", "modifiers", "minutes", "units")


def quoted(*codes: str) -> str:
    return ", ".join(json.dumps(code) for code in codes)


ROWS = (
    {"procedure": quoted(MASSAGE), "licence": "null", "rule": '"R3?"'},
    {"procedure": quoted(MASSAGE), "licence": 'not ($ in ["LMT", "DC", "PT"]) and $ != null', "rule": '"R3"'},
    {"procedure": quoted(*TIMED), "minutes": "null", "rule": '"R4?"'},
    {"procedure": quoted(*TIMED), "minutes": "$ != null and units > floor(($ + 7) / 15)", "rule": '"R4"'},
    {"procedure": quoted(*CMT), "payer": '"MEDICARE"', "modifiers": 'not contains($, "AT")', "rule": '"R9"'},
)


def decision() -> str:
    """The decision as the editor of ZEN would save it: a request, a table of all rows that hold, a response."""
    table = {
        "hitPolicy": "collect",
        "inputs": [{"id": field, "name": field, "field": field} for field in INPUTS],
        "outputs": [{"id": "rule", "name": "rule", "field": "rule"}],
        "rules": [
            {"_id": str(at), **{field: row.get(field, "") for field in (*INPUTS, "rule")}}
            for at, row in enumerate(ROWS)
        ],
    }
    nodes = [
        {"id": "in", "name": "in", "type": "inputNode"},
        {"id": "table", "name": "table", "type": "decisionTableNode", "content": table},
        {"id": "out", "name": "out", "type": "outputNode"},
    ]
    edges = [
        {"id": "a", "sourceId": "in", "targetId": "table", "type": "edge"},
        {"id": "b", "sourceId": "table", "targetId": "out", "type": "edge"},
    ]
    return json.dumps({"nodes": nodes, "edges": edges})


def context(line: Line) -> dict[str, object]:
    return {
        "procedure": line.procedure,
        "payer": line.payer,
        "licence": line.licence,
        "modifiers": list(line.modifiers),
        "minutes": line.minutes,
        "units": line.units,
    }


def judge(lines: Path, pairs: Path, watch: Stopwatch) -> Counter[str]:
    table = {"type": "static", "content": {"lines": json.loads(decision())}}
    engine = zen.ZenEngine({"loader": table})
    watch.lap("setup")
    counts: Counter[str] = Counter()
    read = by_number(lines)
    while requests := [{"key": "lines", "context": context(line)} for line in islice(read, A_BATCH)]:
        watch.lap("load")
        for answer in engine.evaluate_batch(requests):
            if not answer["success"]:
                raise RuntimeError(f"ZEN could not judge a line: {answer['error']}")
            counts.update(row["rule"] for row in answer["data"]["result"])
        watch.lap("evaluate")
    return counts


if __name__ == "__main__":
    run(judge)
