"""Valet orders by guide and time: what a guide's discounts of a month came to, while writers wait."""

from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """From 0019 to 0020; the way back is the backup."""
    op.create_index("valet_order_guide", "valet_order", ["guide", "at"])
