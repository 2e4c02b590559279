"""One scan channel: what a code is, is decided by looking it up, the whole code first."""

from __future__ import annotations

from contextlib import closing

import pytest

from posclient.actions import checkout, payment, search, valet
from posclient.actions.views import ScanKind
from posclient.db import catalog
from posclient.db.connection import connect
from posclient.domain.gtin import ean13
from posclient.errors import NotFound
from tests.actions.kidswear import GLOBAL, STORE, ZONE, Shop, member_row, product_row, sku

COAT = sku("A001")


def gtin_of(shop: Shop, article: str) -> str:
    return catalog.by_skus(shop.till.reference.cache, [article], shop.clock.now())[article].gtin


def test_the_same_article_again_is_one_more(shop: Shop) -> None:
    """T-37: EAN-13, GTIN-14 and the SKU on an in-house label are one article, on one line."""
    code = gtin_of(shop, COAT)
    for text in (code, f"0{code}", f"]E0{code}", f"(01)0{code}", COAT, f" {code}\r\n"):
        assert checkout.scan(shop.till, text).kind is ScanKind.PRODUCT
    view = checkout.view(shop.till)
    assert [(line.sku, line.qty) for line in view.lines] == [(COAT, 6)]


def test_an_unknown_code_is_shown_raw(shop: Shop) -> None:
    """T-39: the failed code itself, and a reason; the cart is as it was."""
    checkout.add(shop.till, COAT)
    found = checkout.scan(shop.till, "6901234567892")
    assert (found.kind, found.raw, found.code, found.view.pieces) == (
        ScanKind.UNKNOWN,
        "6901234567892",
        "unknown_code",
        1,
    )
    assert len(checkout.scan(shop.till, "9" * 3000).raw) == 80


@pytest.mark.parametrize("text", ["", "\x00", "9" * 10_000, "69\u202e01", "\ud800"])
def test_nonsense_is_refused_and_never_raises(shop: Shop, text: str) -> None:
    """S-3: NUL, endless texts, direction marks, lone surrogates."""
    found = checkout.scan(shop.till, text)
    assert (found.kind, found.view.pieces) == (ScanKind.REFUSED, 0)
    assert found.code.startswith("code_")


def test_a_member_code_serves_the_member(shop: Shop) -> None:
    found = checkout.scan(shop.till, "QLM1")
    assert (found.kind, found.view.member and found.view.member.member.name) == (ScanKind.MEMBER, "王小明")
    assert found.view.member is not None
    assert (found.view.member.tier_name, found.view.member.own_guide_name) == ("金卡会员", "王")


def test_a_badge_names_the_selling_guide(shop: Shop) -> None:
    """T-69: the seller is apart from the cashier."""
    found = checkout.scan(shop.till, "BADGE-G2")
    assert (found.kind, found.view.guide_name) == (ScanKind.GUIDE, "王")
    assert shop.till.person().id == "G1"


def test_a_coupon_is_insisted_on_and_brings_its_member(shop: Shop) -> None:
    shop.hq.coupon("K1", "M1", {"kind": "amount_off", "amount": 1000})
    shop.hq.coupon("K2", "M1", {"kind": "amount_off", "amount": 5000})
    checkout.add(shop.till, COAT)
    found = checkout.scan(shop.till, "K1")
    assert (found.kind, found.code, found.view.coupon_off) == (ScanKind.COUPON, "", 1000)
    assert found.view.member is not None
    assert [(one.id, one.state, one.choice) for one in found.view.member.coupons] == [
        ("K1", "used", "pinned"),
        ("K2", "unused", "auto"),
    ]
    assert checkout.scan(shop.till, "K2").code == "impossible_pin"


def test_a_coupon_that_takes_nothing_off_says_why(shop: Shop) -> None:
    """T-51: accepted, nothing happens yet, and the reason with what is missing."""
    shop.hq.coupon("K1", "M1", {"kind": "amount_off", "amount": 1000, "min_spend": 30000})
    checkout.set_member(shop.till, "M1")
    checkout.add(shop.till, COAT)
    found = checkout.scan(shop.till, "K1")
    assert (found.kind, found.code) == (ScanKind.COUPON, "coupon_waits")
    assert found.params is not None
    assert (found.params["reason"], found.params["missing"]) == ("min_spend", 6100)
    assert checkout.add(shop.till, COAT).coupon_off == 1000


def test_coupons_that_may_not_be_used(shop: Shop) -> None:
    shop.hq.send(STORE, member_row("M3", "远", "13900000003", home_store="S002"))
    shop.hq.coupon("K1", "M1", {"kind": "amount_off", "amount": 1000})
    shop.hq.coupon("K3", "M3", {"kind": "amount_off", "amount": 1000})
    shop.hq.coupon("K4", "M9", {"kind": "amount_off", "amount": 1000})
    shop.hq.coupon("K5", "M1", {"kind": "amount_off", "amount": 1000}, state="used")
    checkout.set_member(shop.till, "M2")
    assert checkout.scan(shop.till, "K1").code == "coupon_of_other_member"
    assert checkout.scan(shop.till, "K4").code == "coupon_without_member"
    assert checkout.scan(shop.till, "K5").code == "coupon_barred"
    checkout.set_member(shop.till, None)
    refused = checkout.scan(shop.till, "K3")
    assert (refused.kind, refused.code, dict(refused.params or {})["reason"]) == (
        ScanKind.REFUSED, "coupon_barred", "home_store",
    )  # fmt: skip


def test_a_receipt_is_found_by_its_number(shop: Shop) -> None:
    view = checkout.add(shop.till, COAT)
    payment.open(shop.till)
    payment.pay(shop.till, "cash")
    done = payment.complete(shop.till, view.cart_id)
    found = checkout.scan(shop.till, done.receipt)
    assert (found.kind, dict(found.params or {})["sale"]) == (ScanKind.RECEIPT, done.sale_id)
    assert checkout.scan(shop.till, done.receipt.replace("000001", "000009")).code == "unknown_receipt"


def test_an_unknown_member_code_is_claimed_only_by_form_or_by_a_person(shop: Shop) -> None:
    """protocol.md, members: the sale goes at non-member terms, with the code kept on it."""
    assert checkout.scan(shop.till, "QL77777777").kind is ScanKind.UNKNOWN
    claimed = checkout.claim(shop.till, "QL77777777")
    assert (claimed.kind, claimed.view.claimed_code, claimed.view.member) == (
        ScanKind.CLAIMED_MEMBER, "QL77777777", None,
    )  # fmt: skip
    assert checkout.claim(shop.till, "QLM1").kind is ScanKind.MEMBER
    assert checkout.view(shop.till).claimed_code is None
    assert checkout.claim(shop.till, "\x00").code == "code_unsafe"
    shop.hq.setting("claimed_codes", [{"prefix": "QL", "length": 10}])
    assert checkout.scan(shop.till, "QL88888888").kind is ScanKind.CLAIMED_MEMBER
    assert checkout.scan(shop.till, "QL8888888").kind is ScanKind.UNKNOWN


def test_an_article_without_a_price_is_not_sold(shop: Shop) -> None:
    shop.hq.send(ZONE, ("price", f"p-{COAT}", None))
    found = checkout.scan(shop.till, COAT)
    assert (found.kind, found.code) == (ScanKind.REFUSED, "no_price")


def test_a_price_in_the_code_only_by_hqs_rule(shop: Shop) -> None:
    """S-2: no rule, no price read out; with one, a line of its own at that price; a bad check digit is no price."""
    label = ean13("220123400990")
    shop.hq.send(GLOBAL, product_row("SOCKS", "袜子", gtins=["2201234"]))
    shop.hq.price("SOCKS", 2000, "q-socks")
    assert checkout.scan(shop.till, label).code == "unknown_code"
    shop.hq.setting("embedded_codes", [{"prefix": "22", "layout": "PPIIIIIVVVVVK"}])
    view = checkout.scan(shop.till, label).view
    assert [(line.sku, line.qty, line.unit_price) for line in view.lines] == [("SOCKS", 1, 990)]
    assert len(checkout.scan(shop.till, label).view.lines) == 2
    wrong = checkout.scan(shop.till, label[:-1] + str((int(label[-1]) + 1) % 10))
    assert (wrong.kind, wrong.code) == (ScanKind.REFUSED, "embedded_check_digit")
    shop.hq.setting("embedded_codes", [{"prefix": "22", "layout": "PPIIIIIWWWWWK"}])
    assert checkout.scan(shop.till, label).view.lines[-1].unit_price == 1980


def test_a_real_gtin_that_begins_like_a_label_is_that_article(shop: Shop) -> None:
    """ux.md: the whole code is always looked up first."""
    code = ean13("220123400990")
    shop.hq.setting("embedded_codes", [{"prefix": "22", "layout": "PPIIIIIVVVVVK"}])
    shop.hq.send(GLOBAL, product_row("HAT", "帽子", gtins=[code]))
    shop.hq.price("HAT", 4900, "q-hat")
    assert checkout.scan(shop.till, code).view.lines[0].unit_price == 4900


@pytest.mark.parametrize("price", [-100, 10**11 + 1, 10**18])
def test_a_price_that_none_can_be_is_none(shop: Shop, price: int) -> None:
    """S-5, S-11: HQ's row is no reason to give money away, or to take a sale that cannot be written down."""
    shop.hq.price(COAT, price, "z")
    found = checkout.scan(shop.till, COAT)
    assert (found.kind, found.code) == (ScanKind.REFUSED, "no_price")
    shirt = sku("T001")
    assert checkout.add(shop.till, shirt).total == 5900, "the others are sold as ever"
    shop.hq.price(shirt, 5900, "z", member_prices={"gold": price, "basic": 5000})
    assert checkout.set_member(shop.till, "M1").total == 5900
    assert checkout.set_member(shop.till, "M2").total == 5000


def test_a_till_without_goods_does_not_blame_the_label(shop: Shop) -> None:
    """Enrolled, but nothing loaded yet: the code may well be right, and no search by name would find it."""
    with closing(connect(next(shop.folder.glob("cache-*.db")))) as con, con:
        con.execute("DELETE FROM product")
    assert checkout.scan(shop.till, COAT).code == "no_goods"
    with pytest.raises(NotFound, match="no_goods"):
        checkout.add(shop.till, COAT)
    with pytest.raises(NotFound, match="no_goods"):
        valet.grid(shop.till, COAT)
    with pytest.raises(NotFound, match="no_goods"):
        search.products(shop.till, "羽绒")


@pytest.mark.parametrize(
    ("key", "read"),
    [
        ("6901234567892", "6901234567892"), ("6901234567892", "06901234567892"), ("10000007", "10000007"),
        ("012345678905", "0012345678905"), ("6901234567892", "(01)06901234567892"),
    ],
)  # fmt: skip
def test_a_sku_that_is_a_gtin_is_scanned_as_any(shop: Shop, key: str, read: str) -> None:
    """T-38: a chain that names its articles by their EANs leaves the column of codes empty."""
    shop.hq.send(GLOBAL, product_row(key, "帽子"))
    shop.hq.price(key, 4900, "q-hat")
    found = checkout.scan(shop.till, read)
    assert (found.kind, [line.sku for line in found.view.lines]) == (ScanKind.PRODUCT, [key])
    assert valet.find(shop.till, read) == key


def test_a_barcode_that_is_the_sku_of_another_article_sells_neither(shop: Shop) -> None:
    """S-2: the one with the barcode went into the cart, whichever lay there. The search shows both."""
    for key, gtins in (("HAT", ["6901234567892"]), ("6901234567892", [])):
        shop.hq.send(GLOBAL, product_row(key, key, gtins=gtins))
        shop.hq.price(key, 4900, f"q-{key}")
    for read in ("6901234567892", "06901234567892", "(01)06901234567892"):
        found = checkout.scan(shop.till, read)
        assert (found.kind, found.code, found.view.lines) == (ScanKind.REFUSED, "ambiguous_code", ())
    assert {hit.sku for hit in search.products(shop.till, "6901234567892")} == {"HAT", "6901234567892"}
    assert [line.sku for line in checkout.add(shop.till, "HAT").lines] == ["HAT"]
