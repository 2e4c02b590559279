"""A member of another store at this counter: HQ is asked, the sale goes on, and the member comes by itself."""

from __future__ import annotations

from concurrent.futures import Future

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from posclient.actions import checkout
from posclient.actions.till import Till
from posclient.actions.views import CartView
from posclient.errors import LinkError
from sync.asking import VisitReply, VisitRequest
from tests.actions.kidswear import STORE, member_row
from tests.ui.conftest import Counter
from tests.ui.played_line import go_online

CODE = "QL77770001"
COAT = "A001-RED-110"


class Desk:
    """HQ's end of the question. ``cycles``: how often the window asked for a sync."""

    def __init__(self, counter: Counter) -> None:
        self.counter, self.cycles = counter, 0
        self.asked: list[str] = []
        self.waiting: list[Future[VisitReply]] = []
        counter.shop.link.visit = self.visit  # type: ignore[method-assign]
        counter.shop.link.sync_now = self.sync_now  # type: ignore[method-assign]

    def visit(self, request: VisitRequest) -> Future[VisitReply]:
        self.asked.append(request.code)
        self.waiting.append(Future())
        return self.waiting[-1]

    def sync_now(self) -> None:
        self.cycles += 1

    def answer(self, member: str) -> None:
        self.waiting.pop(0).set_result(VisitReply(member=member, time="2026-11-21T14:03:00+08:00"))
        QApplication.processEvents()

    def bring(self) -> None:
        """A cycle with the member's rows."""
        hq = self.counter.store.hq
        hq.send(STORE, member_row("M7", "赵云", "13877770001", code=CODE, home_store="S002", tier="gold"))
        self.counter.shop.link.refreshed.emit()


@pytest.fixture
def desk(selling: Counter) -> Desk:
    """Codes of ten signs that begin with QL are members'; a coat is in the cart."""
    selling.store.hq.setting("claimed_codes", [{"prefix": "QL", "length": 10}])
    selling.scan(selling.gtin(COAT))
    return Desk(selling)


def test_a_member_of_another_store_comes_by_themselves(desk: Desk) -> None:
    """C1: HQ knows them; until then the sale is at non-member terms."""
    counter = desk.counter
    go_online(counter)
    counter.scan(CODE)
    assert (counter.cart.claimed_code, desk.asked) == (CODE, [CODE])
    desk.answer("M7")
    assert desk.cycles == 1
    counter.shop.link.refreshed.emit()  # a cycle that had begun before
    assert counter.cart.claimed_code == CODE
    total = counter.cart.total
    desk.bring()
    assert counter.cart.member is not None
    assert counter.cart.member.member.id == "M7"
    assert counter.cart.total == total - 2000
    assert "总部已找到这位会员，会员价和优惠券已生效" in counter.words(counter.window)
    counter.scan(counter.gtin(COAT))
    assert desk.asked == [CODE]


@pytest.mark.parametrize("known", [True, False])
def test_no_answer_leaves_the_code_as_it_is(desk: Desk, known: bool) -> None:
    counter = desk.counter
    go_online(counter)
    counter.scan(CODE)
    if known:
        desk.answer("")
    else:
        desk.waiting.pop(0).set_exception(LinkError("timeout"))
        QApplication.processEvents()
    desk.bring()
    assert (desk.cycles, counter.cart.claimed_code) == (0, CODE)


def test_offline_nobody_is_asked_until_the_line_is_back(desk: Desk) -> None:
    desk.counter.scan(CODE)
    assert desk.asked == []
    go_online(desk.counter)
    assert desk.asked == [CODE]


def test_a_sale_that_is_being_paid_is_not_priced_anew(desk: Desk) -> None:
    counter = desk.counter
    go_online(counter)
    counter.scan(CODE)
    desk.answer("M7")
    counter.press(Qt.Key.Key_Return)
    desk.bring()
    assert counter.cart.claimed_code == CODE
    assert counter.shop.context.tones.played != "failure"
    counter.press(Qt.Key.Key_Return)
    assert counter.store.rows("SELECT claimed_code, member FROM sale") == [(CODE, None)]


def test_a_code_that_was_taken_back_stays_away(desk: Desk) -> None:
    counter = desk.counter
    go_online(counter)
    counter.scan(CODE)
    counter.shop.context.change_cart(_nobody)
    desk.answer("M7")
    desk.bring()
    assert (desk.cycles, counter.cart.member) == (0, None)


def _nobody(till: Till) -> CartView:
    return checkout.set_member(till, None)
