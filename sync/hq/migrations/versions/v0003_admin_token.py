"""The administration's token, by which a program of the chain asks for enrolment codes."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """From 0002 to 0003; the way back is the backup."""
    op.create_table(
        "admin_token",
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("made_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("hash"),
    )
