"""Asking HQ to keep coupons or stored value for the cart that is open: what to ask for, and what to do with the answer.

The question itself goes another way (``sync.holding``), beside the till's own work: a scan never waits for HQ.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TypeGuard

from posclient.actions import paying, ringing
from posclient.actions.limits import FORKED
from posclient.actions.rights import RECALLING
from posclient.actions.standing import Refusal
from posclient.actions.till import Till
from posclient.actions.views import CartView, MemberCard
from posclient.db import members
from posclient.domain.cart import Cart, CartLease, CouponHold
from posclient.domain.leases import CLOCK_SUSPECT, Spendable
from posclient.domain.points import spent_points
from posclient.domain.signatures import HELD, is_hqs
from posclient.domain.tenders import Points, StoredValue

#: A refusal of nobody's: HQ was not heard in time.
NO_ANSWER = "no_answer"
#: Reasons of a coupon that HQ is calling back for this cart.
RECALLS = frozenset({RECALLING, "recall_waits"})


@dataclass(frozen=True, slots=True)
class Question:
    """For one cart: coupons to hold; to lease on top ``value`` fen of the member's stored value, and ``points``."""

    cart: str
    member: str
    coupons: tuple[str, ...]
    value: int = 0
    points: int = 0


@dataclass(frozen=True, slots=True)
class Kept:
    """HQ keeps a coupon until then (ISO 8601), and signed that."""

    until: str
    signature: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What HQ said; ``time`` is its clock's. A coupon in neither mapping got no answer.

    ``granted``: the store's hub keeps coupons that the store leases, for so long. ``incarnation``: whom HQ answered,
    where it says so.
    """

    held: Mapping[str, Kept] = field(default_factory=dict)
    refused: Mapping[str, Refusal] = field(default_factory=dict)
    on_top: tuple[CartLease, ...] = ()
    time: datetime | None = None
    granted: Mapping[str, timedelta] = field(default_factory=dict)
    incarnation: str = ""


def line_changed(till: Till, *, online: bool, hub: bool = False) -> CartView:
    """HQ, or the store's hub in its place, can be asked now, or not any more: what the cart has a right to follows.

    What got no answer is open again.
    """
    till.online, till.hub = online, hub
    return _reopened(till, {NO_ANSWER, RECALLING})


def open_again(till: Till) -> CartView:
    """What got no answer can be asked again: a line that was slow for a moment must cost nobody their coupon."""
    if any(said.code == NO_ANSWER for said in till.selling.refused.values()):
        return _reopened(till, {NO_ANSWER})
    return ringing.view(till)


def _reopened(till: Till, passing: Collection[str]) -> CartView:
    till.selling.refused = {one: said for one, said in till.selling.refused.items() if said.code not in passing}
    return ringing.reprice(till) if till.selling.cart.member else ringing.view(till)


def question(view: CartView, *, again: bool = False) -> Question | None:
    """What HQ is to be asked for this cart; None where nothing is open, or the till need not ask.

    ``again``: also whether what HQ is calling back from another store is here. While payment is open only what the
    frozen quote takes off is asked for, where HQ's hold has ended; and of the hub whatever it has to confirm, though
    the lease is over for a new cart, or the member has left the store.
    """
    if view.served is None:
        return None
    wanted = {"ask_hq", "ask_hub", *(RECALLS if again and not view.paying else ())}
    card, value, points = view.member, 0, 0
    shown = card.coupons if card is not None else ()
    coupons = [one.id for one in shown if one.reason in wanted and (one.state == "used" or not view.paying)]
    if card is not None and view.paying:
        value, points = _missing_value(view, card), _missing_points(view, card)
    asked = tuple(dict.fromkeys([*coupons, *view.unconfirmed]))
    member = card.member.id if card is not None else view.served
    return Question(view.cart_id, member, asked, value, points) if asked or value or points else None


def take(till: Till, asked: Question, answer: Answer | None) -> CartView:
    """Let the answer count, None being none in time; one that is about another cart changes nothing."""
    cart = till.selling.cart
    if asked.cart != cart.id or asked.member not in {cart.member, _now_called(till, cart)}:
        return ringing.view(till)
    said = _believed(till, answer or Answer())
    known = {one: refusal for one, refusal in till.selling.refused.items() if one not in said.held}
    called = {one for one, refusal in known.items() if refusal.code == RECALLING}  # HQ goes on calling
    given = {*said.held, *said.granted}
    none = {one: Refusal(NO_ANSWER) for one in asked.coupons if one not in given and one not in called}
    till.selling.refused = {**known, **none, **said.refused}
    till.selling.grants.keep(said.granted, till.now())
    if cart.paying:
        return _take_more(till, cart, said)
    return ringing.change(till, lambda made: _held(made, said, _ahead(till, said)))


def _now_called(till: Till, cart: Cart) -> str:
    """HQ may have united the member with another while payment is open."""
    return members.current_id(till.reference.cache, cart.member or "")


def _believed(till: Till, said: Answer) -> Answer:
    """Without holds that HQ did not sign, or that are over by the time that came with them: they are no answer, or HQ
    would be asked again at once, and without an end (S-10). Nor is one to an earlier enrolment: HQ takes nothing off
    what it leased to that for a sale of this.
    """
    me, now, ahead = till.terminal, till.now(), _ahead(till, said)
    if said.incarnation not in {"", me.incarnation}:
        return Answer()
    held = {
        coupon: kept
        for coupon, kept in said.held.items()
        if is_hqs(me.hq_key, kept.signature, HELD, me.terminal, coupon, kept.until)
        and now < datetime.fromisoformat(kept.until) - ahead
    }
    return replace(said, held=held)


def _ahead(till: Till, said: Answer) -> timedelta:
    """HQ's clock minus business time, where that is behind."""
    return max(timedelta(0), said.time - till.now()) if said.time else timedelta(0)


def _held(cart: Cart, said: Answer, ahead: timedelta) -> Cart:
    for coupon, kept in said.held.items():
        until = datetime.fromisoformat(kept.until) - ahead
        cart = cart.hold_coupon(CouponHold(coupon, until.isoformat(), kept.until, kept.signature))
    return cart


def _take_more(till: Till, cart: Cart, said: Answer) -> CartView:
    """The quote is frozen; until when HQ keeps its coupons, and what may be paid with, is not."""
    if said.held or said.on_top:
        paying.settle(till, _held(cart, said, _ahead(till, said)).lease_more(*said.on_top))
    return ringing.reprice(till)


def _counts(account: Spendable | None) -> TypeGuard[Spendable]:
    """Is it a tender here, and could what HQ leases on top be spent? Not by a clock that is wrong, nor where HQ knows
    another history of this till: it would be kept from the member for a week, for nobody (S-18).
    """
    return account is not None and account.reason not in {CLOCK_SUSPECT, FORKED}


def _missing_value(view: CartView, card: MemberCard) -> int:
    """Fen that the member has, that are open, and that this till may not spend by itself."""
    if not _counts(card.value) or view.card_pending is not None:
        return 0
    paid = sum(one.amount for one in view.payments if one.tender == StoredValue.kind)
    return max(0, min(view.due, card.member.stored_value - paid) - max(0, card.value.amount - paid))


def _missing_points(view: CartView, card: MemberCard) -> int:
    """The same of points, in whole steps; none where more is leased than the member has (a settlement took some)."""
    if not _counts(card.points) or view.card_pending is not None:
        return 0
    paid = sum(one.amount for one in view.payments if one.tender == Points.kind)
    have = card.worth.fen(card.member.points - spent_points(view.payments))
    return max(0, card.worth.points(min(view.due, have)) - card.worth.points(min(view.due, card.points.amount - paid)))
