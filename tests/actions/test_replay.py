"""Replaying recorded baskets: each once, however often it is killed, through the window's own actions."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from posclient.actions import checkout, payment, replay
from posclient.actions.replay import ReplayCounts, ReplayRowError, read_rows
from posclient.db import sales
from posclient.errors import InputError, Refused
from tests.actions.kidswear import Shop, sku

COAT, SHIRT = sku("A001"), sku("T001")
HEAD = "basket,at,member,gtin,qty\n"
AT = "2017-01-01T18:24:46+00:00"
DAY = f"""{HEAD}b1,{AT},QLM1,{COAT},2
b1,{AT},QLM1,{SHIRT},1
b2,2017-01-02T09:00:00+00:00,,{SHIRT},3
b3,2017-01-02T10:00:00+00:00,QL000,{SHIRT},1
b3,2017-01-02T10:00:00+00:00,QL000,{SHIRT},2
"""


def run(shop: Shop, text: str, *, resume: bool = False, use_coupons: bool = True) -> ReplayCounts:
    return replay.replay(shop.till, read_rows(text.splitlines()), resume=resume, use_coupons=use_coupons)


def test_baskets_become_sales_at_their_own_time(shop: Shop) -> None:
    counts = run(shop, DAY)
    assert (counts.baskets, counts.lines, counts.total) == (3, 4, 2 * 23900 + 5900 + 3 * 5900 + 3 * 5900)
    assert 0 < counts.p50_ms <= counts.p99_ms
    sale = sales.by_id(shop.till.db, str(sales.of_basket(shop.till.db, "b1")))
    assert sale is not None
    assert (sale.at.isoformat(), sale.business_date.isoformat(), sale.cashier) == (AT, "2017-01-01", "replay")
    assert [(line.sku, line.qty) for line in sale.lines] == [(COAT, 2), (SHIRT, 1)]
    claimed = sales.by_id(shop.till.db, str(sales.of_basket(shop.till.db, "b3")))
    assert claimed is not None
    assert (claimed.member, claimed.claimed_code, len(claimed.lines)) == (None, "QL000", 1)
    assert (shop.till.person().id, shop.till.now()) == ("G1", shop.clock.now())
    assert shop.reopen().time.floor_ms == 0, "a replay leaves the floor alone"


def test_coupons_of_that_day_are_used_or_left_alone(shop: Shop) -> None:
    """The choice of the till, at the row's time; ``--no-coupons`` touches none."""
    rule = {"kind": "amount_off", "amount": 1000, "until": "2017-01-02T00:00:00+00:00"}
    shop.hq.coupon("K1", "M1", rule)
    plain, without = f"{HEAD}b1,{AT},QLM1,{COAT},1\n", f"{HEAD}b0,{AT},QLM1,{COAT},1\n"
    assert run(shop, without, use_coupons=False).total == 23900
    assert run(shop, plain).total == 22900
    assert shop.rows("SELECT coupon FROM coupon_use") == [("K1",)]


def test_a_second_run_needs_resume_and_doubles_nothing(shop: Shop) -> None:
    first = run(shop, DAY)
    with pytest.raises(InputError, match="already_replayed"):
        run(shop, DAY)
    again = run(shop, DAY, resume=True)
    assert (again.baskets, again.lines, again.total) == (first.baskets, first.lines, first.total)
    assert (again.p50_ms, shop.rows("SELECT count(*) FROM sale")) == (0, [(3,)])


@pytest.mark.parametrize("calls", range(1, 24))
def test_killed_after_any_action_and_resumed(shop: Shop, calls: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """T-1: a basket is there once, whichever action was the last before the kill."""
    left = [calls]

    def mortal(act: Callable[..., object]) -> Callable[..., object]:
        def acted(*values: object, **named: object) -> object:
            done = act(*values, **named)
            left[0] -= 1
            if left[0] == 0:
                raise KeyboardInterrupt
            return done

        return acted

    for place, name in ((checkout, "claim"), (checkout, "scan"), (checkout, "set_quantity"), (payment, "open"),
                        (payment, "pay"), (payment, "complete")):  # fmt: skip
        monkeypatch.setattr(place, name, mortal(getattr(place, name)))
    with pytest.raises(KeyboardInterrupt):
        run(shop, DAY + "".join(f"c{n},{AT},,{SHIRT},1\n" for n in range(9)))
    monkeypatch.undo()
    shop.reopen()
    assert checkout.view(shop.till).lines == (), "what a replay left behind is no customer's"
    counts = run(shop, DAY, resume=True)
    assert (counts.baskets, counts.total) == (3, 2 * 23900 + 5900 + 6 * 5900)
    assert shop.rows("SELECT basket, count(*) FROM sale WHERE basket LIKE 'b%' GROUP BY 1") == [
        ("b1", 1),
        ("b2", 1),
        ("b3", 1),
    ]
    assert checkout.view(shop.till).lines == ()


@pytest.mark.parametrize(
    ("row", "field", "why"),
    [
        (f"b2,{AT},,nothing,1", "gtin", "unknown_code"),
        (f"b2,{AT},,\u202e{SHIRT},1", "gtin", "code_unsafe"),
        (f"b2,{AT},,QLM1,1", "gtin", "not_an_article"),
        (f"b2,{AT},,{SHIRT},0", "qty", "quantity"),
        (f"b2,{AT},,{SHIRT},1.5", "qty", "quantity"),
        (f"b2,{AT},,{SHIRT},１", "qty", "quantity"),
        (f"b2,{AT},,{SHIRT},9999", "qty", "quantity"),
        (f"b2,{AT},,{SHIRT},10000", "qty", "quantity"),
        (f"b2,{AT},,{SHIRT}", "qty", "missing"),
        (f",{AT},,{SHIRT},1", "basket", "missing"),
        (f"b2,yesterday,,{SHIRT},1", "at", "not_time"),
        (f"b2,2017-01-01T18:24:46,,{SHIRT},1", "at", "no_offset"),
        (f"b2,{AT},,{SHIRT},1\nb2,2017-01-02T18:24:46+00:00,,{SHIRT},1", "at", "differs"),
        (f"b2,{AT},,{SHIRT},1\nb2,{AT},QLM1,{SHIRT},1", "member", "differs"),
    ],
)
def test_a_bad_row_stops_before_its_basket(shop: Shop, row: str, field: str, why: str) -> None:
    """The baskets before it are sold, its own is not begun, and the line is named."""
    text = f"{HEAD}b1,{AT},,{COAT},1\nb2,{AT},,{SHIRT},1\n{row}\nb3,{AT},,{COAT},1\n"
    with pytest.raises(ReplayRowError) as bad:
        run(shop, text)
    assert (bad.value.params["field"], bad.value.params["why"]) == (field, why)
    assert bad.value.params["line"] == 3 + row.count("\n") + 1
    assert shop.rows("SELECT basket FROM sale") == [("b1",)]
    shop.reopen()
    assert checkout.view(shop.till).lines == ()


def test_a_member_code_that_no_card_can_hold_is_a_bad_row(shop: Shop) -> None:
    with pytest.raises(ReplayRowError) as bad:
        run(shop, f"{HEAD}b1,{AT},QL\u200b1,{COAT},1\n")
    assert (bad.value.params["field"], bad.value.params["why"]) == ("member", "code_unsafe")


def test_a_basket_that_costs_nothing_needs_no_cash(shop: Shop) -> None:
    shop.hq.coupon("K1", "M1", {"kind": "amount_off", "amount": 99900})
    assert run(shop, f"{HEAD}b1,{AT},QLM1,{COAT},1\n").total == 0


def test_a_file_without_the_columns_is_bad_at_its_first_line(shop: Shop) -> None:
    with pytest.raises(ReplayRowError) as bad:
        run(shop, "basket,at,gtin,qty\n")
    assert dict(bad.value.params) == {"line": 1, "field": "member", "why": "missing", "value": ""}
    with pytest.raises(ReplayRowError, match="not_csv"):
        run(shop, f'{HEAD}b1,{AT},,"{"x" * 200_000}",1\n')
    assert run(shop, HEAD) == ReplayCounts(0, 0, 0, 0.0, 0.0)


def test_an_open_cart_of_a_cashier_is_not_thrown_away(shop: Shop) -> None:
    checkout.add(shop.till, COAT)
    shop.reopen()
    with pytest.raises(Refused, match="cart_open"):
        run(shop, DAY)
    assert checkout.view(shop.till).pieces == 1


def test_text_that_is_not_utf8_is_named_by_line(shop: Shop, tmp_path: Path) -> None:
    file = tmp_path / "gbk.csv"
    file.write_bytes(f"{HEAD}b1,{AT},,{COAT},1\nb2,{AT},,".encode() + "羽绒服".encode("gbk") + b",1\n")
    with (
        file.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as lines,
        pytest.raises(ReplayRowError) as bad,
    ):
        replay.replay(shop.till, read_rows(lines))
    assert (bad.value.params["line"], bad.value.params["why"]) == (3, "not_utf8")
    assert shop.rows("SELECT count(*) FROM sale") == [(0,)]


def test_facts_of_a_replay_are_written_down_now(shop: Shop) -> None:
    """The body has the sale's time and the clock's; the oldest unsent fact is not nine years old."""
    run(shop, DAY)
    ((body, at_ms),) = shop.rows("SELECT body, at_ms FROM fact ORDER BY seq LIMIT 1")
    told = json.loads(body)
    assert (told["at"], told["clock"]["at"]) == (AT, shop.clock.now().isoformat())
    assert at_ms == shop.clock.now().timestamp() * 1000
