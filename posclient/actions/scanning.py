"""One scan channel: the code decides what it is (ux.md, scanning). The whole code is looked up first, always.

Order: article, member, coupon, guide's badge, receipt, valet order; then what an embedded price or weight names; then
a member's code that is unknown here. A failed scan never raises: its raw text and the reason are the result (T-39).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

from posclient.actions import ringing, serving
from posclient.actions.ringing import change
from posclient.actions.skipped_rules import report_skipped
from posclient.actions.till import Till
from posclient.actions.views import CartView, ScanKind, ScanResult
from posclient.db import catalog, chain, coupons, sales, valet_orders
from posclient.domain.card_numbers import is_card_number
from posclient.domain.cart import FROM_LABEL, Cart
from posclient.domain.catalog import Product
from posclient.domain.codes import ScannedCode, parse
from posclient.domain.people import NOBODY, MemberCoupon
from posclient.errors import InputError, NotFound, PosError, Refused

#: What is shown of a raw code: a QR code may hold thousands of signs.
SHOWN = 80
#: Why a coupon waits for somebody who is asked once its member is served: HQ, or the store's hub in its place.
ASKED = ("ask_hq", "ask_hub")


def scan(till: Till, text: str, line: str | None = None) -> ScanResult:
    """Do what the code asks for. ``kind`` UNKNOWN or REFUSED come with a ``code`` that names the message.

    ``line``: a guide's badge is meant for that line of the cart, not for the whole sale.
    """
    try:
        code = parse(text, till.reference.refresh().settings.embedded_codes)
        return _look_up(till, code, line)
    except NotFound as error:
        return _failed(till, ScanKind.UNKNOWN, text, error)
    except (InputError, Refused) as error:
        return _failed(till, ScanKind.REFUSED, text, error)


def claim(till: Till, text: str) -> ScanResult:
    """A person says that this code is a member's: the sale goes at non-member terms with the code kept on it.

    HQ credits the points afterwards (protocol.md, members). A code that is known is that member; a payment card's
    number is refused, and kept nowhere (S-25).
    """
    try:
        code = parse(text)
        found = _member(till, code)
        if found:
            return found
        if is_card_number(code.text) and not _has_form(till, code):
            raise InputError("card_number")
        view = change(till, lambda cart: cart.set_member(None, code.text[:SHOWN]))
    except (InputError, Refused) as error:
        return _failed(till, ScanKind.REFUSED, text, error)
    return _result(view, ScanKind.CLAIMED_MEMBER, text)


def _look_up(till: Till, code: ScannedCode, line: str | None) -> ScanResult:
    guide = partial(_guide, line=line)
    for look in (_article, _member, _coupon, guide, _receipt, _valet_order, _embedded):
        found = look(till, code)
        if found:
            return found
    if code.problem:
        raise InputError(code.problem)
    if _has_form(till, code):
        return claim(till, code.raw)
    raise catalog.not_found(till.reference.cache, NotFound("unknown_code"))


def _has_form(till: Till, code: ScannedCode) -> bool:
    """Do the chain's member codes look like this?"""
    return any(form.fits(code.text) for form in till.reference.settings.claimed_codes)


def _article(till: Till, code: ScannedCode) -> ScanResult | None:
    """The whole code, or the article that a GS1 message names."""
    keys = dict.fromkeys([code.text, *([code.gtin14] if code.gtin14 else [])])
    for key in keys:
        product = catalog.by_code(till.reference.cache, key, till.now())
        if product:
            return _one_more(till, product, code)
    return None


def _one_more(till: Till, product: Product, code: ScannedCode) -> ScanResult:
    view = change(till, lambda cart: cart.add(product), sku=product.sku)
    return _result(view, ScanKind.PRODUCT, code.raw)


def _member(till: Till, code: ScannedCode) -> ScanResult | None:
    member = serving.by_code(till, code.text)
    if member is None:
        return None
    view = change(till, serving.to_serve(till, member.id))
    return _result(view, ScanKind.MEMBER, code.raw, params={"member": member.id})


def _coupon(till: Till, code: ScannedCode) -> ScanResult | None:
    """A coupon that is shown is insisted on; it brings its member along."""
    coupon = coupons.by_id(till.reference.cache, till.db, code.text)
    if coupon is None:
        _refuse_used(till, code.text)
        return None
    if coupon.member == NOBODY:
        return _public(till, coupon, code)
    owner = serving.by_id(till, coupon.member)
    cart = till.selling.cart
    card = serving.load_card(till, owner.id, cart if cart.member == owner.id else None) if owner else None
    if card is None:
        raise NotFound("coupon_without_member", coupon=coupon.id)
    if till.selling.cart.member not in {None, card.member.id}:
        raise Refused("coupon_of_other_member", name=coupon.name)
    if coupon.id in card.barred and card.barred[coupon.id] not in ASKED:
        raise Refused("coupon_barred", name=coupon.name, reason=card.barred[coupon.id])
    served = till.selling.cart.member == card.member.id

    def pin(cart: Cart) -> Cart:
        return (cart if served else cart.set_member(card.member.id)).pin_coupon(coupon.id)

    return _coupon_result(change(till, pin), code, coupon.id)


def _public(till: Till, coupon: MemberCoupon, code: ScannedCode) -> ScanResult:
    """A public code is anybody's: no member comes with it, and none is needed. Shown twice, it is there once."""
    codes = serving.load_codes(till, {coupon.id})
    if codes.barred:
        report_skipped(till, serving.unreadable(codes))
        raise Refused("coupon_barred", name=coupon.name, reason=codes.barred[coupon.id])

    def show(cart: Cart) -> Cart:
        return replace(cart.pin_coupon(coupon.id), public=cart.public | {coupon.id})

    return _coupon_result(change(till, show), code, coupon.id)


def _refuse_used(till: Till, coupon: str) -> None:
    """A coupon that was used is no unknown code, and no member's (T-51)."""
    name = coupons.used_name(till.reference.cache, coupon)
    if name is not None:
        reason = "held" if sales.used_coupons(till.db, [coupon]) else "used_elsewhere"
        raise Refused("coupon_barred", name=name, reason=reason)


def _coupon_result(view: CartView, code: ScannedCode, coupon: str) -> ScanResult:
    """Taken, but nothing off yet: say why (T-51)."""
    for one in view.coupons:
        if one.id == coupon and one.state != "used":
            params = {"coupon": coupon, "name": one.name, "reason": one.reason, "missing": one.missing}
            return _result(view, ScanKind.COUPON, code.raw, "coupon_waits", params)
    return _result(view, ScanKind.COUPON, code.raw, params={"coupon": coupon})


def _guide(till: Till, code: ScannedCode, line: str | None) -> ScanResult | None:
    staff = chain.staff(till.reference.cache)
    guide = next((one.staff for one in staff if one.staff.badge == code.text), None)
    if guide is None:
        return None
    seller = guide.id
    view = change(till, lambda cart: cart.set_line_guide(line, seller) if line else cart.set_guide(seller), line=line)
    return _result(view, ScanKind.GUIDE, code.raw, params={"staff": guide.id, "name": guide.name})


def _receipt(till: Till, code: ScannedCode) -> ScanResult | None:
    if code.receipt_no is None:
        return None
    sale = sales.by_receipt(till.db, str(code.receipt_no))
    if sale is None:
        raise NotFound("unknown_receipt", receipt=str(code.receipt_no))
    return _result(ringing.view(till), ScanKind.RECEIPT, code.raw, params={"sale": sale.id, "receipt": sale.receipt})


def _valet_order(till: Till, code: ScannedCode) -> ScanResult | None:
    placed = valet_orders.by_id(till.reference.cache, till.db, code.text)
    if placed is None:
        return None
    return _result(ringing.view(till), ScanKind.VALET, code.raw, params={"order": placed.order.id})


def _embedded(till: Till, code: ScannedCode) -> ScanResult | None:
    """A price or weight that HQ's rule read out of the code: a line of its own at that price."""
    read = code.embedded
    for key in read.keys if read else ():
        product = catalog.by_code(till.reference.cache, key, till.now())
        if product and read:
            price = read.price if read.price is not None else _by_weight(product.price, read.weight_g or 0)
            line = str(till.selling.cart.next_line)
            return _result(change(till, _adding_at(product, price), line=line), ScanKind.PRODUCT, code.raw)
    return None


def _adding_at(product: Product, price: int) -> Callable[[Cart], Cart]:
    return lambda cart: cart.add_at(product, price, FROM_LABEL)


def _by_weight(per_kg: int, grams: int) -> int:
    """Fen for so many grams, half up."""
    return (2 * per_kg * grams + 1000) // 2000


def _result(
    view: CartView, kind: ScanKind, raw: str, code: str = "", params: Mapping[str, object] | None = None
) -> ScanResult:
    return ScanResult(kind, raw[:SHOWN], view, code, params)


def _failed(till: Till, kind: ScanKind, raw: str, error: PosError) -> ScanResult:
    return _result(ringing.view(till), kind, raw, error.code, error.params)
