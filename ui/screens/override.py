"""A manager lets a coupon through that this store has no right to (protocol.md, coupons): one coupon, one PIN."""

from __future__ import annotations

from typing import TYPE_CHECKING

from posclient.domain.money import yuan
from ui.context import Context
from ui.i18n import tr
from ui.models.coupon_rows import MAY_BE_OVERRIDDEN
from ui.screens.approval import ApprovalPage

if TYPE_CHECKING:
    from posclient.actions.till import Till
    from posclient.actions.views import CartView

#: Why a coupon cannot be chosen at all: its own line says it.
WITHOUT_A_RIGHT = {*MAY_BE_OVERRIDDEN, "ask_hq", "used_elsewhere", "home_store", "held"}


def override_page(context: Context, coupon: str, name: str, left: int) -> ApprovalPage:
    """What it means, and the PIN. ``left``: fen that may still be given today."""
    text = tr("override.text", name=name, left=yuan(left))

    def override(till: Till, pin: str) -> CartView:
        """The PIN is good for this act alone (T-68)."""
        from posclient.actions import checkout, login

        return checkout.override_coupon(till, coupon, login.approve(till, pin, "coupon"))

    return ApprovalPage(context, "override", text, override, context.show_cart)
