"""The console after years: the newest sales and facts, a day's figures and the exceptions, each by an index.

And what was rung up and taken out again before anybody paid, and which till was last heard through its store's hub.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

_TEXTS = ("fact", "terminal", "store", "business_date", "at", "cashier", "sku", "name", "receipt", "reason")
_EXCEPTION = sa.text("outcome = 'applied_with_exception'")


def upgrade() -> None:
    """From 0010 to 0011; the way back is the backup."""
    op.create_index("fact_received", "fact", ["received_ms"])
    op.create_index("fact_exception", "fact", ["received_ms"], sqlite_where=_EXCEPTION, postgresql_where=_EXCEPTION)
    op.create_index("sale_day", "sale", ["business_date", "at", "total"])
    op.create_index("loss_at", "loss", ["at_ms"])
    op.create_table(
        "removal",
        sa.Column("number", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in _TEXTS[:8]),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("qty", "price", "amount")),
        *(sa.Column(name, sa.String(), nullable=False) for name in _TEXTS[8:]),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_table(
        "through_hub",
        sa.Column("terminal", sa.String(), nullable=False),
        sa.Column("hub", sa.String(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("terminal"),
    )
    op.create_index("ix_removal_fact", "removal", ["fact"])
    op.create_index("removal_day", "removal", ["business_date", "at"])
    op.create_index("removal_store", "removal", ["store", "business_date"])
