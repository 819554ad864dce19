"""Derived facts, stratum by stratum; inside one, the engine itself chains facts that feed each other.

A fact is true if it must hold, and *possible* if it is not false; unknown is possible and not true.
Both grow from nothing by the same conclusions, so the engine chains them side by side, as facts
that hold: ``t`` for true and ``p`` for possible.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence

from cleanclaim.backends.durable.formula import And, Formula, Leaf
from cleanclaim.backends.durable.group import LinesOfGroup
from cleanclaim.backends.durable.joins import JoinFacts, searches_of, settle_looks
from cleanclaim.backends.durable.local import Judged
from cleanclaim.backends.durable.looks import LookPlan
from cleanclaim.backends.durable.plans import Asked, DerivationPlan, StratumPlan
from cleanclaim.backends.durable.screen import ONLY_FALSE
from cleanclaim.backends.durable.shapes import SURE
from cleanclaim.backends.durable.shards import ChainRuleset, Shards
from cleanclaim.backends.durable.truth import FALSE, OPPOSITE, TRUE, UNKNOWN, Truth, either
from cleanclaim.backends.durable.verdicts import settle_verdicts

ALWAYS, NEVER = 0, -1
"""What always holds is number 0 among the facts that can; what cannot hold has none."""


def settle_stratum(group: LinesOfGroup, stratum: StratumPlan, joins: Shards, verdicts: Shards) -> None:
    """Concludes the facts of one stratum for all lines of a group."""
    asked = [(plan, _asked(group, stratum, plan)) for plan in stratum.derivations]
    wanted: dict[LookPlan, list[Judged]] = {}
    for plan, lines in asked:
        for _, look in plan.structure.looks:
            wanted.setdefault(look, []).extend([judged for judged, _ in lines])
    settle_looks(group, wanted, joins)
    cases = [(plan, *each) for plan, lines in asked for each in plan.structure.settle(lines, group)]
    truths: dict[str, list[Truth]] = {fact: [FALSE] * len(group.lines) for fact in stratum.facts}
    if stratum.chains is not None:
        chain = Chain(group, stratum.chains)
        for plan, judged, slots in cases:
            chain.add(plan, judged, slots)
        chain.run(truths)
    else:
        outcomes = settle_verdicts([(plan.structure.kind, slots) for plan, _, slots in cases], verdicts)
        for number, outcome in outcomes.items():
            plan, judged, _ = cases[number]
            of_fact = truths[plan.derivation.fact]
            of_fact[judged.at] = either(of_fact[judged.at], TRUE if outcome == SURE else UNKNOWN)
    for fact, of_fact in truths.items():
        group.facts[stratum.version, fact] = of_fact


def _asked(group: LinesOfGroup, stratum: StratumPlan, plan: DerivationPlan) -> list[Asked]:
    asked: list[Asked] = []
    for at, line in enumerate(group.lines):
        derivations = group.entries[at].derivations
        possible = derivations.get(plan.number)
        if possible is None:
            possible = derivations[plan.number] = plan.screen(line) != ONLY_FALSE
        if possible:
            judged = Judged(group, stratum.version, at, line, plan.lets)
            slots = plan.structure.ask(judged, TRUE)
            if slots is not None:
                asked.append((judged, slots))
    return asked


class Chain:
    """Facts that may hold, numbered, and what follows from what, for one stratum of one group."""

    def __init__(self, group: LinesOfGroup, chains: ChainRuleset) -> None:
        self._group = group
        self._chains = chains
        self._numbers: dict[Hashable, int] = {"always": ALWAYS}
        self._holding: dict[int, None] = {ALWAYS: None}
        self._clauses: list[str] = []
        self._joins = JoinFacts(group)
        self._looks: set[tuple[int, int]] = set()

    def add(self, plan: DerivationPlan, judged: Judged, slots: Sequence[Truth]) -> None:
        """What a derivation concludes of one line, in both respects."""
        fact = plan.derivation.fact
        for respect in ("t", "p"):
            self._conclude(
                (respect, fact, judged.at), self._holds(plan, plan.structure.formula, judged, slots, respect)
            )

    def run(self, truths: dict[str, list[Truth]]) -> None:
        """Lets the engine chain, and writes what came out into lists by fact."""
        ruleset = self._chains.ruleset
        holding = set(self._holding)
        try:
            held = [f'"kind":"t","k":{number}' for number in self._holding]
            fired = ruleset.start([*self._joins.written(), *self._clauses, *held])
            while fresh := self._concluded(fired, holding):
                fired = ruleset.go_on([f'"kind":"t","k":{number}' for number in fresh])
        finally:
            ruleset.finish()
        for fact, of_fact in truths.items():
            for at in range(len(of_fact)):
                if self._numbers.get(("t", fact, at)) in holding:
                    of_fact[at] = TRUE
                elif self._numbers.get(("p", fact, at)) in holding:
                    of_fact[at] = UNKNOWN

    def _concluded(self, fired: Iterable[tuple[str, dict[str, dict[str, int]]]], holding: set[int]) -> list[int]:
        fresh: dict[int, None] = {}
        for rule, matched in fired:
            number = matched["s" if rule[0] == "j" else "c"]["e"]
            if number not in holding:
                holding.add(number)
                fresh[number] = None
        return list(fresh)

    def _number(self, what: Hashable) -> int:
        return self._numbers.setdefault(what, len(self._numbers))

    def _conclude(self, head: Hashable, body: int) -> None:
        if body == ALWAYS:
            self._holding[self._number(head)] = None
        elif body != NEVER:
            self._clauses.append(f'"kind":"c","e":{self._number(head)},"b":{body}')

    def _every(self, bodies: Iterable[int]) -> int:
        """What holds if all of these do."""
        wanted = [body for body in dict.fromkeys(bodies) if body != ALWAYS]
        if NEVER in wanted:
            return NEVER
        if not wanted:
            return ALWAYS
        first = wanted[0]
        for body in wanted[1:]:
            pair = ("every", first, body)
            known = pair in self._numbers
            number = self._number(pair)
            if not known:
                self._clauses.append(f'"kind":"d","e":{number},"b":{first},"x":{body}')
            first = number
        return first

    def _some(self, bodies: Iterable[int]) -> int:
        """What holds if any of these does."""
        wanted = sorted({body for body in bodies if body != NEVER})
        if ALWAYS in wanted:
            return ALWAYS
        if len(wanted) < 2:
            return wanted[0] if wanted else NEVER
        what = ("some", *wanted)
        known = what in self._numbers
        number = self._number(what)
        if not known:
            self._clauses += [f'"kind":"c","e":{number},"b":{body}' for body in wanted]
        return number

    def _holds(
        self, plan: DerivationPlan, formula: Formula, judged: Judged, slots: Sequence[Truth], respect: str
    ) -> int:
        if isinstance(formula, Leaf):
            structure = plan.structure
            if formula.slot in structure.chained_facts:
                return self._number((respect, structure.chained_facts[formula.slot], judged.at))
            if formula.slot in structure.chained_looks:
                return self._look(structure.chained_looks[formula.slot], judged, respect)
            truth = slots[formula.slot] if formula.positive else OPPOSITE[slots[formula.slot]]
            return ALWAYS if truth == TRUE or (truth == UNKNOWN and respect == "p") else NEVER
        join: Callable[[Iterable[int]], int] = self._every if isinstance(formula, And) else self._some
        return join([self._holds(plan, part, judged, slots, respect) for part in formula.parts])

    def _look(self, plan: LookPlan, judged: Judged, respect: str) -> int:
        """What holds if a look at facts of this stratum matches: some other line's fact is true."""
        if self._group.blank(plan, judged):
            return ALWAYS if respect == "p" else NEVER
        number = self._number(("look", plan.number, judged.at))
        if (plan.number, judged.at) not in self._looks:
            self._looks.add((plan.number, judged.at))
            for search in searches_of(self._group, plan, judged):
                way = search.way
                head = number
                if way.facts_of_line:
                    head = self._number(("way", way.number, judged.at))
                    own = [self._number(("t", fact, judged.at)) for fact in way.facts_of_line]
                    self._conclude(("look", plan.number, judged.at), self._every([head, *own]))
                tails = [
                    f',"a":{self._every([self._number(("t", fact, at)) for fact in way.facts_of_other])}'
                    for at in search.bucket[search.start : search.stop]
                ]
                kind = str(self._chains.kinds[way.chained_shape])
                self._joins.add(search, kind, search.stop, f',"e":{head}', tails)
        return number
