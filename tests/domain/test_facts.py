"""Facts: frozen bytes in a chain; ids that nobody reads anything out of; people who are masked."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from uuid import UUID

import pytest

from posclient.domain import facts
from posclient.domain.attribution import Share
from posclient.domain.feeds import row_checksum, rows_checksum, signed, unsigned
from posclient.domain.ids import derived_id, uuid7
from posclient.domain.people import Member, Staff, mask_name, mask_phone
from posclient.domain.private import newcomer_coupon_id, phone_index, plain_phone, side_hash
from posclient.domain.sale import CouponUse, Sale, SaleDiscount, SaleLine
from posclient.domain.tenders import Payment
from posclient.domain.valet import ValetLine, ValetOrder
from posclient.errors import InputError

AT = datetime(2026, 11, 21, 14, 3, tzinfo=timezone(timedelta(hours=8)))
STAMP = facts.clock_stamp(AT, -250)
LINE = SaleLine(
    "1", "a", "690", "T恤", "红", 2, 5900, 5900, 11800, 10800, 1300, "g", (SaleDiscount("coupon:K1", "券", 1000),)
)
SALE = Sale(
    "s", "S001-1-20261121-000001", 1, None, AT, date(2026, 11, 21), "2026-11-21", "S001", 1, "c", "g", "m", None, None,
    (LINE,), (Payment("p", "cash", 10800, 20000),), 0, 11800, 10800, 108, 10800, (CouponUse("K1", 1000, AT, None),),
    (Share("1", "g", "selling", 10000, 10800),), (), {"basket": {}, "groups": [{"source": "promotion:P1"}]},
)  # fmt: skip


def test_the_body_of_a_sale_is_plain_and_keeps_its_groups() -> None:
    body = facts.sale_completed(SALE, STAMP)
    read = json.loads(facts.body_bytes(body))
    assert read == body
    assert (read["at"], read["business_date"], read["clock"]) == (
        AT.isoformat(),
        "2026-11-21",
        STAMP,
    )
    assert read["lines"][0]["discounts"] == [{"source": "coupon:K1", "name": "券", "amount": 1000}]
    assert (read["groups"], "priced" in read, read["coupons"][0]["until"]) == (
        [{"source": "promotion:P1"}],
        False,
        AT.isoformat(),
    )
    assert (SALE.saved, SALE.change) == (1000, 9200)


def test_other_bodies() -> None:
    order = ValetOrder(
        "o", "S001-1-V000001", AT, "S001", (ValetLine("a", "T恤", "红", 1, 5900),), 0, 5900, "g", None, None, ()
    )
    body = facts.valet_order_placed(order, "ab", STAMP)
    assert (body["lines"][0]["price"], "expected" in body) == (5900, False)
    assert facts.valet_order_placed(replace(order, expected="W1"), "ab", STAMP)["expected"] == "W1"
    assert facts.member_registered("m", "c", "g", "S001", "basic", [], "ab", STAMP)["side"] == "ab"
    assert facts.care_task_changed("t", "snoozed", "", AT, "g", STAMP)["until"] == AT.isoformat()
    assert facts.care_task_changed("t", "done", "", None, "g", STAMP)["until"] is None
    assert facts.rule_skipped("P1", "moon", STAMP)["rule_kind"] == "moon"


def test_each_fact_follows_from_the_one_before_it() -> None:
    """S-24: changing the bytes, the order or the place of a fact breaks the chain."""
    start = facts.chain_start("T1", "i1")
    first = facts.make_fact(start, "T1", "i1", 1, "f1", facts.RULE_SKIPPED, {"b": 1, "a": "京"})
    second = facts.make_fact(first.hash, "T1", "i1", 2, "f2", facts.RULE_SKIPPED, {})
    assert first.body == '{"b":1,"a":"京"}'.encode()
    assert start == hashlib.sha256(b"T1i1").digest()
    header = json.dumps(["T1", "i1", 1, "f1", "RuleSkipped", 1], separators=(",", ":")).encode()
    assert first.hash == hashlib.sha256(start + header + first.body).digest()
    swapped = facts.make_fact(start, "T1", "i1", 2, "f2", facts.RULE_SKIPPED, {})
    assert len({first.hash, second.hash, swapped.hash}) == 3


def test_no_fact_holds_what_json_does_not() -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        facts.body_bytes({"amount": float("nan")})


def test_ids_are_uuids_made_of_what_is_passed_in() -> None:
    made = UUID(uuid7(1_795_241_000_000, bytes(range(10))))
    assert (made.version, made.variant, made.int >> 80) == (7, "specified in RFC 4122", 1_795_241_000_000)
    assert derived_id("a", "bc") != derived_id("ab", "c")
    assert UUID(derived_id("a")).version == 5


def test_people_are_masked() -> None:
    """ux.md, manners."""
    assert [mask_phone(phone) for phone in ("13912341234", "1234", "")] == ["139****1234", "****", ""]
    assert [mask_name(name) for name in ("王小明", "李雷", "王", "")] == ["王**", "李*", "王", ""]
    member = Member("m", "c", "王小明", "13912341234", "gold")
    assert (member.masked_name, member.masked_phone) == ("王**", "139****1234")
    assert [Staff("s", "n", "", frozenset({role})).is_manager for role in ("cashier", "manager", "admin")] == [
        False,
        True,
        True,
    ]


@pytest.mark.parametrize(
    "text", ["139 1234 1234", "(139)1234-1234", "+86 13912341234", "008613912341234", "139.1234/1234"]
)
def test_a_phone_has_one_spelling(text: str) -> None:
    assert plain_phone(text) == "13912341234"


def test_foreign_phones_stay_and_nonsense_is_none() -> None:
    assert plain_phone("+852 1234 5678") == "+85212345678"
    for text in ("", "1234", "call", "１３９１２３４１２３４", "1" * 16):
        with pytest.raises(InputError, match="phone"):
            plain_phone(text)


def test_two_places_make_the_same_of_one_phone() -> None:
    index = phone_index(b"k" * 32, "13912341234")
    assert index == phone_index(b"k" * 32, plain_phone("139 1234 1234")) != phone_index(b"l" * 32, "13912341234")
    assert newcomer_coupon_id("NEW", index) == derived_id("NEW", index)
    assert side_hash(b"s", b"x") == hashlib.sha256(b"sx").hexdigest()


def test_checksums_survive_a_database() -> None:
    big = 2**64 - 1
    assert (signed(big), unsigned(signed(big)), signed(5)) == (-1, big, 5)
    assert row_checksum("t", "k", 1) == int.from_bytes(hashlib.sha256(b"t|k|1").digest()[:8], "big")
    assert rows_checksum("t", ["k", "l"], [1, 2]) == row_checksum("t", "k", 1) + row_checksum("t", "l", 2)


def test_a_clock_entry_says_what_is_known_of_the_time() -> None:
    """T-22, S-16: wall time; HQ's by the offset, once that is known; and that the clock is not to be believed."""
    assert facts.clock_stamp(AT, None) == {"at": AT.isoformat(), "offset_ms": None}
    hq_at = (AT - timedelta(milliseconds=250)).isoformat()
    assert facts.clock_stamp(AT, -250) == {"at": AT.isoformat(), "offset_ms": -250, "hq_at": hq_at}
    assert facts.clock_stamp(AT, None, suspect=True)["clock_suspect"] is True
