"""What a finding says, as expressions: message, facts met, and the text of its fingerprint."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from cleanclaim.backends.relational import functions
from cleanclaim.backends.relational.found import NEEDS_INFO
from cleanclaim.backends.relational.layout import column_of
from cleanclaim.backends.relational.scope import Scope, Slot, typed
from cleanclaim.backends.relational.values import let, value
from cleanclaim.claims.fields import BY_NAME, ValueType
from cleanclaim.findings.compose import NOT_GIVEN, Composer
from cleanclaim.policy.model import Exists, FieldOf, LetOf, MessagePart, Side
from cleanclaim.policy.privacy import private_lets
from cleanclaim.policy.visit import fields_of_rule


@dataclass(frozen=True)
class Witnesses:
    """The witnesses of a rule's looks, in order: the columns that hold each, null where there is none."""

    scope: Scope
    looks: Sequence[Exists]

    def column(self, look: Exists, name: str) -> ir.Value:
        """A column of one look's witness."""
        return self.scope.table[f"{self.scope.attached[look]}_{name}"]

    def there(self, look: Exists) -> ir.BooleanValue:
        """Whether a look has a witness."""
        return self.column(look, "claim").notnull()

    @property
    def any(self) -> ir.BooleanValue:
        """Whether any look has one."""
        found: ir.BooleanValue = ibis.literal(False)
        for look in self.looks:
            found = found | self.there(look)
        return found

    def first(self, name: str) -> ir.Value:
        """A column of the first witness there is."""
        *others, last = self.looks
        branches = [(self.there(look), self.column(look, name)) for look in others]
        return ibis.cases(*branches, else_=self.column(last, name)) if branches else self.column(last, name)

    def related(self) -> ir.Value:
        """All of them, as a sorted list of claim and line."""
        places = [
            ibis.cases((self.there(look), _place(self.column(look, "claim"), self.column(look, "line"))))
            for look in self.looks
        ]
        return functions.sorted_set(ibis.array(places)) if places else ibis.literal([], type=RELATED)


def _place(claim: ir.Value, line: ir.Value) -> ir.Value:
    return ibis.struct({"claim": claim.cast("string"), "line": line.cast("int64")})


RELATED = "array<struct<claim: string, line: int64>>"


def shown_of_witness(composer: Composer) -> tuple[str, ...]:
    """The columns of a witness that findings show."""
    told = (part.value for part in composer.rule.message)
    fields = [each for each in told if isinstance(each, FieldOf) and each.side is Side.OTHER]
    return tuple(dict.fromkeys(("claim", "line", "procedure", *map(column_of, fields))))


def message(scope: Scope, composer: Composer, witnesses: Witnesses) -> ir.StringValue:
    """The message of a violation or bypass."""
    return concat([_told(scope, part, witnesses) for part in composer.rule.message])


def lacking(scope: Scope) -> ir.Value:
    """The names of the facts that are missing, sorted."""
    names = _named(scope, {name: name for name in scope.bits.names})
    none = ibis.literal([], type="array<string>")
    if names is None:
        return none
    return ibis.ifelse(scope.table.verdict == NEEDS_INFO, names, none)


def _named(scope: Scope, words: Mapping[str, str]) -> ir.Value | None:
    """Words for the facts that are lacked, in the order of the facts' names."""
    if not words:
        return None
    bits = ((scope.bits.names[name], words[name]) for name in sorted(words))
    return functions.present(ibis.array([ibis.cases(((scope.table.lacks & bit) != 0, word)) for bit, word in bits]))


def met(scope: Scope, composer: Composer, witnesses: Witnesses) -> tuple[ir.StringValue, ir.StringValue]:
    """The facts that a finding met: as a JSON object, and as the text that its fingerprint is made of."""
    rule = composer.rule
    fields = dict.fromkeys(field for field in fields_of_rule(rule) if _may_be_shown(field))
    private = private_lets(rule.lets)
    told: dict[str, tuple[ir.Value, ValueType]] = {each.name: (scope.field(each), each.type) for each in fields}
    told |= {name: (let(scope, name).value, named.type) for name, named in rule.lets if name not in private}
    texts: list[ir.StringValue] = []
    entries: list[ir.StringValue] = []
    for at, (name, (column, type_)) in enumerate(told.items()):
        entries += [_json_key(name, first=at == 0), _as_json(column, type_)]
        texts += [ibis.literal(f"{len(name)}:{name}"), functions.part(_as_text(column, type_))]
    if witnesses.looks:
        other = witnesses.first("procedure")
        name = "other.procedure"
        key = _json_key(name, first=not told)
        entries.append(ibis.cases((witnesses.any, key + _as_json(other, ValueType.CODE)), else_=""))
        text = ibis.literal(f"{len(name)}:{name}") + functions.part(_as_text(other, ValueType.CODE))
        texts.append(ibis.cases((witnesses.any, text), else_=""))
    return concat([ibis.literal("{"), *entries, ibis.literal("}")]), concat(texts)


def concat(parts: Sequence[ir.StringValue]) -> ir.StringValue:
    """Texts after one another."""
    found: ir.StringValue = ibis.literal("") if not parts else parts[0]
    for part in parts[1:]:
        found = found + part
    return found


def _json_key(name: str, *, first: bool) -> ir.StringValue:
    return ibis.literal(f'{"" if first else ", "}"{name}": ')


def _told(scope: Scope, part: MessagePart, witnesses: Witnesses) -> ir.StringValue:
    match part.value:
        case None:
            return ibis.literal(part.text) if not isinstance(part.text, Slot) else scope.table[part.text.column]
        case FieldOf(_, type_, Side.OTHER) as field:
            if not witnesses.looks:
                return ibis.literal(NOT_GIVEN)
            return _shown(typed(witnesses.first(column_of(field)), type_), type_)
        case LetOf(name, type_):
            return _shown(let(scope, name).value, type_)
        case shown:
            return _shown(value(scope, shown).value, shown.type)


def _shown(column: ir.Value, type_: ValueType) -> ir.StringValue:
    """As a person reads it: :func:`cleanclaim.findings.compose.shown`."""
    match type_:
        case ValueType.BOOLEAN:
            text = ibis.cases((column, "yes"), else_="no")
        case ValueType.CODES:
            text = ibis.cases((column.length() == 0, "none"), else_=functions.joined(column, ", "))
        case ValueType.MONEY:
            text = ibis.literal("$") + functions.money(column)
        case _:
            text = _as_text(column, type_, none=None)
    return ibis.cases((column.isnull(), NOT_GIVEN), else_=text)


def _as_text(column: ir.Value, type_: ValueType, none: str | None = "None") -> ir.StringValue:
    """As a fingerprint holds it: what Python prints of what JSON holds."""
    match type_:
        case ValueType.BOOLEAN:
            text = ibis.cases((column, "True"), (~column, "False"))
        case ValueType.CODES:
            text = functions.joined(column, ",")
        case ValueType.MONEY:
            text = functions.money(column)
        case ValueType.NUMBER:
            text = functions.number(column)
        case ValueType.DATE:
            text = column.cast("string")
        case _:
            text = column
    return text if none is None else text.fill_null(none)


def _as_json(column: ir.Value, type_: ValueType) -> ir.StringValue:
    match type_:
        case ValueType.BOOLEAN:
            text = ibis.cases((column, "true"), (~column, "false"))
        case ValueType.MONEY:
            text = ibis.literal('"') + functions.money(column) + '"'
        case ValueType.NUMBER:
            text = functions.json_number(column)
        case ValueType.DATE:
            text = ibis.literal('"') + column.cast("string") + '"'
        case _:
            text = functions.json(column)
    return text.fill_null("null")


def _may_be_shown(field: FieldOf) -> bool:
    return field.side is Side.LINE and (field.declared or not BY_NAME[field.name].phi)
