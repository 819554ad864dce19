"""All pages of a catalogue, as texts by path: the first page, one page a policy, and their style."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from cleanclaim.catalogue import Catalogue
from cleanclaim.policy.versions import AllTables
from cleanclaim.policy.words.rules import period
from cleanclaim.reports.policy_pages.markup import dates
from cleanclaim.reports.policy_pages.page import VERDICTS
from cleanclaim.reports.policy_pages.view import cards, failing, page_of, totals
from cleanclaim.reports.words import count

_TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True, slots=True)
class Pages:
    """The texts by path, the same for the same library. ``failing`` are tests that do not come out as they say."""

    texts: dict[str, str]
    failing: tuple[str, ...]


def pages(catalogue: Catalogue, tables: AllTables) -> Pages:
    """The pages of a library. Its policies need their tests, and ``tables`` are those that come with them."""
    environment = _environment()
    of_policies = [page_of(entry, tables) for entry in catalogue.entries]
    whole = [(authority.name, cards(authority)) for authority in catalogue.authorities]
    texts = {
        "index.html": environment.get_template("index.html").render(
            up="", catalogue=catalogue, authorities=whole, totals=totals(catalogue)
        ),
        "style.css": (_TEMPLATES / "style.css").read_text(encoding="utf-8"),
    }
    template = environment.get_template("policy.html")
    for page in of_policies:
        texts[page.path] = template.render(up=page.up, page=page, entry=page.entry)
    return Pages(texts, tuple(failing(of_policies)))


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["dates"] = dates
    environment.globals.update(count=count, period=period, verdicts=VERDICTS)
    return environment
