"""Asking HQ to keep what the cart on screen needs, beside everything else (protocol.md, coupons).

The till's thread only hears of the line's state and of the answer; the question waits in a thread of its own, for a
second at most. The same question is asked once a cart; only what HQ is calling back from another store is asked for
again, until it is here, what it held when that has ended, and whatever no answer came to. The other way round, what HQ
calls back from this store is given up between two carts.
"""

from __future__ import annotations

from concurrent.futures import Future
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from posclient.errors import PosError
from ui.answers import answer_of
from ui.context import Context, LinkState
from ui.i18n import tr
from ui.link import Link

if TYPE_CHECKING:
    from posclient.actions.holding import Answer, Question
    from posclient.actions.returning import Returned
    from posclient.actions.till import Till
    from posclient.actions.views import CartView
    from sync.asking import HoldReply


#: Seconds until HQ is asked again: for what it calls back, where its own answer did not say; and where none came.
LATER_S = 10
#: A hold that has ended by a clock that differs from the till's is not looked at more often (ms).
SOONEST_MS = 5_000
#: A lease may be good for weeks, more than a timer can count.
LATEST_MS = 86_400_000
#: Rights that end by themselves: HQ's hold, and the store's lease, of which its hub says whose it is for ten minutes.
ENDING = frozenset({"hold", "lease"})


class Holding(QObject):
    """Listens to the cart and to the line; ``link`` carries the question."""

    _answered = Signal(object, object)  # Question, Answer or None

    def __init__(self, context: Context, link: Link) -> None:
        super().__init__()
        self._context, self._link = context, link
        self._online = self._hub = False
        self._cart = ""
        self._asked: set[Question] = set()
        self._unanswered: set[Question] = set()
        self._open_again = QTimer(self, singleShot=True)
        self._open_again.timeout.connect(self._open_unanswered)
        self._again = QTimer(self, singleShot=True)
        self._again.timeout.connect(self._ask_again)
        self._ends = QTimer(self, singleShot=True)
        self._ends.timeout.connect(self._hold_ended)
        self._kept = 0
        self._answered.connect(self._take, Qt.ConnectionType.QueuedConnection)
        context.cart_changed.connect(self._look)
        context.cart_changed.connect(self._cart_let_go)
        context.link_changed.connect(self._line_changed)
        link.refreshed.connect(self._look_at_money)
        link.leases_due.connect(self._give_up, Qt.ConnectionType.QueuedConnection)

    def stop(self) -> None:
        """The till is being closed: nothing asks it any more."""
        self._again.stop()
        self._ends.stop()
        self._open_again.stop()

    def _line_changed(self, link: LinkState) -> None:
        """The rights of the cart on screen depend on whether HQ can be asked."""
        online, hub = link.online, link.hub_state in {"through_hub", "is_hub"}
        if (online, hub) == (self._online, self._hub):
            return
        self._online, self._hub = online, hub
        self._forget_asked()

        def tell(till: Till) -> CartView:
            from posclient.actions import holding

            return holding.line_changed(till, online=online, hub=hub)

        if self._context.staff is None:
            self._context.do(tell)
        else:
            self._context.change_cart(tell)

    def _look(self, view: CartView) -> None:
        if view.cart_id != self._cart:
            self._cart = view.cart_id
            self._forget_asked()
            self._again.stop()
        self._wait_for_end(view)
        if not (self._online or self._hub):
            return
        from posclient.actions.holding import question

        asked = question(view)
        if asked is not None and asked not in self._asked and (self._online or asked.coupons):
            self._asked.add(asked)
            self._ask(asked)

    def _wait_for_end(self, view: CartView) -> None:
        """Nobody may touch the cart for ten minutes; a payment least of all."""
        rights = [one.right for one in view.member.coupons] if view.member else []
        ends = [one.until for one in rights if one is not None and one.kind in ENDING and one.until is not None]
        self._ends.stop()
        if ends:
            left = min(ends) - datetime.now(UTC)
            self._ends.start(min(max(SOONEST_MS, left // timedelta(milliseconds=1) + 1000), LATEST_MS))

    def _hold_ended(self) -> None:
        """The cart as it is without it: HQ or the hub is asked for it once more, also while payment is open."""
        self._forget_asked()
        if self._context.staff is not None:
            self._context.change_cart(_repriced)

    def _forget_asked(self) -> None:
        """Whatever the cart needs may be asked for at once."""
        self._asked, self._unanswered = set(), set()
        self._open_again.stop()

    def _settle(self, view: CartView, asked: Question, *, unanswered: bool) -> None:
        from posclient.actions.holding import question

        is_open = question(view) == asked
        if unanswered and (is_open or asked.coupons):
            self._no_answer(asked)
        elif not is_open:  # it was given; what is leased on top ends, and is asked for again then
            self._asked.discard(asked)

    def _no_answer(self, asked: Question) -> None:
        """HQ may have leased it all the same, and would lease as much again: its feed is looked at first."""
        self._unanswered.add(asked)
        self._open_again.start(LATER_S * 1000)
        self._link.wake()

    def _open_unanswered(self) -> None:
        self._asked -= self._unanswered
        self._unanswered, view = set(), self._context.cart
        if view is not None and not view.paying and self._context.staff is not None:
            self._context.change_cart(_open_again)
        self._look_at_money()

    def _look_at_money(self) -> None:
        """What HQ leased counts while payment is open, whichever way it came. What was entered stays as it is."""
        view = self._context.cart
        if view is None or not view.paying or self._context.staff is None:
            return
        from posclient.actions.holding import question

        asked = question(view)
        if asked is not None and (asked.value or asked.points):
            self._context.change_cart(_repriced)

    def _ask(self, asked: Question) -> None:
        from sync.asking import MOST_HELD, HoldRequest

        coupons, on_top = list(asked.coupons[:MOST_HELD]), {"value": asked.value, "points": asked.points}
        waiting = self._link.hold(HoldRequest(member=asked.member, coupons=coupons, **on_top))

        def answered(done: Future[HoldReply]) -> None:
            """In the thread of the question."""
            try:
                answer = answer_of(done.result(), asked)
            except (PosError, ValueError):  # no line, no answer in time, or a time that is none
                answer = None
            self._answered.emit(asked, answer)

        if waiting is not None:
            waiting.add_done_callback(answered)

    def _ask_again(self) -> None:
        """Has what HQ calls back come? While payment is open it could not be taken: then later."""
        view = self._context.cart
        if view is None or not self._online:
            return
        from posclient.actions.holding import question

        asked = question(view, again=True)
        if view.paying:
            self._again.start(LATER_S * 1000)
        elif asked is not None:
            self._ask(asked)

    def _take(self, asked: Question, answer: Answer | None) -> None:
        called = _called_back(self._context.cart)

        def take(till: Till) -> CartView:
            from posclient.actions import holding

            return holding.take(till, asked, answer)

        if not (asked.value or asked.points):
            self._asked.discard(asked)  # what was given may end, and is asked for again then

        def wait(view: CartView) -> None:
            self._settle(view, asked, unanswered=answer is None)
            waiting = _called_back(view)
            if waiting:
                known = [one.again_s for key, one in answer.refused.items() if key in waiting] if answer else []
                self._again.start(max(1, min(known, default=LATER_S)) * 1000)

        def shown(view: CartView) -> None:
            wait(view)
            for coupon in view.member.coupons if view.member else ():
                if coupon.id in called and coupon.right is not None and coupon.right.kind == "hold":
                    self._context.tones.play("success")
                    self._context.say("good", tr("coupon.came", name=coupon.name))

        if self._context.staff is not None:
            self._context.change_cart(take, shown)
        else:  # it counts all the same: the cart is on screen again when somebody logs in
            self._context.do(take, wait)

    def _cart_let_go(self, _view: CartView) -> None:
        """The cart has changed that kept a lease which HQ calls back."""
        if self._kept:
            self._give_up()

    def _give_up(self) -> None:
        """After a cycle, and when the cart has changed that was using one. An error keeps the lease: later again."""

        def give_up(till: Till) -> Returned:
            from posclient.actions import returning

            return returning.give_up(till)

        self._context.do(give_up, self._gave_up, lambda _error: None)

    def _gave_up(self, done: Returned) -> None:
        self._kept = done.kept
        if done.given_up:
            self._context.sync_wanted.emit()
        if done.view is not None and self._context.staff is not None:
            self._context.show_cart(done.view)


def _repriced(till: Till) -> CartView:
    from posclient.actions import ringing

    return ringing.reprice(till)


def _open_again(till: Till) -> CartView:
    from posclient.actions import holding

    return holding.open_again(till)


def _called_back(view: CartView | None) -> set[str]:
    """Coupons of the cart that HQ is calling back from another store."""
    if view is None or view.member is None:
        return set()
    from posclient.actions.holding import RECALLS

    return {one.id for one in view.member.coupons if one.reason in RECALLS}
