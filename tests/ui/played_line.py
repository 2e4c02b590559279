"""The line to HQ as a test plays it: what the window asks at the counter, and what it is told."""

from __future__ import annotations

from concurrent.futures import Future
from datetime import UTC, datetime, timedelta
from typing import Any

from PySide6.QtWidgets import QApplication

from sync.asking import HeldCoupon, HoldReply, HoldRequest, ValueOnTop
from sync.hq.lease_signing import hold_signature, value_signature
from tests.actions.kidswear import HQ_SEED, STORE, TERMINAL
from tests.ui.conftest import Counter
from ui.context import LinkState


class PlayedLine:
    """HQ's end of the question, as a test wants it: answered when ``answer`` is called."""

    def __init__(self, counter: Counter) -> None:
        self.asked: list[HoldRequest] = []
        self.waiting: list[Future[HoldReply]] = []
        counter.shop.link.hold = self.hold  # type: ignore[method-assign]

    def hold(self, request: HoldRequest) -> Future[HoldReply]:
        self.asked.append(request)
        self.waiting.append(Future())
        return self.waiting[-1]

    def answer(self, kind: type[HoldReply] = HoldReply, **said: Any) -> None:
        reply = {"held": [], "refused": [], "time": datetime.now(UTC).isoformat()}
        self.waiting.pop(0).set_result(kind(**{**reply, **said}))
        QApplication.processEvents()


def held(until: str, coupon: str = "K1") -> HeldCoupon:
    """HQ keeps it for this till."""
    return HeldCoupon(coupon=coupon, until=until, signature=hold_signature(HQ_SEED, "T1", coupon, until))


def on_top(lease: str, amount: int, not_after: str, unit: str = "value") -> ValueOnTop:
    """HQ leases more of M1's account to this till."""
    signature = value_signature(HQ_SEED, TERMINAL, lease, "M1", unit, amount, not_after)
    return ValueOnTop(id=lease, amount=amount, not_after=not_after, signature=signature)


def go_online(counter: Counter, online: bool = True) -> None:
    counter.shop.context.show_link(LinkState(online=online, known=True))


def later(counter: Counter) -> None:
    """The seconds until the next question are over."""
    timer = counter.shop.holding._open_again
    assert timer.isActive()
    assert timer.interval() == 10_000
    timer.stop()
    timer.timeout.emit()
    QApplication.processEvents()


def detail(counter: Counter, coupon: str = "K1") -> str:
    """What stands below the coupon's name."""
    return next(row.detail for row in counter.sale.side.coupon_rows() if row.id == coupon)


def lease(counter: Counter, end: datetime, *, recalled: bool = False) -> None:
    """K1 is leased to this store until ``end``."""
    row = {"coupon": "K1", "store": "S001", "not_after": (end + timedelta(minutes=15)).isoformat()}
    counter.store.hq.send(STORE, ("coupon_lease", "K1", {**row, "recalled": recalled}))
