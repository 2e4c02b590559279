"""Valet orders by their till: a machine that takes a slot over is told where its numbers go on, while writers wait."""

from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """From 0017 to 0018; the way back is the backup."""
    op.create_index("ix_valet_order_terminal", "valet_order", ["terminal"])
