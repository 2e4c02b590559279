"""The first form: identity, terminals, feeds, facts and what the chain owns."""

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

TEXT, WHOLE, SMALL, FLAG, BYTES = sa.String(), sa.BigInteger(), sa.Integer(), sa.Boolean(), sa.LargeBinary()


def upgrade() -> None:
    """Make all tables."""
    _tills()
    _feeds()
    _received()
    _sales()
    _lines()
    _requests()
    _chain()


def _table(
    name: str, columns: dict[str, sa.types.TypeEngine[Any]], keys: set[str], maybe: Collection[str] = ()
) -> None:
    """``maybe``: columns that may be NULL."""
    made = [sa.Column(one, kind, nullable=one in maybe, primary_key=one in keys) for one, kind in columns.items()]
    op.create_table(name, *made)


def _tills() -> None:
    _table(
        "hq",
        {
            "id": TEXT,
            "schema_version": SMALL,
            "seal_private": TEXT,
            "seal_public": TEXT,
            "index_key": TEXT,
            "made_ms": WHOLE,
        },
        {"id"},
    )
    _table(
        "terminal",
        {
            "id": TEXT,
            "store": TEXT,
            "slot": SMALL,
            "token_hash": TEXT,
            "revoked": FLAG,
            "incarnation": TEXT,
            "version": TEXT,
            "enrolled_ms": WHOLE,
            "seen_ms": WHOLE,
        },
        {"id"},
        {"token_hash", "incarnation", "enrolled_ms", "seen_ms"},
    )
    op.create_index("ix_terminal_token_hash", "terminal", ["token_hash"])
    op.create_index("terminal_place", "terminal", ["store", "slot"], unique=True)
    _table("chain", {"terminal": TEXT, "incarnation": TEXT, "received_seq": WHOLE}, {"terminal", "incarnation"})
    _table(
        "enrolment_code",
        {
            "selector": TEXT,
            "salt": TEXT,
            "secret": TEXT,
            "terminal": TEXT,
            "until_ms": WHOLE,
            "tries_left": SMALL,
            "used": FLAG,
        },
        {"selector"},
    )


def _feeds() -> None:
    _table("feed", {"name": TEXT, "epoch": TEXT, "head": WHOLE, "count": WHOLE, "checksum": WHOLE}, {"name"})
    _table(
        "feed_row",
        {"feed": TEXT, "table_name": TEXT, "key": TEXT, "version": WHOLE, "data": TEXT},
        {"feed", "table_name", "key"},
        {"data"},
    )
    op.create_index("feed_row_version", "feed_row", ["feed", "version"], unique=True)
    _table(
        "snapshot",
        {
            "id": TEXT,
            "feed": TEXT,
            "epoch": TEXT,
            "version": WHOLE,
            "made_ms": WHOLE,
            "manifest": TEXT,
            "applied": TEXT,
        },
        {"id"},
    )
    op.create_index("ix_snapshot_feed", "snapshot", ["feed"])
    _table("snapshot_chunk", {"snapshot": TEXT, "n": SMALL, "packed": BYTES}, {"snapshot", "n"})


def _received() -> None:
    _table(
        "fact",
        {
            "id": TEXT,
            "terminal": TEXT,
            "incarnation": TEXT,
            "seq": WHOLE,
            "kind": TEXT,
            "kind_version": WHOLE,
            "body": BYTES,
            "hash": TEXT,
            "outcome": TEXT,
            "code": TEXT,
            "received_ms": WHOLE,
        },
        {"id"},
        {"code"},
    )
    op.create_index("fact_place", "fact", ["terminal", "incarnation", "seq"], unique=True)
    _table(
        "quarantine",
        {
            "number": SMALL,
            "terminal": TEXT,
            "incarnation": TEXT,
            "seq": WHOLE,
            "fact": TEXT,
            "kind": TEXT,
            "kind_version": WHOLE,
            "body": BYTES,
            "hash": TEXT,
            "code": TEXT,
            "detail": TEXT,
            "received_ms": WHOLE,
        },
        {"number"},
    )
    op.create_index("quarantine_place", "quarantine", ["terminal", "incarnation", "seq"])
    _table("resent", {"terminal": TEXT, "facts": WHOLE}, {"terminal"})
    _table("side_record", {"id": TEXT, "fact": TEXT, "salt": TEXT, "sealed": TEXT}, {"id"})
    op.create_index("ix_side_record_fact", "side_record", ["fact"])


def _sales() -> None:
    _table(
        "sale",
        {
            "fact": TEXT,
            "id": TEXT,
            "terminal": TEXT,
            "receipt": TEXT,
            "seq": WHOLE,
            "basket": TEXT,
            "at": TEXT,
            "business_date": TEXT,
            "shift": TEXT,
            "store": TEXT,
            "slot": SMALL,
            "cashier": TEXT,
            "guide": TEXT,
            "member": TEXT,
            "claimed_code": TEXT,
            "own_guide": TEXT,
            "gross": WHOLE,
            "total": WHOLE,
            "rounding": WHOLE,
            "points": WHOLE,
        },
        {"fact"},
        {"basket", "guide", "member", "claimed_code", "own_guide"},
    )
    op.create_index("ix_sale_id", "sale", ["id"])
    op.create_index("sale_place", "sale", ["store", "slot", "seq"])
    _table(
        "payment",
        {"fact": TEXT, "id": TEXT, "tender": TEXT, "amount": WHOLE, "tendered": WHOLE, "reference": TEXT},
        {"fact", "id"},
    )
    _table(
        "coupon_use",
        {"fact": TEXT, "coupon": TEXT, "amount": WHOLE, "template": TEXT, "first": FLAG},
        {"fact", "coupon"},
        {"template"},
    )
    op.create_index("ix_coupon_use_coupon", "coupon_use", ["coupon"])


def _lines() -> None:
    _table(
        "sale_line",
        {
            "fact": TEXT,
            "line": TEXT,
            "sku": TEXT,
            "gtin": TEXT,
            "name": TEXT,
            "qty": WHOLE,
            "list_price": WHOLE,
            "unit_price": WHOLE,
            "gross": WHOLE,
            "net": WHOLE,
            "tax_bp": WHOLE,
            "guide": TEXT,
            "discounts": TEXT,
        },
        {"fact", "line"},
        {"guide"},
    )
    _table(
        "share",
        {"number": SMALL, "fact": TEXT, "line": TEXT, "guide": TEXT, "role": TEXT, "bp": SMALL, "amount": WHOLE},
        {"number"},
    )
    op.create_index("ix_share_fact", "share", ["fact"])


def _requests() -> None:
    _table(
        "valet_order",
        {
            "fact": TEXT,
            "id": TEXT,
            "number": TEXT,
            "terminal": TEXT,
            "store": TEXT,
            "at": TEXT,
            "guide": TEXT,
            "member": TEXT,
            "total": WHOLE,
            "discount": WHOLE,
            "lines": TEXT,
            "state": TEXT,
            "ships_from": TEXT,
            "reason": TEXT,
        },
        {"fact"},
        {"member", "ships_from"},
    )
    op.create_index("ix_valet_order_id", "valet_order", ["id"])
    _table(
        "care_task",
        {
            "id": TEXT,
            "store": TEXT,
            "sale": TEXT,
            "member": TEXT,
            "owner": TEXT,
            "cadence": TEXT,
            "step": TEXT,
            "due": TEXT,
            "state": TEXT,
            "note": TEXT,
        },
        {"id"},
    )


def _chain() -> None:
    _table("store", {"id": TEXT, "name": TEXT, "address": TEXT, "phone": TEXT, "zone": TEXT, "kind": TEXT}, {"id"})
    _table(
        "member",
        {"id": TEXT, "code": TEXT, "phone_index": TEXT, "home_store": TEXT, "points": WHOLE, "data": TEXT},
        {"id"},
        {"home_store"},
    )
    op.create_index("ix_member_code", "member", ["code"])
    op.create_index("ix_member_home_store", "member", ["home_store"])
    op.create_index("ix_member_phone_index", "member", ["phone_index"])
    _table("member_alias", {"old": TEXT, "new": TEXT}, {"old"})
    _table("coupon", {"id": TEXT, "member": TEXT, "single_use": FLAG, "state": TEXT, "data": TEXT}, {"id"})
    op.create_index("ix_coupon_member", "coupon", ["member"])
    _table("stock", {"sku": TEXT, "store": TEXT, "qty": WHOLE}, {"sku", "store"})
