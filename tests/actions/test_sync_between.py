"""What the sync does between two looks of one act: a page, another cache, a key that is taken away."""

from __future__ import annotations

import shutil
from contextlib import closing
from typing import Any

import pytest

from posclient.actions import checkout, reference
from posclient.db import coupons, live_cache, open_cart
from posclient.db.at_rest import AtRest, OwnKey
from posclient.db.connection import connect
from posclient.errors import DataError
from tests.actions.kidswear import OWN_KEY, Shop, sku
from ui.screens import payment_steps

COAT, SHIRT = sku("A001"), sku("T001")


def test_a_page_comes_while_the_book_is_read(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page of the sync thread is committed between two reads of one book: it must count at the next act."""
    shop.hq.promotion({"id": "P0", "kind": "percent_off", "bp": 1000, "include": ["category:none"]})
    once: list[int] = []
    real = vars(reference)["read_shop_settings"]

    def read(rows: Any) -> Any:
        found = real(rows)
        if not once:
            once.append(1)
            shop.hq.setting("discount_limit_bp", 0)
        return found

    monkeypatch.setattr(reference, "read_shop_settings", read)
    checkout.add(shop.till, COAT)
    assert once
    checkout.add(shop.till, COAT)
    checkout.add(shop.till, SHIRT)
    assert shop.till.reference.settings.discount_limit_bp == 0


def test_the_cache_is_swapped_between_two_reads_of_one_operation(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.hq.coupon("K1", "M1", {"kind": "amount_off", "amount": 1000})
    once: list[int] = []
    real = vars(coupons)["all_ids"]

    def all_ids(cache: Any, member: str) -> Any:
        if not once:
            once.append(1)
            live = live_cache.live_path(shop.folder)
            new = live_cache.next_path(shop.folder)
            with closing(connect(live)) as con:
                con.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            shutil.copy(live, new)
            live_cache.point_at(shop.folder, new)
        return real(cache, member)

    monkeypatch.setattr(coupons, "all_ids", all_ids)
    checkout.add(shop.till, COAT)
    assert checkout.set_member(shop.till, "M1").coupon_off == 1000


class Dropped(OwnKey):
    """Dropped by another thread right after it was looked at for the ``nth`` time."""

    left = 10**6

    def _look(self) -> None:
        self.left -= 1
        if self.left == 0:
            self.drop()

    @property
    def at_rest(self) -> AtRest | None:
        found = self._held[1]
        self._look()
        return found

    @property
    def key(self) -> bytes | None:
        found = self._held[0]
        self._look()
        return found


@pytest.mark.parametrize("nth", range(1, 12))
def test_serve_a_member(shop: Shop, nth: int) -> None:
    own = Dropped(OWN_KEY)
    shop.till.own = shop.till.reference.cache.own = own
    checkout.add(shop.till, sku("A001"))
    own.left = nth
    assert checkout.set_member(shop.till, "M1").total == 23900


def test_the_disk_is_full_right_after_the_sale(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    checkout.add(shop.till, COAT)
    payment_steps.open_payment(shop.till)
    real = open_cart.save

    def save(con: Any, cart: str, now: Any) -> None:
        if shop.rows("SELECT count(*) FROM sale") == [(1,)]:
            raise DataError("disk_full")
        real(con, cart, now)

    monkeypatch.setattr(open_cart, "save", save)
    done = payment_steps.pay_cash(shop.till, 30_000)
    assert isinstance(done, payment_steps.Committed)
