"""Draws the curves that growth.py measured: python draw.py RESULTS.json FOLDER."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

# Okabe and Ito's colours, which the colour-blind tell apart; every line is named at its end besides.
BLUE, SKY, RED, ORANGE, GREEN, PINK, GREY = "#0072B2", "#56B4E9", "#D55E00", "#E69F00", "#009E73", "#CC79A7", "#555555"
STYLES: dict[str, tuple[str, str, str]] = {
    "cleanclaim audit": (BLUE, "-", "o"),
    "cleanclaim audit in 1 GB": (BLUE, ":", "o"),
    "cleanclaim on DuckDB": (BLUE, "-", "s"),
    "cleanclaim lint, DuckDB": (SKY, "-", "D"),
    "cleanclaim lint, durable": (SKY, "-", "^"),
    "DuckDB SQL by hand, complete": (RED, "--", "s"),
    "DuckDB SQL by hand": (ORANGE, "--", "s"),
    "DuckDB SQL, a statement a rule": (RED, "--", "s"),
    "Polars": (ORANGE, "--", "o"),
    "plain Python": (GREEN, ":", "o"),
    "Drools": (PINK, "-.", "o"),
    "durable_rules by hand": (GREEN, "-.", "^"),
    "CLIPS": (PINK, "-.", "v"),
    "ZEN, 3 of the 12 rules": (GREY, "-.", "x"),
}
Curve = list[tuple[int, float]]


def curves(grown: Mapping[str, Mapping[str, Mapping[str, Any]]], measure: str) -> dict[str, Curve]:
    """What was measured of each peer that has a style, by size."""
    return {
        name: curve
        for name in STYLES
        if (
            curve := [(int(size), each[name][measure]) for size, each in grown.items() if measure in each.get(name, {})]
        )
    }


def spread(wanted: Sequence[float], least: float) -> list[float]:
    """Heights as near as may be to those wanted, in their order, none nearer to the next than ``least``."""
    placed: list[list[float]] = []
    for height in wanted:
        placed.append([height])
        while (
            len(placed) > 1
            and _middle(placed[-1], least) - _middle(placed[-2], least)
            < least * (len(placed[-1]) + len(placed[-2])) / 2
        ):
            last = placed.pop()
            placed[-1] += last
    return [_middle(group, least) + least * (at - (len(group) - 1) / 2) for group in placed for at in range(len(group))]


def _middle(group: Sequence[float], least: float) -> float:
    return sum(height - least * at for at, height in enumerate(group)) / len(group) + least * (len(group) - 1) / 2


def name_ends(axes: Axes, drawn: Mapping[str, Curve]) -> None:
    """Writes each curve's name at the right edge, with a thin line from its end."""
    to_axes = axes.transData + axes.transAxes.inverted()
    ends = sorted((tuple(to_axes.transform(curve[-1])), name) for name, curve in drawn.items())
    ends.sort(key=lambda end: end[0][1])
    for height, ((x, y), name) in zip(spread([end[0][1] for end in ends], 0.047), ends, strict=True):
        colour = STYLES[name][0]
        axes.annotate(
            name,
            xy=(x, y),
            xytext=(1.05, height),
            xycoords="axes fraction",
            color=colour,
            fontsize=9,
            va="center",
            fontweight="bold" if name.startswith("cleanclaim") else "normal",
            arrowprops={
                "arrowstyle": "-",
                "color": colour,
                "lw": 0.5,
                "alpha": 0.6,
                "shrinkA": 0,
                "shrinkB": 4,
                "relpos": (0, 0.5),
            },
        )


def draw(drawn: Mapping[str, Curve], title: str, below: str, target: Path) -> None:
    figure, axes = plt.subplots(figsize=(8.2, 4.8))
    for name, curve in drawn.items():
        colour, line, marker = STYLES[name]
        ours = name.startswith("cleanclaim")
        axes.loglog(*zip(*curve, strict=True), color=colour, ls=line, marker=marker, ms=4, lw=2.2 if ours else 1.3)
    sizes = sorted({size for curve in drawn.values() for size, _ in curve})
    low, high = axes.get_ylim()
    for start in (low * 3.0**at for at in range(-12, 12)):
        axes.plot(sizes, [start * size / sizes[0] for size in sizes], color="#DDDDDD", lw=0.6, zorder=0)
    axes.set_ylim(low, high)
    axes.set_xticks(sizes, [f"{size:,}" for size in sizes])
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))
    axes.set_title(title, loc="left", fontsize=11)
    axes.set_xlabel(below + "; thin grey lines: in proportion", fontsize=9)
    axes.spines[["top", "right"]].set_visible(False)
    figure.subplots_adjust(left=0.08, right=0.68, top=0.92, bottom=0.12)
    name_ends(axes, drawn)
    figure.savefig(target, metadata={"Date": None})
    plt.close(figure)


def main() -> None:
    if len(sys.argv) != 3:
        raise SystemExit("usage: python draw.py RESULTS.json FOLDER")
    results, folder = json.loads(Path(sys.argv[1]).read_text()), Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    plt.rcParams.update({"svg.hashsalt": "cleanclaim", "svg.fonttype": "path", "font.family": "DejaVu Sans"})
    if lines := results["lines"]:
        draw(curves(lines, "wall"), "Seconds, whole process, twelve rules", "lines", folder / "growth-seconds.svg")
        draw(curves(lines, "megabytes"), "Peak memory, MB, twelve rules", "lines", folder / "growth-memory.svg")
    if rules := results["rules"]:
        on = f"contract rules, on {results['rules_on']:,} lines"
        draw(curves(rules, "wall"), "Seconds, whole process", on, folder / "growth-rules.svg")


if __name__ == "__main__":
    main()
