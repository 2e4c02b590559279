"""Finding the member to serve, among HQ's and those registered here, and what they hold."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from posclient.actions import limits, rights
from posclient.actions.card import NO_CODES, Card, PublicCodes
from posclient.actions.till import Till
from posclient.db import chain, coupons, local_members, members, sales
from posclient.domain.cart import Cart
from posclient.domain.leases import Right
from posclient.domain.people import Member, MemberCoupon
from posclient.domain.pricing.coupon import Coupon
from posclient.domain.pricing.kinds import read_coupon_rule
from posclient.domain.pricing.unknown_keys import read_sent
from posclient.errors import InputError

#: Nobody looks through a longer list for a customer who waits.
MOST_LAST4 = 50


def by_id(till: Till, member: str) -> Member | None:
    """A member by id, or by one that HQ united with another."""
    found = members.by_id(till.reference.cache, till.db, member)
    return found or local_members.by_id(till.db, member, till.own.key)


def by_code(till: Till, code: str) -> Member | None:
    """The member of a code."""
    found = members.by_code(till.reference.cache, till.db, code)
    return found or local_members.by_code(till.db, code, till.own.key)


def to_serve(till: Till, member: str | None) -> Callable[[Cart], Cart]:
    """The open cart with this member. The same one again is how people ask again, by whatever way they name them, for a
    coupon that HQ did not answer for, or that another till had (S-10).
    """

    def make(cart: Cart) -> Cart:
        if cart.member != member or cart.claimed_code is not None:
            return cart.set_member(member)
        till.selling.refused = {}
        return cart

    return make


def by_phone(till: Till, phone: str) -> list[Member]:
    """All members of a whole phone number (``domain.private.plain_phone``).

    While personal data are sealed: ``Refused("members_sealed")``, ``DataError("no_own_key")``.
    """
    own_key, index_key = limits.own_key(till), till.index_key()
    found = members.by_phone(till.reference.cache, till.db, phone)
    local = local_members.by_phone(till.db, phone, own_key, index_key)
    return _with_local(till, found, [local] if local else [])


def by_last4(till: Till, last4: str) -> list[Member]:
    """Members by the last four digits of their phone, of HQ's the first ``MOST_LAST4``."""
    found = members.by_last4(till.reference.cache, till.db, last4, MOST_LAST4)
    local = local_members.by_last4(till.db, last4, till.own.key)
    return _with_local(till, found, local)


def more_by_last4(till: Till, last4: str) -> bool:
    """Has HQ sent others than these?"""
    return len(members.by_last4(till.reference.cache, till.db, last4, MOST_LAST4 + 1)) > MOST_LAST4


def load_card(till: Till, member_id: str, cart: Cart | None = None) -> Card | None:
    """The member's card; None for an id that is unknown now (HQ took the member out of this store's feed).

    ``cart``: whose holds and overrides count; None is another member's or none.
    """
    member = by_id(till, member_id)
    if member is None:
        return None
    cache = till.reference.cache
    held = [_with_end(one) for one in coupons.of_member(cache, till.db, member.id)]
    taken = sales.used_coupons(till.db, [one.id for one in held])
    given = rights.of_coupons(till, held, cart) if till.reference.settings.coupon_leases else None
    barred, rules = _sort_out(till, member, held, taken, given)
    tier = chain.tiers(cache).get(member.tier)
    return Card(
        member=member,
        tier_name=tier.name if tier else member.tier,
        own_guide_name=till.reference.person(member.own_guide),
        coupons=tuple(held),
        names={f"coupon:{one.id}": one.name for one in held},
        rules=rules,
        barred=barred,
        edges=_edges(rules),
        new_here=not members.is_known(cache, member.id),
        rights=given or {},
        value=rights.of_value(till, member, cart) if till.reference.settings.stored_value else None,
        points=rights.of_points(till, member, cart) if till.reference.settings.points_worth.step_fen else None,
        worth=till.reference.settings.points_worth,
        standing=rights.standing(till, cart),
        override_left=rights.left_of_cap(till) if given else 0,
    )


def load_codes(till: Till, codes: Collection[str]) -> PublicCodes:
    """What HQ's rows say of the public codes that were shown at a cart; one that it took back is not there."""
    if not codes:
        return NO_CODES
    held = [_with_end(one) for one in coupons.public(till.reference.cache, codes)]
    read = {one.id: _read(one) for one in held}
    rules = tuple(rule for rule in read.values() if rule)
    return PublicCodes(
        coupons=tuple(held),
        names={f"coupon:{one.id}": one.name for one in held},
        rules=rules,
        barred={code: "unknown_kind" for code, rule in read.items() if rule is None},
        edges=_edges(rules),
    )


def _edges(rules: Iterable[Coupon]) -> list[datetime]:
    return sorted({edge for rule in rules for edge in (rule.since, rule.until) if edge})


def _sort_out(
    till: Till, member: Member, held: list[MemberCoupon], taken: set[str], given: Mapping[str, Right] | None
) -> tuple[dict[str, str], tuple[Coupon, ...]]:
    """Which coupons may be offered, and why the others may not."""
    abroad = member.home_store not in {None, till.terminal.store}
    barred, rules = {}, []
    for coupon in held:
        rule = _read(coupon)
        if coupon.id in taken and coupon.single_use:
            barred[coupon.id] = "held"  # our own records name it: never again, whatever HQ says (protocol.md, pull)
        elif rule is None:
            barred[coupon.id] = "unknown_kind"
        elif given is not None and coupon.single_use and not given[coupon.id].kind:
            barred[coupon.id] = given[coupon.id].reason
        elif given is None and abroad and coupon.single_use:
            barred[coupon.id] = "home_store"  # without a lease only there (protocol.md, coupons)
        else:
            rules.append(rule)
    return barred, tuple(rules)


def unreadable(held: Card | PublicCodes) -> list[tuple[str, str]]:
    """(id, kind) of the coupons that this till cannot read."""
    found = [one for one in held.coupons if held.barred.get(one.id) == "unknown_kind"]
    return [(one.id, str(one.rule.get("kind", ""))[:80]) for one in found]


def _read(coupon: MemberCoupon) -> Coupon | None:
    """The rule as pricing takes it."""
    try:
        return read_sent({**coupon.rule, "pinned": False, "excluded": False}, read_coupon_rule)
    except InputError:
        return None


def _with_end(coupon: MemberCoupon) -> MemberCoupon:
    """A rule that says no end has the coupon's: what is stored with a sale then tells the whole."""
    if coupon.until is None or coupon.rule.get("until") is not None:
        return coupon
    return replace(coupon, rule={**coupon.rule, "until": coupon.until.isoformat()})


def _with_local(till: Till, found: list[Member], local: list[Member]) -> list[Member]:
    """HQ's row wins over what was registered here."""
    known = {member.id for member in found}
    return found + [one for one in local if members.current_id(till.reference.cache, one.id) not in known]
