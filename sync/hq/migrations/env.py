"""Run by alembic, in the transaction that ``sync.hq.migrating`` hands over and commits."""

from typing import Any, Literal

from alembic import context
from sqlmodel.sql.sqltypes import AutoString

import sync.hq.database  # noqa: F401  (it knows all tables)
from sync.hq.tables import METADATA


def plain_type(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """How a new revision writes a type: SQLModel's own text is a plain one."""
    return "sa.String()" if kind == "type" and isinstance(item, AutoString) else False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,  # SQLite alters little: a table is made anew and copied
    render_item=plain_type,
)
context.run_migrations()
