"""Leases are signed one by one: which of them are from before that."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """From 0009 to 0010; the way back is the backup."""
    for table in ("coupon_lease", "value_lease"):
        with op.batch_alter_table(table) as changed:
            changed.add_column(sa.Column("signed", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute("UPDATE contact SET due_ms = 0")
