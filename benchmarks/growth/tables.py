"""The Markdown tables of docs/performance.md, from what growth.py measured."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Outcome = Mapping[str, Any]
"""What JSON keeps of one peer at one size; ``reason`` where it has no answer."""


def seconds(outcome: Outcome) -> str:
    if "reason" in outcome:
        return "–"
    return f"{outcome['wall']:.1f}"


def row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def head(first: str, *others: str) -> Iterator[str]:
    yield row(first, *others)
    yield "|---" + "|--:" * len(others) + "|"


def by_lines(grown: Mapping[str, Mapping[str, Outcome]], finds: Mapping[str, str]) -> Iterator[str]:
    """Seconds by lines, and beside them memory."""
    sizes = list(grown)
    short = [f"{int(size):,}" for size in sizes]
    at = max(len(sizes) - 2, 0)
    yield from head(
        "whole process, s", "finds", *(f"{size} lines" for size in short), f"CPU s at {short[at]}", "MB", "MB at most"
    )
    for name in grown[sizes[0]]:
        outcomes = [grown[size][name] for size in sizes]
        megabytes = [f"{each['megabytes']:,}" if "megabytes" in each else "–" for each in outcomes]
        reached = [each for each in megabytes if each != "–"]
        busy = f"{outcomes[at]['cpu']:.1f}" if "cpu" in outcomes[at] else "–"
        yield row(name, finds[name], *map(seconds, outcomes), busy, megabytes[at], reached[-1] if reached else "–")


def judging(outcomes: Mapping[str, Outcome], size: int) -> Iterator[str]:
    """What of the time is judging, where a process can tell."""
    yield from head(f"{size:,} lines", "start and rules, s", "reading, s", "judging, s", "lines/s judged")
    for name, outcome in outcomes.items():
        phases = outcome.get("seconds", {})
        if "load" in phases:
            judged = phases["evaluate"]
            rate = f"{size / judged:,.0f}"
            yield row(
                name,
                f"{outcome['wall'] - phases['load'] - judged:.1f}",
                f"{phases['load']:.2f}",
                f"{judged:.2f}",
                rate,
            )


def by_rules(grown: Mapping[str, Mapping[str, Outcome]]) -> Iterator[str]:
    """Seconds by rules, each to its own first."""
    names = list(next(iter(grown.values())))
    columns = [cell for name in names for cell in (f"{name}, s", "CPU s", "to its first", "MB")]
    yield from head("rules", *columns, "findings")
    first = next(iter(grown.values()))
    for count, outcomes in grown.items():
        cells: list[str] = []
        for name in names:
            outcome = outcomes[name]
            done = "reason" not in outcome and "reason" not in first[name]
            ratio = f"{outcome['wall'] / first[name]['wall']:.1f}" if done else "–"
            busy = f"{outcome['cpu']:.1f}" if done else "–"
            cells += [seconds(outcome), busy, ratio, f"{outcome['megabytes']:,}" if done else "–"]
        found = max((sum(each["counts"].values()) for each in outcomes.values() if "counts" in each), default=0)
        yield row(f"{int(count):,}", *cells, f"{found:,}")


def missing(grown: Mapping[str, Mapping[str, Outcome]], of: str) -> Iterator[str]:
    """Who has no answer where, and why."""
    for size, outcomes in grown.items():
        for name, outcome in outcomes.items():
            if "reason" in outcome:
                yield f"{name}, {int(size):,} {of}: {outcome['reason']}."


def tables(results: Mapping[str, Any]) -> str:
    """All tables, and below each who did not come so far."""
    parts: list[str] = []
    lines, rules = results["lines"], results["rules"]
    if lines:
        parts += [*by_lines(lines, results["finds"]), "", *missing(lines, "lines"), ""]
        middle = "200000" if "200000" in lines else next(iter(lines))
        parts += [*judging(lines[middle], int(middle)), ""]
    if rules:
        parts += [f"On {results['rules_on']:,} lines:", "", *by_rules(rules), "", *missing(rules, "rules"), ""]
    return "\n".join(parts)
