"""The tests beside the rules as examples: their lines as small tables, and what the engine says of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from cleanclaim.backends.reference import ReferenceEngine
from cleanclaim.claims.fields import BY_NAME, FIELDS
from cleanclaim.claims.model import FactValue, Line, Status
from cleanclaim.findings.compose import shown
from cleanclaim.findings.finding import Finding, Verdict
from cleanclaim.policy.model import Exists, FieldOf, Policy, PolicyTest
from cleanclaim.policy.versions import AllTables
from cleanclaim.policy.visit import conditions_of_rule, leaves, values_of_condition, values_of_let
from cleanclaim.policy.words.nouns import DIAGNOSES, noun_of, with_point
from cleanclaim.policy_tests import answers_of, run_test, wanted_of

_STATUS = {Status.CLAIM: "", Status.HISTORY: "billed before", Status.LOG: "performed, not billed"}
_ALWAYS = ("procedure", "service_date")
_NEVER = ("line", "patient", "claim", "service_through")
_MESSAGES = 3


@dataclass(frozen=True, slots=True)
class Row:
    """A line of an example: its number or what it is instead, its cells, and what comes of it."""

    label: str
    cells: tuple[str, ...]
    answers: tuple[tuple[str, str], ...]
    """What is said of it: a verdict and a rule."""


@dataclass(frozen=True, slots=True)
class Said:
    """What the report says: a verdict, the rule, the lines, and the message. ``more`` others say likewise."""

    verdict: str
    rule: str
    lines: str
    message: str
    more: int


@dataclass(frozen=True, slots=True)
class Example:
    """One test. ``holds`` is false where it does not come out as it says; ``rules`` are those it shows, by verdict."""

    name: str
    as_of: date | None
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    said: tuple[Said, ...]
    not_evaluated: tuple[str, ...]
    without: tuple[str, ...]
    rules: frozenset[tuple[str, str]]
    holds: bool


def examples(policy: Policy, versions: Sequence[Policy], tables: AllTables) -> Iterator[Example]:
    """The examples of one version, run among all versions of its policy."""
    tested = _tested(policy)
    for test in policy.tests:
        edition, found = run_test(test, policy, versions, tables, ReferenceEngine)
        findings = sorted(found, key=lambda finding: (finding.lines, finding.rule, finding.verdict.value))
        holds = answers_of(policy, edition, findings).keys() == wanted_of(test)
        yield _example(test, findings, tested, holds=holds)


def _example(test: PolicyTest, findings: Sequence[Finding], tested: frozenset[str], *, holds: bool) -> Example:
    columns = _columns(test.lines, tested)
    facts = sorted({name for line in test.lines for name in line.facts})
    rows = []
    for line in sorted(test.lines, key=lambda line: line.status is not Status.CLAIM):
        billed = line.status is Status.CLAIM
        said = [(finding.verdict.value, finding.rule) for finding in findings if billed and line.line in finding.lines]
        cells = (*(_cell(line, column) for column in columns), *(_fact(line.facts.get(name)) for name in facts))
        rows.append(Row(str(line.line) if billed else _STATUS[line.status], cells, tuple(said)))
    titles = (*(_title(column) for column in columns), *facts)
    return Example(
        test.name,
        test.as_of,
        titles,
        tuple(rows),
        tuple(_said(findings)),
        test.not_evaluated,
        test.without_tables,
        frozenset((finding.verdict.value, finding.rule) for finding in findings),
        holds,
    )


def _said(findings: Sequence[Finding]) -> Iterator[Said]:
    """What the report says, rule by rule; of findings that say the same kind of thing the first few."""
    kinds = list(dict.fromkeys((finding.verdict, finding.rule) for finding in findings))
    for verdict, rule in kinds:
        alike = [finding for finding in findings if (finding.verdict, finding.rule) == (verdict, rule)]
        if verdict is Verdict.BYPASSED:
            yield Said(verdict.value, rule, _numbers(alike), "", 0)
            continue
        for at, finding in enumerate(alike[:_MESSAGES]):
            more = len(alike) - _MESSAGES if at == _MESSAGES - 1 else 0
            yield Said(verdict.value, rule, _numbers([finding]), finding.message, max(more, 0))


def _numbers(findings: Sequence[Finding]) -> str:
    numbers = sorted({number for finding in findings for number in finding.lines})
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    told = [part for run in runs for part in ([f"{run[0]}–{run[-1]}"] if len(run) > 2 else map(str, run))]
    return ("line " if len(numbers) == 1 else "lines ") + ", ".join(told)


# --- the table of lines -------------------------------------------------------------------------


def _columns(lines: Sequence[Line], tested: frozenset[str]) -> tuple[str, ...]:
    """The fields that tell something: what rules test and some line has, and whatever differs between lines."""
    return tuple(spec.name for spec in FIELDS if _tells(spec.name, lines, tested))


def _tells(name: str, lines: Sequence[Line], tested: frozenset[str]) -> bool:
    values = [_value(line, name) for line in lines]
    if name in _ALWAYS:
        return True
    if name == "service_through":
        return any(line.service_through != line.service_date for line in lines)
    if name in _NEVER:
        judged = {_value(line, name) for line in lines if line.status is Status.CLAIM}
        return name != "line" and len(judged) > 1
    if len(set(values)) > 1:
        return True
    if name == "units" and values[0] == 1:
        return False
    return name in tested and values[0] not in (None, ()) and name != "claim_type"


def _tested(policy: Policy) -> frozenset[str]:
    """The fields that rules test or compute with; not those by which lines are only told apart."""
    names: set[str] = set()
    for rule in policy.rules:
        values = [value for _, let in rule.lets for value in values_of_let(let)]
        values += [
            value
            for condition in conditions_of_rule(rule)
            if not isinstance(condition, Exists)
            for value in values_of_condition(condition)
        ]
        names.update(leaf.name for value in values for leaf in leaves(value) if isinstance(leaf, FieldOf))
    return frozenset(names)


def _value(line: Line, name: str) -> FactValue | None:
    value: FactValue | None = getattr(line, BY_NAME[name].attribute)
    return value


def _cell(line: Line, name: str) -> str:
    value = _value(line, name)
    if value is None:
        return "–"
    if name in DIAGNOSES and isinstance(value, tuple):
        value = tuple(map(with_point, value))
    return shown(value, BY_NAME[name].type)


def _fact(value: FactValue | None) -> str:
    return "–" if value is None else shown(value, None)


def _title(name: str) -> str:
    return noun_of(name).text
