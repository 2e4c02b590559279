"""T-26: the list of receipts is no invisible wall; the slip of this morning is wanted after a busy afternoon."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt

from posclient.actions import checkout, payment
from tests.ui.conftest import Counter
from ui.screens.receipts import RECENT, ReceiptsPage
from ui.widgets.choices import ROW


def page_after(counter: Counter, sales: int) -> ReceiptsPage:
    """The list, after so many sales."""
    for _ in range(sales):
        checkout.add(counter.till, "A001-RED-110")
        payment.open(counter.till)
        view = payment.pay(counter.till, "cash")
        payment.complete(counter.till, view.cart_id)
    counter.press(Qt.Key.Key_F11)
    page = counter.window.front
    assert isinstance(page, ReceiptsPage)
    return page


def test_the_first_slip_of_a_long_day_is_found_by_arrows(selling: Counter) -> None:
    page = page_after(selling, 2 * RECENT + 1)
    wanted: list[str] = []
    selling.shop.context.receipt_wanted.connect(lambda sale, _copy: wanted.append(sale))
    for _ in range(2 * RECENT):
        selling.press(Qt.Key.Key_Down)
    oldest = selling.store.rows("SELECT id FROM sale ORDER BY number LIMIT 1")[0][0]
    assert page._shown == oldest
    selling.press(Qt.Key.Key_Return)
    assert wanted == [oldest]


def test_a_touch_on_the_last_row_lists_earlier_ones(selling: Counter) -> None:
    """And where there are none it goes."""
    page = page_after(selling, RECENT)
    assert len(page._choices.ids()) == RECENT + 1
    selling.click(page._choices, QPoint(40, RECENT * ROW + ROW // 2))
    assert len(page._choices.ids()) == RECENT
    assert page._shown == page._choices.ids()[-1]
