"""${message}."""

import sqlalchemy as sa
from alembic import op

revision = "${up_revision}"
down_revision = "${down_revision}"


def upgrade() -> None:
    """From ${down_revision} to ${up_revision}; the way back is the backup."""
    ${upgrades}
