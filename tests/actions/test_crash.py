"""Killed at any moment of a checkout: afterwards the sale is there once or the cart is as it was, never half of it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from posclient.actions import checkout, payment
from posclient.actions.till import Till
from posclient.db import journal
from tests.actions.kidswear import Shop, StandingClock, open_shop, sku

COAT = sku("A001")


@contextmanager
def copies_at_each_statement(till: Till, place: Path) -> Iterator[list[Path]]:
    """What a ``kill -9`` would leave before each statement of ``till.db``: a copy of the files at that moment."""
    made: list[Path] = []

    def copy(_sql: str) -> None:
        made.append(place / f"at-{len(made)}")
        shutil.copytree(till.folder, made[-1], ignore=shutil.ignore_patterns("*-shm", "till.lock"))

    till.db.set_trace_callback(copy)
    yield made
    till.db.set_trace_callback(None)


def check_whole(till: Till) -> int:
    """Integrity, chain, and the same number of sales, facts and queued facts; that number."""
    assert till.db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert journal.verify_chain(till.db) is None
    counts = [till.db.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in ("sale", "fact", "outbox")]
    assert len(set(counts)) == 1
    assert till.db.execute("SELECT count(*) FROM payment").fetchone()[0] == counts[0]
    return int(counts[0])


def test_killed_at_any_statement_of_complete(shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> None:
    """T-1: the sale is there once or not at all, and its number is never given to another payload."""
    checkout.set_member(shop.till, "M1")
    checkout.add(shop.till, COAT)
    view = payment.open(shop.till)
    payment.pay(shop.till, "cash", 30000)
    with copies_at_each_statement(shop.till, tmp_path_factory.mktemp("killed")) as copies:
        done = payment.complete(shop.till, view.cart_id)
    assert len(copies) > 10
    found = []
    for folder in copies:
        till = open_shop(folder, shop.clock)
        found.append(check_whole(till))
        if not found[-1]:
            back = checkout.view(till)
            assert (back.cart_id, back.due, back.payments[0].tendered) == (view.cart_id, 0, 30000)
        again = payment.complete(till, view.cart_id)
        assert (again.receipt, again.total, again.change) == (done.receipt, done.total, done.change)
        assert check_whole(till) == 1
        till.close()
    assert set(found) == {0}, "before COMMIT returned, nothing of the sale is there"
    assert check_whole(shop.reopen()) == 1
    assert checkout.view(shop.till).lines == (), "what was sold is no open cart any more"


def test_killed_at_any_statement_between_two_sales(shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> None:
    """T-1: after a crash in the second sale the first one stands, and the second gets the next number."""
    for _ in range(2):
        view = checkout.add(shop.till, COAT)
        payment.open(shop.till)
        payment.pay(shop.till, "cash")
        with copies_at_each_statement(shop.till, tmp_path_factory.mktemp("killed")) as copies:
            last = payment.complete(shop.till, view.cart_id)
    till = open_shop(copies[-1], shop.clock)
    assert check_whole(till) == 1
    assert payment.complete(till, view.cart_id).receipt == last.receipt == "S001-1-20261121-000002"
    till.close()


@pytest.mark.parametrize("moment", ["shown", "approved"])
@pytest.mark.kill
def test_a_card_payment_survives_kill_9(tmp_path: Path, moment: str, shop: Shop) -> None:
    """Killed between the card's amount, its approval and the commit: nothing that was charged is forgotten."""
    shop.till.close()
    program = subprocess.Popen(
        [sys.executable, "-c", CASHIER, str(shop.folder), moment], stdout=subprocess.PIPE, text=True, cwd=Path.cwd()
    )
    assert program.stdout is not None
    cart = program.stdout.readline().strip()
    program.kill()
    program.wait()
    program.stdout.close()
    assert cart
    shop.till = open_shop(tmp_path, StandingClock())
    view = checkout.view(shop.till)
    assert (view.cart_id, view.paying) == (cart, True)
    if moment == "shown":
        assert (view.card_pending, view.due) == (25900, 25900)
        view = payment.end_card(shop.till, approved=True, reference="A1")
    assert [(one.tender, one.amount, one.reference) for one in view.payments] == [("card", 25900, "A1")]
    assert payment.complete(shop.till, cart).total == 25900
    assert check_whole(shop.till) == 1


CASHIER = """
import sys, time
from pathlib import Path
from posclient.actions import checkout, payment
from tests.actions.kidswear import StandingClock, open_shop
till = open_shop(Path(sys.argv[1]), StandingClock())
checkout.add(till, "A001-RED-110")
payment.open(till)
view = payment.begin_card(till)
if sys.argv[2] == "approved":
    view = payment.end_card(till, approved=True, reference="A1")
print(view.cart_id, flush=True)
time.sleep(60)
"""


def test_an_open_cart_survives_a_restart(shop: Shop) -> None:
    """T-8: lines, member, guide and discounts come back, priced by what holds now."""
    checkout.set_member(shop.till, "M1")
    checkout.add(shop.till, COAT, 2)
    checkout.set_guide(shop.till, "G2")
    before = checkout.discount(shop.till, "amount_off", 900, "污渍")
    shop.till.close()
    shop.hq.price(COAT, 19900, "q-newer")
    shop.till = open_shop(shop.folder, shop.clock)
    after = checkout.view(shop.till)
    assert (after.cart_id, after.guide_id, after.pieces) == (before.cart_id, "G2", 2)
    assert after.member is not None
    assert (before.total, after.total) == (2 * 23900 - 900, 2 * 19900 - 900)


def test_a_cart_that_cannot_be_read_keeps_nobody_from_selling(shop: Shop) -> None:
    """T-8: what an older or damaged row said is in the audit, not gone; the till opens with an empty cart."""
    checkout.add(shop.till, COAT)
    shop.till.db.execute('UPDATE open_cart SET cart = \'{"id": "c"}\'')
    shop.reopen()
    assert checkout.view(shop.till).lines == ()
    ((detail,),) = shop.rows("SELECT detail FROM audit WHERE action = 'unreadable_cart'")
    assert json.loads(detail) == {"cart": '{"id": "c"}'}
    assert checkout.add(shop.till, COAT).pieces == 1


def test_a_cart_that_was_paid_in_a_way_of_a_later_program_keeps_nobody_from_selling(shop: Shop) -> None:
    """T-8: an update is taken back while payment is open: nothing of it could be finished or taken back here."""
    checkout.add(shop.till, COAT)
    payment.open(shop.till)
    payment.pay(shop.till, "cash", 10000)
    shop.till.db.execute("UPDATE open_cart SET cart = replace(cart, '\"cash\"', '\"wallet\"')")
    shop.reopen()
    assert checkout.view(shop.till).lines == ()
    ((taken,), whole) = (shop.till.unread_money(), not shop.till.is_damaged)
    assert (taken.code, taken.detail["amount"], whole) == ("unread_cart", 10000, True)
    assert checkout.add(shop.till, COAT).pieces == 1


def test_two_programs_on_one_folder_are_refused(shop: Shop) -> None:
    """S-15, T-11: the second window gets a message, and the first sells on."""
    with pytest.raises(Exception, match="in_use"):
        open_shop(shop.folder, shop.clock)
    reader = shop.till.reader()
    assert checkout.add(shop.till, COAT).total == 25900
    reader.close()
