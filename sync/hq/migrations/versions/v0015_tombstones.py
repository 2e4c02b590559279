"""Tombstones are dropped once they are old: how far that has gone in each feed, and how old those that are left are.

No row is rewritten. Tombstones from before have no mark yet, so their age counts from the first round after this.
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

_TOMBSTONE = sa.text("data IS NULL")


def upgrade() -> None:
    """From 0014 to 0015; the way back is the backup."""
    op.add_column("feed", sa.Column("pruned", sa.BigInteger(), nullable=False, server_default="0"))
    op.create_index(
        "feed_row_gone", "feed_row", ["feed", "version"], sqlite_where=_TOMBSTONE, postgresql_where=_TOMBSTONE
    )
    op.create_table(
        "tombstone_mark",
        sa.Column("number", sa.Integer(), primary_key=True),
        sa.Column("feed", sa.String(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
    )
