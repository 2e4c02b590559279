"""What was paid is sold, whatever page of the cache goes bad between the money and the receipt."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from posclient.actions import checkout, payment
from posclient.db import sales
from posclient.db.live_cache import live_path
from tests.actions.kidswear import STORE, Shop, member_row, sku


def spoil(shop: Shop, table: str) -> None:
    """The first pages of a table and of its indexes come back from the disk as rubbish."""
    path = live_path(shop.folder)
    with closing(sqlite3.connect(path)) as con:
        con.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        (size,) = con.execute("PRAGMA page_size").fetchone()
        roots = con.execute("SELECT rootpage FROM sqlite_master WHERE tbl_name = ? AND rootpage > 0", (table,))
        pages = [page for (page,) in roots]
    with path.open("rb+") as file:
        for page in pages:
            file.seek((page - 1) * size)
            file.write(b"\xff" * size)


@pytest.mark.parametrize("table", ["member", "staff"])
@pytest.mark.parametrize("member", ["M1", "M3", None])
def test_the_sale_of_a_member_is_completed(shop: Shop, member: str | None, table: str) -> None:
    """The money was in the drawer, and each Enter said that the data are damaged."""
    shop.hq.send(STORE, member_row("M3", "赵六", "13700000003", own_guide="G7", home_store="S002"))
    checkout.set_member(shop.till, member)
    view = checkout.add(shop.till, sku("A001"))
    checkout.set_guide(shop.till, "G1")
    payment.open(shop.till)
    payment.pay(shop.till, "cash")
    spoil(shop, table)
    shop.till.reference.cache.close()
    done = payment.complete(shop.till, view.cart_id)
    assert sales.by_id(shop.till.db, done.sale_id) is not None
