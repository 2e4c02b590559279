"""Payment: slides over the cart with the amount, the tenders, what is still open, and the change when it is done.

Enter settles with what was typed, or with the exact amount in cash, and prints (ux.md, keys). Nothing settles twice:
while an answer is awaited every further key and click is ignored, and so is one that is older than the amount it would
confirm (T-13, T-15).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QStackedLayout, QWidget

from posclient.domain.money import yuan
from posclient.errors import InputError, PosError
from ui import theme
from ui.context import Context
from ui.i18n import tr
from ui.screens.approval import ApprovalPage
from ui.screens.card_charge import CardCharge
from ui.screens.confirm import ConfirmPage
from ui.screens.payment_done import PaymentDone
from ui.screens.payment_side import WIDTH, PaymentSide
from ui.screens.payment_steps import (
    Committed,
    Opened,
    approve,
    begin_card,
    cancel,
    complete,
    end_card,
    hand_back,
    open_payment,
    pay_cash,
    pay_points,
    pay_value,
    remove,
)
from ui.screens.payment_typing import QuickAmounts, TypedAmount
from ui.screens.payment_value import POINTS, STORED_VALUE, MemberTender, show_own
from ui.screens.screen import Deeds, Page
from ui.sentences import sentence
from ui.widgets.boxes import column, frame, pad, row
from ui.widgets.button import Button
from ui.widgets.figure import Figure
from ui.widgets.number_pad import BACKSPACE, NumberPad
from ui.widgets.text import Text

if TYPE_CHECKING:
    from posclient.actions.till import Till
    from posclient.actions.views import CartView, SaleDone


class PaymentPage(Page):
    """Opened on a cart that may be paid; comes back by itself after a restart in the middle of a payment."""

    wide = True
    side_width = WIDTH
    name = "payment"
    own_keys = frozenset({Qt.Key.Key_F2, Qt.Key.Key_F3, Qt.Key.Key_F4, Qt.Key.Key_F5})

    def __init__(self, context: Context, *, in_a_breath: bool = False) -> None:
        super().__init__(context)
        self._typed = TypedAmount(in_a_breath=in_a_breath)
        self._rounding = 0
        self._done: SaleDone | None = None
        self._view: CartView | None = None
        self._info = Text(look="muted")
        self._entered, self._entered_label = Figure("amount"), Text("pay.tendered", look="muted")
        self._quick = QuickAmounts(self._pay)
        self._note = Text(look="muted", wrap=True)
        self._pad, self._finish = NumberPad("."), PaymentDone()
        self._value = MemberTender(STORED_VALUE, lambda: self._take(pay_value))
        self._points = MemberTender(POINTS, lambda: self._take(pay_points))
        self.side = PaymentSide(on_settle=self.settle, on_next=self.leave, on_remove=self._remove)
        self.charge = CardCharge(on_answer=self._card_answered)
        self._steps = QWidget()  # a stack without a parent would show its pages as windows of their own
        self._stack = QStackedLayout(self._steps)
        self._build()

    def _build(self) -> None:
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._pad.pressed.connect(self._press)
        back = Button("key.back", "quiet", keycap="Esc", on=self._back)
        head = row(Text("pay.title", look="title"), 4, self._info, None, back)
        cash = Button("pay.cash", "tile", icon="cash", keycap="F2", on=self.settle)
        card = Button("pay.card", "tile", icon="card", keycap="F3", on=lambda: self._take(begin_card))
        amount = frame("card", row(self._entered_label, self._entered, margins=(16, 8, 16, 8)))
        cash.setCheckable(True)
        cash.setChecked(True)  # what Enter and the number pad are about
        cash.clicked.connect(lambda: cash.setChecked(True))
        below = row(self._pad, 16, column(self._quick.buttons, None))
        below.setStretch(0, 3)
        below.setStretch(2, 2)
        tenders = row(cash, card, self._value.button, self._points.button, gap=12)
        till = column(tenders, self._value.note, self._points.note, 4, amount, 4, below, None, self._note, gap=10)
        for content in (till, column(self.charge, None), column(self._finish)):
            holder = QWidget()
            content.setContentsMargins(0, 0, 0, 0)
            holder.setLayout(content)
            self._stack.addWidget(holder)
        whole = row(frame("background", column(head, 8, self._steps, margins=pad())), self.side, gap=0)
        whole.setStretch(0, 1)
        self.setLayout(whole)
        self.context.cart_changed.connect(self._member_changed)

    # --- the window's side

    def shown(self) -> None:
        self.setFocus()
        self.side.seen_again()
        if self._view is None:
            self._ask(open_payment, self._show)

    def deeds(self) -> Deeds:
        if self._done is not None:
            return {"collect": self.side.go_on, "back": self.leave}
        if self.charge_pending:
            return {"collect": lambda: self._card_key(approved=True), "back": lambda: self._card_key(approved=False)}
        deeds: Deeds = {"collect": self.settle, "pay_quiet": partial(self.settle, paper=False), "back": self._back}
        return deeds if self._typed.is_new else {**deeds, "pay": self.settle}  # the key that opened it may bounce

    def takes_scan(self, _text: str) -> bool:
        """After the sale a scan begins the next one; before, the till says why it cannot."""
        if self._done is not None:
            self.leave()
        return False

    def typed(self, event: QKeyEvent) -> bool:
        if event.text() in set("0123456789.") and not self.charge_pending:
            self._press(event.text())
            return True
        return False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        deeds: dict[Qt.Key, Callable[[], None]] = {
            Qt.Key.Key_F2: self.settle, Qt.Key.Key_F3: lambda: self._take(begin_card),
            Qt.Key.Key_F4: self._value.button.click, Qt.Key.Key_F5: self._points.button.click,
            Qt.Key.Key_Backspace: self._erase,
        }  # fmt: skip
        deed = deeds.get(Qt.Key(event.key())) if not event.modifiers() else None  # Shift+F5 is no tender's key
        if deed is None or (event.isAutoRepeat() and deed != self._erase):
            super().keyPressEvent(event)
        else:
            deed()

    @property
    def charge_pending(self) -> bool:
        """Is an amount on the card terminal, and its outcome not told yet?"""
        return self._view is not None and self._view.card_pending is not None

    # --- painting

    def _show(self, opened: Opened) -> None:
        """The open payment as it is now."""
        self._view, self._rounding = view, _ = opened.view, opened.rounding
        member = view.member.member.masked_name if view.member else ""
        self._info.put(" · ".join(part for part in (tr("cart.pieces", n=view.pieces), member, view.guide_name) if part))
        self._press("")
        self._quick.fill(self._payable)
        show_own(view, self._value, self._points)
        self._note.put(tr("pay.rounding_note", amount=yuan(self._rounding)) if self._rounding else "")
        self._stack.setCurrentIndex(1 if self.charge_pending else 0)
        if view.card_pending is not None:
            self.charge.show_amount(view.card_pending)
        self.side.setEnabled(not self.charge_pending)
        self.context.show_cart(view)

    def _member_changed(self, view: CartView) -> None:
        """HQ leased more meanwhile, or a lease ended."""
        if self._view is not None and view.paying and view.cart_id == self._view.cart_id:
            show_own(view, self._value, self._points)

    @property
    def _payable(self) -> int:
        """Fen that the rest takes in cash."""
        return max(0, self._view.due - self._rounding) if self._view else 0

    def _press(self, key: str) -> None:
        """A digit, the point, or nothing new: show what is typed and what follows from it."""
        self._typed.press(key)
        text = self._typed.text
        self._entered.put_text(text or yuan(self._payable), "text" if text else "muted")
        if self._view is not None and self._done is None:  # afterwards the change stays what it was
            self.side.show_open(self._view, self._rounding, self._payable, self._typed.fen)

    def _erase(self) -> None:
        self._press(BACKSPACE)

    # --- what a person does

    def settle(self, *, paper: bool = True) -> None:
        """Enter: pay what was typed, or the rest exactly; complete when nothing is open."""
        self._pay(self._typed.fen, paper=paper)

    def _pay(self, tendered: int | None, *, paper: bool = True) -> None:
        if not self._may_settle():
            return
        view = self._view
        if view is not None and view.due == 0:
            self._ask(lambda till: complete(till, view.cart_id), lambda answer: self._paid(answer, paper=paper))
        elif not self._typed.is_double():
            self._typed.paid()
            self._ask(lambda till: pay_cash(till, tendered), lambda answer: self._paid(answer, paper=paper))

    def _may_settle(self) -> bool:
        """Only what the cashier has seen is confirmed."""
        fresh = self.context.is_fresh(self.side.figure.painted_at)
        return fresh and self._view is not None and self._done is None and not self.charge_pending

    def _paid(self, answer: Opened | Committed, *, paper: bool) -> None:
        if isinstance(answer, Opened):
            self._show(answer)
        else:
            self._finished(answer, paper=paper)

    def _take(self, step: Callable[[Till, int | None], Opened | Committed]) -> None:
        """By another tender than cash: what was typed, or as much of the rest as it may."""
        if self._may_settle() and not self._typed.is_double(step):
            tendered = self._typed.paid(step)
            self._ask(lambda till: step(till, tendered), partial(self._paid, paper=True))

    def _card_key(self, *, approved: bool) -> None:
        if self.context.is_fresh(self.charge.figure.painted_at) and not self._typed.is_double():
            self._card_answered(approved)

    def _card_answered(self, approved: bool) -> None:
        reference = self.charge.reference()
        self.setFocus()  # else the field hands it on to a button of the next step, and Enter presses that
        self._typed.paid()
        self._ask(lambda till: end_card(till, reference, approved=approved), partial(self._paid, paper=True))

    def _remove(self, payment: str) -> None:
        self._ask(lambda till: remove(till, payment), self._show)

    def _back(self) -> None:
        if self._done is not None:
            self.leave()
            return
        self._ask(cancel, self._cancelled)

    def _cancelled(self, view: CartView) -> None:
        self.context.show_cart(view)
        self.leave()

    def _finished(self, answer: Committed, *, paper: bool) -> None:
        """The sale is safe: only now the drawer, the paper, the change in large figures."""
        self._done, self.finished = answer.done, True
        self._stack.setCurrentIndex(2)
        self.side.setEnabled(True)
        self._finish.show_sale(answer.done)
        self.side.show_done(answer.done)
        self.context.tones.play("success")
        self.context.sale_done(answer.done, paper=paper)
        self.context.show_cart(answer.view)

    def _ask(self, work: Callable[[Till], object], done: Callable[..., None]) -> None:
        """One step at a time: what comes before the answer is not heard."""
        if self.awaited:
            return
        self.awaited = True

        def answered(answer: object) -> None:
            self.awaited = False
            done(answer)

        def refused(error: PosError) -> None:
            self.awaited = False
            self._typed.not_paid()
            if error.code in {"needs_approval", "money_taken"}:
                self._ask_first(error)
                return
            self.context.say_error(error)
            if self._view is None or work is open_payment:
                self.leave()
            elif not isinstance(error, InputError):
                # half of it may have happened: paid, but not committed. What is shown must be what is
                self._ask(open_payment, self._show)

        self.context.do(work, answered, refused)

    def _ask_first(self, error: PosError) -> None:
        """A manager is asked before payment opens; whoever leaves it with money taken, whether that was handed back."""
        if error.code == "needs_approval":
            self.leave()
            page: Page = ApprovalPage(self.context, "pay.approval", sentence(error), approve, self.context.show_cart)
        else:
            amount = yuan(int(str(error.params["amount"])))
            page = ConfirmPage(
                self.context, "pay.hand_back", lambda: self._ask(hand_back, self._cancelled), amount=amount
            )
            page.wide = True
        self.context.page_wanted.emit(page)

    def restyle(self) -> None:
        theme.look(self, "background")
