"""The readiness page in the real window: what it says, and each deed on it, by keys alone and by touch alone."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtWidgets import QApplication

from posclient.actions import receipts
from posclient.db import unread_carts
from posclient.domain.offline_limits import SETTINGS, Limit
from posclient.domain.readiness import CAPABILITIES, Facts, State, capabilities
from sync.report import CycleReport, HeldBack
from sync.worker import SyncState
from tests.actions.kidswear import TERMINAL
from tests.ui.conftest import Counter
from tests.ui.test_settling_once import SlowRunner
from ui import i18n
from ui.context import Held, LinkState
from ui.link import link_state
from ui.screens.approval import ApprovalPage
from ui.screens.payment import PaymentPage
from ui.screens.readiness import ReadinessPage

SHIFT = Qt.KeyboardModifier.ShiftModifier
ENTER, F1 = Qt.Key.Key_Return, Qt.Key.Key_F1
COAT = "A001-RED-110"
STOCK = Held("zone:z1", "mass_delete", {"table": "stock", "lost": 250, "total": 300})


def page(counter: Counter) -> ReadinessPage:
    """The readiness page, which must be in front."""
    front = counter.window.front
    assert isinstance(front, ReadinessPage)
    return front


def approval(counter: Counter) -> ApprovalPage:
    front = counter.window.front
    assert isinstance(front, ApprovalPage)
    return front


def said(counter: Counter) -> str:
    return " ".join(counter.words(page(counter)))


def link(counter: Counter, **values: Any) -> None:
    """News of the way to HQ."""
    counter.shop.context.show_link(LinkState(known=True, since=time.monotonic() - 180, **values))
    counter.rest()


def sell(counter: Counter) -> None:
    """A sale by keys; its slip comes out nowhere."""
    counter.scan(counter.gtin(COAT))
    for _ in range(3):
        counter.press(ENTER)


def tell(counter: Counter, code: str = "coupon_used_twice") -> str:
    """HQ says of the last sale, by default, that its coupon had been used elsewhere."""
    sale = receipts.last_sale(counter.till) or ""
    detail = {"coupon": "K1", "amount": 5000, "receipt": "S001-1-20261121-000001"}
    row = {"fact": sale, "code": code, "detail": detail}
    counter.store.hq.send(TERMINAL, ("fact_outcome", sale, row))
    counter.shop.ask_status()
    counter.rest()
    return sale


def tab_to(counter: Counter, words: str) -> None:
    """The Tab key, until the button with these words has the focus."""
    for _ in range(20):
        counter.press(Qt.Key.Key_Tab)
        focus = QApplication.focusWidget()
        if focus is not None and getattr(focus, "text", str)() == words:
            return
    pytest.fail(f"Tab never reaches {words}")


@pytest.fixture
def opened(selling: Counter) -> Counter:
    """One sale, HQ gone for three minutes, and the page opened by its key."""
    sell(selling)
    link(selling, code="unreachable")
    selling.press(F1, SHIFT)
    return selling


def test_a_touch_on_the_strip_opens_it_and_esc_closes_it(selling: Counter) -> None:
    selling.click(selling.window.strip)
    page(selling)
    selling.press(Qt.Key.Key_Escape)
    assert selling.window.front is selling.sale
    selling.press(F1, SHIFT)
    selling.press(F1, SHIFT)
    assert selling.window.front is selling.sale


@pytest.mark.parametrize("code", ["applied_later", "dismissed"])
def test_what_became_of_a_fact_that_lay_aside_is_said(opened: Counter, code: str) -> None:
    """T-14: nobody has to ask HQ about it any more."""
    tell(opened, code)
    words = {"applied_later": "总部已补记入账", "dismissed": "总部已另行处理，不再补记入账"}[code]
    assert any(one.startswith(words) for one in opened.words(page(opened)))


def test_nobody_who_is_not_logged_in_sees_it(counter: Counter) -> None:
    counter.click(counter.window.strip)
    assert counter.window.front is counter.window.login


def test_f1_lists_its_key(selling: Counter) -> None:
    selling.press(F1)
    words = selling.words(selling.window.front)
    assert words[words.index("状态") - 1] == "⇧F1"


def test_it_says_that_the_till_goes_through_the_stores_hub_and_what_lies_there(opened: Counter) -> None:
    link(opened, code="unreachable", hub="S001-2", hub_state="through_hub", hub_handed=1)
    assert "总部不通，经本店中继机同步（3 分钟）" in said(opened)
    assert "1 笔未上传单据在中继机 S001-2 另有副本" in said(opened)
    assert any("经本店中继机" in text for text in opened.words(opened.window.strip))
    link(opened, code="unreachable", hub="S001-2", hub_state="no_hub")
    assert "本店中继机也没有应答" in said(opened)


def test_every_capability_with_its_state_and_the_queue_with_its_reason(opened: Counter) -> None:
    """T-23: what is unsent, and why."""
    words = said(opened)
    for name in ("收银", "价格与促销", "会员", "优惠券", "他店库存", "代客下单"):
        assert name in words
    assert words.count("可用") == 4
    assert words.count("受限") == 2
    assert "离线，订单先记在本机（3 分钟）。告诉顾客等总部确认后再付款。" in words
    assert "未上传 1 笔 · ¥259.00" in words
    assert words.count("网络中断") == 2, "above the queue and in its row"


def test_enter_and_a_touch_sync_now(opened: Counter) -> None:
    asked: list[bool] = []
    opened.shop.context.sync_now_wanted.connect(lambda: asked.append(True))
    opened.press(ENTER)
    opened.click(opened.button("立即同步"))
    assert len(asked) == 2
    link(opened, code="unreachable", running=True)
    opened.press(ENTER)
    assert len(asked) == 2, "one is under way"


def test_it_follows_what_happens_while_it_is_open(opened: Counter) -> None:
    link(opened, online=True)
    assert "受限" not in said(opened)
    assert "等待上传" in said(opened)


def test_a_slip_that_never_came_out_is_printed_from_there(opened: Counter) -> None:
    """T-2, T-63: as the slip itself, no copy."""
    wanted: list[tuple[str, bool]] = []
    opened.shop.context.receipt_wanted.connect(lambda sale, copy: wanted.append((sale, copy)))
    assert "小票未打印 1 张" in said(opened)
    tab_to(opened, "打印")
    opened.press(ENTER)
    sale = receipts.last_sale(opened.till) or ""
    assert wanted == [(sale, False)]
    receipts.printed(opened.till, sale)
    opened.shop.ask_status()
    assert "小票未打印" not in said(opened)


def test_a_manager_lets_in_what_was_held_back(opened: Counter) -> None:
    """S-11: what would be lost is said before, and the sync is told that, only after the PIN of a manager."""
    accepted: list[tuple[Held, ...]] = []
    opened.shop.context.held_accepted.connect(accepted.append)
    link(opened, online=True, held=(STOCK,))
    assert "价格与库存：将删除 300 行库存中的 250 行" in said(opened)
    assert any("需店长处理 1" in text for text in opened.words(opened.window.strip))
    opened.click(opened.button("店长接收"))
    assert "250" in " ".join(opened.words(approval(opened)))
    link(opened, online=True, held=(replace(STOCK, params={**STOCK.params, "lost": 290}),))
    opened.type("1111\n")
    assert "店长" in approval(opened)._error.text()
    assert accepted == []
    opened.type("9999\n")
    assert (accepted, opened.window.front.name) == ([(STOCK,)], "readiness"), "what was on the page"
    assert opened.store.rows("SELECT staff FROM audit WHERE action = 'accept_feeds'") == [("B1",)]


def test_what_is_held_back_says_since_when(opened: Counter) -> None:
    """Since the first cycle that held it back, however often it is held back since."""
    held = HeldBack("zone:z1", "mass_delete", dict(STOCK.params))
    report = CycleReport({}, 0, {}, held=(held,))
    first = link_state(SyncState(online=True, report=report))
    ago = tuple(replace(one, since=one.since - 300) for one in first.held)
    again = replace(held, params={**held.params, "lost": 260})
    other = HeldBack("global", "bad_row")
    later = link_state(SyncState(online=True, report=replace(report, held=(again, other))), ago)
    opened.shop.context.show_link(later)
    opened.rest()
    rows = [one for one in opened.words(page(opened)) if "总部的改动已暂缓，" in one]
    assert ["（5 分钟）" in one for one in rows] == [True, False, True], "prices by the zone, coupons, stock"
    assert "（不到 1 分钟）" in rows[1]


def test_prices_of_0_that_were_held_back_are_a_managers_to_let_in(opened: Counter) -> None:
    """S-11: said in words of their own."""
    link(opened, online=True, held=(Held("zone:z1", "zero_prices", {"table": "price", "lost": 900, "total": 1000}),))
    assert "价格与库存：1000 个商品中将有 900 个价格变为 0" in said(opened)
    assert "店长接收" in [one.text() for one in opened.shown_buttons()]


def test_rows_that_make_no_sense_are_not_for_anybody_to_let_in(opened: Counter) -> None:
    link(opened, online=True, held=(Held("zone:z1", "bad_row", {"table": "price", "key": "1"}),))
    assert "数据不可信（bad_row）" in said(opened)
    assert "店长接收" not in [one.text() for one in opened.shown_buttons()]


def test_what_hq_decided_is_seen_by_a_manager_and_stays_seen(opened: Counter) -> None:
    """By keys alone."""
    sale = tell(opened)
    assert "优惠券已在别处用过，差额记入损失 S001-1-20261121-000001 ¥50.00" in said(opened)
    tab_to(opened, "店长确认已阅")
    opened.press(ENTER)
    opened.type("9999\n")
    assert "优惠券已在别处" not in said(opened)
    assert opened.store.rows("SELECT fact, code, staff FROM outcome_seen") == [(sale, "coupon_used_twice", "B1")]
    opened.shop.ask_status()
    assert not any("需店长处理" in text for text in opened.words(opened.window.strip))


def test_a_jumped_clock_is_confirmed_there(opened: Counter) -> None:
    """S-16."""
    opened.store.clock.forward(days=2)
    opened.shop.ask_status()
    opened.rest()
    assert "电脑时间跳了一天以上" in said(opened)
    opened.click(opened.button("店长确认时间"))
    opened.type("9999\n")
    assert "电脑时间跳了一天以上" not in said(opened)
    assert opened.store.rows("SELECT count(*) FROM audit WHERE action = 'confirm_time'") == [(1,)]


def test_esc_in_the_managers_question_changes_nothing(opened: Counter) -> None:
    tell(opened)
    opened.click(opened.button("店长确认已阅"))
    opened.press(Qt.Key.Key_Escape)
    assert "优惠券已在别处用过" in said(opened)


def test_it_opens_over_a_payment_and_leaves_it_as_it_was(selling: Counter) -> None:
    selling.scan(selling.gtin(COAT))
    selling.press(ENTER)
    selling.click(selling.window.strip)
    selling.press(ENTER)
    assert said(selling)
    selling.press(Qt.Key.Key_Escape)
    assert selling.window.front.name == PaymentPage.name
    assert selling.cart.paying


def test_an_answer_to_a_page_that_has_gone_is_let_go(opened: Counter) -> None:
    """The reader is slow, Esc is quick: nothing is painted on what is not there any more."""
    slow = SlowRunner(opened.till)
    opened.shop.context._reader = slow
    opened.press(F1, SHIFT)
    opened.press(F1, SHIFT)
    assert slow.waiting
    opened.press(Qt.Key.Key_Escape)
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    slow.let_through()
    assert opened.window.front is opened.sale


def test_in_english(opened: Counter) -> None:
    tell(opened)
    link(opened, online=True, held=(STOCK,))
    opened.shop.context.change_settings(language="en", sounds=False)
    opened.rest()
    words = said(opened)
    assert "Prices and stock: 250 of 300 rows (stock) would be deleted" in words
    assert "A coupon had been used elsewhere" in words
    assert "Valet orders" in words


def test_every_reason_has_its_words() -> None:
    """A reason has a why and a what to do; that both languages have them is checked by test_words."""
    ages = {"prices": 1e6, "members": 1e6, "coupons": 1e6, "stock": 1e6}
    bad: dict[str, Any] = {
        "unread": 1,
        "own_key": False,
        "disk_full": True,
        "powers_rest": True,
        "clock_jumped": True,
        "clock_suspect": True,
    }
    worst = Facts(ages=ages, offline_s=1.0, held={"global": 1.0, "zone": 1.0, "store": 1.0}, **bad)
    stuck = Facts(ages={}, oldest_unsent_s=1e6)
    silent = Facts(ages={}, limits=tuple(Limit(step, 5.0) for step in SETTINGS), sealed_s=5.0)
    week = Facts(ages={}, limits=(Limit("cash_only", 5.0),))
    shut = Facts(ages={}, sealed_s=5.0, revoked=True)
    near = Facts(ages={}, limits=tuple(Limit(step, -5.0) for step in SETTINGS))
    away = Facts(ages={}, offline_s=1.0)
    all_of_them = (worst, stuck, silent, week, shut, near, away)
    codes = {why.code for facts in all_of_them for one in capabilities(facts) for why in one.reasons}
    assert len(codes) == 24
    assert {code for code in codes if not (i18n.known(f"ready.why.{code}") and i18n.known(f"ready.do.{code}"))} == set()
    assert all(i18n.known(f"ready.can.{name}") for name, _, _ in CAPABILITIES)
    assert all(i18n.known(f"ready.state.{state.value}") for state in State)


def test_a_manager_whom_hq_has_not_confirmed_approves_nothing_and_hears_why(opened: Counter) -> None:
    """S-23: as with a keyring that is locked, or a role that was written into the till's files."""
    opened.till.own.trust = None
    opened.shop.ask_status()
    opened.rest()
    assert "店长权限未经总部确认，暂不能批准" in said(opened)
    link(opened, online=True, held=(STOCK,))
    opened.click(opened.button("店长接收"))
    opened.type("9999\n")
    opened.rest()
    assert "店长 的店长权限未经总部确认" in " ".join(opened.words(opened.window))


def test_money_of_a_sale_that_cannot_be_read_is_seen_to_by_a_manager(opened: Counter) -> None:
    """T-8: an update in the middle of a payment; the amount, the reference and what to do stand here."""
    with opened.till.transaction() as con:
        text = '{"payments": [{"tender": "card", "amount": 25900, "reference": "A1"}]}'
        unread_carts.keep(con, opened.till.wall(), text)
    opened.till._unread = None
    opened.shop.ask_status()
    opened.rest()
    assert "刷卡，可能已扣款 A1 ¥259.00" in said(opened)
    opened.click(opened.button("店长确认已阅"))
    opened.type("9999\n")
    opened.rest()
    assert "刷卡，可能已扣款" not in said(opened)
