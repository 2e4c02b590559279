"""How far a till's manager has seen what HQ decided about its facts: up to there outcomes need not stay."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """From 0016 to 0017; the way back is the backup."""
    op.add_column("till_health", sa.Column("seen", sa.String(), nullable=False, server_default=""))
