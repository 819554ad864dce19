"""Whatever a policy's text is, it loads or is refused with diagnostics; nothing else is ever raised."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from cleanclaim.policy.diagnostics import PolicyError
from cleanclaim.policy.documents import document
from cleanclaim.policy.load import load_text
from cleanclaim.policy.schema import violations
from tests.policy.test_library import CHILD, TEMPLATE, TESTS, head
from tests.policy.writing import END, HEAD
from tests.strategies.examples import rolled_written
from tests.strategies.notation import Bare, Doc, Node, block, flow

WHOLE = (
    f"{HEAD}rules:\n  - id: r\n    let: {{b: {{total: units, of: {{procedure: massage}}, same: [patient]}}}}\n"
    "    flag_if: {b: {gt: {param: rate}}, another_line: {same: [patient], units: {gt: {line: units}}}}\n" + END
)
SEEDS = (WHOLE, CHILD, head() + TESTS)
WORDS = st.sampled_from(
    [
        "{",
        "}",
        "[",
        "]",
        ": ",
        "- ",
        "\n",
        "  ",
        "\t",
        '"',
        "'",
        "#",
        "*a",
        "&a ",
        "!!str ",
        "|",
        ">-",
        "~",
        "null",
        "true",
    ]
    + [
        "units",
        "procedure",
        "massage",
        "2020-13-01",
        "1e400",
        "-0",
        "0x1F",
        "9" * 40,
        "param",
        "line",
        "let",
        "?",
        "---",
    ]
    + [
        "\x00",
        "\x85",
        "\u2028",
        "\ufeff",
        "\ud800",
        "é",
        "\x1b[31m",
        "{patient}",
        "{{",
        "%",
        "<<: ",
        "? ",
        "97124-97140",
    ]
)


def outcome(text: str) -> bool:
    """Whether a text loads; anything but a policy or a :class:`PolicyError` is raised on."""
    try:
        load_text(text, templates={"templates/caps": TEMPLATE})
    except PolicyError as error:
        assert error.diagnostics
        for diagnostic in error.diagnostics:
            shown = diagnostic.render()
            assert diagnostic.help and diagnostic.message and diagnostic.line >= 1 and diagnostic.column >= 1
            assert all(c == "\n" or c.isprintable() for c in shown), shown
        return False
    return True


@settings(max_examples=250, deadline=None)
@given(st.data())
def test_mutated_text_never_crashes(data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(SEEDS))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(text)))
        cut = data.draw(st.sampled_from([0, 0, 1, 3, 20]))
        text = text[:at] + data.draw(WORDS | st.text(max_size=4)) + text[at + cut :]
    outcome(text)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200))
def test_any_text_never_crashes(text: str) -> None:
    outcome(text)
    outcome(f"policy: a\n{text}")


SCALARS = st.sampled_from(
    [4, "x", Bare("massage"), Bare("97124"), Bare("~"), True, Bare("2020-01-01"), Bare("1E5"), Bare("-1.5"), Bare("*x")]
)
KEYS = st.sampled_from(
    [
        "units",
        "procedure",
        "field",
        "param",
        "line",
        "let",
        "same",
        "all",
        "any",
        "not",
        "gt",
        "in",
        "has_any",
        "missing",
        "+",
    ]
    + [
        "another_line",
        "total",
        "of",
        "table",
        "key",
        "id",
        "flag_if",
        "from",
        "through",
        "required",
        "days",
        "within",
        "zzz",
    ]
)
NODES: st.SearchStrategy[Node] = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=6
)


def mutated(data: st.DataObject, node: Node, depth: int = 0) -> Node:
    """A node with one of its parts replaced, dropped or renamed."""
    if depth and (not isinstance(node, dict | list) or not node or data.draw(st.integers(0, 4)) == 0):
        return data.draw(NODES)
    if isinstance(node, list):
        at = data.draw(st.integers(0, len(node) - 1))
        return [mutated(data, each, depth + 1) if place == at else each for place, each in enumerate(node)]
    assert isinstance(node, dict)
    chosen = data.draw(st.sampled_from(sorted(node)))
    match data.draw(st.integers(0, 5)):
        case 0:
            return {key: value for key, value in node.items() if key != chosen}
        case 1:
            renamed = data.draw(KEYS)
            return {(renamed if key == chosen else key): value for key, value in node.items()}
        case _:
            return {key: mutated(data, value, depth + 1) if key == chosen else value for key, value in node.items()}


@settings(max_examples=250, deadline=None)
@given(st.data())
def test_mutated_policies_never_crash_and_the_schema_refuses_no_more_than_the_builder(data: st.DataObject) -> None:
    written = rolled_written(f"mutated-{data.draw(st.integers(0, 60))}")[1]
    changed: Node = written.policies[0]
    for _ in range(data.draw(st.integers(1, 2))):
        changed = mutated(data, changed)
    assert isinstance(changed, dict)
    doc: Doc = changed
    text = flow(doc)
    templates = {str(each["template"]): flow(each) for each in written.templates}
    try:
        load_text(text, templates=templates)
    except PolicyError as error:
        assert all(diagnostic.help for diagnostic in error.diagnostics)
    else:
        found = list(violations([document(text, "policy.yaml")]))
        assert found == [], f"{found[0].render()}\n{block(doc)}"
