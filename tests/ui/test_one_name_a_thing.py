"""A thing has one Chinese name, whoever speaks of it: till, slips, HQ's console, command line, guide."""

from __future__ import annotations

from pathlib import Path

import pytest

from posclient.devices.receipt_labels import load_labels
from resources.words import words

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "user-guide.zh_CN.md"
#: what it is called -> what it was called in places
NAMES = {"中继机": "中转", "班次报表": "交班", "哈希": "校验值", "PIN": "店长密码", "例外": "有异常"}


@pytest.mark.parametrize(("name", "other"), NAMES.items())
def test_nobody_has_to_guess_that_two_words_are_one_thing(name: str, other: str) -> None:
    """HQ says on the telephone what its console says, and the store looks for it on the till."""
    said = {key: form for key, forms in words("zh_CN").items() for form in forms}
    assert {key for key, form in said.items() if other in form} == set()
    assert any(name in form for form in said.values())
    assert other not in GUIDE.read_text(encoding="utf-8")


def test_the_console_sends_a_store_to_what_a_store_can_do() -> None:
    """A feed that is held back is let in on the till's page; the command wants the till closed and a console."""
    for language in ("zh_CN", "en"):
        assert "Shift+F1" in words(language)["console.till.do.held"][0]


def test_an_enrolment_is_no_registration() -> None:
    """注册 is what members do; ``journal verify`` asks whether the slip is of another 登记."""
    assert load_labels("zh_CN")["enrolment"] == "登记"
    assert "登记" in words("zh_CN")["journal.head.other_hash"][0]
