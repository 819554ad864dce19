"""Expressions as text for an engine."""

from __future__ import annotations

from collections.abc import Mapping

import ibis
import ibis.expr.operations as ops
import ibis.expr.types as ir
import sqlglot.expressions as sge
from ibis.backends.sql.compilers import duckdb, pyspark

from cleanclaim.backends.relational.lowering import said
from cleanclaim.backends.relational.macros import Macro, expanded, flat

_COMPILERS = {"duckdb": duckdb.compiler, "pyspark": pyspark.compiler}


def text(made: ir.Table, dialect: str, macros: Mapping[str, Macro] | None = None) -> str:
    """An expression as one statement, with ``macros`` written out where an engine has none."""
    tree = said(_COMPILERS[dialect], made) or _by_ibis(made, dialect)
    if macros:
        tree = flat(expanded(tree, macros))
    return str(tree.sql(dialect="spark" if dialect == "pyspark" else dialect, copy=False))


def _by_ibis(made: ir.Table, dialect: str) -> sge.Expr:
    """An expression as Ibis says it.

    Selects stay as they were made: where Ibis fuses them it writes a column's expression out at every
    use, which makes long texts of our conditions.
    """
    fuse = ibis.options.sql.fuse_selects
    ibis.options.sql.fuse_selects = False
    try:
        found: sge.Expr = _COMPILERS[dialect].to_sqlglot(made)
        return found
    finally:
        ibis.options.sql.fuse_selects = fuse


def is_unknown(truth: ir.BooleanValue) -> ir.BooleanValue:
    """Whether a truth is null. Of a negation it asks what is negated: Ibis writes ``NOT x IS NULL``, which SQL reads
    as ``NOT (x IS NULL)``."""
    node = truth.op()
    while isinstance(node, ops.Not):
        node = node.arg
    found: ir.BooleanValue = node.to_expr().isnull()
    return found
