"""How a verdict becomes a finding: its words, the facts it met, and its fingerprint.

Every back end hands in the same few things (rule, line, verdict, lets, witnesses, missing facts)
and gets the same bytes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cached_property

from cleanclaim.claims.fields import BY_NAME, ValueType
from cleanclaim.claims.model import FactValue, Line
from cleanclaim.findings.finding import Finding, Json, Verdict
from cleanclaim.findings.questions import question
from cleanclaim.policy.model import (
    About,
    All,
    AnyOf,
    Condition,
    Dated,
    Exists,
    FieldOf,
    LetOf,
    Literal,
    MessagePart,
    Not,
    Policy,
    Rule,
    Side,
)
from cleanclaim.policy.privacy import private_lets
from cleanclaim.policy.visit import fields_of_rule

Lets = Mapping[str, FactValue | None]

NOT_GIVEN = "(not given)"


def positive_looks(condition: Condition, positive: bool = True) -> Iterator[Exists]:
    """The looks that count for a condition, in the order written: their witnesses are related."""
    match condition:
        case All(parts) | AnyOf(parts):
            for part in parts:
                yield from positive_looks(part, positive)
        case Not(part):
            yield from positive_looks(part, not positive)
        case Exists() if positive:
            yield condition


@dataclass(frozen=True)
class Composer:
    """Makes the findings of one rule of one version."""

    policy: Policy
    rule: Rule

    @cached_property
    def looks(self) -> tuple[Exists, ...]:
        """The looks whose witnesses :meth:`finding` wants, in order, each once."""
        both = (*positive_looks(self.rule.applies), *positive_looks(self.rule.flag_if))
        return tuple(dict.fromkeys(both))

    @cached_property
    def _met(self) -> tuple[FieldOf, ...]:
        """Fields of the judged line that the rule reads and that may be shown, each once."""
        return tuple(dict.fromkeys(field for field in fields_of_rule(self.rule) if _may_be_shown(field)))

    @cached_property
    def _let_types(self) -> Mapping[str, ValueType]:
        """The types of the lets that may be shown."""
        private = private_lets(self.rule.lets)
        return {name: let.type for name, let in self.rule.lets if name not in private}

    def finding(
        self,
        line: Line,
        verdict: Verdict,
        lets: Lets,
        witnesses: Sequence[Line],
        missing: Iterable[str],
    ) -> Finding:
        """The finding on one line. ``witnesses`` are those of :attr:`looks` that matched."""
        rule = self.rule
        other = witnesses[0] if witnesses else None
        because: dict[str, Json] = {field.name: as_json(field_value(field, line), field.type) for field in self._met}
        because |= {name: as_json(lets[name], type_) for name, type_ in self._let_types.items()}
        if other is not None:
            because["other.procedure"] = other.procedure
        names = tuple(sorted(missing))
        message = (
            question(names, self.policy.facts) if verdict is Verdict.NEEDS_INFO else self._message(line, lets, other)
        )
        unfingerprinted = Finding(
            self.policy.id,
            self.policy.version,
            rule.id,
            verdict,
            rule.severity.value,
            line.claim,
            (line.line,),
            tuple(sorted({(witness.claim, witness.line) for witness in witnesses})),
            message,
            rule.fix,
            rule.cite,
            names,
            because,
            "",
        )
        return replace(unfingerprinted, fingerprint=fingerprint(unfingerprinted))

    def _message(self, line: Line, lets: Lets, other: Line | None) -> str:
        return "".join(_part(part, line, lets, other) for part in self.rule.message)


def gather(findings: Iterable[Finding], about_claims: Mapping[tuple[str, str, str], About]) -> list[Finding]:
    """Joins the findings of rules that are about a claim: one for all lines that fail alike.

    ``about_claims`` maps (policy, version, rule) to what the rule is about. Message and facts are
    those of the first line.
    """
    whole: list[Finding] = []
    parts: dict[tuple[str, str, str, str, Verdict], list[Finding]] = {}
    for finding in findings:
        if about_claims[finding.policy, finding.version, finding.rule] is About.LINE:
            whole.append(finding)
        else:
            key = (finding.policy, finding.version, finding.rule, finding.claim, finding.verdict)
            parts.setdefault(key, []).append(finding)
    for together in parts.values():
        together.sort(key=lambda finding: finding.lines)
        joined = replace(
            together[0],
            lines=tuple(number for finding in together for number in finding.lines),
            related=tuple(sorted({other for finding in together for other in finding.related})),
            missing=tuple(sorted({name for finding in together for name in finding.missing})),
        )
        whole.append(replace(joined, fingerprint=fingerprint(joined)))
    return whole


def fingerprint(finding: Finding) -> str:
    """A digest of separate parts: policy, rule, verdict, claim, lines, and the facts met.

    Each part is written with its length, so that no two lists of parts read alike.
    """
    parts = [finding.policy, finding.rule, finding.verdict.value, finding.claim, *map(str, finding.lines)]
    for name, value in finding.because.items():
        parts += (name, ",".join(value) if isinstance(value, list) else str(value))
    text = "".join(f"{len(part)}:{part}" for part in parts)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def as_json(value: FactValue | None, type_: ValueType | None) -> Json:
    """A value as JSON holds it: dates in ISO form, money and fractions as exact text."""
    match value:
        case None | bool() | str():
            return value
        case date():
            return value.isoformat()
        case tuple():
            return list(value)
        case int():
            return f"{value}.00" if type_ is ValueType.MONEY else value
        case Decimal():
            return _decimal(value, type_)


def shown(value: FactValue | None, type_: ValueType | None) -> str:
    """A value as a person reads it in a message."""
    match as_json(value, type_):
        case None:
            return NOT_GIVEN
        case bool() as truth:
            return "yes" if truth else "no"
        case list() as codes:
            return ", ".join(codes) if codes else "none"
        case other:
            return f"${other}" if type_ is ValueType.MONEY else str(other)


def field_value(field: FieldOf, line: Line) -> FactValue | None:
    """A field or declared fact of a line; ``None`` where it is missing."""
    if field.declared:
        return line.facts.get(field.name)
    value: FactValue | None = getattr(line, BY_NAME[field.name].attribute)
    return value


def _decimal(value: Decimal, type_: ValueType | None) -> Json:
    if type_ is ValueType.MONEY:
        value += 0  # A product may be minus nothing, which no bill says.
        cents = value.quantize(Decimal("0.01"))
        return f"{cents:f}" if cents == value else f"{value.normalize():f}"
    if value == value.to_integral_value():
        return int(value)
    return f"{value.normalize():f}"


def _part(part: MessagePart, line: Line, lets: Lets, other: Line | None) -> str:
    match part.value:
        case None:
            return part.text
        case LetOf(name, type_):
            return shown(lets.get(name), type_)
        case FieldOf(_, type_, side) as field:
            whose = other if side is Side.OTHER else line
            return NOT_GIVEN if whose is None else shown(field_value(field, whose), type_)
        case Literal(value, type_):
            return shown(value, type_)
        case Dated() as dated:
            return shown(dated_value(dated, line.service_date), dated.type)
        case _:
            raise TypeError(f"a message cannot show {part.value!r}")


def dated_value(dated: Dated, day: date) -> FactValue:
    """The value of a dated parameter on a day; before its first date, the first."""
    chosen = dated.entries[0][1]
    for start, value in dated.entries:
        if start <= day:
            chosen = value
    return chosen


def _may_be_shown(field: FieldOf) -> bool:
    return field.side is Side.LINE and (field.declared or not BY_NAME[field.name].phi)
