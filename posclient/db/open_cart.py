"""The open cart: one row that a restart brings back (architecture.md, time in a cart)."""

from __future__ import annotations

from datetime import datetime

from posclient.db.connection import Connection
from posclient.db.instants import to_ms


def save(con: Connection, cart: str, now: datetime) -> None:
    """Keep ``cart`` (JSON text) in place of what was there. Every scan waits for it.

    Not REPLACE: that gives the row's pages back first and takes half as long again, twice at p99.
    """
    con.execute(
        "INSERT INTO open_cart (id, cart, saved_ms) VALUES (1, ?, ?)"
        " ON CONFLICT (id) DO UPDATE SET cart = excluded.cart, saved_ms = excluded.saved_ms",
        (cart, to_ms(now)),
    )


def load(con: Connection) -> str | None:
    """What ``save`` kept last, unless it was cleared."""
    row = con.execute("SELECT cart FROM open_cart").fetchone()
    return row[0] if row else None


def forget_own_money(con: Connection) -> None:
    """What HQ leased on top for the cart goes, in the caller's transaction: it was another enrolment's (S-18)."""
    con.execute(
        "UPDATE open_cart SET cart = json_set(cart, '$.on_top', json('[]'))"
        " WHERE json_valid(cart)"  # one that nobody can read is kept as it is
    )


def clear(con: Connection) -> None:
    """No cart is open any more: in the transaction of its sale."""
    con.execute("DELETE FROM open_cart")
