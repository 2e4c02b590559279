"""Rows that are over leave the feeds: since when each feed's rows are as they are.

No feed has a mark yet, so the age of all rows counts from the first round after this.
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """From 0015 to 0016; the way back is the backup."""
    op.create_table(
        "row_mark",
        sa.Column("feed", sa.String(), primary_key=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("looked_ms", sa.BigInteger(), nullable=False),
    )
