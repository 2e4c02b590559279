"""Leases by their end: each contact of a till asks which are over, anybody's, while all writers wait."""

from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """From 0011 to 0012; the way back is the backup."""
    for table in ("coupon_lease", "value_lease"):
        op.create_index(f"{table}_end", table, ["state", "not_after_ms"])
