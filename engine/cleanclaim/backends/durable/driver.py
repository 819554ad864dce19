"""The life cycle of one ruleset in the C module of durable_rules: assert, drain, clean up, delete.

The module is called directly, without ``durable.Host``, which runs threads and swallows exceptions.
One ruleset has one state, used for one batch of facts at a time and emptied after it.
"""

from __future__ import annotations

import json
import weakref
from collections.abc import Iterator, Mapping, Sequence

import durable_rules_engine as c_module

from cleanclaim.backends.errors import EngineFault

STATE = "0"
MARK = "mark"
MORE = "more"
HANDLED = 0
NOT_HANDLED = 1
"""A fact that matched no pattern; the rest of its batch is in all the same."""

FACTS_LIMIT = 90_000
"""Facts one state takes: ids are running numbers, and the 32-bit hashes the module tells facts
apart by are free of collisions up to 99,999."""

GATE: dict[str, object] = {"g": {"$and": [{"kind": "stage"}, {"n": 1}, {"$and": [{"kind": "stage"}]}]}}

OPENING = f'{{"id":"99999","sid":"{STATE}","kind":"open"}}'
"""A fact of no rule. The module makes the state for the first fact of a batch; were that one dropped, what it
then says of the state's place would be a stray number, and acting on it crashes (seen on Python 3.12)."""

Rules = Mapping[str, object]
Fired = tuple[str, dict[str, dict[str, int]]]
"""A rule's name, and the facts it matched by the alias of their pattern."""


class Ruleset:
    """A compiled ruleset. Every rule has :data:`GATE` as its first pattern."""

    def __init__(self, name: str, rules: Rules) -> None:
        definition = {
            MARK: {"all": [GATE]},
            MORE: {"all": [{"m": {"$and": [{"kind": MORE}, {"$and": [{"kind": MORE}]}]}}]},
            **rules,
        }
        self._handle: int = c_module.create_ruleset(name, json.dumps(definition))
        self._offset = 0
        self._count = 0
        weakref.finalize(self, c_module.delete_ruleset, self._handle)
        # A state in whose place no action ever ran cannot be deleted: the module would free a stray pointer.
        self.run(())

    def run(self, facts: Sequence[str]) -> list[Fired]:
        """What one batch of facts fires. Each fact is the JSON of its members without braces or ``id``.

        Raises :class:`EngineFault` if the batch was cut short.
        """
        try:
            return list(self.start(facts))
        finally:
            self.finish()

    def start(self, facts: Sequence[str]) -> Iterator[Fired]:
        """Asserts a first batch, the gate last, and yields what fires; :meth:`finish` must follow."""
        return self._assert([*facts, '"kind":"stage","n":1'], MARK)

    def go_on(self, facts: Sequence[str]) -> Iterator[Fired]:
        """Asserts facts that the actions of the batches before concluded, and yields what fires."""
        return self._assert([*facts, f'"kind":"{MORE}"'], MORE)

    def finish(self) -> None:
        """Empties the state by deleting it; retracting crashed after facts were chained."""
        if self._count:
            c_module.delete_state(self._handle, STATE)
        self._count = 0

    def _assert(self, facts: Sequence[str], mark: str) -> Iterator[Fired]:
        first = self._count
        if first + len(facts) > FACTS_LIMIT:
            raise EngineFault(f"more than {FACTS_LIMIT:,} facts about one group of lines; use --engine reference")
        self._count += len(facts)
        batch = ",".join(f'{{"id":"{at}","sid":"{STATE}",{fact}}}' for at, fact in enumerate(facts, first))
        text = f"[{batch}]" if first else f"[{OPENING},{batch}]"
        try:
            code, self._offset = c_module.assert_facts(self._handle, text)
        except c_module.error as error:
            raise EngineFault(f"the rules engine refused facts: {error}") from error
        if code not in (HANDLED, NOT_HANDLED):
            raise EngineFault(f"the rules engine refused facts (code {code})")
        marks = 0
        started = c_module.start_action_for_state(self._handle, self._offset)
        message = started[1] if started else None
        while message:
            ((rule, matched),) = json.loads(message).items()
            if rule == mark:
                marks += 1
            else:
                yield rule, matched
            message = c_module.complete_and_start_action(self._handle, self._offset)
        if marks != 1:
            raise EngineFault(f"the rules engine cut a batch of {len(facts)} facts short")
