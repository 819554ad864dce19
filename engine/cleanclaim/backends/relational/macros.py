"""Small functions in SQL that are written out where they are called, for engines whose own have fixed types."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import sqlglot
from sqlglot import expressions as exp


@dataclass(frozen=True)
class Macro:
    """A body, and the names in it that stand for arguments."""

    parameters: tuple[str, ...]
    body: exp.Expr

    def of(self, arguments: Iterable[exp.Expr]) -> exp.Expr:
        """The body with arguments in the place of its parameters."""
        given = {name: _whole(each) for name, each in zip(self.parameters, arguments, strict=True)}
        # In parentheses for as long as the body itself may be what is replaced.
        body = exp.Paren(this=self.body.copy())
        for column in list(body.find_all(exp.Column)):
            if not column.table and column.name in given:
                column.replace(given[column.name].copy())
        return _whole(body.this)


def macros(definitions: Iterable[str], dialect: str) -> Mapping[str, Macro]:
    """Macros by name, from lines such as ``twice(x) AS x + x``; each may call those before it.

    >>> made = macros(["twice(x) AS x + x", "quadrupled(x) AS twice(x) * 2"], "spark")
    >>> expanded(sqlglot.parse_one("SELECT quadrupled(a.b - 1) FROM a", dialect="spark"), made).sql("spark")
    'SELECT (((a.b - 1) + (a.b - 1)) * 2) FROM a'
    >>> flat(sqlglot.parse_one("SELECT concat(concat(concat(a, b), c), d)")).sql()
    'SELECT CONCAT(a, b, c, d)'
    """
    found: dict[str, Macro] = {}
    for definition in definitions:
        head, body = definition.split(" AS ", 1)
        name, parameters = head.rstrip(")").split("(")
        parsed = expanded(sqlglot.parse_one(body, dialect=dialect), found)
        found[name] = Macro(tuple(each.strip() for each in parameters.split(",")), parsed)
    return found


def expanded(tree: exp.Expr, known: Mapping[str, Macro]) -> exp.Expr:
    """A statement with every macro written out where it is called."""
    # A copy, because Ibis puts one expression in several places, and only one of them is its parent.
    tree = tree.copy()
    calls = [call for call in tree.find_all(exp.Anonymous, bfs=False) if call.name in known]
    # What stands inside a call comes after it, and is written out first.
    for call in reversed(calls):
        made = known[call.name].of(call.expressions)
        if call is tree:
            return made
        call.replace(made)
    return tree


def flat(tree: exp.Expr) -> exp.Expr:
    """A statement whose texts are put together in one call, not one in another: Spark parses what is deep slowly."""
    for call in list(tree.find_all(exp.Concat)):
        if not isinstance(call.parent, exp.Concat):
            call.set("expressions", list(_parts(call)))
    return tree


def _parts(text: exp.Expr) -> Iterator[exp.Expr]:
    for part in text.expressions:
        yield from _parts(part) if isinstance(part, exp.Concat) else (part,)


def _whole(made: exp.Expr) -> exp.Expr:
    """An expression that keeps together wherever it stands."""
    alone = isinstance(made, exp.Column | exp.Literal | exp.Func | exp.Paren | exp.Null)
    return made if alone and not isinstance(made, exp.Binary) else exp.Paren(this=made)
