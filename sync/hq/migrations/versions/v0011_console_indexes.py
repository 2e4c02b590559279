"""The console after years: the newest sales and facts, a day's figures and the exceptions, each by an index."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

_EXCEPTION = sa.text("outcome = 'applied_with_exception'")


def upgrade() -> None:
    """From 0010 to 0011; the way back is the backup."""
    op.create_index("fact_received", "fact", ["received_ms"])
    op.create_index("fact_exception", "fact", ["received_ms"], sqlite_where=_EXCEPTION, postgresql_where=_EXCEPTION)
    op.create_index("sale_day", "sale", ["business_date", "at", "total"])
    op.create_index("loss_at", "loss", ["at_ms"])
