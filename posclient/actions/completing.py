"""From a paid cart to a ``Sale``, in one transaction; and never twice from the same cart.

The sale's id is the cart's, so a second call finds the sale that the first one made, whatever happened between them
(T-13, T-15, S-15), and HQ sees one fact with that id.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from posclient.actions import own_money, promised, rights, ringing, serving
from posclient.actions.till import Till
from posclient.actions.views import SaleDone
from posclient.db import open_cart, sale_commit, sales
from posclient.domain.attribution import Share, attribute
from posclient.domain.care import CareTask, care_tasks
from posclient.domain.cart import Cart, CartLine
from posclient.domain.facts import Approval, sale_completed
from posclient.domain.frozen import Frozen
from posclient.domain.points import earned_points
from posclient.domain.pricing import LineQuote
from posclient.domain.sale import CouponUse, Sale, SaleDiscount, SaleLine
from posclient.domain.settling import rounding_taken, still_open
from posclient.domain.tenders import TENDERS, Points
from posclient.errors import DataError, Refused


def complete(till: Till, cart_id: str) -> SaleDone:
    """Commit the open cart, fully paid; when this returns, the sale survives a power cut.

    ``Refused``: ``unknown_cart``, ``not_paying``, ``card_pending``, ``unpaid`` (``due``), ``own_money_over``,
    ``coupon_over`` and ``coupon_unconfirmed`` as of ``promised.check``.
    ``DataError`` (disk full, broken): nothing was written, the cart and its payments are as they were.
    """
    known = sales.by_id(till.db, cart_id)
    if known is not None:
        return _done(known)
    till.hear_time()
    cart = till.selling.cart
    frozen = _check(till, cart, cart_id)
    draft = _draft(till, cart, frozen, till.now())
    used = promised.as_used(till, cart, frozen)
    body = sale_completed(draft, till.stamp(), used, cart.removals, _approvals(cart))
    ready = sale_commit.prepare(till.db, draft, body, till.wall())
    floor = draft.at if till.time.moves_floor(draft.at) else None
    with till.transaction() as con:
        sale = sale_commit.write(con, ready, floor)
        rights.note_overrides(con, sale, used)
        open_cart.clear(con)
    till.time.note(sale.at)
    till.selling.reset(ringing.empty_cart(till))
    return _done(sale)


def _check(till: Till, cart: Cart, cart_id: str) -> Frozen:
    if cart.id != cart_id:
        raise Refused("unknown_cart", cart=cart_id)
    frozen = till.selling.frozen()
    if cart.card_attempt is not None:
        raise Refused("card_pending", amount=cart.card_attempt.amount)
    due = still_open(frozen.quote.total, cart.payments, frozen.unit)
    if due != 0:
        raise Refused("unpaid", due=due)
    own_money.check_kept(till, cart)
    if not cart.payments:  # coupons alone: nothing was paid while they were good
        promised.check(till, cart, frozen)
    return frozen


def _draft(till: Till, cart: Cart, frozen: Frozen, at: datetime) -> Sale:
    """The whole sale but for its number and shift, which the transaction gives."""
    here, quote = till.terminal, frozen.quote
    lines = _lines(cart, frozen)
    # a code that is only claimed earns nothing here, but HQ credits its points from the base (protocol.md, members)
    with_points = sum(one.amount for one in cart.payments if one.tender == Points.kind)
    points_base = quote.total - with_points if cart.member or cart.claimed_code else 0
    return Sale(
        id=cart.id,
        receipt="",
        seq=0,
        basket=cart.basket,
        at=at,
        business_date=at.date(),
        shift="",
        store=here.store,
        slot=here.slot,
        cashier=till.person().id,
        guide=cart.guide,
        member=cart.member,
        claimed_code=cart.claimed_code,
        own_guide=frozen.own_guide,
        lines=lines,
        payments=cart.payments,
        rounding=rounding_taken(quote.total, cart.payments, frozen.unit),
        gross=quote.gross,
        total=quote.total,
        points=earned_points(points_base, till.reference.settings.points_per_yuan) if cart.member else 0,
        points_base=points_base,
        coupons=_coupons(frozen),
        shares=_shares(lines, _who_shares(till, frozen.own_guide), till.reference.settings.own_guide_bp),
        tasks=_tasks(till, cart, frozen, at),
        priced=frozen.priced,
    )


def _approvals(cart: Cart) -> tuple[Approval, ...]:
    """Who let which discount by hand pass; a price by hand has its approver on the line (T-68)."""
    return tuple(Approval(one.id, one.approver) for one in cart.discounts if one.approver)


def _lines(cart: Cart, frozen: Frozen) -> tuple[SaleLine, ...]:
    pairs = zip(cart.lines, frozen.quote.lines, strict=True)
    return tuple(_line(line, priced, cart.guide, frozen.names) for line, priced in pairs)


def _line(line: CartLine, priced: LineQuote, guide: str | None, names: Mapping[str, str]) -> SaleLine:
    product = line.product
    return SaleLine(
        id=line.id,
        sku=product.sku,
        gtin=product.gtin,
        name=product.name,
        variant=product.variant,
        qty=line.qty,
        list_price=line.list_price,
        unit_price=priced.unit_price,
        gross=priced.gross,
        net=priced.net,
        tax_bp=product.tax_bp,
        guide=line.guide or guide,
        discounts=tuple(SaleDiscount(one.source, names.get(one.source, ""), one.amount) for one in priced.discounts),
        reason=line.reason,
        approver=line.approver,
    )


def _coupons(frozen: Frozen) -> tuple[CouponUse, ...]:
    """What each used coupon took off; its end and template are kept with it (protocol.md, pull)."""
    return tuple(
        CouponUse(coupon, _taken(frozen, f"coupon:{coupon}"), *frozen.coupons[coupon]) for coupon in frozen.quote.used
    )


def _taken(frozen: Frozen, source: str) -> int:
    return sum(one.amount for line in frozen.quote.lines for one in line.discounts if one.source == source)


def _shares(lines: Sequence[SaleLine], own_guide: str | None, own_guide_bp: int) -> tuple[Share, ...]:
    """业绩归属 line by line; the cashier's takings are another ledger (T-69)."""
    return tuple(share for line in lines for share in attribute(line.id, line.net, line.guide, own_guide, own_guide_bp))


def _tasks(till: Till, cart: Cart, frozen: Frozen, at: datetime) -> tuple[CareTask, ...]:
    """售后关怀, only for a sale with a member."""
    if cart.member is None:
        return ()
    selling = cart.guide or next((line.guide for line in cart.lines if line.guide), None)
    own = frozen.own_guide
    if own and selling and not _calls(till, own, cart.member):
        own = None
    return care_tasks(cart.id, at, cart.member, own, selling, till.reference.book.cadences)


def _who_shares(till: Till, own_guide: str | None) -> str | None:
    """Unless they have left. What is paid is sold whatever ails the cache: then as it was frozen, here and below."""
    try:
        return till.reference.who_stays(own_guide)
    except DataError:
        return own_guide


def _calls(till: Till, own_guide: str, member_id: str) -> bool:
    """Does the own guide see it? Here, or at the home of a guest, where HQ takes it; a manager sees the rest."""
    try:
        member = serving.by_id(till, member_id)
        away = member is not None and member.home_store not in {None, till.terminal.store}
        return till.reference.works_here(own_guide) or (away and till.reference.who_stays(own_guide) is not None)
    except DataError:
        return True


def _done(sale: Sale) -> SaleDone:
    """``kick_drawer``: only cash opens the drawer (T-65)."""
    return SaleDone(
        sale_id=sale.id,
        receipt=sale.receipt,
        total=sale.total,
        rounding=sale.rounding,
        tendered=sum(payment.tendered for payment in sale.payments),
        change=sale.change,
        points=sale.points,
        kick_drawer=any(TENDERS[payment.tender].opens_drawer for payment in sale.payments),
    )
