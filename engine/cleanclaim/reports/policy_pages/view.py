"""Makes the data of the pages from a catalogue: policies, versions, rules, and what the first page shows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from markupsafe import Markup

from cleanclaim.catalogue import Authority, Catalogue, Entry, answering, asks, derivations_of
from cleanclaim.policy.model import Policy, Rule, Seen, Source
from cleanclaim.policy.versions import AllTables
from cleanclaim.policy.words import changes as change_words
from cleanclaim.policy.words import rules as rule_words
from cleanclaim.policy.words.rules import DerivationWords, Named, period
from cleanclaim.reports.policy_pages import annexes
from cleanclaim.reports.policy_pages.markup import Marker
from cleanclaim.reports.policy_pages.page import (
    VERDICTS,
    Card,
    Conclusion,
    ExampleView,
    Let,
    Link,
    Page,
    RuleView,
    VersionView,
)

_SEEN = {
    Seen.ORIGINAL: "the authority's own document, or a stored copy of it",
    Seen.REPRODUCTION: "its text, reproduced by somebody else",
    Seen.SUMMARY: "somebody's account of it",
}
_SHORT = {Seen.ORIGINAL: "original", Seen.REPRODUCTION: "reproduction", Seen.SUMMARY: "summary"}
_SEVERITIES = ("error", "warning", "info")


def page_of(entry: Entry, tables: AllTables) -> Page:
    """The page of a policy; its tests are run for what the report says of them."""
    path = path_of(entry)
    versions = [_version(entry, at, tables) for at in reversed(range(len(entry.versions)))]
    return Page(path, "../" * path.count("/"), entry, answering(entry.versions), tuple(versions))


def cards(authority: Authority) -> tuple[Card, ...]:
    """The policies of an authority on the first page."""
    return tuple(_card(entry) for entry in authority.entries)


def path_of(entry: Entry) -> str:
    """Where a policy's page is."""
    return f"policies/{entry.id}.html"


def failing(pages: Sequence[Page]) -> list[str]:
    """The tests that do not come out as they say."""
    return [
        f"{page.entry.id} of {version.policy.version}: {each.example.name}"
        for page in pages
        for version in page.versions
        for each in version.examples
        if not each.example.holds
    ]


def totals(catalogue: Catalogue) -> list[tuple[str, int]]:
    """How many rules there are of each severity."""
    return [(severity, catalogue.severities[severity]) for severity in ("error", "warning", "info")]


# --- a version ----------------------------------------------------------------------------------


def _version(entry: Entry, at: int, tables: AllTables) -> VersionView:
    policy = entry.versions[at]
    latest = policy is entry.latest
    prefix = "" if latest else f"v{policy.version}-"
    marker = Marker(prefix)
    shown = tuple(annexes.example_views(policy, entry.versions, tables, prefix))
    asked = {fact.name: fact for rule in policy.rules for fact in asks(policy, rule)}
    before = entry.versions[at - 1] if at else None
    scope = rule_words.clauses(policy.scope)
    return VersionView(
        f"version-{policy.version}",
        policy,
        latest,
        period(policy.effective),
        marker.clauses(scope) if scope else None,
        _url(policy.source),
        _seen(policy.source),
        change_words.changes(before, policy) if before is not None else None,
        before.version if before is not None else None,
        tuple(_rule(policy, rule, marker, shown) for rule in policy.rules),
        tuple(_conclusions(policy, marker)),
        tuple(annexes.params(policy)),
        tuple(annexes.tables(policy, tables.get((policy.id, policy.version), {}), prefix)),
        tuple(asked[name] for name in sorted(asked)),
        shown,
    )


def _url(source: Source) -> str | None:
    """Only the web is linked to, whatever a policy says."""
    return source.url if source.url is not None and source.url.startswith(("https://", "http://")) else None


def _seen(source: Source) -> str | None:
    return _SEEN[source.seen] if source.seen is not None else None


def _rule(policy: Policy, rule: Rule, marker: Marker, shown: Sequence[ExampleView]) -> RuleView:
    words = rule_words.of_rule(rule, policy)
    links = [
        Link(VERDICTS[verdict], each.anchor, each.example.name)
        for verdict in VERDICTS
        for each in shown
        if (verdict, rule.id) in each.example.rules
    ]
    named = [Markup('<a href="#{}table-{}">{}</a>').format(marker.prefix, name, name) for name in rule.tables]
    return RuleView(
        f"{marker.prefix}rule-{rule.id}",
        rule,
        marker.message(words.message),
        marker.clauses(words.applies) if words.applies else None,
        marker.clauses(words.flag_if),
        marker.clauses(words.unless) if words.unless else None,
        tuple(_let(let, marker) for let in words.lets),
        words.notes,
        words.dates,
        asks(policy, rule),
        Markup(", ").join(named) if named else None,
        tuple(links),
    )


def _let(let: Named, marker: Marker) -> Let:
    return Let(let.name, marker.let(let.clause), let.note)


def _conclusions(policy: Policy, marker: Marker) -> Iterator[Conclusion]:
    used = {derivation.fact for rule in policy.rules for derivation in derivations_of(policy, rule)}
    by_fact: dict[str, list[DerivationWords]] = {}
    for derivation in (each for stratum in policy.strata for each in stratum):
        if derivation.fact in used:
            by_fact.setdefault(derivation.fact, []).append(rule_words.of_derivation(derivation))
    for fact, ways in by_fact.items():
        yield Conclusion(f"{marker.prefix}fact-{fact}", fact, tuple(_way(way, marker) for way in ways))


def _way(way: DerivationWords, marker: Marker) -> tuple[Markup | None, Markup, tuple[Let, ...]]:
    applies = marker.clauses(way.applies) if way.applies else None
    return applies, marker.clauses(way.when), tuple(_let(let, marker) for let in way.lets)


def _card(entry: Entry) -> Card:
    latest = entry.latest
    counts = [(severity, sum(rule.severity.value == severity for rule in latest.rules)) for severity in _SEVERITIES]
    return Card(
        path_of(entry),
        entry,
        period(latest.effective),
        tuple((severity, number) for severity, number in counts if number),
        tuple(sorted({spec.imported for spec in entry.tables if spec.imported is not None})),
        _SHORT[latest.source.seen] if latest.source.seen is not None else None,
    )
