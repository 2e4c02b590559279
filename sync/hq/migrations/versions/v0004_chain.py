"""Chains that are checked, what HQ's backup covers, keys and sessions of tills. Tokens end: tills are enrolled anew."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """From 0003 to 0004; the way back is the backup."""
    op.create_table(
        "backup",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("facts", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_table(
        "incident",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("terminal", sa.String(), nullable=False),
        sa.Column("incarnation", sa.String(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("until_seq", sa.BigInteger(), nullable=False),
        sa.Column("fact", sa.String(), nullable=False),
        sa.Column("expected", sa.String(), nullable=False),
        sa.Column("found", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    with op.batch_alter_table("incident", schema=None) as batch_op:
        batch_op.create_index("ix_incident_terminal", ["terminal"], unique=False)

    op.create_table(
        "till_session",
        sa.Column("challenge", sa.String(), nullable=False),
        sa.Column("terminal", sa.String(), nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("until_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("challenge"),
    )
    with op.batch_alter_table("till_session", schema=None) as batch_op:
        batch_op.create_index("ix_till_session_terminal", ["terminal"], unique=False)
        batch_op.create_index("ix_till_session_token_hash", ["token_hash"], unique=False)

    with op.batch_alter_table("chain", schema=None) as batch_op:
        batch_op.add_column(sa.Column("head", sa.String(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("durable_seq", sa.BigInteger(), nullable=False, server_default="0"))

    with op.batch_alter_table("hq", schema=None) as batch_op:
        batch_op.add_column(sa.Column("sign_seed", sa.String(), nullable=False, server_default=""))

    with op.batch_alter_table("terminal", schema=None) as batch_op:
        batch_op.add_column(sa.Column("key", sa.String(), nullable=True))
        batch_op.drop_index("ix_terminal_token_hash")
        batch_op.drop_column("token_hash")
