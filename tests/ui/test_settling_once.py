"""Money is taken once, and only for what the cashier has seen."""

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication

from posclient.errors import DataError
from tests.ui.conftest import Counter
from ui.runner import Failed, InlineRunner
from ui.screens.confirm import ConfirmPage
from ui.screens.once import DOUBLE_S
from ui.screens.payment import PaymentPage

ENTER = Qt.Key.Key_Return
COAT = "A001-RED-110"


def sales(counter: Counter) -> int:
    """Sales in till.db."""
    return int(counter.store.rows("SELECT count(*) FROM sale")[0][0])


def paying(counter: Counter) -> PaymentPage:
    """The payment page, which must be open."""
    page = counter.window.front
    assert isinstance(page, PaymentPage)
    return page


def test_scan_enter_enter_enter(selling: Counter) -> None:
    """T-40: the whole sale by keyboard, exact cash, and ready for the next."""
    printed: list[tuple[str, bool]] = []
    selling.shop.context.receipt_wanted.connect(lambda sale, copy: printed.append((sale, copy)))
    selling.scan(selling.gtin(COAT))
    selling.press(ENTER)
    paying(selling)
    selling.press(ENTER)
    assert sales(selling) == 1
    assert [copy for _, copy in printed] == [False]
    selling.press(ENTER)
    assert selling.window.front is selling.sale
    assert selling.lines() == []
    selling.scan(selling.gtin(COAT))
    assert selling.lines() == [("红羽绒服", "1")]


def test_enters_of_a_stall_never_settle(selling: Counter) -> None:
    """T-13: three Enters typed while the program stood still open payment at most; none pays."""
    selling.scan(selling.gtin(COAT))
    stamp = round(selling.shop.scanner.keys.now_ms())
    selling.wait(30)
    for place in range(3):  # pressed before the payment page was painted, delivered after
        selling.raw(ENTER, "\r", stamp + place * 5)
        selling.rest()
        selling.wait(20)
    assert sales(selling) == 0
    if selling.window.front is selling.sale:  # the cart's own paint came after those keys
        selling.press(ENTER)
    paying(selling)
    assert sales(selling) == 0
    selling.press(ENTER)
    assert sales(selling) == 1


def test_an_enter_that_is_held_down_settles_nothing(selling: Counter) -> None:
    """S-15: the system repeats the key, a person pressed it once."""
    selling.scan(selling.gtin(COAT))
    selling.press(ENTER)
    for _ in range(20):
        event = QKeyEvent(QEvent.Type.KeyPress, ENTER, Qt.KeyboardModifier.NoModifier, "\r", autorep=True)
        QApplication.sendEvent(QApplication.focusWidget() or selling.window, event)
        selling.rest()
    paying(selling)
    assert sales(selling) == 0


def test_twenty_clicks_on_pay_are_one_sale(selling: Counter) -> None:
    """T-15: on the sale's button, then on the payment's."""
    selling.scan(selling.gtin(COAT))
    page_count: list[object] = []
    selling.shop.context.page_wanted.connect(page_count.append)
    for _ in range(20):
        selling.click(selling.sale.side.pay)
        selling.wait(10)
    assert len(page_count) == 1
    page = paying(selling)
    selling.wait(round(DOUBLE_S * 1000) + 50)
    for _ in range(20):
        selling.click(page.side.button)
    selling.wait(50)
    assert sales(selling) == 1


@pytest.mark.parametrize("key", [Qt.Key.Key_F9, ENTER])
def test_an_empty_cart_is_not_paid(selling: Counter, key: Qt.Key) -> None:
    selling.press(key)
    assert selling.window.front is selling.sale


def test_leaving_payment_with_cash_taken_asks_whether_it_went_back(selling: Counter) -> None:
    """S-23: Esc alone never makes money that was taken vanish; the audit keeps what was handed back."""
    selling.scan(selling.gtin(COAT))
    selling.press(ENTER)
    selling.type("100\n")
    page = paying(selling)
    words = selling.words(page.side)
    assert (words[words.index("应收") + 1], page.side.figure.text()) == ("259.00", "159.00")
    assert "-100.00" in words, "and nothing else is said to be left"
    assert words.count("还差") == 1
    selling.press(Qt.Key.Key_Escape)
    assert selling.window.front.name == ConfirmPage.name
    assert "100.00" in " ".join(selling.words(selling.window.front))
    selling.press(Qt.Key.Key_Escape)
    assert paying(selling) is page
    assert selling.cart.due == 15900
    selling.press(Qt.Key.Key_Escape)
    selling.press(ENTER)
    assert selling.window.front is selling.sale
    assert (selling.cart.paying, selling.lines()) == (False, [("红羽绒服", "1")])
    assert selling.store.rows("SELECT count(*) FROM audit WHERE action = 'cancel_payment'") == [(1,)]


class SlowRunner(InlineRunner):
    """The worker is busy elsewhere: work waits until it is let through."""

    def __init__(self, opened: object) -> None:
        super().__init__(opened)
        self.waiting: list[Callable[[], None]] = []

    @property
    def busy(self) -> int:  # type: ignore[override]
        return len(self.waiting)

    def run(self, work: Callable[[Any], Any], done: Callable[[Any], None], failed: Failed) -> None:
        self.waiting.append(lambda: super(SlowRunner, self).run(work, done, failed))

    def let_through(self) -> None:
        """Everything that waits, and what follows from it."""
        while self.waiting:
            self.waiting.pop(0)()


def test_keys_and_clicks_while_the_till_is_slow_settle_nothing(selling: Counter) -> None:
    """T-13, T-15: payment opens late, Enter is pressed ten times meanwhile; then the commit is slow, ten times more."""
    selling.scan(selling.gtin(COAT))
    slow = SlowRunner(selling.till)
    selling.shop.context._till = slow
    for _ in range(10):
        selling.press(ENTER)
    slow.let_through()
    selling.rest()
    assert paying(selling)._done is None
    assert sales(selling) == 0
    for _ in range(10):
        selling.press(ENTER)
    assert slow.busy == 1
    slow.let_through()
    assert sales(selling) == 1


def test_a_scan_under_way_holds_payment_back(selling: Counter) -> None:
    """T-13: Enter right behind a scan must not take payment for an amount that is about to change."""
    selling.scan(selling.gtin(COAT))
    slow = SlowRunner(selling.till)
    selling.shop.context._till = slow
    selling.scan(selling.gtin(COAT))
    selling.press(ENTER)
    assert selling.window.front is selling.sale
    slow.let_through()
    selling.rest()
    selling.press(ENTER)
    slow.let_through()
    assert paying(selling)._view is not None
    assert selling.cart.due == 51800


@pytest.mark.parametrize("by_card", [False, True])
def test_a_commit_that_failed_can_be_tried_again(
    selling: Counter, monkeypatch: pytest.MonkeyPatch, *, by_card: bool
) -> None:
    """T-5: the money is taken, the disk refuses the sale: the page shows it as paid, and Enter tries again."""
    selling.scan(selling.gtin(COAT))
    selling.press(ENTER)
    page = paying(selling)
    if by_card:
        selling.press(Qt.Key.Key_F3)
    with monkeypatch.context() as patch:
        patch.setattr("posclient.db.sale_commit.write", _full)
        selling.press(ENTER)
    assert (sales(selling), page.charge_pending) == (0, False)
    selling.press(ENTER)
    assert sales(selling) == 1
    assert selling.store.rows("SELECT count(*) FROM payment")[0][0] == 1


def _full(*_args: object) -> None:
    raise DataError("disk_full")
