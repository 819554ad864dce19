"""Runs a program on Spark: its steps become views of a session of its own, its findings the view of findings."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

import ibis.expr.types as ir
import pyarrow as pa
from ibis.backends.sql.datatypes import PySparkType

from cleanclaim.backends.relational.executing import Told
from cleanclaim.backends.relational.facts import FACT
from cleanclaim.backends.relational.found import FINDINGS, FOUND, NEEDS_INFO, QUESTIONS, RULES, rules_table
from cleanclaim.backends.relational.gather import gathered
from cleanclaim.backends.relational.layout import RULE
from cleanclaim.backends.relational.making import stated
from cleanclaim.backends.relational.program import Program
from cleanclaim.backends.relational.reference_tables import InFiles, incoming
from cleanclaim.backends.relational.rows import Rows
from cleanclaim.backends.relational.spark_functions import spark_macros
from cleanclaim.backends.relational.sql import text
from cleanclaim.backends.relational.statements import Finding, Fixpoint, Named
from cleanclaim.backends.relational.typed import schema
from cleanclaim.backends.relational.wanted import LINES
from cleanclaim.findings.questions import question

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

SETTINGS: Mapping[str, str] = {
    # Numbers that do not fit are errors and never null, and decimals are text without an exponent.
    "spark.sql.ansi.enabled": "true",
    # Exact sums and products; Spark otherwise rounds long ones.
    "spark.sql.decimalOperations.allowPrecisionLoss": "false",
    # Of two decimals that no type holds together, what is after the point stays; what is before it overflows in words.
    "spark.sql.legacy.decimal.retainFractionDigitsOnTruncate": "true",
    "spark.sql.caseSensitive": "true",
    "spark.sql.legacy.sizeOfNull": "false",
    "spark.sql.parser.escapedStringLiterals": "false",
    "spark.sql.ansi.doubleQuotedIdentifiers": "false",
}
"""What the expressions rely on; set in a session of our own, so that the operator's keeps its own."""
CHECKPOINTS = "spark.checkpoint.dir"
TOGETHER = 12
"""So many shapes of rules are judged by one query: each query has a price, and a plan of many takes long to make."""


def sql(made: ir.Table) -> str:
    """An expression as Spark reads it."""
    return text(made, "pyspark", spark_macros())


def own(spark: SparkSession) -> SparkSession:
    """A session of the same application with settings and views of its own, for one program."""
    made: SparkSession = spark.newSession()
    for name, value in SETTINGS.items():
        if made.conf.get(name, None) != value:
            made.conf.set(name, value)
    return made


class Session:
    """A Spark session, made by :func:`own`, that holds the reference tables of a program; lines come and go."""

    def __init__(self, program: Program, spark: SparkSession, *, reliable: bool | None = None) -> None:
        """``reliable``: steps are kept in the checkpoint directory of the application; ``None`` where it has one."""
        self.spark = spark
        self._reliable = spark.conf.get(CHECKPOINTS, None) is not None if reliable is None else reliable
        steps = program.steps
        for name, table, spec in steps.tables.values():
            found = incoming(table, spec)
            if isinstance(found, InFiles):
                spark.createDataFrame(found.arrow()).createOrReplaceTempView(name)
            else:
                self._load(name, found)
        for name, rows in steps.loaded.items():
            self._load(name, rows)
        self._load(RULES, rules_table(program.asked))
        self._facts = {one.number: one.policy.facts for one in program.asked}
        self.by_definition = program.by_definition
        self._statements = tuple(stated(step, sql) for step in steps.steps)

    def lines(self, lines: pa.Table) -> None:
        """Puts lines in the place of those that were there."""
        self.lines_of(self.spark.createDataFrame(lines))

    def lines_of(self, frame: DataFrame) -> None:
        """Reads the lines from a frame of the session, made by :func:`.spark_sources.lines_of`, whenever they are
        needed."""
        frame.createOrReplaceTempView(LINES)

    def run(self, told: Told = lambda done, steps: None) -> None:
        """Judges the lines; :data:`.gather.FOUND` holds what the rules say."""
        waiting: list[str] = []
        found: list[DataFrame] = [self.spark.sql(f"SELECT {_typed('NULL')} WHERE false")]
        for done, statement in enumerate(self._statements):
            told(done, len(self._statements))
            match statement:
                case Named(name, query, once=True):
                    self.spark.sql(query).createOrReplaceTempView(name)
                case Named(name, query):
                    self._keep(name, query)
                case Fixpoint():
                    self._settle(statement)
                case Finding(query):
                    waiting.append(query)
            if len(waiting) == TOGETHER:
                found.append(self._found(waiting))
                waiting = []
        if waiting:
            found.append(self._found(waiting))
        every = found[0]
        for each in found[1:]:
            every = every.unionAll(each)
        every.createOrReplaceTempView(FOUND)
        self._ask(every)
        told(len(self._statements), len(self._statements))

    def findings(self, *, joined: bool) -> pa.Table:
        """The relation of findings as Arrow."""
        return self.spark.sql(_gathered(joined)).toArrow()

    def write(self, path: str) -> None:
        """Writes the relation of findings, joined, as a folder of Parquet files, where Spark can write."""
        self.spark.sql(_gathered(True)).write.mode("overwrite").parquet(path)

    def _load(self, name: str, rows: Rows) -> None:
        table = pa.table({column: pa.array(values, type_) for column, (type_, values) in rows.items()})
        self.spark.createDataFrame(table).createOrReplaceTempView(name)

    def _keep(self, name: str, query: str) -> None:
        self._kept(self.spark.sql(query)).createOrReplaceTempView(name)

    def _kept(self, frame: DataFrame) -> DataFrame:
        """What a query gives, worked out once: later plans start from it.

        A checkpoint and not a cache, because the plans of later steps would otherwise hold those of all before them.
        It lies on the executors, or where ``spark.checkpoint.dir`` says, which executors that come and go need.
        """
        made: DataFrame = frame.checkpoint(eager=False) if self._reliable else frame.localCheckpoint(eager=False)
        return made

    def _found(self, queries: list[str]) -> DataFrame:
        # Each parsed by itself: Spark's parser takes much memory for long texts.
        every, *others = (self.spark.sql(f"SELECT {_typed()} FROM ({query})") for query in queries)
        for each in others:
            every = every.unionAll(each)
        return self._kept(every)

    def _ask(self, found: DataFrame) -> None:
        """Puts into words what is missing: each list of facts of a rule once, in the words that all engines use."""
        asked = found.where(f"verdict = {NEEDS_INFO}").select(RULE, "missing").distinct().collect()
        if not asked:
            return
        rows = {
            RULE: (pa.int64(), [each[RULE] for each in asked]),
            "missing": (pa.list_(pa.string()), [each["missing"] for each in asked]),
            "told": (pa.string(), [question(each["missing"], self._facts[each[RULE]]) for each in asked]),
        }
        self._load(QUESTIONS, rows)
        columns = (f"coalesce(told, message) AS {name}" if name == "message" else f"found.{name}" for name in FINDINGS)
        self.spark.sql(
            f"SELECT {', '.join(columns)} FROM {FOUND} AS found LEFT JOIN {QUESTIONS} AS asked "
            f"ON verdict = {NEEDS_INFO} AND found.{RULE} = asked.{RULE} AND found.missing = asked.missing"
        ).createOrReplaceTempView(FOUND)

    def _settle(self, facts: Fixpoint) -> None:
        for each in facts.made:
            types = ", ".join(f"CAST(NULL AS {_TYPES.to_string(type_)}) AS `{name}`" for name, type_ in FACT.items())
            self.spark.sql(f"SELECT {types} WHERE false").createOrReplaceTempView(each.name)
        for lacks in ("CAST(0 AS BIGINT) AS lacks", "lacks"):
            before: list[object] = []
            while (grown := self._again(facts, lacks)) != before:
                before = grown

    def _again(self, facts: Fixpoint, lacks: str) -> list[object]:
        """Makes the facts once more from themselves, and says how much there is of each."""
        for each in facts.inner:
            self._keep(each.name, each.query)
        made = [self._kept(self.spark.sql(f"SELECT `row`, state, {lacks} FROM ({each.query})")) for each in facts.made]
        grown: list[object] = []
        for each, frame in zip(facts.made, made, strict=True):
            frame.createOrReplaceTempView(each.name)
            # Truth and lacks only grow: what counts them stands still when they do.
            sums = frame.selectExpr("coalesce(sum(3 - state), 0)", "coalesce(sum(bit_count(lacks)), 0)").collect()
            grown += map(tuple, sums)
        return grown


_TYPES = PySparkType


def _typed(value: str | None = None) -> str:
    """The columns of findings, each of its type: an empty list has none by itself."""
    return ", ".join(
        f"CAST({value or f'`{name}`'} AS {_TYPES.to_string(type_)}) AS `{name}`"
        for name, type_ in schema(FINDINGS).items()
    )


@cache
def _gathered(joined: bool) -> str:
    return sql(gathered(joined=joined))
