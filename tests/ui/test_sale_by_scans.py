"""The sale by scans, as a cashier rings it up: one row a change, the touched line marked, reasons told."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from tests.ui.conftest import MEMBER, Counter

COAT, SHIRT = "A001-RED-110", "T001-RED-110"


def test_the_same_article_again_is_one_more(selling: Counter) -> None:
    code = selling.gtin(COAT)
    selling.scan(code)
    selling.scan(code)
    assert selling.lines() == [("红羽绒服", "2")]
    assert selling.sale.side.due.text() == "518.00"
    assert selling.shop.context.tones.played == "success"


def test_the_line_just_scanned_is_the_one_that_is_marked(selling: Counter) -> None:
    for sku in (COAT, SHIRT, COAT):
        selling.scan(selling.gtin(sku))
    assert selling.sale.cart.marked() == selling.cart.lines[0].id


def test_member_promotion_and_coupon_each_say_why(selling: Counter) -> None:
    """T-51: what is taken off has its name under the line; what is not has its reason."""
    hq = selling.store.hq
    hq.promotion({"id": "P1", "kind": "percent_off", "bp": 1000, "include": ["category:top"]}, "会员日 9 折")
    hq.coupon("K1", "M1", {"kind": "amount_off", "amount": 5000, "min_spend": 20000})
    hq.coupon("K2", "M1", {"kind": "amount_off", "amount": 500, "min_spend": 99900})
    selling.scan(MEMBER)
    selling.scan(selling.gtin(COAT))
    selling.scan(selling.gtin(SHIRT))
    coat, shirt = selling.sale.rows.rows
    assert "会员价" in coat.reasons
    assert shirt.reasons.startswith("会员日 9 折")
    coupons = {row.id: row for row in selling.sale.side.coupon_rows()}
    assert (coupons["K1"].used, coupons["K1"].amount) == (True, "-50.00")
    assert "还差" in coupons["K2"].detail


def test_a_touch_leaves_a_coupon_out_and_takes_it_back(selling: Counter) -> None:
    selling.store.hq.coupon("K1", "M1", {"kind": "amount_off", "amount": 5000})
    selling.scan(MEMBER)
    selling.scan(selling.gtin(COAT))
    coupons = selling.sale.side.coupons
    spot = coupons.visualRect(coupons.model().index(0, 0)).center()
    choices = []
    for _ in range(2):
        selling.click(coupons.viewport(), spot)
        row = selling.sale.side.coupon_rows()[0]
        choices.append((row.choice, row.used))
    assert choices == [("excluded", False), ("auto", True)]


def test_coupons_by_keys_alone(selling: Counter) -> None:
    """T-40: F7, Space."""
    selling.store.hq.coupon("K1", "M1", {"kind": "amount_off", "amount": 5000})
    selling.scan(MEMBER)
    selling.scan(selling.gtin(COAT))
    selling.press(Qt.Key.Key_F7)
    selling.type(" ")
    assert selling.sale.side.coupon_rows()[0].choice == "excluded"


def test_an_unknown_code_shows_what_was_read_and_what_to_do(selling: Counter) -> None:
    """T-39: raw code, sentence, tone; the cart stays as it is."""
    selling.scan("9999999999994")
    assert "9999999999994" in selling.window.message.text
    assert "F2" in selling.window.message.text
    assert selling.shop.context.tones.played == "failure"


def test_delete_takes_the_marked_line_out(selling: Counter) -> None:
    for sku in (COAT, SHIRT):
        selling.scan(selling.gtin(sku))
    selling.press(Qt.Key.Key_Up)
    selling.press(Qt.Key.Key_Delete)
    assert selling.lines() == [("红T恤", "1")]


def test_a_message_covers_neither_the_amount_due_nor_takes_the_focus(selling: Counter) -> None:
    focus = selling.window.focusWidget()
    selling.scan("9999999999994")
    bar, due = selling.window.message, selling.sale.side.due
    covered = bar.rect().translated(bar.mapTo(selling.window, bar.rect().topLeft()))
    shown = due.rect().translated(due.mapTo(selling.window, due.rect().topLeft()))
    assert bar.isVisible()
    assert not covered.intersects(shown)
    assert selling.window.focusWidget() is focus


def test_names_with_tags_stay_names(selling: Counter) -> None:
    """S-7: no label of the window takes rich text."""
    selling.scan(MEMBER)
    labels = selling.window.findChildren(QLabel)
    assert len(labels) > 20
    rich = [label for label in labels if label.text() and label.textFormat() is not Qt.TextFormat.PlainText]
    assert rich == []


def test_the_cart_is_there_after_lock_and_log_in(selling: Counter) -> None:
    selling.scan(selling.gtin(COAT))
    selling.press(Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    assert selling.shop.context.staff is None
    selling.log_in()
    assert selling.lines() == [("红羽绒服", "1")]
