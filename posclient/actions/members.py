"""Members at the counter: found by code or phone, or registered in the middle of a sale."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Any

from posclient.actions import limits, ringing, serving
from posclient.actions.till import Till
from posclient.actions.views import CartView, MemberCandidate
from posclient.db import chain, journal, local_members, sealing
from posclient.db.connection import Connection
from posclient.domain.facts import MEMBER_REGISTERED, member_registered
from posclient.domain.people import Member, MemberCoupon
from posclient.domain.private import newcomer_coupon_id, phone_index, plain_phone
from posclient.domain.typed_text import whole
from posclient.errors import InputError, NotFound, Refused

_LAST_FOUR = re.compile(r"[0-9]{4}", re.ASCII)
#: Phones of the chain's country; a foreign one begins with +.
_PHONE = re.compile(r"1[0-9]{10}|\+[0-9]{7,15}", re.ASCII)
LONGEST_NAME = 40
#: Nobody older becomes a member.
OLDEST = timedelta(days=120 * 366)


def find(till: Till, text: str) -> tuple[MemberCandidate, ...]:
    """Members by code, the last four digits of the phone, or the whole phone; masked, for choosing (ux.md, manners).

    A whole phone while personal data are sealed: ``Refused("members_sealed")``, ``DataError("no_own_key")``.
    """
    wanted = whole(text).strip()
    found: list[Member] = []
    if member := serving.by_code(till, wanted):
        found.append(member)
    if _LAST_FOUR.fullmatch(wanted):
        found += serving.by_last4(till, wanted)
    else:
        found += _by_phone(till, wanted)
    unique = {member.id: member for member in found}
    return tuple(_candidate(till, member) for member in unique.values())


def more(till: Till, text: str) -> bool:
    """Have others these last four digits than those whom ``find`` gives? A list that ends says so (T-26)."""
    wanted = whole(text).strip()
    return _LAST_FOUR.fullmatch(wanted) is not None and serving.more_by_last4(till, wanted)


def register(
    till: Till, phone: str, name: str = "", birthday: date | None = None, guide: str | None = None
) -> CartView:
    """A new member, served by the open cart at once, with a newcomer coupon that is good in this very sale.

    Bound to ``guide``, else to the cart's guide. A phone that is a member's already: ``Refused("known_phone")`` with
    the ``member`` and ``masked_name``, to be served instead. ``InputError``: ``phone``, ``name``, ``birthday``.
    """
    ringing.refuse_while_paying(till.selling.cart)
    plain = _phone(phone)
    _check_new(till, plain)
    member = _new_member(till, plain, name, birthday, guide)
    coupons = _newcomer_coupons(till, member, till.now())
    cart = till.selling.cart.set_member(member.id)
    with till.transaction() as con:
        _record(till, con, member, coupons)
        ringing.save_with(till, con, cart)
    return ringing.take_over(till, cart)


def _candidate(till: Till, member: Member) -> MemberCandidate:
    tier = chain.tiers(till.reference.cache).get(member.tier)
    return MemberCandidate(
        member.id, member.masked_name, member.masked_phone, tier.name if tier else member.tier,
        till.reference.person(member.own_guide),
    )  # fmt: skip


def _by_phone(till: Till, text: str) -> list[Member]:
    try:
        phone = plain_phone(text)
    except InputError:
        return []
    # not yet whole, as it is typed: nobody has it, and nobody is to be told that members are sealed
    return serving.by_phone(till, phone) if till.own.key or _PHONE.fullmatch(phone) else []


def _phone(text: str) -> str:
    phone = plain_phone(text)
    if not _PHONE.fullmatch(phone):
        raise InputError("phone")
    return phone


def _check_new(till: Till, phone: str) -> None:
    known = serving.by_phone(till, phone)
    if known:
        raise Refused("known_phone", member=known[0].id, masked_name=known[0].masked_name)


def _new_member(till: Till, phone: str, name: str, birthday: date | None, guide: str | None) -> Member:
    """Its code is its id: HQ knows it by both from the first push on."""
    cleaned = " ".join(name.split())
    today = till.now().date()
    if len(cleaned) > LONGEST_NAME or not cleaned.isprintable():
        raise InputError("name", most=LONGEST_NAME)
    if birthday and not today - OLDEST < birthday <= today:
        raise InputError("birthday")
    if guide is not None and guide not in till.reference.names():
        raise NotFound("unknown_staff", staff=guide)
    member_id = till.new_id()
    tier, own_guide = till.reference.settings.default_tier, guide or till.selling.cart.guide
    return Member(
        member_id, member_id, cleaned, phone, tier, birthday=birthday, own_guide=own_guide,
        home_store=till.terminal.store,
    )  # fmt: skip


def _newcomer_coupons(till: Till, member: Member, at: datetime) -> tuple[MemberCoupon, ...]:
    """Made here, with an id that another till would give the same phone (protocol.md, members)."""
    index = phone_index(till.index_key(), member.phone)
    made = []
    for template in chain.coupon_templates(till.reference.cache):
        if template.newcomer:
            coupon, until = newcomer_coupon_id(template.id, index), _end(at, template.valid_days)
            end = until.isoformat() if until else None
            rule = {**template.rule, "id": coupon, "from": at.isoformat(), "until": end}
            made.append(MemberCoupon(coupon, template.name, member.id, rule, until, template.id))
    return tuple(made)


def _end(at: datetime, days: int) -> datetime | None:
    """Of a coupon that is good for so many days; None where no calendar goes so far."""
    try:
        return at + timedelta(days=days)
    except OverflowError:
        return None


def _record(till: Till, con: Connection, member: Member, coupons: tuple[MemberCoupon, ...]) -> None:
    """The fact without personal data, the personal data sealed beside it, and the member to serve."""
    key = limits.own_key(till)
    private = {
        "phone": member.phone,
        "name": member.name,
        "birthday": member.birthday.isoformat() if member.birthday else None,
    }
    sealed = sealing.seal(till.terminal.seal_key, key, private)
    told: list[dict[str, Any]] = [
        {"id": one.id, "template": one.template, "until": one.until.isoformat() if one.until else None}
        for one in coupons
    ]
    body = member_registered(
        member.id, member.code, member.own_guide, till.terminal.store, member.tier, told, sealed.digest, till.stamp()
    )
    entry = journal.append(
        con,
        fact_id=till.new_id(),
        kind=MEMBER_REGISTERED,
        content=body,
        at=till.wall(),
        sides=[journal.Side(till.new_id(), sealed.salt, sealed.sealed, sealed.own)],
    )
    local_members.add(con, member, entry.number, key, till.index_key(), coupons)
