"""The reading of a shift: its figures are those of the sales, who may read it, and which sale is in which shift."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from posclient.actions import checkout, drawer, login, payment, shift_report
from posclient.actions.till import Till
from posclient.db import outbox, sales, terminal
from posclient.db.connection import transaction
from posclient.domain.cart import FROM_LABEL
from posclient.domain.people import Staff
from posclient.domain.sale import Sale
from posclient.domain.shift_report import ActTotal, GuideTotal, ShiftFigures, TenderTotal
from posclient.errors import InputError, Refused
from tests.actions.kidswear import Shop, sku

COAT, SHIRT, LEGGINGS = sku("A001"), sku("T001"), sku("R001")
TODAY = date(2026, 11, 21)


def sell(till: Till, *lines: tuple[str, int], member: str | None = None, card: int = 0) -> str:
    """A sale; ``card`` fen of it by card, the rest in cash with 500 yuan more than needed."""
    for line, qty in lines:
        checkout.add(till, line, qty)
    if member:
        checkout.set_member(till, member)
    view = payment.open(till)
    if card:
        payment.begin_card(till, min(card, view.due))
        view = payment.end_card(till, approved=True)
    if view.due:
        view = payment.pay(till, "cash", view.due + 50_000)
    return payment.complete(till, view.cart_id).sale_id


def recount(till: Till, day: date) -> ShiftFigures:
    """The same figures by plain sums over whole sales, one after the other."""
    found = [one for one in reversed(sales.recent(till.db, 10_000)) if one.business_date == day]
    lines = [line for sale in found for line in sale.lines]
    off: Counter[str] = Counter()
    for line in lines:
        kind = "price" if line.reason in {"", FROM_LABEL} else "manual"
        off[kind] += (line.list_price - line.unit_price) * line.qty
        for one in line.discounts:
            off[one.source.split(":")[0]] += one.amount
    by_hand = [line for line in lines if line.reason not in {"", FROM_LABEL}]
    dearer = sum((line.list_price - line.unit_price) * line.qty for line in by_hand)
    unsent = [sale for sale in found if outbox.is_pending(till.db, sale.id)]
    coupons = [use.amount for sale in found for use in sale.coupons]
    return ShiftFigures(
        day=day,
        sales=len(found),
        lines=len(lines),
        pieces=sum(line.qty for line in lines),
        first_receipt=found[0].receipt if found else "",
        last_receipt=found[-1].receipt if found else "",
        list_total=sum(line.list_price * line.qty for line in lines),
        promotion_off=off["promotion"],
        coupon_off=off["coupon"],
        manual_off=off["manual"],
        price_off=off["price"],
        net=sum(line.net for line in lines),
        rounding=sum(sale.rounding for sale in found),
        tenders=tuple(sorted(_tenders(found), key=lambda one: (-one.amount, one.tender))),
        coupons=len(coupons),
        coupon_amount=sum(coupons),
        guides=_guides(till, found),
        acts=(ActTotal("manual_price", len(by_hand), dearer),) if by_hand else (),
        unsent=len(unsent),
        unsent_amount=sum(sale.total for sale in unsent),
    )


def _tenders(found: list[Sale]) -> list[TenderTotal]:
    totals = []
    for kind in {one.tender for sale in found for one in sale.payments}:
        mine = [one for sale in found for one in sale.payments if one.tender == kind]
        totals.append(TenderTotal(kind, len(mine), sum(one.amount for one in mine), sum(one.change for one in mine)))
    return totals


def _guides(till: Till, found: list[Sale]) -> tuple[GuideTotal, ...]:
    shares = [(sale.id, share) for sale in found for share in sale.shares]
    totals = [
        GuideTotal(
            guide, len({sale for sale, share in shares if share.guide == guide}),
            sum(share.amount for _, share in shares if share.guide == guide), till.reference.person(guide),
        )
        for guide in {share.guide for _, share in shares}
    ]  # fmt: skip
    totals.sort(key=lambda one: (-one.amount, one.guide or ""))
    given = {(sale, share.line) for sale, share in shares}
    nobodys = [(sale.id, line.net) for sale in found for line in sale.lines if (sale.id, line.id) not in given]
    rest = [GuideTotal(None, len({one for one, _ in nobodys}), sum(net for _, net in nobodys))] if nobodys else []
    return (*totals, *rest)


def without_audit(figures: ShiftFigures) -> ShiftFigures:
    return replace(figures, acts=tuple(one for one in figures.acts if one.action == "manual_price"))


@pytest.fixture
def fair(shop: Shop) -> Shop:
    """A shop where something comes off nearly everything."""
    shop.hq.setting("cash_rounding", 10)
    shop.hq.setting("own_guide_bp", 3000)
    shop.hq.promotion({"id": "P1", "kind": "percent_off", "bp": 1000, "include": ["category:top"]})
    shop.hq.coupon("K1", "M1", {"kind": "amount_off", "amount": 2000})
    shop.hq.coupon("K2", "M2", {"kind": "amount_off", "amount": 333}, single_use=False)
    return shop


def test_a_day_with_everything_in_it(fair: Shop) -> None:
    """C9, X report: each figure by hand."""
    shop, till = fair, fair.till
    sell(till, (SHIRT, 2))
    sell(till, (COAT, 1), member="M1", card=10_000)
    checkout.add(till, LEGGINGS)
    checkout.set_price(till, "1", 4000, "污渍")
    sell(till)
    checkout.set_guide(till, None)
    sell(till, (SHIRT, 1))
    checkout.add(till, COAT)
    checkout.void(till, "不要了")
    drawer.note_opening(till)
    found = shift_report.report(till, till.person())
    figures = found.figures
    assert (figures.sales, figures.lines, figures.pieces) == (4, 4, 5)
    assert (figures.first_receipt[-6:], figures.last_receipt[-6:]) == ("000001", "000004")
    assert figures.list_total == 2 * 5900 + 25900 + 4990 + 5900
    assert (figures.promotion_off, figures.coupon_off) == (3 * 590, 2000)
    assert (figures.manual_off, figures.price_off) == (990, 2000)
    assert figures.net == figures.list_total - 1770 - 2000 - 990 - 2000 == figures.paid + figures.rounding
    assert {one.tender: (one.count, one.change) for one in figures.tenders} == {
        "cash": (4, figures.tenders[0].change), "card": (1, 0),
    }  # fmt: skip
    assert (figures.coupons, figures.coupon_amount) == (1, 2000)
    assert [(one.guide, one.name, one.sales) for one in figures.guides] == [
        ("G1", "林", 3), ("G2", "王", 1), (None, "", 1),
    ]  # fmt: skip
    assert sum(one.amount for one in figures.guides) == figures.net
    acts = {one.action: (one.count, one.amount) for one in figures.acts}
    assert acts == {"manual_price": (1, 990), "void": (1, 25900), "open_drawer": (1, 0)}
    assert (figures.unsent, figures.unsent_amount) == (4, figures.net)
    assert (found.waiting, found.waiting_amount) == (5, figures.net)  # and the cart that was thrown away
    assert (found.store_name, found.store, found.slot, found.read_by) == ("南京东路店", "S001", 1, "林")
    assert (found.head.terminal, found.head.incarnation, found.head.seq) == ("T1", "i1", 5)
    (digest,) = shop.rows("SELECT hash FROM fact WHERE seq = 5")
    assert found.head.hash == digest[0]
    assert without_audit(figures) == recount(till, TODAY)


def test_a_day_without_a_sale(shop: Shop) -> None:
    found = shift_report.report(shop.till, shop.till.person())
    assert found.figures == recount(shop.till, TODAY)
    assert (found.figures.sales, found.figures.net, found.figures.paid) == (0, 0, 0)
    assert (found.head.seq, len(found.head.printed)) == (0, 29)


baskets = st.lists(
    st.tuples(
        st.lists(st.tuples(st.sampled_from([COAT, SHIRT, LEGGINGS]), st.integers(1, 4)), min_size=1, max_size=4),
        st.sampled_from([None, "M1", "M2"]),
        st.sampled_from([0, 1, 3_333, 10**9]),
        st.sampled_from(["", "price", "amount_off", "percent_off", "nobody"]),
        st.booleans(),
    ),
    max_size=6,
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(days=st.lists(baskets, min_size=1, max_size=2))
def test_the_figures_are_those_of_the_sales_whatever_was_sold(fair: Shop, days: list[Any]) -> None:
    """T-58, T-59: in fen, and net = payments + rounding."""
    shop, till = fair, fair.till
    for day in days:
        for lines, member, card, hand, sent in day:
            for line, qty in lines:
                checkout.add(till, line, qty)
            by_hand(till, hand)
            sold = sell(till, member=member, card=card)
            if sent:
                shop.rows("UPDATE outbox SET acked_ms = 1 WHERE number = (SELECT fact FROM sale WHERE id = ?)", sold)
        figures = shift_report.reading(till).figures
        assert without_audit(figures) == recount(till, shop.clock.now().date())
        assert figures.net == figures.paid + figures.rounding == sum(one.amount for one in figures.guides)
        shop.clock.forward(days=1)


def by_hand(till: Till, hand: str) -> None:
    if hand == "price":
        checkout.set_price(till, "1", 7_777, "样衣")
    elif hand == "nobody":
        checkout.set_guide(till, None)
    elif hand:
        checkout.discount(till, hand, 1_234, "老客")


def test_after_midnight_it_is_another_shift_and_the_old_one_keeps_its_sales(shop: Shop) -> None:
    """T-7: what is sent the day after belongs to the day on which it was sold."""
    till = shop.till
    shop.clock.at = shop.clock.at.replace(hour=23, minute=59)
    sell(till, (SHIRT, 1))
    shop.clock.forward(minutes=2)
    sell(till, (COAT, 1))
    yesterday, today = (shift_report.reading(till, day).figures for day in (TODAY, TODAY + timedelta(days=1)))
    assert (yesterday.net, today.net) == (5900, 25900)
    assert shift_report.reading(till).figures == today
    with transaction(till.db) as con:
        con.execute("UPDATE outbox SET acked_ms = 1 WHERE number = 1")
    after = shift_report.reading(till, TODAY)
    assert after.figures == replace(yesterday, unsent=0, unsent_amount=0)
    assert (after.waiting, after.waiting_amount) == (1, 25900)


def test_a_clock_that_was_put_back_does_not_bring_yesterday_back(shop: Shop) -> None:
    """S-16: the business day is the till's own, never before what it has used."""
    shop.clock.forward(days=1)
    sell(shop.till, (SHIRT, 1))
    shop.clock.forward(days=-1)
    assert shift_report.reading(shop.till).figures.day == TODAY + timedelta(days=1)
    sell(shop.till, (SHIRT, 1))
    assert shift_report.reading(shop.till).figures.sales == 2


def test_a_day_that_has_not_come_is_refused(shop: Shop) -> None:
    with pytest.raises(InputError, match="day"):
        shift_report.report(shop.till, shop.till.person(), TODAY + timedelta(days=1))


def test_who_may_read_it(shop: Shop) -> None:
    """A guide's own performance is another ledger than the takings."""
    people = {one.id: one for one in login.staff(shop.till)}
    for who in ("G1", "C1", "B1"):
        assert shift_report.report(shop.till, people[who]).read_by == people[who].name
    admin = Staff("A", "总", "", frozenset({"admin"}))
    assert shift_report.report(shop.till, admin).read_by == "总"
    with pytest.raises(Refused, match="not_cashier"):
        shift_report.report(shop.till, people["G2"])
    with pytest.raises(Refused, match="logged_out"):
        shift_report.report(shop.till, None)


def test_what_was_sold_at_another_place_on_that_day_is_in_it(shop: Shop) -> None:
    """A till that moved to another store at noon: its drawer is one."""
    sell(shop.till, (SHIRT, 1))
    here = terminal.read(shop.till.db)
    place = replace(here, store="S0010", slot=11, incarnation="i2", next_seq=1, next_receipt_seq=77)
    with transaction(shop.till.db) as con:
        terminal.enrol(con, place)
    shop.reopen()
    sell(shop.till, (COAT, 1))
    found = shift_report.reading(shop.till)
    assert (found.figures.sales, found.figures.net, found.figures.unsent) == (2, 31800, 2)
    assert found.figures.last_receipt == "S0010-11-20261121-000077"
    assert (found.store, found.head.incarnation, found.head.seq) == ("S0010", "i2", 1)


def test_the_days_with_sales_beside_a_day(shop: Shop) -> None:
    for _ in range(2):
        sell(shop.till, (SHIRT, 1))
        shop.clock.forward(days=7)
    first, second = TODAY, TODAY + timedelta(days=7)
    ask = shift_report.neighbour
    assert (ask(shop.till, second, later=False), ask(shop.till, first, later=True)) == (first, second)
    assert (ask(shop.till, first, later=False), ask(shop.till, second, later=True)) == (None, None)


def test_a_reader_reads_one_state_while_the_till_sells(shop: Shop) -> None:
    sell(shop.till, (SHIRT, 1))
    reader = shop.till.reader()
    try:
        before = shift_report.reading(reader).figures
        sell(shop.till, (SHIRT, 1))
        assert (before.sales, shift_report.reading(reader).figures.sales) == (1, 2)
    finally:
        reader.close()
