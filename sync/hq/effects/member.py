"""``MemberRegistered``: a member made at a counter, perhaps in two places at once (protocol.md, members)."""

from __future__ import annotations

import json
from typing import Annotated, Any

from pydantic import Field, ValidationError
from sqlmodel import col, select

from posclient.domain.private import phone_index, plain_phone
from posclient.errors import InputError
from sync.hq import contacts
from sync.hq.bodies import Body, MemberRegisteredV1, NewCoupon, Text, UnreadableError
from sync.hq.chain_tables import CouponRow, MemberAlias, MemberRow
from sync.hq.clock import milliseconds
from sync.hq.early_points import credit_early
from sync.hq.effects.value import know_account
from sync.hq.fact_tables import EarlyPointsRow
from sync.hq.feeds import GLOBAL, canonical, store_feed
from sync.hq.sides import open_side
from sync.hq.tables import FeedRow
from sync.hq.visiting import is_away, receive
from sync.hq.work import Received, Work


class Person(Body):
    """A registration's side record."""

    phone: Annotated[Text, Field(min_length=1)]
    name: Text = ""
    birthday: Text | None = None


def member_registered(work: Work, received: Received, registered: MemberRegisteredV1) -> str | None:
    """A new member with the newcomer coupons; of a phone that is known already, an alias of the older member.

    Not where the id is another living member's: an alias would cut that one off from what is theirs.
    """
    person, index = _person(work, received, registered)
    member = _of_phone(work, index, registered.member)
    named = work.get(MemberRow, registered.member)
    if named is not None and named is not member:
        _credit_early(work, named, named.id)
        return work.exception(received.fact.id, "member_exists", member=named.id)
    if member is None:
        member = _new_member(registered, person, index)
        work.make(member, member.id)
        work.member_changed(member)
    elif member.id != registered.member:
        if work.get(MemberAlias, registered.member) is None:
            work.make(MemberAlias(old=registered.member, new=member.id), registered.member)
            know_account(work, member.id)  # sales further on in the batch name the member by the new alias
        data = {"old": registered.member, "new": member.id}
        work.publish(store_feed(registered.store), "member_alias", registered.member, data)
        if is_away(member, registered.store):  # they are served there, and an alias leads to nobody else's row
            work.changes += receive(work.session, member, registered.store, milliseconds(work.clock))
    _credit_early(work, member, registered.member, registered.code)
    contacts.hurry(work.session, registered.store)  # what is new here may be leased at once
    known = [_add_coupon(work, member, coupon) for coupon in registered.coupons]
    return None if all(known) else work.exception(received.fact.id, "unknown_template", member=member.id)


def _of_phone(work: Work, index: str, wanted: str) -> MemberRow | None:
    """The member of a phone. An import may have brought several: ``wanted`` if they are one of them, else always the
    same, or two counters would unite one person with two members.
    """
    theirs = select(MemberRow).where(MemberRow.phone_index == index)
    return work.session.exec(theirs.order_by(col(MemberRow.id) != wanted, col(MemberRow.id))).first()


def _credit_early(work: Work, member: MemberRow, *names: str) -> None:
    """What sales that came before the registration have earned, by the id or by the code alone."""
    work.write_rows(EarlyPointsRow)
    if credit_early(work.session, milliseconds(work.clock), dict.fromkeys(names, member)):
        know_account(work, member.id)
        work.member_changed(member)


def _person(work: Work, received: Received, registered: MemberRegisteredV1) -> tuple[Person, str]:
    plain = open_side(work.keys, received, registered.side)
    try:
        person = Person.model_validate_json(plain)
        return person, phone_index(work.keys.index_key, plain_phone(person.phone))
    except (ValidationError, InputError):
        raise UnreadableError("side_unreadable", "content") from None


def _new_member(registered: MemberRegisteredV1, person: Person, index: str) -> MemberRow:
    data: dict[str, Any] = {
        "name": person.name, "phone": plain_phone(person.phone), "birthday": person.birthday, "tier": registered.tier,
        "stored_value": 0, "own_guide": registered.own_guide, "tags": [],
    }  # fmt: skip
    return MemberRow(
        id=registered.member, code=registered.code, phone_index=index, home_store=registered.store, data=canonical(data)
    )


def _add_coupon(work: Work, member: MemberRow, new: NewCoupon) -> bool:
    """Both places make the same newcomer coupon: the second finds it here. False without its template."""
    known = work.get(CouponRow, new.id)
    if known is not None:
        work.coupon_changed(known)  # told there too, that it is used as well
        return True
    template = _template(work, new.template)
    if template is None:
        return False
    rule = {**template["rule"], "id": new.id, "from": None, "until": new.until}
    data = {"name": template["name"], "template": new.template, "rule": rule, "until": new.until}
    coupon = CouponRow(id=new.id, member=member.id, single_use=True, data=canonical(data))
    coupon.state = "used" if work.was_used(new.id) else "active"
    work.make(coupon, coupon.id)
    work.coupon_changed(coupon)
    return True


def _template(work: Work, template: str) -> dict[str, Any] | None:
    row = work.get(FeedRow, (GLOBAL, "coupon_template", template))
    if row is None or row.data is None:
        return None
    found: dict[str, Any] = json.loads(row.data)
    return found
