"""What a policy library holds, as a list for people and as JSON: authorities, policies, versions, rules, tables."""

from __future__ import annotations

import json
from collections.abc import Iterator
from textwrap import wrap

from cleanclaim.catalogue import Asked, Authority, Catalogue, Entry, asks, tried
from cleanclaim.policy.model import Period, Policy, Rule, Severity, Source, TableSpec
from cleanclaim.policy.words.rules import period
from cleanclaim.reports.style import Style, printable
from cleanclaim.reports.words import count
from cleanclaim.tables.commands import import_command

_LABEL = 10
_INDENT = 4
_PAINT = {Severity.ERROR: ("red", "bold"), Severity.WARNING: ("yellow", "bold"), Severity.INFO: ("blue", "bold")}


def render(catalogue: Catalogue, *, colour: bool = False, width: int = 100) -> str:
    """The list, authority by authority, and a line of totals."""
    style = Style(colour)
    blocks = [
        *(_authority(authority, style, width) for authority in catalogue.authorities),
        _totals(catalogue, style, width),
    ]
    return "\n\n".join("\n".join(block) for block in map(list, blocks)) + "\n"


def render_json(catalogue: Catalogue) -> str:
    """One object, the same bytes for the same library. ``tests`` count the examples by what they show of a rule."""
    whole = {
        "as_of": catalogue.as_of.isoformat() if catalogue.as_of is not None else None,
        "versions_published_later": catalogue.later,
        "authorities": [
            {"authority": authority.name, "policies": [_policy(entry) for entry in authority.entries]}
            for authority in catalogue.authorities
        ],
        "totals": {
            "authorities": len(catalogue.authorities),
            "policies": len(catalogue.entries),
            "versions": sum(len(entry.versions) for entry in catalogue.entries),
            "rules": {severity.value: catalogue.severities[severity.value] for severity in Severity},
            "illustrations": sum(entry.illustration for entry in catalogue.entries),
            "imported_tables": list(catalogue.imports),
        },
    }
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"


# --- text ---------------------------------------------------------------------------------------


def _authority(authority: Authority, style: Style, width: int) -> Iterator[str]:
    yield style(f"{printable(authority.name)}: {count(len(authority.entries), 'policy')}", "bold")
    for entry in authority.entries:
        yield ""
        yield from _entry(entry, style, width)


def _entry(entry: Entry, style: Style, width: int) -> Iterator[str]:
    yield f"  {style(printable(entry.id), 'cyan', 'bold')}"
    yield from _wrapped(printable(entry.title), " " * _INDENT, width)
    yield from _row("source", _source(entry.latest.source), style, width, "dim")
    for at, version in enumerate(entry.versions):
        dates = (
            f"{version.version} for service {'on ' if version.effective == Period() else ''}{period(version.effective)}"
        )
        yield from _row("published" if at == 0 else "", dates, style, width)
    current = [rule for rule in entry.rules if rule.id not in entry.dropped]
    for severity in Severity:
        ids = [rule.id for rule in current if rule.severity is severity]
        if ids:
            yield from _row(severity.value, ", ".join(ids), style, width, *_PAINT[severity])
    if not current:
        yield from _row("rules", "none in the version published last", style, width)
    if entry.dropped:
        dropped = ", ".join(f"{rule.id} ({rule.severity.value})" for rule in entry.rules if rule.id in entry.dropped)
        yield from _row("earlier", f"{dropped}: not in the version published last", style, width)
    if entry.tables:
        yield from _row("tables", ", ".join(map(_table, entry.tables)), style, width)
    if entry.asked:
        yield from _row("asks for", ", ".join(asked.name for asked in entry.asked), style, width)


def _row(label: str, text: str, style: Style, width: int, *paint: str) -> Iterator[str]:
    """A label and what it is the label of, with a hanging indent; the label is painted."""
    indent = " " * (_INDENT + _LABEL)
    first, *rest = _wrapped(printable(text), indent, width)
    yield f"{' ' * _INDENT}{style(label, *(paint or ('dim',)))}{' ' * (_LABEL - len(label))}{first[len(indent) :]}"
    yield from rest


def _wrapped(text: str, indent: str, width: int) -> list[str]:
    """No word is broken: an id stays whole, whatever the width."""
    return wrap(
        text,
        width,
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _source(source: Source) -> str:
    if source.illustration:
        return "an illustration: no payer stands behind it"
    read = f"read as {_SEEN[source.seen.value]}" if source.seen is not None else "not said how it was read"
    return f"{read}, reviewed {source.reviewed}" if source.reviewed is not None else read


_SEEN = {"original": "the original", "reproduction": "a reproduction", "summary": "a summary"}


def _table(spec: TableSpec) -> str:
    return f"import {spec.imported}" if spec.imported is not None else f"{spec.name} (comes with it)"


def _totals(catalogue: Catalogue, style: Style, width: int) -> Iterator[str]:
    entries = catalogue.entries
    severities = ", ".join(
        f"{catalogue.severities[severity.value]:,} {severity.value}"
        for severity in Severity
        if catalogue.severities[severity.value]
    )
    rules = count(sum(catalogue.severities.values()), "rule") + (f" ({severities})" if severities else "")
    versions = count(sum(len(entry.versions) for entry in entries), "version")
    yield style(f"{count(len(entries), 'policy')} in {versions}: {rules}", "bold")
    illustrations = sum(entry.illustration for entry in entries)
    if illustrations:
        are = "is an illustration" if illustrations == 1 else "are illustrations"
        yield style(f"{illustrations} of them {are}", "dim")
    if catalogue.imports:
        told = f"{count(len(catalogue.imports), 'table')} to import: {', '.join(catalogue.imports)}"
        yield from (style(line, "dim") for line in wrap(told, width, subsequent_indent="  ", break_on_hyphens=False))
    if catalogue.later:
        yield style(f"as of {catalogue.as_of}; {count(catalogue.later, 'version')} published later not shown", "dim")


# --- JSON ---------------------------------------------------------------------------------------


def _policy(entry: Entry) -> dict[str, object]:
    return {
        "policy": entry.id,
        "title": entry.title,
        "illustration": entry.illustration,
        "versions": [_version(version) for version in entry.versions],
        "tables": [_spec(spec) for spec in entry.tables],
        "asks_for": [_fact(asked) for asked in entry.asked],
    }


def _version(policy: Policy) -> dict[str, object]:
    source = policy.source
    return {
        "version": policy.version,
        "title": policy.title,
        "effective": _period(policy.effective),
        "source": {
            "title": source.title,
            "section": source.section,
            "url": source.url,
            "reviewed": source.reviewed.isoformat() if source.reviewed is not None else None,
            "seen": source.seen.value if source.seen is not None else None,
            "illustration": source.illustration,
        },
        "rules": [_rule(policy, rule) for rule in policy.rules],
        "switched_off": [{"rule": rule, "reason": reason} for rule, reason in policy.switched_off],
    }


def _rule(policy: Policy, rule: Rule) -> dict[str, object]:
    tests = tried(policy, rule)
    return {
        "rule": rule.id,
        "severity": rule.severity.value,
        "about": rule.about.value,
        "effective": _period(rule.effective),
        "by": rule.clock.value,
        "cite": rule.cite,
        "denial": {"carc": rule.carc, "rarc": rule.rarc},
        "tables": list(rule.tables),
        "asks_for": [asked.name for asked in asks(policy, rule)],
        "tests": {
            "violation": tests.flagged,
            "bypassed": tests.excused,
            "needs_info": tests.asked,
            "not_evaluated": tests.not_evaluated,
        },
    }


def _spec(spec: TableSpec) -> dict[str, object]:
    return {
        "table": spec.name,
        "import": spec.imported,
        "command": import_command(spec.imported) if spec.imported is not None else None,
    }


def _fact(asked: Asked) -> dict[str, object]:
    return {"fact": asked.name, "description": asked.description, "who": asked.who, "declared": asked.declared}


def _period(period: Period) -> dict[str, str | None]:
    return {
        "from": period.start.isoformat() if period.start is not None else None,
        "through": period.through.isoformat() if period.through is not None else None,
    }
