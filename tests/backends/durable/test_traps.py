"""What the C module does outside the subset that the compiler keeps to: why it keeps to it.

Each trap was measured, and is shown here by the raw module in a process of its own, which it may
take with it. If one of these fails, the module has changed, and the subset may be widened.
"""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

DRIVE = """
import json, sys
import durable_rules_engine as module
rules, facts = json.loads(sys.argv[1]), sys.argv[2]
handle = module.create_ruleset("trap", json.dumps(rules))
code, offset = module.assert_facts(handle, facts)
fired, started = [], module.start_action_for_state(handle, offset)
message = started[1] if started else None
while message:
    fired.append(json.loads(message))
    message = module.complete_and_start_action(handle, offset)
print(json.dumps([code, [list(each)[0] for each in fired]]))
"""

GATE = {"g": {"$and": [{"kind": "stage"}]}}
END = {"$and": [{"kind": "o"}]}
OWN = {"s": {"$and": [{"kind": "s"}, {"$and": [{"kind": "s"}]}]}}


def drive(rules: object, *facts: object) -> tuple[int, list[str]] | None:
    """The module's return code and the rules that fired; ``None`` if the process died or was told an error."""
    numbered = [fact if isinstance(fact, str) else json.dumps(fact) for fact in facts]
    batch = ",".join(f'{{"id":"{at}","sid":"0",{fact[1:]}' for at, fact in enumerate(numbered))
    done = subprocess.run(
        [sys.executable, "-c", DRIVE, json.dumps(rules), f"[{batch}]"], capture_output=True, text=True, timeout=60
    )
    if done.returncode:
        return None
    code, fired = json.loads(done.stdout)
    return code, fired


def other(*tests: object) -> dict[str, object]:
    """A rule that joins another line to the judged one by these tests."""
    return {"r": {"all": [GATE, OWN, {"o": {"$and": [{"kind": "o"}, *tests]}}]}}


JOIN = {"k": {"s": "k"}}
CHOICE = {"$or": [{"c": 1}, {"c": 2}]}
STAGE = {"kind": "stage"}


def test_the_safe_order_joins_right() -> None:
    rules = other(JOIN, CHOICE, END)
    assert drive(rules, {"kind": "s", "k": 1}, {"kind": "o", "k": 1, "c": 2}, STAGE) == (0, ["r"])
    assert drive(rules, {"kind": "s", "k": 1}, {"kind": "o", "k": 9, "c": 2}, STAGE) == (0, [])


def test_a_join_after_a_choice_is_ignored() -> None:
    lines = ({"kind": "s", "k": 1}, {"kind": "o", "k": 9, "c": 2})
    assert drive(other(CHOICE, JOIN, END), *lines, STAGE) == (0, ["r"])


def test_a_choice_in_the_first_pattern_fires_for_each_branch() -> None:
    choice = {"$or": [{"c": 1}, {"d": 1}]}
    first = {"r": {"all": [{"v": {"$and": [{"kind": "v"}, choice]}}]}}
    gated = {"r": {"all": [GATE, {"v": {"$and": [{"kind": "v"}, choice, {"$and": [{"kind": "v"}]}]}}]}}
    assert drive(first, {"kind": "v", "c": 1, "d": 1}) == (0, ["r", "r"])
    assert drive(gated, {"kind": "v", "c": 1, "d": 1}, STAGE) == (0, ["r"])


@pytest.mark.parametrize("bad", ['{"kind":"o","k":1e22}', json.dumps({f"x{at}": 1 for at in range(260)})])
def test_a_batch_is_cut_short_without_a_word(bad: str) -> None:
    rules = other(JOIN, END) | {"mark": {"all": [GATE]}}
    whole = drive(rules, {"kind": "s", "k": 1}, {"kind": "o", "k": 1}, STAGE)
    assert whole is not None
    assert sorted(whole[1]) == ["mark", "r"]
    assert drive(rules, {"kind": "s", "k": 1}, bad, {"kind": "o", "k": 1}, STAGE) == (0, [])


def test_text_and_numbers_join() -> None:
    assert drive(other(JOIN, END), {"kind": "s", "k": 5}, {"kind": "o", "k": "5"}, STAGE) == (0, ["r"])


def test_whole_numbers_past_63_bits_are_all_equal() -> None:
    assert drive(other(JOIN, END), {"kind": "s", "k": 2**63}, {"kind": "o", "k": 2**64}, STAGE) == (0, ["r"])


def test_one_name_too_many_in_a_test_is_dropped() -> None:
    assert drive(other({"k": 1, "j": 2}, END), {"kind": "s"}, {"kind": "o", "k": 1, "j": 9}, STAGE) == (0, ["r"])


def test_a_member_missing_in_an_ordering_loses_the_rest_of_the_batch() -> None:
    rules = other({"$lt": {"r": {"s": "r"}}}, END)
    assert drive(rules, {"kind": "s", "r": 2}, {"kind": "o", "r": 1}, STAGE) == (0, ["r"])
    assert drive(rules, {"kind": "s"}, {"kind": "o", "r": 1}, STAGE) is None


def test_patterns_and_joins_have_their_limits() -> None:
    def joins(count: int) -> object:
        return other(*({f"k{at}": {"s": f"k{at}"}} for at in range(count)), END)

    own = {"kind": "s", **{f"k{at}": 1 for at in range(30)}}
    line = {"kind": "o", **{f"k{at}": 1 for at in range(30)}}
    assert drive(joins(27), own, line, STAGE) == (0, ["r"])
    assert drive(joins(28), own, line, STAGE) is None


def test_one_fact_passes_only_so_many_tests_at_once() -> None:
    def rules(count: int) -> object:
        return {f"r{at}": {"all": [GATE, {"v": {"$and": [{"kind": "v"}, {f"a{at}": 1}]}}]} for at in range(count)}

    fact = {"kind": "v", **{f"a{at}": 1 for at in range(80)}}
    allowed = drive(rules(60), fact, STAGE)
    assert allowed is not None
    assert len(allowed[1]) == 60
    assert drive(rules(70), fact, STAGE) is None
