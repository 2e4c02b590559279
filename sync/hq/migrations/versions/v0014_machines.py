"""Leases of stored value and points are a machine's: for which incarnation of a till each one was made."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """From 0013 to 0014; the way back is the backup."""
    for table, column in (("value_lease", "incarnation"), ("chain", "earlier")):
        with op.batch_alter_table(table) as changed:
            changed.add_column(sa.Column(column, sa.String(), nullable=False, server_default=""))
    op.execute(
        "UPDATE value_lease SET incarnation ="
        " coalesce((SELECT incarnation FROM terminal WHERE terminal.id = value_lease.terminal), '')"
    )
