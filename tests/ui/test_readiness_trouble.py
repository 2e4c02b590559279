"""What no key at the till mends stands on the readiness page too: HQ has something against it, or its clock is slow."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from posclient.db import terminal
from posclient.db.connection import transaction
from tests.ui.conftest import Counter
from tests.ui.test_readiness_page import F1, SHIFT, said, sell


@pytest.mark.parametrize(
    ("code", "title", "advice"),
    [
        ("fork", "本机与总部的记录不一致", "重新登记本机"),
        ("revoked", "总部已停用本机", "重新登记"),
        ("quota", "总部对本机有异议", "quota"),
    ],
)
def test_what_hq_has_against_this_till_is_said_with_what_to_do(
    selling: Counter, code: str, title: str, advice: str
) -> None:
    """S-19, S-21: a code that this program does not know yet is told as it is."""
    selling.press(F1, SHIFT)
    assert title not in said(selling)
    with transaction(selling.till.db) as con:
        terminal.note_trouble(con, code)
    selling.shop.ask_status()
    selling.rest()
    words = said(selling)
    assert title in words
    assert advice in words
    with transaction(selling.till.db) as con:
        con.execute("UPDATE terminal SET trouble = NULL")
    selling.shop.ask_status()
    selling.rest()
    assert title not in said(selling), "enrolled anew"


def test_a_slow_clock_is_said_with_both_times_until_it_is_set_right(selling: Counter) -> None:
    """S-16: leases rest meanwhile, so coupons are limited."""
    sell(selling)
    selling.store.clock.forward(hours=-2)
    selling.press(F1, SHIFT)
    words = said(selling)
    assert "本机时钟慢了" in words
    assert "现在显示 2026-11-21 12:03，本机已用到 2026-11-21 14:03" in words
    assert words.count("受限") == 1
    selling.store.clock.forward(hours=2)
    selling.shop.ask_status()
    selling.rest()
    assert "本机时钟慢了" not in said(selling)


def test_both_in_english(selling: Counter) -> None:
    sell(selling)
    selling.store.clock.forward(days=-1)
    with transaction(selling.till.db) as con:
        terminal.note_trouble(con, "revoked")
    selling.press(F1, SHIFT)
    selling.shop.context.change_settings(language="en")
    selling.rest()
    assert "HQ has shut this till out" in said(selling)
    assert "This till's clock is slow" in said(selling)
    selling.press(Qt.Key.Key_Escape)
    assert selling.window.front is selling.sale
