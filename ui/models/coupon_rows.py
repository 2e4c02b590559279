"""The member's coupons as strings: what each takes off, or why it does not (T-51), and what the cashier has chosen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt, Signal

from posclient.actions.views import CouponView
from posclient.domain.money import yuan
from ui.i18n import known, language, tr

#: Reasons that a manager's word can set aside.
MAY_BE_OVERRIDDEN = {
    "not_leased", "online_only", "lease_ended", "leased_elsewhere", "clock_suspect", "recalling", "recall_waits",
    "given_up",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class CouponRow:
    """``choice``: auto, pinned, excluded; ``offer``: what can be done where the till itself may not use it."""

    id: str
    name: str
    detail: str
    amount: str
    used: bool
    choice: str
    reason: str = ""
    offer: str = ""

    @property
    def spoken(self) -> str:
        """For screen readers and stories."""
        return " ".join(part for part in (self.name, self.amount, self.detail, self.offer) if part)

    @property
    def next_choice(self) -> str:
        """A touch turns the till's own choice round; the next one gives it back."""
        if self.choice != "auto":
            return "auto"
        return "excluded" if self.used else "pinned"


def coupon_row(coupon: CouponView, override_left: int = 0) -> CouponRow:
    """One coupon, in the language in force. ``override_left``: fen that managers may still let through."""
    used = coupon.state == "used"
    may_ask = not used and override_left > 0 and coupon.reason in MAY_BE_OVERRIDDEN
    return CouponRow(
        id=coupon.id,
        name=coupon.name,
        detail=_detail(coupon),
        amount=yuan(-coupon.amount) if used else "",
        used=used,
        choice=coupon.choice,
        reason="" if used else coupon.reason,
        offer=tr("coupon.offer") if may_ask else "",
    )


def _detail(coupon: CouponView) -> str:
    """The choice that was made, the reason, or by what right and until when it is good."""
    let_through = coupon.right is not None and coupon.right.kind == "override"  # says more than that it is insisted on
    chosen = tr(f"coupon.{coupon.choice}") if coupon.choice != "auto" and not let_through else ""
    why = "" if coupon.state == "used" or coupon.choice == "excluded" else _reason(coupon)
    until = tr("coupon.until", day=_last_day(coupon.until)) if coupon.until and not why else ""
    return " · ".join(part for part in (chosen, why or _right(coupon) or until) if part)


def _last_day(end: datetime) -> str:
    """The last day on which it is good, in this computer's zone: at ``end`` itself, mostly a midnight, it is not."""
    try:
        last = (end - timedelta(milliseconds=1)).astimezone()
    except (OverflowError, OSError, ValueError):  # for ever, or never, in the words of HQ: this zone has no such day
        last = end
    return last.date().isoformat()


def _right(coupon: CouponView) -> str:
    """Where the chain leases coupons: what lets this one be used, or would."""
    right = coupon.right
    if right is None or not right.kind:
        return ""
    return tr(f"coupon.right.{right.kind}", time=clock(right.until))


def clock(at: datetime | None) -> str:
    """An instant as people at the counter read it, in this computer's zone; empty for none."""
    return at.astimezone().strftime("%m-%d %H:%M") if at else ""


def _reason(coupon: CouponView) -> str:
    key = f"coupon.reason.{coupon.reason}"
    right = coupon.right
    params = {"missing": yuan(coupon.missing), "store": right.store if right else ""}
    params["time"] = clock(right.until) if right else ""
    return tr(key, **params) if known(key) else tr("coupon.reason.other", code=coupon.reason)


class CouponModel(QAbstractListModel):
    """Used ones first, as they come; ``changed(row)`` for rows that differ (as in ``CartModel``)."""

    changed = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[CouponRow] = []
        self._shown: tuple[tuple[CouponView, ...], int, str] = ((), 0, "")

    def show(self, coupons: tuple[CouponView, ...], override_left: int = 0) -> None:
        """Does nothing where nothing differs, the language included."""
        shown = (coupons, override_left, language())
        if shown == self._shown:
            return
        self._shown = shown
        fresh = sorted((coupon_row(one, override_left) for one in coupons), key=lambda row: not row.used)
        if [row.id for row in fresh] != [row.id for row in self.rows]:
            self.beginResetModel()
            self.rows = fresh
            self.endResetModel()
            return
        before, self.rows = self.rows, fresh
        for place, (old, new) in enumerate(zip(before, fresh, strict=True)):
            if old != new:
                self.changed.emit(place)

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.rows)

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole) and index.isValid():
            return self.rows[index.row()].spoken
        return None
