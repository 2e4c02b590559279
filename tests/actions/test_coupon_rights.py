"""A member's coupons where the chain leases them: each is usable by a right, or says why it is not (T-51)."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from posclient.actions import checkout, holding, members, payment, ringing
from posclient.actions.holding import Answer, Kept, Question
from posclient.actions.standing import Refusal
from posclient.actions.views import CouponView, ScanKind
from posclient.db import audit, contact, terminal
from posclient.db.instants import to_ms
from posclient.domain.leases import Right
from posclient.domain.people import Staff
from posclient.errors import InputError, NotFound, Refused
from tests.actions.kidswear import STORE, Shop, kept, member_row, sku
from ui.sentences import sentence

COAT = sku("A001")
BOSS = Staff("B1", "店长", "", frozenset({"manager"}))
TEN = timedelta(minutes=10)


@pytest.fixture
def leasing(shop: Shop) -> Shop:
    """Leases are on; M1's coupon K1 (10 yuan) is in the cache, a coat in the cart."""
    shop.hq.setting("coupon_leases", True)
    shop.hq.coupon("K1", "M1", {"kind": "amount_off", "amount": 1000})
    checkout.add(shop.till, COAT)
    return shop


def lease(shop: Shop, not_after: datetime, coupon: str = "K1", store: str = "S001") -> None:
    row = {"coupon": coupon, "store": store, "not_after": not_after.isoformat()}
    shop.hq.send(STORE, ("coupon_lease", coupon, row))


def seen(shop: Shop, coupon: str = "K1") -> CouponView:
    """The coupon on M1's card, looked at anew."""
    served = checkout.view(shop.till).served == "M1"
    view = ringing.reprice(shop.till) if served else checkout.set_member(shop.till, "M1")
    assert view.member is not None
    return next(one for one in view.member.coupons if one.id == coupon)


def test_a_leased_coupon_is_used_offline_until_a_quarter_before_the_end(leasing: Shop) -> None:
    """S-17: the boundary second."""
    end = leasing.clock.at + timedelta(hours=2)
    lease(leasing, end + timedelta(minutes=15))
    assert (seen(leasing).state, seen(leasing).right) == ("used", Right("lease", until=end))
    leasing.clock.at = end - timedelta(seconds=1)
    assert seen(leasing).state == "used"
    leasing.clock.at = end
    assert (seen(leasing).state, seen(leasing).reason) == ("unused", "lease_ended")


def test_without_a_lease_the_card_says_why(leasing: Shop) -> None:
    leasing.hq.coupon("K2", "M1", {"kind": "amount_off", "amount": 10_001})
    leasing.hq.coupon("K3", "M1", {"kind": "amount_off", "amount": 500}, single_use=False)
    assert (seen(leasing).reason, seen(leasing, "K2").reason) == ("not_leased", "online_only")
    assert seen(leasing, "K3").state == "used"  # what may be used often needs no lease
    leasing.till.online = True
    assert (seen(leasing).reason, seen(leasing, "K2").reason) == ("ask_hq", "ask_hq")


def test_where_the_chain_leases_nothing_the_home_store_decides(shop: Shop) -> None:
    shop.hq.coupon("K1", "M1", {"kind": "amount_off", "amount": 1000})
    checkout.add(shop.till, COAT)
    assert (seen(shop).state, seen(shop).right) == ("used", None)
    shop.hq.send(STORE, member_row("M1", "王小明", "13912341234", home_store="S002"))
    assert seen(shop).reason == "home_store"


def test_what_the_sync_hears_of_the_clock_counts_for_the_card_that_is_open(leasing: Shop) -> None:
    """S-16: ours is a day slow, and HQ says so while the member stands there: else payment is refused, and again."""
    lease(leasing, leasing.clock.at + timedelta(hours=2))
    assert seen(leasing).state == "used"
    terminal.note_offset(leasing.till.db, 86_400_000)
    view = holding.line_changed(leasing.till, online=False)
    assert view.member is not None
    assert [one.reason for one in view.member.coupons if one.id == "K1"] == ["lease_ended"]
    cart = payment.open(leasing.till).cart_id
    payment.pay(leasing.till, "cash")
    assert payment.complete(leasing.till, cart).total == view.total


def test_a_fork_counts_for_the_card_that_is_open(leasing: Shop) -> None:
    """S-19: HQ tells of it while the member stands there."""
    lease(leasing, leasing.clock.at + timedelta(hours=2))
    assert seen(leasing).state == "used"
    terminal.note_trouble(leasing.till.db, terminal.FORK)
    view = holding.line_changed(leasing.till, online=False)  # as before: the line has not changed
    assert view.member is not None
    assert [one.reason for one in view.member.coupons if one.id == "K1"] == ["forked"]


def test_a_clock_that_was_put_back_freezes_the_leases(leasing: Shop) -> None:
    """S-16: five minutes below the floor are an error of the clock, not more time."""
    lease(leasing, leasing.clock.at + timedelta(days=2))
    assert seen(leasing).state == "used"
    terminal.raise_floor(leasing.till.db, leasing.clock.at + timedelta(minutes=5, seconds=1))
    assert seen(leasing).reason == "clock_suspect"


def test_a_clock_that_was_put_back_freezes_what_hq_holds(leasing: Shop) -> None:
    """S-16: an hour back would have made ten minutes seventy, and HQ would have given the coupon to another store."""
    leasing.till.online = True
    asked = holding.question(checkout.set_member(leasing.till, "M1"))
    assert asked is not None
    until = leasing.clock.at + TEN
    holding.take(leasing.till, asked, Answer({"K1": kept("K1", until)}, time=leasing.clock.at))
    assert seen(leasing).right == Right("hold", until=until)
    terminal.raise_floor(leasing.till.db, leasing.clock.at)  # as a sale does
    leasing.clock.forward(minutes=-6)
    assert (seen(leasing).state, seen(leasing).reason) == ("unused", "clock_suspect")
    assert holding.question(checkout.view(leasing.till), again=True) is None
    leasing.clock.forward(minutes=2)
    assert seen(leasing).right == Right("hold", until=until)


def test_hq_is_not_asked_for_what_a_wrong_clock_could_not_use(leasing: Shop) -> None:
    """S-16: the cashier is told to set the clock, not to wait; then HQ is asked as ever."""
    leasing.till.online = True
    terminal.raise_floor(leasing.till.db, leasing.clock.at + timedelta(hours=1))
    assert seen(leasing).reason == "clock_suspect"
    assert holding.question(checkout.view(leasing.till)) is None
    leasing.clock.forward(hours=1)
    assert seen(leasing).reason == "ask_hq"
    assert holding.question(checkout.view(leasing.till)) is not None


def test_a_slow_clock_does_not_make_a_lease_longer(leasing: Shop) -> None:
    lease(leasing, leasing.clock.at + timedelta(hours=1))
    terminal.note_offset(leasing.till.db, 60 * 60 * 1000)  # HQ's clock is an hour ahead
    assert seen(leasing).reason == "lease_ended"


def test_the_first_contact_tells_that_a_clock_was_set_back(leasing: Shop) -> None:
    """S-16: the median of the last five differences would tell with the third; meanwhile HQ has heard that all was
    sent, and gives what was leased to others. Set right, and heard again, the clock takes nothing away.
    """
    lease(leasing, leasing.clock.at + timedelta(days=2))
    for _ in range(5):
        terminal.note_offset(leasing.till.db, 0)
    assert seen(leasing).state == "used"
    here = to_ms(leasing.clock.at)
    terminal.note_offset(leasing.till.db, 3 * 86_400_000)
    contact.note(leasing.till.db, here + 3 * 86_400_000, here)
    assert seen(leasing).reason == "lease_ended"
    terminal.note_offset(leasing.till.db, 0)
    contact.note(leasing.till.db, here, here)
    assert seen(leasing).state == "used"


def test_a_coupon_made_here_is_this_tills_own(leasing: Shop) -> None:
    """C4: the newcomer coupon is good in the same sale, with no line to HQ."""
    view = members.register(leasing.till, "13755556666")
    assert view.member is not None
    (new,) = view.member.coupons
    assert (new.state, new.right) == ("used", Right("local"))


def test_hq_is_asked_once_and_its_answer_counts(leasing: Shop) -> None:
    """protocol.md, coupons: online HQ holds it for ten minutes."""
    leasing.till.online = True
    leasing.hq.coupon("K2", "M1", {"kind": "amount_off", "amount": 700})
    asked = holding.question(checkout.set_member(leasing.till, "M1"))
    assert asked is not None
    assert asked.coupons == ("K1", "K2")
    theirs = Refusal("leased", "S002", leasing.clock.at + timedelta(days=1))
    until = leasing.clock.at + TEN
    view = holding.take(leasing.till, asked, Answer({"K1": kept("K1", until)}, {"K2": theirs}, time=leasing.clock.at))
    assert holding.question(view) is None
    assert (seen(leasing).state, seen(leasing).right) == ("used", Right("hold", until=until))
    assert seen(leasing, "K2").right == Right("", "leased_elsewhere", theirs.until, "S002")
    leasing.reopen()
    assert seen(leasing).state == "used"
    leasing.clock.at = until
    assert seen(leasing).reason == "not_leased"


def test_no_answer_in_time_is_as_good_as_no_line(leasing: Shop) -> None:
    leasing.till.online = True
    asked = holding.question(checkout.set_member(leasing.till, "M1"))
    assert asked is not None
    holding.take(leasing.till, asked, None)
    assert seen(leasing).reason == "not_leased"


@pytest.mark.parametrize(("held", "ahead"), [("nobody's", 0), ("", 0), ("hqs", 11)])
def test_an_answer_that_holds_nothing_is_as_good_as_none(leasing: Shop, held: str, ahead: int) -> None:
    """S-10: signed by nobody we know, or over by the time that came with it; else HQ would be asked again at once, and
    without an end."""
    leasing.till.online = True
    asked = holding.question(checkout.set_member(leasing.till, "M1"))
    assert asked is not None
    until = leasing.clock.at + TEN
    said = kept("K1", until) if held == "hqs" else Kept(until.isoformat(), held)
    time = leasing.clock.at + timedelta(minutes=ahead)
    view = holding.take(leasing.till, asked, Answer({"K1": said}, time=time))
    assert holding.question(view) is None
    assert seen(leasing).reason == "not_leased"


def test_an_answer_about_another_cart_changes_nothing(leasing: Shop) -> None:
    checkout.set_member(leasing.till, "M1")
    asked = Question("another", "M1", ("K1",))
    holding.take(leasing.till, asked, Answer({"K1": kept("K1", leasing.clock.at + TEN)}))
    assert seen(leasing).reason == "not_leased"


def test_an_answer_with_a_time_of_hqs_is_read_by_our_clock(leasing: Shop) -> None:
    leasing.till.online = True
    asked = holding.question(checkout.set_member(leasing.till, "M1"))
    assert asked is not None
    ahead = leasing.clock.at + timedelta(hours=1)
    holding.take(leasing.till, asked, Answer({"K1": kept("K1", ahead + TEN)}, time=ahead))
    assert seen(leasing).right == Right("hold", until=leasing.clock.at + TEN)


def test_a_coupon_that_was_used_elsewhere_is_not_asked_for_again(leasing: Shop) -> None:
    leasing.till.online = True
    asked = holding.question(checkout.set_member(leasing.till, "M1"))
    assert asked is not None
    holding.take(leasing.till, asked, Answer(refused={"K1": Refusal("used")}))
    assert seen(leasing).reason == "used_elsewhere"
    with pytest.raises(NotFound, match="unknown_coupon"):
        checkout.override_coupon(leasing.till, "K1", BOSS)


def test_a_scanned_coupon_brings_its_member_and_waits_for_hq(leasing: Shop) -> None:
    assert checkout.scan(leasing.till, "K1").code == "coupon_barred"
    leasing.till.online = True
    done = checkout.scan(leasing.till, "K1")
    assert (done.kind, done.code) == (ScanKind.COUPON, "coupon_waits")
    asked = holding.question(done.view)
    assert asked is not None
    view = holding.take(leasing.till, asked, Answer({"K1": kept("K1", leasing.clock.at + TEN)}))
    assert view.coupon_off == 1000


def test_a_manager_lets_a_coupon_through_within_the_days_cap(leasing: Shop) -> None:
    """S-17: what a till may give without a right is bounded, and whose word it was is in the fact."""
    checkout.set_member(leasing.till, "M1")
    with pytest.raises(Refused, match="override_cap"):
        checkout.override_coupon(leasing.till, "K1", BOSS)
    leasing.hq.setting("coupon_override_cap", 1500)
    with pytest.raises(Refused, match="not_manager"):
        checkout.override_coupon(leasing.till, "K1", replace(BOSS, roles=frozenset({"cashier"})))
    view = checkout.override_coupon(leasing.till, "K1", BOSS)
    assert view.coupon_off == 1000
    leasing.reopen()
    view = payment.open(leasing.till)
    payment.pay(leasing.till, "cash")
    payment.complete(leasing.till, view.cart_id)
    ((body,),) = leasing.rows("SELECT body FROM fact")
    assert json.loads(body)["rights"] == [{"coupon": "K1", "right": "override", "approver": "B1"}]
    assert audit.amount_of_day(leasing.till.db, "coupon_override", leasing.clock.at.date()) == 1000
    leasing.hq.coupon("K2", "M1", {"kind": "amount_off", "amount": 501})
    checkout.add(leasing.till, COAT)
    checkout.set_member(leasing.till, "M1")
    checkout.override_coupon(leasing.till, "K2", BOSS)
    with pytest.raises(Refused) as caught:
        payment.open(leasing.till)
    assert caught.value.params == {"left": 500}
    leasing.clock.forward(days=1)
    assert payment.open(leasing.till).coupon_off == 501


def test_the_fact_says_by_what_right(leasing: Shop) -> None:
    lease(leasing, leasing.clock.at + timedelta(days=2))
    seen(leasing)
    view = payment.open(leasing.till)
    payment.pay(leasing.till, "cash")
    payment.complete(leasing.till, view.cart_id)
    ((body,),) = leasing.rows("SELECT body FROM fact")
    assert json.loads(body)["rights"] == [{"coupon": "K1", "right": "lease", "approver": None}]


def test_where_nothing_is_leased_the_fact_is_as_it_always_was(shop: Shop) -> None:
    shop.hq.coupon("K1", "M1", {"kind": "amount_off", "amount": 1000})
    checkout.add(shop.till, COAT)
    checkout.set_member(shop.till, "M1")
    view = payment.open(shop.till)
    payment.pay(shop.till, "cash")
    payment.complete(shop.till, view.cart_id)
    ((body,),) = shop.rows("SELECT body FROM fact")
    assert "rights" not in json.loads(body)


def test_another_member_loses_what_was_held_for_the_first(leasing: Shop) -> None:
    leasing.till.online = True
    asked = holding.question(checkout.set_member(leasing.till, "M1"))
    assert asked is not None
    holding.take(leasing.till, asked, Answer({"K1": kept("K1", leasing.clock.at + TEN)}))
    checkout.set_member(leasing.till, "M2")
    assert seen(leasing).reason == "ask_hq"


def through_hub(shop: Shop) -> Question:
    """HQ is away, the store's hub answers, and K1 is leased to the store for a day."""
    lease(shop, shop.clock.at + timedelta(days=1))
    holding.line_changed(shop.till, online=False, hub=True)
    assert (seen(shop).state, seen(shop).reason) == ("unused", "ask_hub")
    view = checkout.set_member(shop.till, "M1")
    asked = holding.question(view)
    assert asked is not None
    assert asked.coupons == ("K1",)
    return asked


def test_a_lease_of_the_store_is_used_once_the_hub_keeps_it_for_this_cart(leasing: Shop) -> None:
    """S-17: two tills of one store, one lease. The right stays the lease; HQ has never heard of the hub's word."""
    asked = through_hub(leasing)
    holding.take(leasing.till, asked, Answer(granted={"K1": TEN}))
    view = seen(leasing)
    assert view.right is not None
    assert (view.state, view.right.kind) == ("used", "lease")
    cart = payment.open(leasing.till).cart_id
    payment.pay(leasing.till, "cash")
    payment.complete(leasing.till, cart)
    body = leasing.rows("SELECT body FROM fact WHERE kind = 'SaleCompleted'")[0][0]
    assert json.loads(body)["rights"] == [{"coupon": "K1", "right": "lease", "approver": None}]


def test_a_coupon_in_the_cart_of_another_till_waits_for_it(leasing: Shop) -> None:
    asked, until = through_hub(leasing), leasing.clock.at + TEN
    holding.take(leasing.till, asked, Answer(refused={"K1": Refusal("held_here", "S001-2", until)}))
    view = seen(leasing)
    assert (view.state, view.right) == ("unused", Right("", "held_here", until, "S001-2"))
    assert holding.question(checkout.view(leasing.till)) is None
    assert holding.question(checkout.set_member(leasing.till, "M1")) == asked


def test_scanning_the_member_again_asks_again(leasing: Shop) -> None:
    """S-10: one answer that is lost is no reason to do without a coupon; no till asks a second time by itself."""
    leasing.till.online = True
    leasing.hq.coupon("K2", "M1", {"kind": "amount_off", "amount": 700})
    asked = holding.question(checkout.set_member(leasing.till, "M1"))
    assert asked is not None
    assert holding.question(holding.take(leasing.till, asked, None)) is None
    assert holding.question(checkout.add(leasing.till, COAT)) is None
    assert holding.question(checkout.set_member(leasing.till, "M1")) == asked


def test_the_members_own_code_scanned_again_asks_again(leasing: Shop) -> None:
    """S-10: at the counter the code is scanned; nobody calls ``set_member``."""
    leasing.till.online = True
    asked = holding.question(checkout.set_member(leasing.till, "M1"))
    assert asked is not None
    assert holding.question(holding.take(leasing.till, asked, None)) is None
    result = checkout.scan(leasing.till, "QLM1")
    assert result.kind is ScanKind.MEMBER
    assert holding.question(result.view) == asked


def test_what_hq_holds_for_another_till_of_the_store_is_no_lease_of_the_store(leasing: Shop) -> None:
    """S-17: HQ names the store that has it, which is ours; it was used twice then."""
    leasing.till.online = True
    leasing.hq.coupon("K2", "M1", {"kind": "amount_off", "amount": 700})
    asked, until = holding.question(checkout.set_member(leasing.till, "M1")), leasing.clock.at + TEN
    assert asked is not None
    view = holding.take(leasing.till, asked, Answer(refused={"K2": Refusal("held", "S001", until)}))
    assert view.member is not None
    assert seen(leasing, "K2").right == Right("", "held_here", until, "S001")


def test_a_coupon_that_another_till_of_the_store_used_is_gone(leasing: Shop) -> None:
    asked = through_hub(leasing)
    holding.take(leasing.till, asked, Answer(refused={"K1": Refusal("used", "S001-2")}))
    assert (seen(leasing).state, seen(leasing).reason) == ("unused", "used_elsewhere")


def test_a_hub_that_does_not_answer_leaves_the_lease_to_count(leasing: Shop) -> None:
    """As without a hub: two tills with the network between them cut may both use it, and HQ settles (S-17)."""
    holding.take(leasing.till, through_hub(leasing), None)
    assert seen(leasing).state == "used"
    holding.line_changed(leasing.till, online=False, hub=False)
    assert seen(leasing).state == "used"


def test_a_coupon_that_is_scanned_waits_for_the_hub_as_for_hq(leasing: Shop) -> None:
    """It was refused while its member's code brought it along: the hub is asked once the member is served."""
    lease(leasing, leasing.clock.at + timedelta(days=1))
    holding.line_changed(leasing.till, online=False, hub=True)
    found = checkout.scan(leasing.till, "K1")
    assert (found.kind, found.code, (found.params or {})["reason"]) == (ScanKind.COUPON, "coupon_waits", "ask_hub")
    asked = holding.question(found.view)
    assert asked is not None
    assert "ask_hub" not in sentence(InputError("coupon_waits", **(found.params or {})))
    holding.take(leasing.till, asked, Answer(granted={"K1": TEN}))
    assert seen(leasing).state == "used"


def test_a_cart_that_waited_too_long_asks_the_hub_again(leasing: Shop) -> None:
    """S-17: another till of the store may have it by now."""
    holding.take(leasing.till, through_hub(leasing), Answer(granted={"K1": TEN}))
    leasing.clock.at += TEN - timedelta(seconds=1)
    assert seen(leasing).state == "used"
    leasing.clock.at += timedelta(seconds=1)
    assert (seen(leasing).state, seen(leasing).reason) == ("unused", "ask_hub")


def test_the_next_cart_asks_anew(leasing: Shop) -> None:
    holding.take(leasing.till, through_hub(leasing), Answer(granted={"K1": TEN}))
    checkout.void(leasing.till, "changed their mind")
    checkout.add(leasing.till, COAT)
    assert seen(leasing).reason == "ask_hub"
