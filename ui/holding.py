"""Asking HQ to keep what the cart on screen needs, beside everything else (protocol.md, coupons).

The till's thread only hears of the line's state and of the answer; the question waits in a thread of its own, for a
second at most. The same question is asked once a cart.
"""

from __future__ import annotations

from concurrent.futures import Future
from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal

from posclient.errors import PosError
from ui.context import Context, LinkState
from ui.link import Link

if TYPE_CHECKING:
    from posclient.actions.holding import Answer, Question
    from posclient.actions.till import Till
    from posclient.actions.views import CartView
    from sync.protocol import HoldReply


class Holding(QObject):
    """Listens to the cart and to the line; ``link`` carries the question."""

    _answered = Signal(object, object)  # Question, Answer or None

    def __init__(self, context: Context, link: Link) -> None:
        super().__init__()
        self._context, self._link = context, link
        self._online = False
        self._cart = ""
        self._asked: set[Question] = set()
        self._answered.connect(self._take, Qt.ConnectionType.QueuedConnection)
        context.cart_changed.connect(self._look)
        context.link_changed.connect(self._line_changed)

    def _line_changed(self, link: LinkState) -> None:
        """The rights of the cart on screen depend on whether HQ can be asked."""
        if link.online == self._online:
            return
        self._online, online = link.online, link.online
        self._asked = set()

        def tell(till: Till) -> CartView:
            from posclient.actions import holding

            return holding.line_changed(till, online=online)

        if self._context.staff is None:
            self._context.do(tell)
        else:
            self._context.change_cart(tell)

    def _look(self, view: CartView) -> None:
        if view.cart_id != self._cart:
            self._cart, self._asked = view.cart_id, set()
        if not self._online or view.member is None:
            return
        from posclient.actions.holding import question

        asked = question(view)
        if asked is not None and asked not in self._asked:
            self._asked.add(asked)
            self._ask(asked)

    def _ask(self, asked: Question) -> None:
        from sync.protocol import MOST_HELD, HoldRequest

        coupons = list(asked.coupons[:MOST_HELD])
        waiting = self._link.hold(HoldRequest(member=asked.member, coupons=coupons, value=asked.value))

        def answered(done: Future[HoldReply]) -> None:
            """In the thread of the question."""
            try:
                answer = _answer(done.result(), asked)
            except (PosError, ValueError):  # no line, no answer in time, or a time that is none
                answer = None
            self._answered.emit(asked, answer)

        if waiting is not None:
            waiting.add_done_callback(answered)

    def _take(self, asked: Question, answer: Answer | None) -> None:
        def take(till: Till) -> CartView:
            from posclient.actions import holding

            return holding.take(till, asked, answer)

        if self._context.staff is not None:
            self._context.change_cart(take)


def _answer(reply: HoldReply, asked: Question) -> Answer:
    """HQ's reply in the till's own words; ``ValueError`` for times that cannot be read."""
    from posclient.actions.holding import Answer
    from posclient.actions.standing import Refusal
    from posclient.domain.cart import CartLease

    top = reply.value
    return Answer(
        held={one.coupon: _instant(one.until) for one in reply.held},
        refused={
            one.coupon: Refusal(one.code, one.store, _instant(one.until) if one.until else None)
            for one in reply.refused
        },
        value=CartLease(top.id, asked.member, top.amount, _instant(top.not_after).isoformat()) if top else None,
        time=_instant(reply.time),
    )


def _instant(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("no offset")
    return at
