"""The durable_rules back end: forward chaining over the lines of one group, for lint and serve.

The host (Python) evaluates what speaks of one line alone, and the engine (the C module of
durable_rules) joins lines, chains derived facts and settles verdicts. Rules reach the engine as
*shapes*: everything that differs between two rules of one shape (codes, keys, windows, values) is
data in facts, so a library of thousands of rules compiles to a few dozen engine rules, and the
module's measured limits are far away.
"""

from __future__ import annotations

try:
    import durable_rules_engine as _engine
except ImportError as error:
    raise ImportError(
        "the durable engine needs durable_rules, whose C module builds on Python 3.11 and 3.12 only; "
        "use another engine (--engine reference)"
    ) from error

from cleanclaim.backends.durable.engine import DurableEngine

del _engine

__all__ = ["DurableEngine"]
