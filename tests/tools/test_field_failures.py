"""The list of field failures in tests/README.md is true: a row has a test that names it, or a reason."""

from __future__ import annotations

import re
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent
ROW = re.compile(r"\b[TSG]-\d+\b")


def named_in_tests() -> set[str]:
    """Rows in docstrings and comments of tests; ``T-27 to T-29`` names what lies between."""
    found: set[str] = set()
    for path in TESTS.rglob("test_*.py"):
        if path == Path(__file__):
            continue
        text = path.read_text(encoding="utf-8")
        found |= set(ROW.findall(text))
        for letter, first, last in re.findall(r"\b([TSG])-(\d+) to [TSG]-(\d+)\b", text):
            found |= {f"{letter}-{number}" for number in range(int(first), int(last) + 1)}
    return found


def listed() -> tuple[set[str], set[str]]:
    """Rows said to be tested, and rows with a reason."""
    tested, _, missing = (TESTS / "README.md").read_text(encoding="utf-8").partition("Not there yet")
    return set(ROW.findall(tested.partition("## Field failures")[2])), set(ROW.findall(missing))


def test_every_row_that_is_said_to_be_tested_is_named_by_a_test() -> None:
    tested, _ = listed()
    assert sorted(tested - named_in_tests()) == []


def test_every_row_is_listed_once() -> None:
    tested, missing = listed()
    rows = [f"T-{n}" for n in range(1, 71)] + [f"S-{n}" for n in range(1, 29)] + [f"G-{n}" for n in range(1, 8)]
    assert sorted(set(rows) - tested - missing) == []
    assert not tested & missing
