"""Ibis expressions as SQLGlot trees in one pass, with fewer SELECTs than Ibis makes of them.

Ibis rewrites a whole expression several times before it says it, which took most of the time in which the statements of
a library are made. What our expressions are made of needs none of that, but for two things that are done here: a filter
goes into the SELECT that reads it, and a relation that is read twice becomes a common table expression. The words are
Ibis's own, and an expression with any node that is not listed here is left to it.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TypeAlias, cast

import ibis.expr.operations as ops
import ibis.expr.types as ir
import sqlglot as sg
import sqlglot.expressions as sge
from ibis.backends.sql.compilers.base import STAR, SQLGlotCompiler
from ibis.common.graph import Node

Said: TypeAlias = sge.Expr
_VALUES = (
    *(ops.Field, ops.Literal, ops.Cast, ops.Coalesce, ops.IsNull, ops.NotNull, ops.SearchedCase, ops.IfElse),
    *(ops.And, ops.Or, ops.Not, ops.Equals, ops.NotEquals, ops.Less, ops.LessEqual, ops.Greater, ops.GreaterEqual),
    *(ops.IdenticalTo, ops.InValues, ops.Add, ops.Subtract, ops.Multiply, ops.Negate, ops.BitwiseAnd, ops.BitwiseOr),
    *(ops.StringConcat, ops.StartsWith, ops.Array, ops.ArrayContains, ops.ArrayLength, ops.ArrayIndex, ops.Unnest),
    *(ops.StructColumn, ops.StructField, ops.IntegerRange, ops.ExtractYear, ops.ExtractMonth, ops.DateDelta, ops.Floor),
    *(ops.Sum, ops.Min, ops.Count, ops.CountStar, ops.CountDistinct, ops.Any, ops.ArrayCollect),
    *(ops.ArrayFilter, ops.ArrayMap, ops.ArrayFlatten, ops.Argument),
    *(ops.WindowFunction, ops.MinRank, ops.SortKey, ops.ScalarUDF, ops.AggUDF),
)
_SHARED = (ops.Project, ops.Filter, ops.Distinct, ops.DropColumns, ops.Aggregate, ops.JoinChain, ops.Set)
_RELATIONS = (*_SHARED, ops.UnboundTable, ops.JoinReference, ops.SelfReference, ops.JoinLink)
_COUNTED = (ops.Field, ops.CountStar)
"""Nodes that name a relation and do not read it again."""


@cache
def _is_said(type_: Hashable) -> bool:
    return isinstance(type_, type) and issubclass(type_, _VALUES + _RELATIONS)


def said(compiler: SQLGlotCompiler, made: ir.Table) -> sge.Expression | None:
    """A table expression as a tree, ``None`` where it has a node that is said in Ibis's own way alone."""
    root = _plain(made.op())
    order, readers = _surveyed(root)
    if order is None:
        return None
    lowering = _Lowering(compiler, readers)
    for node in order:
        lowering.say(node)
    return cast("sge.Expression", lowering.whole(root))


def _plain(node: ops.Relation) -> ops.Relation:
    """A relation without the filter that marks a join as closed."""
    while isinstance(node, ops.Filter) and all(_is_true(each) for each in node.predicates):
        node = node.parent
    return node


def _is_true(predicate: ops.Value) -> bool:
    return isinstance(predicate, ops.Literal) and predicate.value is True


def _is_cheap(node: Node) -> bool:
    """Whether a relation is columns of a table, which are sooner read twice than kept, those that nobody wants too."""
    named = isinstance(node, ops.Project) and isinstance(_plain(node.parent), ops.UnboundTable)
    return named and all(isinstance(each, ops.Field) for each in node.values.values())


def _children(node: Node) -> list[Node]:
    found: list[Node] = []
    waiting: list[object] = list(reversed(node.__args__))
    while waiting:
        each = waiting.pop()
        if isinstance(each, Node):
            found.append(_plain(each) if isinstance(each, ops.Filter) else each)
        elif isinstance(each, tuple):
            waiting.extend(reversed(each))
        elif isinstance(each, Mapping):
            waiting.extend(reversed(tuple(each.values())))
    return found


def _surveyed(root: Node) -> tuple[list[Node] | None, Mapping[Node, int]]:
    """The nodes under a root, each after those that it is made of, and how often each relation is read."""
    order: list[Node] = []
    readers: dict[Node, int] = {}
    waiting: list[tuple[Node, bool]] = [(root, False)]
    done: set[Node] = set()
    while waiting:
        node, ready = waiting.pop()
        if ready:
            order.append(node)
            continue
        if node in done:
            continue
        done.add(node)
        if not _is_said(node.__class__) or (isinstance(node, ops.InValues) and not node.options):
            return None, {}
        waiting.append((node, True))
        children = _children(node)
        if not isinstance(node, _COUNTED):
            for each in dict.fromkeys(children):
                if isinstance(each, ops.Relation):
                    readers[each] = readers.get(each, 0) + 1
        waiting.extend((each, False) for each in reversed(children) if each not in done)
    return order, readers


@dataclass(frozen=True)
class _From:
    """What a SELECT reads, and which of its rows."""

    source: Said
    where: tuple[Said, ...] = ()


@dataclass
class _Lowering:
    compiler: SQLGlotCompiler
    readers: Mapping[Node, int]
    values: dict[Node, Said] = field(default_factory=dict)
    froms: dict[Node, _From] = field(default_factory=dict)
    queries: dict[Node, sge.Query] = field(default_factory=dict)
    ctes: list[sge.CTE] = field(default_factory=list)
    named: int = 0

    def whole(self, root: Node) -> sge.Query:
        """The statement of a relation that is said."""
        query = self.queries.get(root)
        if query is None:
            query = self._select(self.froms[root], [STAR])
        for each in self.ctes:
            query = query.with_(each.args["alias"], as_=each.this, copy=False)
        return query

    def say(self, node: Node) -> None:
        """Says a node whose parts are said."""
        match node:
            case ops.UnboundTable(name=name):
                table = sge.table_(name, quoted=self.compiler.quoted)
                self.froms[node] = _From(table.as_(self._alias(), table=True, quoted=self.compiler.quoted, copy=False))
            case ops.JoinReference() | ops.SelfReference():
                self.froms[node] = _From(self._again(self._source(node.parent)))
            case ops.JoinLink(how=how, table=table, predicates=predicates):
                on = tuple(self.values[each] for each in predicates)
                self.values[node] = self.compiler.visit_JoinLink(
                    node, how=how, table=self._source(table), predicates=on
                )
            case ops.Filter(parent=parent, predicates=predicates) if self.readers.get(node, 0) < 2:
                base = self.froms[_plain(parent)]
                self.froms[node] = _From(base.source, (*base.where, *(self.values[each] for each in predicates)))
            case ops.Relation():
                self._keep(node, self._query(node))
            case _:
                self.values[node] = self._value(node)

    def _value(self, node: Node) -> Said:
        if isinstance(node, ops.IsNull | ops.NotNull) and not node.arg.dtype.is_floating():
            # Ibis copies what it asks, with all that is in it.
            asked = self.values[node.arg]
            null = sge.Null()
            return sge.Is(
                this=sge.Paren(this=asked) if isinstance(asked, sge.Binary) else asked,
                expression=null if isinstance(node, ops.IsNull) else sge.Not(this=null),
            )
        if isinstance(node, ops.Field):
            return cast("Said", self.compiler.visit_Field(node, rel=self._named(node.rel), name=node.name))
        if isinstance(node, ops.CountStar):
            counted = {"arg": self._named(node.arg), "where": self._put(node.where)}
            return cast("Said", self.compiler.visit_node(node, **counted))
        arguments = dict(zip(node.__argnames__, map(self._put, node.__args__), strict=True))
        made = cast("Said", self.compiler.visit_node(node, **arguments))
        # Ibis counts ranks from 0, and SQL from 1.
        ranked = isinstance(node, ops.WindowFunction) and isinstance(node.func, ops.MinRank)
        return sge.Sub(this=made, expression=sge.convert(1)) if ranked else made

    def _put(self, each: object) -> object:
        """An argument with every node in it said."""
        if isinstance(each, Node):
            return self.values[each]
        if isinstance(each, tuple):
            return tuple(map(self._put, each))
        if isinstance(each, Mapping):
            return {name: self._put(value) for name, value in each.items()}
        return each

    def _query(self, node: ops.Relation) -> sge.Query:
        match node:
            case ops.Filter(parent=parent, predicates=predicates):
                base = self.froms[_plain(parent)]
                every = (*base.where, *(self.values[each] for each in predicates))
                return self._select(_From(base.source, every), [STAR])
            case ops.Project(parent=parent):
                star = tuple(node.values.items()) == tuple(parent.fields.items())
                return self._select(self.froms[_plain(parent)], [STAR] if star else self._columns(node.values))
            case ops.Distinct(parent=parent):
                return self._select(self.froms[_plain(parent)], [STAR]).distinct(copy=False)
            case ops.DropColumns(parent=parent):
                kept = [self._column(parent, name) for name in node.schema.names]
                return self._select(self.froms[_plain(parent)], kept)
            case ops.Aggregate(parent=parent, groups=groups, metrics=metrics):
                made = self._select(self.froms[_plain(parent)], [*self._columns(groups), *self._columns(metrics)])
                places = [sge.convert(place) for place in range(1, len(groups) + 1)]
                return made.group_by(*places, copy=False) if groups else made
            case ops.JoinChain(first=first, rest=rest, values=values):
                made = sg.select(*self._columns(values), copy=False).from_(self._source(first), copy=False)
                for link in rest:
                    made = made.join(self.values[link], copy=False)
                return made
            case _:
                left, right = self._source(node.left), self._source(node.right)
                found: sge.Query = self.compiler.visit_node(node, left=left, right=right, distinct=node.distinct)
                return found

    def _columns(self, values: Mapping[str, ops.Value]) -> list[Said]:
        return list(self.compiler._cleanup_names({name: self.values[each] for name, each in values.items()}))

    def _column(self, relation: ops.Relation, name: str) -> Said:
        return sg.column(name, table=self._named(relation).alias_or_name, quoted=self.compiler.quoted)

    def _select(self, base: _From, columns: list[Said]) -> sge.Select:
        made = sg.select(*columns, copy=False).from_(base.source, copy=False)
        return made.where(*base.where, copy=False) if base.where else made

    def _keep(self, node: Node, query: sge.Query) -> None:
        self.queries[node] = query
        if self.readers.get(node, 0) < 2 or _is_cheap(node):
            self.froms[node] = _From(query.subquery(self._quoted(self._alias()), copy=False))
            return
        name = self._quoted(self._alias())
        self.ctes.append(sge.CTE(alias=sge.TableAlias(this=name), this=query))
        table = sge.table_(name.copy())
        self.froms[node] = _From(table.as_(self._alias(), table=True, quoted=self.compiler.quoted, copy=False))
        del self.queries[node]

    def _source(self, relation: ops.Relation) -> Said:
        """What can be read of a relation, under a name."""
        base = self.froms[_plain(relation)]
        if not base.where:
            return base.source
        made = self._select(base, [STAR]).subquery(self._quoted(base.source.alias), copy=False)
        self.froms[_plain(relation)] = _From(made)
        return made

    def _named(self, relation: ops.Relation) -> Said:
        return self.froms[_plain(relation)].source

    def _again(self, source: Said) -> Said:
        """The same under a name of its own."""
        alias = sge.TableAlias(this=self._quoted(self._alias()))
        if isinstance(source, sge.Subquery):
            return sge.Subquery(this=source.this, alias=alias)
        again = source.copy()
        again.set("alias", alias)
        return again

    def _quoted(self, name: str) -> sge.Identifier:
        return sg.to_identifier(name, quoted=self.compiler.quoted)

    def _alias(self) -> str:
        self.named += 1
        return f"t{self.named}"
