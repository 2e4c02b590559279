"""Members: found by what a customer can say, registered in the middle of a sale."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest

from posclient.actions import checkout, members, payment
from posclient.actions.till import open_till
from posclient.db import sealing
from posclient.domain.private import newcomer_coupon_id, phone_index, side_hash
from posclient.errors import DataError, InputError, NotFound, Refused
from tests.actions.kidswear import GLOBAL, OWN_KEY, STORE, Shop, member_row, sku

COAT = sku("A001")
PHONE = "13900005678"


def test_the_last_four_digits_give_masked_candidates(shop: Shop) -> None:
    """T-70: two share them; nobody's name or number is on screen in full."""
    found = members.find(shop.till, "1234")
    assert [(one.id, one.masked_name, one.masked_phone, one.tier) for one in found] == [
        ("M1", "王**", "139****1234", "金卡会员"),
        ("M2", "李*", "138****1234", "普通会员"),
    ]
    assert found[0].own_guide_name == "王"


@pytest.mark.parametrize("text", ["13912341234", "139 1234 1234", "+86 139-1234-1234", "QLM1", " QLM1 "])
def test_a_phone_or_a_code_is_one_member(shop: Shop, text: str) -> None:
    assert [one.id for one in members.find(shop.till, text)] == ["M1"]


@pytest.mark.parametrize("text", ["", "12", "9999", "nobody", "%", "1' OR '1'='1"])
def test_nobody(shop: Shop, text: str) -> None:
    """S-4: taken literally."""
    assert members.find(shop.till, text) == ()


def test_registered_and_served_with_the_newcomer_coupon_at_once(shop: Shop) -> None:
    """T-20: the registration is a fact before the sale's; the sale names the member that it made."""
    checkout.add(shop.till, COAT)
    view = members.register(shop.till, "139 0000 5678", " 张  三 ", date(1990, 5, 17))
    assert view.member is not None
    assert (view.member.new_here, view.coupon_off, view.member.member.own_guide) == (True, 3000, "G1")
    payment.open(shop.till)
    payment.pay(shop.till, "cash")
    payment.complete(shop.till, view.cart_id)
    facts = [(kind, json.loads(body)) for kind, body in shop.rows("SELECT kind, body FROM fact ORDER BY seq")]
    assert [kind for kind, _ in facts] == ["MemberRegistered", "SaleCompleted"]
    registered, sale = facts[0][1], facts[1][1]
    assert registered["member"] == sale["member"] == view.member.member.id
    coupon = newcomer_coupon_id("NEW", phone_index(b"i" * 32, PHONE))
    assert [one["id"] for one in registered["coupons"]] == [coupon] == [one["coupon"] for one in sale["coupons"]]
    again = checkout.set_member(shop.till, registered["member"])
    assert again.member is not None
    assert [(one.id, one.reason) for one in again.member.coupons] == [(coupon, "held")]
    assert again.member.member.points == 229


def test_no_personal_data_in_the_fact_or_the_clear(shop: Shop) -> None:
    """protocol.md: phone, name and birthday are in the side record, sealed twice; S-20: nowhere in the files."""
    members.register(shop.till, PHONE, "张三丰", date(1990, 5, 17))
    ((body, salt, sealed, own),) = shop.rows(
        "SELECT body, salt, sealed, own FROM fact JOIN side_record ON fact = number"
    )
    assert json.loads(body)["side"] == side_hash(salt, sealed)
    assert sealing.open_own(OWN_KEY, own) == {"phone": PHONE, "name": "张三丰", "birthday": "1990-05-17"}
    shop.till.close()
    kept = b"".join(path.read_bytes() for path in shop.folder.glob("till.db*"))
    assert PHONE.encode() not in kept
    assert "张三丰".encode() not in kept
    shop.reopen()


def test_found_again_before_hq_knows_them(shop: Shop) -> None:
    view = members.register(shop.till, PHONE, "张三")
    assert view.member is not None
    member = view.member.member
    for text in (PHONE, "5678", member.code):
        assert [one.masked_name for one in members.find(shop.till, text)] == ["张*"]
    assert checkout.scan(shop.till, member.code).view.member is not None
    shop.hq.send(STORE, member_row(member.id, "张三", PHONE, code=member.code))
    assert [one.id for one in members.find(shop.till, "5678")] == [member.id], "HQ's row takes over, once"


def test_a_known_phone_is_offered_instead(shop: Shop) -> None:
    checkout.add(shop.till, COAT)
    for _ in range(2):
        with pytest.raises(Refused, match="known_phone") as refused:
            members.register(shop.till, "13912341234", "别人")
        assert (refused.value.params["member"], refused.value.params["masked_name"]) == ("M1", "王**")
    made = members.register(shop.till, PHONE)
    assert made.member is not None
    with pytest.raises(Refused, match="known_phone") as refused:
        members.register(shop.till, PHONE)
    assert refused.value.params["member"] == made.member.member.id


def test_what_is_no_registration(shop: Shop) -> None:
    today = shop.clock.now().date()
    for phone in ("", "1391234", "call me", "23912341234", "１３９１２３４１２３４"):
        with pytest.raises(InputError, match="phone"):
            members.register(shop.till, phone)
    for birthday in (today + timedelta(days=1), date(1890, 1, 1)):
        with pytest.raises(InputError, match="birthday"):
            members.register(shop.till, PHONE, birthday=birthday)
    for name in ("长" * 41, "a\x1bp\x00"):
        with pytest.raises(InputError, match="name"):
            members.register(shop.till, PHONE, name)
    with pytest.raises(NotFound, match="unknown_staff"):
        members.register(shop.till, PHONE, guide="X9")
    checkout.add(shop.till, COAT)
    payment.open(shop.till)
    with pytest.raises(Refused, match="paying"):
        members.register(shop.till, PHONE)
    assert shop.rows("SELECT count(*) FROM fact") == [(0,)]


def test_without_its_key_the_till_sells_but_takes_no_personal_data(shop: Shop) -> None:
    """A locked keyring: what was sealed stays shut, and nothing new is taken down unsealed."""
    made = members.register(shop.till, PHONE, "张三")
    assert made.member is not None
    shop.till.close()
    shop.till = open_till(shop.folder, clock=shop.clock, new_id=iter("abcdefgh").__next__)
    (found,) = members.find(shop.till, "5678")
    assert (found.masked_name, found.masked_phone) == ("", "****5678")
    served = checkout.set_member(shop.till, found.id).member
    assert served is not None
    assert (served.member.sealed, served.member.name) == (True, "")
    with pytest.raises(DataError, match="no_own_key"):
        members.register(shop.till, "13900009999")
    checkout.set_member(shop.till, None)
    assert checkout.add(shop.till, COAT).total == 25900


@pytest.mark.parametrize("days", [4_000_000, 10**12])
def test_a_newcomer_coupon_that_never_ends_stops_no_registration(shop: Shop, days: int) -> None:
    """S-11: HQ's days go beyond the calendar; the member is registered, and their coupon has no end."""
    rule = {"kind": "amount_off", "amount": 3000, "min_spend": 10000, "group": "newcomer"}
    row = {"id": "NEW", "name": "新人券", "rule": rule, "valid_days": days, "newcomer": True}
    shop.hq.send(GLOBAL, ("coupon_template", "NEW", row))
    checkout.add(shop.till, COAT)
    view = members.register(shop.till, "13700000009")
    assert view.coupon_off == 3000
    assert view.member is not None
    assert [one.until for one in view.member.coupons] == [None]
