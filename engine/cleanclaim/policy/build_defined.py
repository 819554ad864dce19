"""Values of one line that a policy names once, under `define`, and speaks of like fields of either line."""

from __future__ import annotations

from cleanclaim.policy.build_lets import may_be_named
from cleanclaim.policy.build_values import value
from cleanclaim.policy.diagnostics import quoted
from cleanclaim.policy.model import Dated
from cleanclaim.policy.names import Frame, Names
from cleanclaim.policy.reading import described
from cleanclaim.policy.tree import MappingNode, Node
from cleanclaim.policy.visit import leaves


def define(names: Names, node: Node | None) -> None:
    """Adds the defined values to the names; a later one may use an earlier one."""
    for entry in names.reading.entries(node, "`define`"):
        name = entry.key.text
        named = may_be_named(names.reading, entry.key, "defined value")
        if named and (name in names.facts or name in names.derived):
            help = "choose another name for the defined value"
            names.reading.error("name-clash", f"{quoted(name)} is a fact already", entry.key, help)
            named = False
        if not isinstance(entry.value, MappingNode):
            message = f"{quoted(name)} is defined as {described(entry.value)}, which needs no definition"
            names.reading.error("type", message, entry.value, "define a function of fields, or use `params`")
            names.defined[name] = None
            continue
        found = value(Frame(names), entry.value)
        if found is not None and any(isinstance(leaf, Dated) for leaf in leaves(found)):
            # Its value would be one day's on one line and another's on the other.
            message = f"{quoted(name)} rests on a param that changes with the date"
            names.reading.error("type", message, entry.value, "use the param in a `let`, for the judged line")
            found = None
        names.defined[name] = found if named else None
