"""Accounts of two units: what there was is stored value, points come beside it."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """From 0008 to 0009; the way back is the backup. The key of the accounts cannot be changed in place."""
    for table in ("value_lease", "value_entry"):
        with op.batch_alter_table(table) as changed:
            changed.add_column(sa.Column("unit", sa.String(), nullable=False, server_default="value"))
    op.create_table(
        "value_account_by_unit",
        sa.Column("member", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("balance", sa.BigInteger(), nullable=False),
        sa.Column("free", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("member", "unit"),
    )
    op.execute(
        "INSERT INTO value_account_by_unit (member, unit, balance, free)"
        " SELECT member, 'value', balance, free FROM value_account"
    )
    op.drop_table("value_account")
    op.rename_table("value_account_by_unit", "value_account")
