"""Open a data folder as the program does: the real clock, real ids, and the till's own key from where it is kept."""

from __future__ import annotations

import secrets
import time
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from posclient.domain.ids import uuid7
from posclient.errors import PosError

if TYPE_CHECKING:
    from posclient.actions.till import Till


class SystemClock:
    """The wall clock in the zone of this computer."""

    def now(self) -> datetime:
        return datetime.now().astimezone()


def new_id() -> str:
    """A fresh UUIDv7."""
    return uuid7(time.time_ns() // 1_000_000, secrets.token_bytes(10))


def open_folder(folder: Path, *, read_only: bool = False) -> Till:
    """Open the till. Without its key (a locked keyring) it sells all the same; what it sealed stays shut."""
    from posclient.actions.till import open_till

    return open_till(folder, clock=SystemClock(), new_id=new_id, own_key=_own_key(folder), read_only=read_only)


def _own_key(folder: Path) -> bytes | None:
    from posclient.db import terminal
    from posclient.db.till_file import open_till as open_file
    from sync.credentials import secrets_of

    con = open_file(folder, read_only=True)
    try:
        known = terminal.read(con)
    finally:
        con.close()
    try:
        return secrets_of(folder, known).key
    except PosError:
        return None
