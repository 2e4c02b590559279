"""Guests of a store; and leases that are called back for them: since when and for whom, and who has given them up."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

#: Which tills may have heard of leases until when is not known of those that were in contact before: this long (ms).
_LONG_MS = 400 * 86_400_000


def upgrade() -> None:
    """From 0006 to 0007; the way back is the backup."""
    op.create_table(
        "lease_return",
        sa.Column("lease", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("terminal", sa.String(), nullable=False),
        sa.Column("incarnation", sa.String(), nullable=False),
        sa.Column("not_after_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("lease", "terminal"),
    )
    op.create_table(
        "guest",
        sa.Column("member", sa.String(), nullable=False),
        sa.Column("store", sa.String(), nullable=False),
        sa.Column("seen_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("member", "store"),
    )
    op.create_index("guest_store", "guest", ["store", "seen_ms"])
    with op.batch_alter_table("contact") as contact:
        contact.add_column(sa.Column("rights_ms", sa.BigInteger(), nullable=False, server_default="0"))
    op.execute(sa.text("UPDATE contact SET rights_ms = at_ms + :long").bindparams(long=_LONG_MS))
    with op.batch_alter_table("coupon_lease") as lease:
        lease.add_column(sa.Column("recall_ms", sa.BigInteger(), nullable=False, server_default="0"))
        lease.add_column(sa.Column("asked_ms", sa.BigInteger(), nullable=False, server_default="0"))
        lease.add_column(sa.Column("asker", sa.String(), nullable=True))
