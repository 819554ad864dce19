"""The keys of the policy language, each with its words for a person and its JSON Schema: said once.

The builder reads here which keys a mapping may have and must have; :mod:`cleanclaim.policy.schema`
makes the schema, and so what an editor completes and shows on hover, from the same tables.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from cleanclaim.claims.fields import ValueType
from cleanclaim.policy.model import Method, Seen, Severity

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]
Schema = dict[str, Json]

ID = r"^[a-z0-9-]+(/[a-z0-9-]+)*$"
NAME = r"^[a-z][a-z0-9_]*$"
RULE_ID = r"^[A-Za-z0-9][A-Za-z0-9._-]*$"
DATE = r"^\d{4}-\d{2}-\d{2}$"
URL = r"^https?://\S+$"


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a mapping: what its value is, and what an editor says of it."""

    name: str
    schema: Schema
    doc: str
    required: bool = False


@dataclass(frozen=True)
class Keys:
    """The keys that one kind of mapping may have. ``what`` names the mapping in messages."""

    what: str
    keys: tuple[Key, ...]
    names: tuple[str, ...] = field(init=False)
    required: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", tuple(key.name for key in self.keys))
        object.__setattr__(self, "required", tuple(key.name for key in self.keys if key.required))


def ref(name: str) -> Schema:
    """A reference to a definition of the schema."""
    return {"$ref": f"#/$defs/{name}"}


def listed(items: Schema, least: int = 0) -> Schema:
    """A list of something."""
    return {"type": "array", "items": items, **({"minItems": least} if least else {})}


def named(values: Schema, names: str = NAME) -> Schema:
    """A mapping of names to something."""
    return {"type": "object", "propertyNames": {"pattern": names}, "additionalProperties": values}


def one_of(*words: str) -> Schema:
    """One of some words."""
    return {"enum": list(words)}


BOOLEAN: Schema = {"type": "boolean"}
DATES: Schema = {"type": "string", "format": "date", "pattern": DATE}
WORDS = ref("words")
SCALAR = ref("scalar")
TYPES = ("boolean", "date", "number", "money", "text", "code", "codes")
COLUMN_TYPES = ("boolean", "date", "number", "money", "text", "code")
METHODS = tuple(method.value for method in Method)

_SHARED = (
    Key("extends", ref("id"), "The template whose rules this one takes."),
    Key("switch_off", listed(ref("switch_off")), "Rules of the template that are left out, each with its reason."),
    Key(
        "params",
        named(ref("param")),
        "Numbers, dates and words that rules use by name, so that they stand in one place.",
    ),
    Key("codes", named(ref("code_set")), "Sets of codes by name; rules use a set by its lower-case name."),
    Key("tables", named(ref("table")), "Reference tables: a CSV file beside the policy, or one that the user imports."),
    Key(
        "facts",
        named(ref("fact")),
        "Facts that no claim form carries (consent, a certification date): who would know them.",
    ),
    Key(
        "define",
        named(ref("value")),
        "Values computed from one line's fields, by name; conditions speak of them like fields, of either line.",
    ),
    Key("derive", listed(ref("derivation")), "Facts concluded from other facts, which rules then use."),
    Key("rules", listed(ref("rule")), "The rules: *for* these lines, *flag if* this holds, *unless* that does."),
)
_SCOPE = Key("scope", ref("scope"), "Which claims the policy is about. An absent or empty list is any.")
_TITLE = Key("title", WORDS, "What the policy is about, for people.", required=True)

POLICY = Keys(
    "a policy",
    (
        Key("policy", ref("id"), "The policy's stable id, which all its versions share.", True),
        _TITLE,
        Key("published", DATES, "The day anybody could know this version; it names the version.", True),
        Key("effective", ref("effective"), "Dates of service that this version is about, both ends included.", True),
        _SCOPE,
        Key("source", ref("source"), "Whose word the policy is, and where it was read.", True),
        *_SHARED,
        Key("tests", listed(ref("test")), "Examples: these lines give exactly these findings."),
        Key(
            "test_tables",
            named(listed(ref("test_row"))),
            "Rows that stand in for imported tables in the tests, by the table's name.",
        ),
    ),
)
TEMPLATE = Keys(
    "a template",
    (
        Key("template", ref("id"), "The id by which policies extend the template.", True),
        _TITLE,
        _SCOPE,
        *_SHARED,
    ),
)
EFFECTIVE = Keys(
    "`effective`",
    (
        Key("from", DATES, "The first date; absent: since ever."),
        Key("through", DATES, "The last date, included; absent: until further notice."),
    ),
)
RULE_EFFECTIVE = Keys(
    "a rule's `effective`",
    (
        *EFFECTIVE.keys,
        Key("by", one_of("service_date", "received"), "The date that is meant: of service (default) or of receipt."),
    ),
)
SCOPE = Keys(
    "`scope`",
    (
        Key("payers", listed(WORDS), "Payer identifiers or names, exactly as claims have them."),
        Key("payer_types", listed(ref("value_of_payer_type")), "Lines of business."),
        Key("plans", listed(WORDS), "Plans or groups."),
        Key("states", listed(WORDS), "Two-letter states of service."),
        Key("claim_types", listed(ref("value_of_claim_type")), "professional, institutional."),
    ),
)
SCOPE_FIELDS = {
    "payers": "payer",
    "payer_types": "payer_type",
    "plans": "plan",
    "states": "state",
    "claim_types": "claim_type",
}
SOURCE = Keys(
    "`source`",
    (
        Key("title", WORDS, "The document.", required=True),
        Key("section", WORDS, "The place in it."),
        Key("url", {"type": "string", "pattern": URL}, "Where it can be read."),
        Key("reviewed", DATES, "The day somebody last compared the policy with it."),
        Key("illustration", BOOLEAN, "True for an example that no payer stands behind."),
        Key(
            "seen",
            one_of(*(seen.value for seen in Seen)),
            "As what it was read: the authority's own document (original), its text reproduced by somebody else "
            "(reproduction), or somebody's account of it (summary).",
        ),
    ),
)
SWITCH_OFF = Keys(
    "an entry of `switch_off`",
    (
        Key("rule", ref("rule_id"), "The template's rule.", required=True),
        Key("reason", WORDS, "Why it does not hold here.", required=True),
    ),
)
REQUIRED_PARAM = Keys(
    "a required param",
    (Key("required", WORDS, "In a template: what the extending policy must set, in words.", required=True),),
)
TABLE = Keys(
    "a table",
    (
        Key("file", WORDS, "A CSV file, relative to this one."),
        Key("import", WORDS, "The name of a table that the user imports (`cleanclaim tables import`)."),
        Key(
            "columns",
            {"type": "object", "additionalProperties": one_of(*COLUMN_TYPES)},
            "Types of columns; the others hold codes.",
        ),
        Key("from", WORDS, "The column with a row's first date."),
        Key("through", WORDS, "The column with a row's last date, included."),
    ),
)
FACT = Keys(
    "a declared fact",
    (
        Key("type", one_of(*TYPES), "What kind of value it is.", required=True),
        Key("description", WORDS, "What it means.", required=True),
        Key("who", WORDS, "Who would know it: a finding that lacks it sends people there.", required=True),
    ),
)
DERIVE = Keys(
    "a derivation",
    (
        Key("fact", ref("name"), "The fact that is concluded.", required=True),
        Key("for", ref("condition"), "The lines it is concluded for."),
        Key("when", ref("condition"), "What must hold."),
        Key("let", ref("lets"), "Names for totals, lookups and other values."),
    ),
)
RULE = Keys(
    "a rule",
    (
        Key("id", ref("rule_id"), "The rule's stable id, unique in the policy.", required=True),
        Key(
            "severity", one_of(*(severity.value for severity in Severity)), "How much a finding weighs; default error."
        ),
        Key("about", one_of("line", "claim"), "What one finding is about: each line (default), or the claim."),
        Key("for", ref("condition"), "The lines that the rule is about."),
        Key("let", ref("lets"), "Names for totals, lookups and other values that conditions and the message use."),
        Key("flag_if", ref("condition"), "What is wrong with a line.", required=True),
        Key("unless", ref("condition"), "What excuses it: the finding is then a bypass."),
        Key(
            "message",
            WORDS,
            "What is wrong, in words. {procedure} shows a field or let, {other.procedure} one of the other line.",
            required=True,
        ),
        Key("fix", WORDS, "What must be true and documented; it never coaches a code.", required=True),
        Key("cite", WORDS, "Where the source says so.", required=True),
        Key("denial", ref("denial"), "What the payer would answer."),
        Key("effective", ref("rule_effective"), "Dates to which this rule alone is narrowed."),
    ),
)
DENIAL = Keys(
    "`denial`",
    (
        Key("carc", {**ref("code")}, "Claim adjustment reason code."),
        Key("rarc", {**ref("code")}, "Remittance advice remark code."),
    ),
)
TEST = Keys(
    "a test",
    (
        Key("name", WORDS, "What the example shows.", required=True),
        Key("as_of", DATES, "What is published later is hidden."),
        Key(
            "lines", listed(ref("test_line"), 1), "The claim's lines. What they leave out has a default.", required=True
        ),
        Key("history", listed(ref("test_line")), "Lines billed before: they count as other lines and are not judged."),
        Key("log", listed(ref("test_line")), "Services performed and not billed: only their minutes count."),
        Key("expect", ref("expected"), "Rules that find a violation, with the numbers of their lines."),
        Key("needs_info", ref("expected"), "Rules that cannot decide for want of a fact."),
        Key("bypassed", ref("expected"), "Rules that an `unless` silences."),
        Key("not_evaluated", listed(ref("rule_id")), "Rules that cannot run because a table is withheld."),
        Key("without_tables", listed(WORDS), "Tables that the example withholds."),
    ),
)
TYPE_OF = {type_.value: type_ for type_ in ValueType}
