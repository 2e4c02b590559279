"""Leases of coupons and stored value, the escrow's books, and the loss account."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

Columns = dict[str, sa.types.TypeEngine[Any]]
TEXT, WHOLE, SMALL, FLAG = sa.String(), sa.BigInteger(), sa.Integer(), sa.Boolean()


def upgrade() -> None:
    """From 0004 to 0005; the way back is the backup."""
    _coupons()
    _losses()
    _values()
    _open_accounts()


def _table(name: str, columns: Columns, keys: set[str], maybe: Collection[str] = ()) -> None:
    """``maybe``: columns that may be NULL."""
    made = [sa.Column(one, kind, nullable=one in maybe, primary_key=one in keys) for one, kind in columns.items()]
    op.create_table(name, *made)


def _coupons() -> None:
    _table("contact", {"terminal": TEXT, "at_ms": WHOLE, "due_ms": WHOLE}, {"terminal"})
    claim: Columns = {"fact": TEXT, "coupon": TEXT, "claimed": TEXT, "approver": TEXT, "leased": FLAG}
    _table("coupon_claim", claim, {"fact", "coupon"}, {"approver"})
    lease: Columns = {
        "number": SMALL, "coupon": TEXT, "store": TEXT, "terminal": TEXT, "kind": TEXT, "from_ms": WHOLE,
        "not_after_ms": WHOLE, "state": TEXT,
    }  # fmt: skip
    _table("coupon_lease", lease, {"number"}, {"terminal"})
    op.create_index("coupon_lease_store", "coupon_lease", ["store", "state", "not_after_ms"])
    op.create_index("ix_coupon_lease_coupon", "coupon_lease", ["coupon"])


def _losses() -> None:
    texts = ("kind", "subject", "fact", "sale", "receipt", "store", "terminal", "cashier", "claimed", "approver")
    columns: Columns = {"number": SMALL, **dict.fromkeys(texts, TEXT), "settled": TEXT}
    _table("loss", {**columns, "amount": WHOLE, "cap": WHOLE, "at_ms": WHOLE}, {"number"}, {"approver"})
    for column in ("fact", "store", "subject"):
        op.create_index(f"ix_loss_{column}", "loss", [column])


def _values() -> None:
    _table("value_account", {"member": TEXT, "balance": WHOLE, "free": WHOLE}, {"member"})
    entry: Columns = {
        "number": SMALL, "member": TEXT, "debit": TEXT, "credit": TEXT, "amount": WHOLE, "why": TEXT, "fact": TEXT,
        "at_ms": WHOLE,
    }  # fmt: skip
    _table("value_entry", entry, {"number"}, {"fact"})
    op.create_index("ix_value_entry_member", "value_entry", ["member"])
    lease: Columns = {
        "id": TEXT, "member": TEXT, "terminal": TEXT, "kind": TEXT, "amount": WHOLE, "not_after_ms": WHOLE,
        "state": TEXT,
    }  # fmt: skip
    _table("value_lease", lease, {"id"})
    op.create_index("ix_value_lease_member", "value_lease", ["member"])
    op.create_index("value_lease_terminal", "value_lease", ["terminal", "state", "not_after_ms"])


def _open_accounts() -> None:
    """Members who have stored value already get their account with its first entry."""
    con = op.get_bind()
    rows = con.execute(sa.text("SELECT id, data FROM member")).fetchall()
    values = {member: int(json.loads(data).get("stored_value", 0)) for member, data in rows}
    for member, value in values.items():
        if value > 0:
            given = {"member": member, "value": value}
            con.execute(
                sa.text("INSERT INTO value_account (member, balance, free) VALUES (:member, :value, :value)"), given
            )
            con.execute(
                sa.text(
                    "INSERT INTO value_entry (member, debit, credit, amount, why, at_ms)"
                    " VALUES (:member, 'opening', 'free', :value, 'opening', 0)"
                ),
                given,
            )
