"""The library page lists every shipped policy, as the library itself says it."""

from __future__ import annotations

from cleanclaim.catalogue import Entry, catalogue
from cleanclaim.policy.load import load_library
from cleanclaim.shipped import shipped
from tests.conftest import ROOT

PAGE = ROOT / "docs" / "library.md"
BEGIN, END = "<!-- policies: begin -->\n", "<!-- policies: end -->"
CATALOGUE = catalogue(load_library([shipped("policies")]).policies)


def row(entry: Entry) -> str:
    latest = entry.latest
    starts = [policy.effective.start for policy in entry.versions]
    first = min((start for start in starts if start is not None), default=None) if None not in starts else None
    through = latest.effective.through
    dates = f"{f'from {first}' if first else 'all dates'}{f' through {through}' if through else ''}"
    versions = f", {len(entry.versions)} versions" if len(entry.versions) > 1 else ""
    seen = (
        "illustration" if latest.source.illustration else latest.source.seen.value if latest.source.seen else "not said"
    )
    imports = sorted({spec.imported for policy in entry.versions for spec in policy.tables.values() if spec.imported})
    needs = ", ".join(f"`{name}`" for name in imports) or "–"
    rules = len({rule.id for policy in entry.versions for rule in policy.rules})
    return f"| `{entry.id}` | {latest.title} | {dates}{versions} | {rules} | {seen} | {needs} |\n"


def policies_table() -> str:
    head = (
        "| policy | about | dates of service | rules | source read as | tables to import |\n|---|---|---|---|---|---|\n"
    )
    return head + "".join(row(entry) for authority in CATALOGUE.authorities for entry in authority.entries)


def test_the_page_lists_every_policy(update_golden: bool) -> None:
    page = PAGE.read_text(encoding="utf-8")
    head, rest = page.split(BEGIN)
    _, tail = rest.split(END)
    wanted = head + BEGIN + policies_table() + END + tail
    if update_golden:
        PAGE.write_text(wanted, encoding="utf-8")
        page = wanted
    assert page == wanted, "run: pytest tests/test_library_page.py --update-golden"


def test_every_real_policy_says_as_what_its_source_was_read() -> None:
    silent = [
        policy.path
        for authority in CATALOGUE.authorities
        for entry in authority.entries
        for policy in entry.versions
        if not policy.source.illustration and policy.source.seen is None
    ]
    assert silent == []
