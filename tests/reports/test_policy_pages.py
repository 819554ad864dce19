"""The list and the pages of a policy library: what they show, that they are sound HTML, and where they are written."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from posixpath import dirname, join, normpath

import pytest

from cleanclaim.catalogue import Catalogue, catalogue
from cleanclaim.lint import tables_of
from cleanclaim.policy.load import load_library, load_text
from cleanclaim.reports.policy_list import render, render_json
from cleanclaim.reports.policy_pages.folder import MANIFEST, ForeignFiles, write
from cleanclaim.reports.policy_pages.pages import Pages, pages
from cleanclaim.shipped import shipped
from tests.test_catalogue import FIRST, library

MASSAGE = """\
policy: acme/massage
title: Massage <b>beside</b> an adjustment
published: 2020-01-01
effective: {from: 2020-01-01}
source: {title: Manual, section: "7.2", url: "https://example.org/a?b=1&c=2", reviewed: 2020-01-21, seen: summary}
params: {most: {2020-01-01: 4, 2021-07-01: 3}}
codes: {cmt: ["98940-98942"], many: ["97010", "97012", "97014", "97016", "97018", "97022", "97024", "97026", "97028"]}
tables: {pairs: {import: ncci-ptp-practitioner, columns: {column_1: code, column_2: code}}}
test_tables: {pairs: [{column_1: "98940", column_2: "97124"}]}
rules:
  - id: massage-with-cmt
    for: {procedure: ["97124"]}
    flag_if: {another_line: {procedure: cmt, same: [patient, service_date]}}
    unless: {modifiers: ["59", XS]}
    message: "{procedure} beside {other.procedure} <i>"
    fix: Another region.
    cite: "§7.2"
    denial: {carc: "97"}
  - id: limit
    severity: warning
    for: {procedure: many}
    flag_if: {units: {gt: {param: most}}}
    message: "{units} units; the plan covers {most}"
    fix: Approval.
    cite: "§7.3"
  - id: pair
    for: {in_table: {table: pairs, key: {column_2: {field: procedure}}}}
    flag_if: {minutes: {lt: 8}}
    message: "{minutes} minutes"
    fix: Eight minutes.
    cite: "§7.4"
tests:
  - name: flagged & told
    lines: [{procedure: "97124", minutes: 9}, {procedure: "98940", minutes: 9}]
    expect: {massage-with-cmt: [1]}
  - name: excused
    lines: [{procedure: "97124", modifiers: [XS], minutes: 9}, {procedure: "98940"}]
    bypassed: {massage-with-cmt: [1]}
  - name: nobody says how long
    lines: [{procedure: "97124"}]
    history: [{procedure: "97010", service_date: 2019-01-01}]
    needs_info: {pair: [1]}
  - name: five units
    lines: [{procedure: "97010", units: 5}]
    expect: {limit: [1]}
"""


class Read(HTMLParser):
    """Ids, links and headings of a page; refuses elements that are not closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.headings: list[int] = []
        self._open: list[str] = []
        self.feed(text)
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        assert not [name for name in given if name.startswith("on")]
        assert tag not in ("script", "img", "iframe")
        if given.get("id"):
            self.ids.append(given["id"] or "")
        if tag in ("a", "link"):
            self.links.append(given["href"] or "")
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag not in ("meta", "link", "br"):
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag


def of(text: str) -> Pages:
    return pages(catalogue([load_text(text)]), {})


@pytest.fixture(scope="module")
def massage() -> str:
    return of(MASSAGE).texts["policies/acme/massage.html"]


@pytest.fixture(scope="module")
def shipped_pages() -> dict[str, str]:
    policies = load_library([shipped("policies")]).policies
    return pages(catalogue(policies), tables_of(policies)).texts


# --- the list -----------------------------------------------------------------------------------


def listed(width: int) -> str:
    return render(catalogue(library(), date(2026, 11, 23)), width=width)


def test_the_list_shows_every_policy_with_its_rules_and_needs() -> None:
    assert listed(80) == (
        "acme: 1 policy\n"
        "\n"
        "  acme/massage\n"
        "    Massage, later\n"
        "    source    not said how it was read\n"
        "    published 2020-01-01 for service from 2020-01-01 on\n"
        "              2020-03-30 for service 2020-03-01 through 2020-12-31\n"
        "    error     units, summer\n"
        "    earlier   consent (warning): not in the version published last\n"
        "    tables    import mue-practitioner\n"
        "    asks for  consent, minutes\n"
        "\n"
        "zeta: 1 policy\n"
        "\n"
        "  zeta/visits\n"
        "    Visits\n"
        "    source    an illustration: no payer stands behind it\n"
        "    published 2021-01-01 for service on all dates\n"
        "    info      r\n"
        "\n"
        "2 policies in 3 versions: 4 rules (2 error, 1 warning, 1 info)\n"
        "1 of them is an illustration\n"
        "1 table to import: mue-practitioner\n"
    )


@pytest.mark.parametrize("width", [80, 120])
def test_the_list_of_the_shipped_library_fits(width: int) -> None:
    policies = load_library([shipped("policies")], lean=True).policies
    whole = render(catalogue(policies, date(2026, 11, 23)), width=width)
    assert max(map(len, whole.splitlines()[:-3])) <= width
    for policy in policies:
        assert f"  {policy.id}\n" in whole
        assert all(re.search(rf"(^|[ (]){re.escape(rule.id)}([,\n ]|$)", whole) for rule in policy.rules)


def test_the_list_tells_what_was_published_later() -> None:
    text = render(catalogue(library(), date(2020, 3, 29)))
    assert text.endswith("as of 2020-03-29; 2 versions published later not shown\n")


def test_the_list_is_plain_unless_colour_is_wanted() -> None:
    assert "\x1b" not in listed(80)
    assert "\x1b[31;1merror\x1b[0m" in render(catalogue(library()), colour=True)


def test_the_json_list_holds_versions_rules_and_how_they_are_tested() -> None:
    told = json.loads(render_json(catalogue([load_text(FIRST)], date(2020, 1, 1))))
    (authority,) = told["authorities"]
    (policy,) = authority["policies"]
    (version,) = policy["versions"]
    assert (authority["authority"], policy["policy"], version["version"]) == ("acme", "acme/massage", "2020-01-01")
    assert version["source"]["seen"] == "original"
    assert version["effective"] == {"from": "2020-01-01", "through": None}
    assert policy["tables"] == [
        {"table": "limits", "import": "mue-practitioner", "command": "cleanclaim tables import mue FILE"}
    ]
    assert version["rules"][1]["severity"] == "warning"
    assert version["rules"][1]["tests"] == {"violation": 1, "bypassed": 0, "needs_info": 1, "not_evaluated": 0}
    assert told["totals"]["rules"] == {"error": 1, "warning": 1, "info": 0}


# --- the pages ----------------------------------------------------------------------------------


def test_text_of_a_policy_is_escaped(massage: str) -> None:
    assert "<h1>Massage &lt;b&gt;beside&lt;/b&gt; an adjustment</h1>" in massage
    assert 'href="https://example.org/a?b=1&amp;c=2"' in massage
    assert "&lt;i&gt;" in massage and "<i>" not in massage


def test_only_the_web_is_linked_to() -> None:
    policy = load_text(MASSAGE)
    hostile = replace(policy, source=replace(policy.source, url="javascript:alert(1)"))
    assert "javascript:" not in pages(catalogue([hostile]), {}).texts["policies/acme/massage.html"]


def test_a_rule_is_told_in_words(massage: str) -> None:
    assert "<li>the procedure is 97124</li>" in massage
    assert (
        "<li>there is another line of the same patient and date of service whose procedure is one of "
        '<var>cmt</var> <span class="entries">(98940–98942)</span></li>' in massage
    )
    assert "<li>the modifiers include any of 59, XS</li>" in massage
    assert '<span class="value">the other line&#39;s procedure</span>' in massage
    assert "CARC 97" in massage


def test_a_long_set_is_folded_with_all_its_codes(massage: str) -> None:
    assert "<summary>many, 9 entries</summary><span>97010, 97012, 97014, 97016, 97018, 97022, 97024" in massage


def test_values_by_date_tables_to_import_and_facts_are_shown(massage: str) -> None:
    assert "<caption><var>most</var></caption>" in massage
    assert '<th scope="row">from 2021-07-01 on</th><td>3</td>' in massage
    assert "cleanclaim tables import ncci-ptp FILE" in massage
    assert "minutes (the treatment record)" in massage
    assert "somebody&#39;s account of it, on 2020-01-21" in massage


def test_examples_show_their_lines_and_what_the_report_says(massage: str) -> None:
    flagged, excused, asked, units = re.findall(r'<details class="example".*?</div></details>', massage, re.S)
    assert "flagged &amp; told" in flagged and " open>" in flagged
    assert "line 1: 97124 beside 98940" in flagged
    assert '<td><span class="answer flagged">flagged</span> massage-with-cmt</td>' in flagged
    assert (
        '<td><span class="answer excused">excused</span> massage-with-cmt</td>' in excused and " open>" not in excused
    )
    assert '<span class="answer asked">asked</span> line 1:' in asked and "billed before" in asked
    assert "line 1: 5 units; the plan covers 4" in units
    for anchor in ("example-1", "example-4"):
        assert f'href="#{anchor}"' in massage and f'<div id="{anchor}">' in massage


def test_a_test_that_does_not_hold_is_told() -> None:
    made = of(MASSAGE.replace("units: 5}", "units: 4}"))
    assert made.failing == ("acme/massage of 2020-01-01: five units",)
    assert "This test does not come out as it says" in made.texts["policies/acme/massage.html"]


def test_the_history_of_versions() -> None:
    page = pages(catalogue(library()), {}).texts["policies/acme/massage.html"]
    assert '<th scope="rowgroup" rowspan="5"><span class="date">2020-03-30</span> or later</th>' in page
    assert '<h2 id="version-2020-03-30">Version of 2020-03-30 (the last)</h2>' in page
    assert "<li>Added: <code>summer</code></li>" in page
    assert "<li>Removed: <code>consent</code></li>" in page
    assert "<del>the units are more than limit</del>" in page
    assert "<ins>the units are more than 4</ins>" in page


def test_the_first_page_leads_to_every_policy() -> None:
    index = pages(catalogue(library()), {}).texts["index.html"]
    assert Read(index).links[-2:] == ["policies/acme/massage.html", "policies/zeta/visits.html"]
    assert "illustration" in index and "<code>mue-practitioner</code>" in index


def test_pages_of_the_shipped_library_are_sound(shipped_pages: dict[str, str]) -> None:
    read = {path: Read(text) for path, text in shipped_pages.items() if path.endswith(".html")}
    assert len(read) == len(shipped_pages) - 1
    for path, page in read.items():
        assert len(set(page.ids)) == len(page.ids), path
        assert page.headings[0] == 1
        assert all(after <= before + 1 for before, after in zip(page.headings, page.headings[1:], strict=False)), path
        for link in page.links:
            if not link.startswith("http"):
                target, _, anchor = link.partition("#")
                whole = normpath(join(dirname(path), target)) if target else path
                assert whole in shipped_pages, (path, link)
                assert not anchor or anchor in read[whole].ids, (path, link)


def test_every_example_of_the_shipped_library_holds(shipped_pages: dict[str, str]) -> None:
    assert [path for path, text in shipped_pages.items() if "does not come out as it says" in text] == []


def test_the_same_library_makes_the_same_bytes() -> None:
    forward: Catalogue = catalogue(library())
    backward = catalogue(tuple(reversed(library())))
    assert pages(forward, {}) == pages(backward, {})


# --- where they are written ---------------------------------------------------------------------


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_second_run_replaces_its_own_pages(tmp_path: Path) -> None:
    write(tmp_path / "out", {"index.html": "1", "policies/a/b.html": "2", "policies/c.html": "3"})
    write(tmp_path / "out", {"index.html": "4", "policies/c.html": "é"})
    assert files(tmp_path / "out") == {
        "index.html": b"4",
        "policies/c.html": "é".encode(),
        MANIFEST: files(tmp_path / "out")[MANIFEST],
    }
    assert not (tmp_path / "out" / "policies" / "a").exists()


def test_a_folder_with_foreign_files_is_refused_untouched(tmp_path: Path) -> None:
    write(tmp_path, {"index.html": "1"})
    (tmp_path / "claims.csv").write_text("mine")
    before = files(tmp_path)
    with pytest.raises(ForeignFiles, match=r"did not write \(claims\.csv\); name an empty or a new folder"):
        write(tmp_path, {"index.html": "2"})
    assert files(tmp_path) == before


def test_a_list_of_somebody_elses_does_not_make_files_ours(tmp_path: Path) -> None:
    (tmp_path / MANIFEST).write_text("claims.csv\n")
    (tmp_path / "claims.csv").write_text("mine")
    with pytest.raises(ForeignFiles, match="is not a list"):
        write(tmp_path, {"index.html": "2"})


def test_nothing_is_written_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    write(tmp_path / "out", {"policies/a.html": "1"})
    (tmp_path / "out" / "policies" / "a.html").unlink()
    (tmp_path / "out" / "policies").rmdir()
    (tmp_path / "out" / "policies").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ForeignFiles, match=r"\(policies\)"):
        write(tmp_path / "out", {"policies/a.html": "2"})
    assert files(tmp_path / "elsewhere") == {}


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    with pytest.raises(ForeignFiles, match="is a file"):
        write(tmp_path / "out", {})
