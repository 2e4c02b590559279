"""Points of sales that came before their member did."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """From 0012 to 0013; the way back is the backup."""
    op.create_table(
        "early_points",
        sa.Column("fact", sa.String(), primary_key=True),
        sa.Column("member", sa.String(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
    )
    op.create_index("ix_early_points_member", "early_points", ["member"])
