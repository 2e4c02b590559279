"""Numbers of rows that every sale adds go beyond 32 bits, which a large chain has used up within some years.

PostgreSQL writes these tables anew for it: some minutes for each hundred million rows. SQLite has 64 bits anyway.
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"

_TABLES = ("share", "removal", "value_entry", "coupon_lease")


def upgrade() -> None:
    """From 0018 to 0019; the way back is the backup."""
    if op.get_bind().dialect.name != "postgresql":
        return
    for table in _TABLES:
        op.alter_column(table, "number", type_=sa.BigInteger())
        op.execute(f"ALTER SEQUENCE {table}_number_seq AS bigint")
