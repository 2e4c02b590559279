"""By what right this till may use a member's coupons and stored value now (protocol.md, coupons, stored value).

Nothing here asks HQ: whoever shows the cart does, beside the till's own work, and ``holding`` takes the answer.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta

from posclient.actions import limits
from posclient.actions.card import Card
from posclient.actions.standing import Refusal, Standing
from posclient.actions.till import Till
from posclient.db import audit, leases, local_members, members, terminal
from posclient.db.connection import Connection
from posclient.db.terminal import Terminal
from posclient.domain.cart import Cart, CartLease
from posclient.domain.facts import CouponRight
from posclient.domain.leases import (
    CLOCK_SUSPECT,
    MARGIN,
    POINTS,
    VALUE,
    Claim,
    Lease,
    Right,
    Spendable,
    ValueLease,
    coupon_right,
    spendable,
)
from posclient.domain.people import Member, MemberCoupon
from posclient.domain.pricing import Quote
from posclient.domain.pricing.kinds import read_coupon_rule
from posclient.domain.pricing.reading import Fields
from posclient.domain.sale import Sale
from posclient.domain.signatures import HELD, VALUE_LEASE, is_hqs
from posclient.errors import InputError, Refused

#: HQ calls the coupon back from another store; its answer within so many seconds is worth a customer's waiting.
RECALLING, SOON_S = "recalling", 2
#: What HQ or the store's hub says of a coupon that is in the cart of another till of the store.
HELD_HERE = "held_here"
#: What the audit calls a coupon that a manager let through.
OVERRIDE = "coupon_override"


def standing(till: Till, cart: Cart | None) -> Standing:
    """What a card's rights hold for."""
    me = terminal.read(till.db)
    slow, rest = _slow(till, me), limits.rights_rest(till, me)
    ahead = slow - slow % timedelta(minutes=1)
    suspect = till.time.suspect()
    if cart is None:
        return Standing(till.online, suspect, (), (), (), {}, till.hub, {}, ahead, rest)
    ours = cart.id == till.selling.cart.id
    return Standing(
        till.online, suspect, cart.holds, cart.overrides, cart.on_top,
        till.selling.refused if ours else {}, till.hub, till.selling.grants.lasting() if ours else {}, ahead, rest,
    )  # fmt: skip


def of_coupons(till: Till, held: Sequence[MemberCoupon], cart: Cart | None) -> dict[str, Right]:
    """The right to each single-use coupon. One that was made here is this till's own until HQ's row comes."""
    single = [one for one in held if one.single_use]
    ids = [one.id for one in single]
    found = leases.of_coupons(till.reference.cache, till.db, till.terminal, ids, _ahead(till))
    made_here = {one.id for owner in {one.member for one in single} for one in local_members.coupons_of(till.db, owner)}
    now, here, why = till.now(), standing(till, cart), limits.rights_rest(till)
    given = {
        one.id: Right("local") if one.id in made_here else _right(till, one, found.get(one.id), here, now)
        for one in single
    }
    resting = {"lease", "hold"} if why == limits.FORKED else {"lease"}
    no_more = {name: Right("", why) for name, one in given.items() if why and one.kind in resting}
    return given | no_more


def of_value(till: Till, member: Member, cart: Cart | None) -> Spendable:
    """What may be spent of the member's stored value here and now, in fen."""
    return _of_account(till, member, VALUE, member.stored_value, cart)


def of_points(till: Till, member: Member, cart: Cart | None, spent: int = 0) -> Spendable:
    """The same of their points less ``spent``, in fen of whole steps; reason ``few`` where they do not make one."""
    found = _of_account(till, member, POINTS, member.points, cart)
    fen = till.reference.settings.points_worth.fen(found.amount - spent)
    return Spendable(fen, found.until, found.reason or ("" if fen else "spent" if spent else "few"))


def _of_account(till: Till, member: Member, unit: str, balance: int, cart: Cart | None) -> Spendable:
    why = limits.rights_rest(till)
    if why:
        return Spendable(0, reason=why)
    found, unsent = _leased(till, member.id, unit, cart)
    return spendable(found, unsent, balance, till.now(), clock_suspect=till.time.suspect())


def kept_by_hq(till: Till, cart: Cart, unit: str) -> int:
    """Units of the member's account that the open cart may have taken: HQ keeps them half an hour longer than a till
    may take of them, so that a payment can be finished. 0 while the clock is suspect: nobody can tell how long it lay
    open.
    """
    member = members.current_id(till.reference.cache, cart.member or "")
    found, unsent = _leased(till, member, unit, cart)
    suspect = till.time.suspect()
    return spendable(found, unsent, 0, till.now() - 2 * MARGIN, clock_suspect=suspect).amount


def _leased(till: Till, member: str, unit: str, cart: Cart | None) -> tuple[tuple[ValueLease, ...], int]:
    """This till's leases of the account, those on top for the open cart too; and what it spent that they include."""
    ids = members.all_ids(till.reference.cache, member)
    ahead = _ahead(till)
    found = leases.of_member(till.reference.cache, till.terminal, ids, unit, ahead)
    known = {one.id for one in found}
    for extra in cart.on_top if cart else ():
        if _is_theirs(till, extra, unit, known):  # HQ's row is not here yet
            not_after = datetime.fromisoformat(extra.not_after) - ahead
            found = (*found, ValueLease(extra.id, extra.member, extra.amount, not_after))
    return found, leases.unsent_spends(till.reference.cache, till.db, ids, unit, "terminal")


def used(till: Till, card: Card | None, coupons: Collection[str], quote: Quote) -> tuple[CouponRight, ...]:
    """The rights that a sale makes use of. ``Refused("override_cap")`` over what managers may give today (``left``)."""
    approvers = {one.coupon: one.approver for one in till.selling.cart.overrides}
    given = card.rights if card else {}
    found = tuple(
        CouponRight(one, given[one].kind, approvers[one] if given[one].kind == "override" else None)
        for one in sorted(coupons)
        if one in given
    )
    wanted = _taken(quote, (f"coupon:{one.coupon}" for one in found if one.right == "override"))
    if wanted and wanted > (left := left_of_cap(till)):  # the whole audit is looked through
        raise Refused("override_cap", left=left)
    return found


def over(till: Till, cart: Cart, rights: Iterable[CouponRight]) -> frozenset[str]:
    """Coupons of a frozen quote that HQ may have given to somebody else by now: it keeps them half an hour longer than
    a till may use them, so that a payment can be finished (S-17). By a suspect clock nobody can tell, so all (S-16).
    """
    ids = [one.coupon for one in rights if one.right in {"lease", "hold"}]
    found = leases.of_coupons(till.reference.cache, till.db, till.terminal, ids, _ahead(till)) if ids else {}
    here = standing(till, cart)
    return frozenset(one for one in ids if not _is_kept(till, one, found.get(one), here))


def unasked(till: Till, cart: Cart, rights: Iterable[CouponRight]) -> frozenset[str]:
    """Coupons of the store's lease that another till of the store may use by now: its hub keeps them for ten minutes,
    and a till that starts anew has forgotten its word. Empty where no hub answers: the lease alone counts there.
    """
    here, now = standing(till, cart), till.now()
    ids = [one.coupon for one in rights if one.right == "lease" and one.coupon not in here.refused] if here.hub else []
    return frozenset(one for one in ids if not _is_granted(here, one, now))


def _is_granted(here: Standing, coupon: str, now: datetime) -> bool:
    until = here.granted.get(coupon)
    return until is not None and now < until


def _is_kept(till: Till, coupon: str, lease: Lease | None, here: Standing) -> bool:
    refused, store = here.refused.get(coupon), till.terminal.store
    if refused is not None and (refused.code == "used" or _is_held_here(refused, till)):
        return False
    now, held = till.now() - 2 * MARGIN, _held(till, coupon, here)
    claim = Claim(store, now, lease=_theirs(refused) or lease, held_until=held, clock_suspect=here.suspect)
    return bool(coupon_right(claim).kind)


def why_over(till: Till) -> dict[str, str]:
    """``reason`` for a refusal of what HQ may not keep any more: clock_suspect, where that is why."""
    return {"reason": CLOCK_SUSPECT} if till.time.suspect() else {}


def left_of_cap(till: Till) -> int:
    """Fen that managers may still give today on coupons that this till has no right to."""
    cap = till.reference.settings.coupon_override_cap
    return max(0, cap - audit.amount_of_day(till.db, OVERRIDE, till.now().date())) if cap else 0


def note_overrides(con: Connection, sale: Sale, rights: Iterable[CouponRight]) -> None:
    """Into the audit, in the sale's own transaction: the day's cap is counted there."""
    amounts = {one.coupon: one.amount for one in sale.coupons}
    for one in rights:
        if one.right == "override":
            detail = {"sale": sale.id, "coupon": one.coupon, "amount": amounts[one.coupon], "approver": one.approver}
            audit.add(con, sale.at, sale.cashier, OVERRIDE, detail)


def _right(till: Till, coupon: MemberCoupon, lease: Lease | None, here: Standing, now: datetime) -> Right:
    refused = here.refused.get(coupon.id)
    if refused is not None and refused.code == "used":
        return Right("", "used_elsewhere")
    if refused is not None and _is_held_here(refused, till):
        return Right("", HELD_HERE, refused.until, refused.store)
    return coupon_right(
        Claim(
            till.terminal.store,
            now,
            lease=_theirs(refused) or lease,
            held_until=_held(till, coupon.id, here),
            asks=here.online and refused is None,
            clock_suspect=here.suspect,
            online_only=_is_dear(coupon, till.reference.settings.coupon_online_over),
            overridden=any(one.coupon == coupon.id for one in here.overrides),
            recall=_recall(refused),
            asks_hub=here.hub and refused is None,
            granted_until=here.granted.get(coupon.id),
        )
    )


def _is_held_here(refused: Refusal, till: Till) -> bool:
    """What HQ holds for one till is no lease of its store, though an HQ may name the store alone."""
    return refused.code == HELD_HERE or (refused.code == "held" and refused.store == till.terminal.store)


def _recall(refused: Refusal | None) -> str:
    """How the call for another store's lease stands. HQ asks for patience once its first seconds are over."""
    if refused is None or refused.code != RECALLING:
        return ""
    return RECALLING if refused.again_s <= SOON_S else "recall_waits"


def _theirs(refused: Refusal | None) -> Lease | None:
    """Another's right, as HQ's refusal named it."""
    if refused is None or refused.until is None:
        return None
    return Lease(refused.store, refused.until)


def _is_theirs(till: Till, extra: CartLease, unit: str, known: Collection[str]) -> bool:
    """Did HQ lease it on top, of this account, and has its feed not brought it yet?"""
    if extra.unit != unit or extra.id in known:
        return False
    me, parts = till.terminal, (extra.id, extra.member, unit, extra.amount, extra.not_after)
    return is_hqs(me.hq_key, extra.signature, VALUE_LEASE, me.terminal, *parts)


def _held(till: Till, coupon: str, here: Standing) -> datetime | None:
    """Until when HQ keeps it for this cart: never later than it signed."""
    me = till.terminal
    for one in here.holds:
        if one.coupon == coupon and is_hqs(me.hq_key, one.signature, HELD, me.terminal, coupon, one.hq_until):
            return min(datetime.fromisoformat(one.until), datetime.fromisoformat(one.hq_until))
    return None


def _is_dear(coupon: MemberCoupon, most: int) -> bool:
    """Is its face value over what the chain lets out of its hands? 0: nothing is."""
    try:
        face = read_coupon_rule(Fields(dict(coupon.rule), "")).face
    except InputError:
        return False
    return 0 < most < face


def _ahead(till: Till) -> timedelta:
    """By how much a lease ends earlier than business time says: it must not last longer here than at HQ."""
    return _slow(till, terminal.read(till.db))


def _slow(till: Till, me: Terminal) -> timedelta:
    """As if business time were at least what our clock says, since somebody may have put right one that was fast; and
    what it is by the median of late, or by the last answer of HQ's alone: one that took long makes a clock look fast,
    never slow. A clock that was set back since the answers before gives no lease more time (S-16). A contact that the
    hub brought says nothing of it: HQ may have signed that hours after the question.
    """
    latest = till.wall() + timedelta(milliseconds=max(0, me.offset_ms or 0, terminal.last_offset_ms(till.db)))
    return max(timedelta(0), latest - till.now())


def _taken(quote: Quote, sources: Iterable[str]) -> int:
    wanted = set(sources)
    return sum(one.amount for line in quote.lines for one in line.discounts if one.source in wanted)
