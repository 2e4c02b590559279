"""The console at work: roles, what people dealt with and did, imports that outlive a restart, how tills say they are.

That somebody had looked at a fact in quarantine becomes a settlement without a note.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

TEXT, WHOLE, SMALL, YES = sa.String(), sa.BigInteger(), sa.Integer(), sa.Boolean()
Columns = dict[str, Any]


def upgrade() -> None:
    """From 0007 to 0008; the way back is the backup."""
    _acts()
    _imports()
    _healths()
    op.execute(
        "INSERT INTO handled (kind, subject, how, note, administrator, at_ms)"
        " SELECT 'quarantine', CAST(number AS VARCHAR), 'settled', '', administrator, looked_ms FROM quarantine_look"
    )
    op.drop_table("quarantine_look")
    with op.batch_alter_table("administrator", schema=None) as batch_op:
        batch_op.add_column(sa.Column("role", TEXT, nullable=False, server_default="administrator"))


def _table(name: str, columns: Columns, key: set[str], free: frozenset[str] = frozenset()) -> None:
    made = [sa.Column(one, kind, primary_key=one in key, nullable=one in free) for one, kind in columns.items()]
    op.create_table(name, *made)


def _acts() -> None:
    act: Columns = {
        "number": SMALL, "at_ms": WHOLE, "administrator": TEXT, "act": TEXT, "subject": TEXT, "note": TEXT,
    }  # fmt: skip
    _table("console_act", act, {"number"})
    handled: Columns = {
        "kind": TEXT, "subject": TEXT, "how": TEXT, "note": TEXT, "administrator": TEXT, "at_ms": WHOLE,
    }  # fmt: skip
    _table("handled", handled, {"kind", "subject"})


def _imports() -> None:
    op.create_table(
        "import_job",
        sa.Column("number", SMALL, primary_key=True),
        sa.Column("id", TEXT, nullable=False, unique=True),
        *(sa.Column(one, TEXT, nullable=False) for one in ("administrator", "folder", "state")),
        *(sa.Column(one, YES, nullable=False) for one in ("strict", "undone")),
        *(sa.Column(one, TEXT, nullable=False) for one in ("files", "published", "error")),
        *(sa.Column(one, WHOLE, nullable=False) for one in ("more_faults", "made_ms", "changed_ms")),
    )
    op.create_table(
        "import_fault",
        sa.Column("job", TEXT, primary_key=True),
        sa.Column("number", SMALL, primary_key=True, autoincrement=False),
        sa.Column("line", WHOLE, nullable=False),
        *(sa.Column(one, TEXT, nullable=False) for one in ("file", "column_name", "code")),
    )


def _healths() -> None:
    health: Columns = {
        "terminal": TEXT, "at_ms": WHOLE, "unsent": WHOLE, "oldest_unsent_ms": WHOLE, "program": TEXT, "python": TEXT,
        "system": TEXT, "protocol": WHOLE, "offset_ms": WHOLE, "clock_suspect": YES, "trouble": TEXT, "held": TEXT,
        "printer": TEXT, "unprinted": WHOLE,
    }  # fmt: skip
    _table("till_health", health, {"terminal"}, frozenset({"oldest_unsent_ms", "offset_ms"}))
