"""The form of the tables was said in ``hq`` as well; from here on alembic's own table says it alone."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """From 0001 to 0002; the way back is the backup."""
    with op.batch_alter_table("hq") as hq:
        hq.drop_column("schema_version")
