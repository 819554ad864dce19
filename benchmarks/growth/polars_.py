"""The twelve rules in Polars, lazy, each a query, planned and run together on its threads."""

from __future__ import annotations

from pathlib import Path

import polars as pl
from peer import (
    BYPASS,
    CMT,
    COLUMNS,
    CONSULT,
    FIRST_NEEDLES,
    INSERT,
    LICENSED,
    MASSAGE,
    MORE_NEEDLES,
    TIMED,
    VISIT,
    Stopwatch,
    run,
)

VISIT_KEY = ["patient_id", "service_date"]


def has(*modifiers: str) -> pl.Expr:
    return pl.any_horizontal(pl.col("modifiers").list.contains(each) for each in modifiers)


def rules(lines: pl.LazyFrame, pairs: pl.LazyFrame) -> dict[str, pl.LazyFrame]:
    """Each rule's lines, once."""
    code, payer = pl.col("procedure"), pl.col("payer")
    massage, timed = lines.filter(code == MASSAGE), lines.filter(code.is_in(TIMED))
    adjusted = lines.filter(code.is_in(CMT))
    consults = lines.filter(code.is_in(CONSULT))
    since = pl.col("service_date") - pl.col("service_date_right")
    before = (pl.col("service_date_right") < pl.col("service_date")) | (
        (pl.col("service_date_right") == pl.col("service_date")) & (pl.col("line_id_right") < pl.col("line_id"))
    )
    partner = lines.select(*VISIT_KEY, "rendering_npi", "procedure").unique()
    applies = (pl.col("modifier_indicator") == 0) | ((pl.col("modifier_indicator") == 1) & ~has(*BYPASS))
    return {
        "R1": massage.filter(payer == "ACME", ~has("59", "XS")).join(adjusted, on=VISIT_KEY, how="semi"),
        "R2": massage.filter(payer == "BETA").join(adjusted, on=VISIT_KEY, how="anti"),
        "R3": massage.filter(~pl.col("license_type").is_in(LICENSED)),
        "R3?": massage.filter(pl.col("license_type").is_null()),
        "R4": timed.filter(pl.col("units") > (pl.col("minutes") + 7) // 15),
        "R4?": timed.filter(pl.col("minutes").is_null()),
        "R5": timed.filter(pl.col("units").sum().over(VISIT_KEY) > 4),
        "R6": lines.filter(code == INSERT).filter(
            pl.col("units").sum().over("patient_id", pl.col("service_date").dt.year()) > 6
        ),
        "R7": consults.join(lines.filter(code.is_in(VISIT)), on=["patient_id", "rendering_npi"])
        .filter(since.is_between(pl.duration(days=0), pl.duration(days=14)))
        .unique("line_id"),
        "R8": consults.join(consults, on="patient_id").filter(before, since < pl.duration(days=7)).unique("line_id"),
        "R9": adjusted.filter(payer == "MEDICARE", ~has("AT")),
        "R10": lines.join(
            lines.group_by(*VISIT_KEY, "procedure", "rendering_npi", "modifiers")
            .agg(pl.col("line_id").min().alias("first"), pl.len())
            .filter(pl.col("len") > 1),
            on=[*VISIT_KEY, "procedure", "rendering_npi", "modifiers"],
        ).filter(pl.col("line_id") > pl.col("first")),
        "R11": lines.filter(code == MORE_NEEDLES).join(lines.filter(code == FIRST_NEEDLES), on=VISIT_KEY, how="anti"),
        "R12": lines.join(pairs, left_on="procedure", right_on="column2")
        .filter(pl.col("service_date").is_between("effective", pl.col("deletion").fill_null(pl.date(9999, 12, 31))))
        .filter(applies)
        .join(
            partner,
            left_on=[*VISIT_KEY, "rendering_npi", "column1"],
            right_on=[*VISIT_KEY, "rendering_npi", "procedure"],
            how="semi",
        )
        .unique("line_id"),
    }


def judge(lines: Path, pairs: Path, watch: Stopwatch) -> dict[str, int]:
    watch.lap("setup")
    table, edits = pl.read_parquet(lines, columns=list(COLUMNS)), pl.read_parquet(pairs)
    watch.lap("load")
    found = rules(table.lazy(), edits.lazy())
    queries = [
        query.select(pl.lit(rule).alias("rule"), pl.col("line_id").alias("line")) for rule, query in found.items()
    ]
    findings = pl.concat(pl.collect_all(queries))
    counts = dict(findings.group_by("rule").len().iter_rows())
    watch.lap("evaluate")
    return counts


if __name__ == "__main__":
    run(judge)
