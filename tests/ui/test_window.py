"""The window around the screens: strip, hints, language and look while it runs."""

import time
from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from posclient.actions.views import TillStatus
from tests.ui.conftest import Counter
from ui.context import LinkState
from ui.screens.payment import PaymentPage
from ui.widgets.button import Button
from ui.widgets.strip import age_text, span_text


def strip(counter: Counter) -> str:
    """What the strip says."""
    return " ".join(label.text() for label in counter.window.strip.findChildren(QLabel) if label.isVisible())


def status(**values: object) -> TillStatus:
    shown: dict[str, object] = {
        "terminal": "T1", "store_name": "南京东路店", "slot": 1, "business_date": "2026-11-21", "unsent": 0,
        "unsent_amount": 0, "oldest_unsent_s": None,
        "ages": {"prices": 60.0, "stock": 60.0, "members": 60.0, "coupons": 60.0},
    } | values  # fmt: skip
    return TillStatus(**shown)  # type: ignore[arg-type]


def test_the_strip_says_offline_since_when_why_and_what_is_unsent(selling: Counter) -> None:
    selling.shop.context.show_link(LinkState(False, True, time.monotonic() - 18 * 60, "unreachable"))
    ages = {"prices": 22 * 60.0, "stock": 22 * 60.0, "members": 7200.0, "coupons": 22 * 60.0}
    selling.shop.context.show_status(status(unsent=12, unsent_amount=438600, ages=ages))
    words = strip(selling)
    assert "离线 18 分钟 · 网络中断" in words
    assert "未上传 12 笔 ¥4386.00" in words
    assert "价格、库存、优惠券 22 分钟前 · 会员 2 小时前" in words


def test_the_unsent_count_of_the_strip_is_that_of_the_database(selling: Counter) -> None:
    """T-23: a truthful pending count."""
    for _ in range(2):
        selling.scan(selling.gtin("T001-RED-110"))
        for _ in range(3):
            selling.press(Qt.Key.Key_Return)
    selling.shop.ask_status()
    facts, amount = selling.store.rows("SELECT count(*), sum(amount) FROM outbox WHERE acked_ms IS NULL")[0]
    assert facts >= 2
    assert f"未上传 {facts} 笔 ¥{amount // 100}" in strip(selling)


def test_no_data_yet_is_said(selling: Counter) -> None:
    selling.shop.context.show_status(status(ages=dict.fromkeys(("prices", "stock", "members", "coupons"))))
    assert "尚无总部数据" in strip(selling)


def test_ages_in_words() -> None:
    assert [age_text(seconds) for seconds in (5, 60, 7200, 200_000)] == ["刚刚", "1 分钟前", "2 小时前", "2 天前"]
    assert span_text(5) == "不到 1 分钟"


def test_hints_show_what_can_be_done_here_alone(selling: Counter) -> None:
    """Keys of features that are not there are hidden."""

    def hints() -> list[str]:
        buttons = selling.window.hints.findChildren(Button)
        return [one.text() for one in buttons if one.isVisibleTo(selling.window.hints)]

    assert "删行" not in hints()
    selling.scan(selling.gtin("T001-RED-110"))
    assert {"会员", "行导购", "折扣", "数量", "删行", "锁屏"} <= set(hints())
    assert not {"挂单", "取单"} & set(hints())


def test_a_hint_does_what_its_key_does(selling: Counter) -> None:
    """By touch alone."""
    selling.scan(selling.gtin("T001-RED-110"))
    hint = next(one for one in selling.window.hints.findChildren(Button) if one.text() == "删行")
    selling.click(hint)
    assert selling.lines() == []


def test_language_and_look_follow_while_the_window_runs(selling: Counter) -> None:
    selling.scan(selling.gtin("T001-RED-110"))
    before = selling.window.grab().toImage().pixelColor(700, 600).lightness()
    selling.shop.context.change_settings(language="en", theme="dark")
    selling.rest()
    words = " ".join(one.text() for one in selling.window.findChildren(Button) if one.isVisible())
    assert "Collect" in words
    assert "收款" not in words
    assert selling.window.grab().toImage().pixelColor(700, 600).lightness() < before / 2


def test_targets_are_large_enough_for_fingers(selling: Counter) -> None:
    """ux.md: 44 px and more; the hints at the foot are 42 within a strip of 44."""
    selling.scan(selling.gtin("T001-RED-110"))
    small = [
        (one.text(), one.width(), one.height())
        for one in selling.window.findChildren(Button)
        if one.isVisible() and (one.height() < 42 or one.width() < 44)
    ]
    assert small == []


def test_a_till_that_works_on_something_shows_it(selling: Counter) -> None:
    selling.window.strip.show_busy(True)
    assert selling.window.strip.busy
    selling.window.strip.show_busy(False)
    assert not selling.window.strip.busy


def test_a_message_that_is_there_follows_the_stage(selling: Counter) -> None:
    """Where the stage gets narrower while it speaks, the bar may not reach over the amount due."""
    window = selling.window
    selling.shop.context.say("danger", "打印机没有纸")
    changes: list[Callable[[], None]] = [lambda: window.resize(1920, 1080), window.rail.hide, window.rail.show]
    for change in changes:
        change()
        selling.rest()
        area, bar = window.stage.left_area(window.place.side_width), window.message.geometry()
        assert (bar.left(), bar.right(), bar.bottom()) == (area.left(), area.right(), area.bottom())


def test_a_message_stands_beside_the_amount_due_of_the_payment_page(selling: Counter) -> None:
    """Its right side is wider than that of the sale: a message covered the edge of the button."""
    window = selling.window
    selling.scan(selling.gtin("T001-RED-110"))
    selling.press(Qt.Key.Key_Return)
    page = window.front
    assert isinstance(page, PaymentPage)
    selling.shop.context.say("danger", "打印机没有纸")
    selling.rest()
    assert window.message.geometry().right() < page.side.x()
    selling.press(Qt.Key.Key_Escape)
    assert window.message.geometry().right() == window.stage.left_area(window.place.side_width).right()
