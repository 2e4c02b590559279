"""The drawer without a sale: who, and when, is in the audit before it opens (ux.md, manners)."""

from __future__ import annotations

from posclient.actions.till import Till
from posclient.db import audit


def note_opening(till: Till) -> None:
    """Write down who opens the drawer now. ``Refused("logged_out")``."""
    person = till.person()
    with till.transaction() as con:
        audit.add(con, till.now(), person.id, "open_drawer", {})
