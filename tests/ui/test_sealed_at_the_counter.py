"""What people at the counter see when HQ has not answered for too long, before it bites and afterwards."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from posclient.db import contact
from posclient.db.instants import to_ms
from tests.ui.conftest import MEMBER, Counter
from ui.screens.member import MemberPage
from ui.screens.readiness import ReadinessPage
from ui.screens.register import RegisterPage


@pytest.fixture
def silent(selling: Counter) -> Counter:
    """HQ answered a moment ago."""
    now_ms = to_ms(selling.store.clock.now())
    contact.note(selling.till.db, now_ms, now_ms)
    return selling


def later(counter: Counter, **span: float) -> None:
    counter.store.clock.forward(**span)
    counter.shop.ask_status()
    counter.rest()


def strip(counter: Counter) -> str:
    return " ".join(counter.words(counter.window.strip))


def test_the_strip_warns_before_it_bites_and_says_what_to_do(silent: Counter) -> None:
    """S-21: the gravest thing alone, and always the same remedy."""
    assert "总部" not in strip(silent)
    later(silent, hours=61)
    assert "11 小时后封存会员资料：请连上总部" in strip(silent)
    later(silent, hours=12)
    assert "会员资料已封存：请连上总部" in strip(silent)
    later(silent, days=3, hours=20)
    assert "3 小时后只收现金" in strip(silent)
    later(silent, hours=8)
    assert "只收现金：请连上总部" in strip(silent)
    later(silent, days=24)
    assert "已锁定：请连上总部" in strip(silent)


def test_members_are_found_by_code_and_last_four_and_stay_masked(silent: Counter) -> None:
    """S-20: no name, no number, and a sentence that says why and what works."""
    later(silent, hours=73)
    silent.scan(MEMBER)
    words = " ".join(silent.words(silent.sale.side.member))
    assert "****1234" in words
    assert "资料已封存" in words
    assert "王*" not in words
    silent.press(Qt.Key.Key_F3)
    silent.type("1234\n")
    page = silent.window.front
    assert isinstance(page, MemberPage)
    assert "资料已封存" in page._note.text()
    assert all("****1234" in row.title for row in page._choices._rows)


def test_a_new_member_waits_for_hq(silent: Counter) -> None:
    later(silent, hours=73)
    silent.press(Qt.Key.Key_F3)
    silent.press(Qt.Key.Key_F3)
    page = silent.window.front
    assert isinstance(page, RegisterPage)
    page._phone.setText("13700001111")
    silent.press(Qt.Key.Key_Return)
    assert "会员资料已封存" in page._error.text()
    assert "后四位" in page._error.text()


def test_the_readiness_page_says_since_when_and_what_to_do(silent: Counter) -> None:
    later(silent, hours=77)
    silent.press(Qt.Key.Key_F1, Qt.KeyboardModifier.ShiftModifier)
    page = silent.window.front
    assert isinstance(page, ReadinessPage)
    words = " ".join(silent.words(page))
    assert "会员资料已封存（5 小时）" in words
    assert "连上总部后自动恢复" in words


def test_a_card_is_refused_after_a_week_and_cash_is_not(silent: Counter) -> None:
    later(silent, days=8)
    silent.scan(silent.gtin("A001-RED-110"))
    silent.press(Qt.Key.Key_Return)
    silent.press(Qt.Key.Key_F3)
    assert "只能收现金" in silent.window.message.text
    silent.press(Qt.Key.Key_Return)
    assert silent.till.selling.cart.is_empty or silent.cart.due == 0


def test_a_locked_till_says_at_the_login_what_opens_it(silent: Counter) -> None:
    silent.shop.context.show_staff(None)
    later(silent, days=31)
    silent.type("1111\n")
    assert silent.shop.context.staff is None
    said = " ".join(silent.words(silent.window.login))
    assert "连上网络就会自动解锁" in said


def test_in_english_each_step_has_its_words(silent: Counter) -> None:
    silent.shop.context.change_settings(language="en", sounds=False)
    later(silent, hours=715)
    assert "Locks in 5 h: connect to HQ" in strip(silent)
