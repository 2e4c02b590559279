"""A member code that is unknown in this store: HQ is asked whose it is, beside everything else (protocol.md, members).

The sale goes on at non-member terms meanwhile. If HQ knows the member, its feed brings them with their coupons, and the
code becomes that member by itself.
"""

from __future__ import annotations

from concurrent.futures import Future
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal

from posclient.errors import PosError
from ui.context import Context
from ui.i18n import tr
from ui.link import Link

if TYPE_CHECKING:
    from posclient.actions.till import Till
    from posclient.actions.views import CartView
    from sync.asking import VisitReply


class Visiting(QObject):
    """Listens to the cart; each code is asked for until HQ has answered, which counts for the cart."""

    _answered = Signal(str, object)  # the code; does HQ know it, None for no answer

    def __init__(self, context: Context, link: Link) -> None:
        super().__init__()
        self._context, self._link = context, link
        self._asked: tuple[str, str] | None = None
        self._coming = ""
        self._answered.connect(self._heard, Qt.ConnectionType.QueuedConnection)
        context.cart_changed.connect(self._look)
        link.refreshed.connect(self._came)

    def _look(self, view: CartView) -> None:
        code = view.claimed_code or ""
        if not code:
            self._coming = ""
        if not code or not self._context.link.online or self._asked == (view.cart_id, code):
            return
        from sync.asking import VisitRequest

        waiting = self._link.visit(VisitRequest(code=code))
        if waiting is not None:
            self._asked = view.cart_id, code
            waiting.add_done_callback(lambda done: self._answered.emit(code, _knows(done)))

    def _heard(self, code: str, known: bool | None) -> None:
        """HQ's feed has the member from now on: fetch it. Without an answer it is asked when the cart changes next."""
        if known is None and self._asked is not None and self._asked[1] == code:
            self._asked = None
        if known and self._code() == code:
            self._coming = code
            self._link.sync_now()

    def _came(self) -> None:
        """A cycle has brought rows. While payment is open the code stays what it is: HQ credits the points."""
        view, code = self._context.cart, self._coming
        if view is None or view.paying or not code or self._code() != code or self._context.staff is None:
            return

        def serve(till: Till) -> CartView:
            from posclient.actions import checkout

            return checkout.serve(till, code)

        def shown(view: CartView) -> None:
            if view.member is not None:
                self._coming = ""
                self._context.tones.play("success")
                self._context.say("good", tr("member.came"))

        self._context.change_cart(serve, shown)

    def _code(self) -> str:
        view = self._context.cart
        return (view.claimed_code or "") if view is not None else ""


def _knows(done: Future[VisitReply]) -> bool | None:
    """In the thread of the question: no line and no answer in time are no answer."""
    try:
        return bool(done.result().member)
    except PosError:
        return None
