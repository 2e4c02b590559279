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
    from posclient.db.at_rest import OwnKey


class SystemClock:
    """The wall clock in the zone of this computer."""

    def now(self) -> datetime:
        return datetime.now().astimezone()

    def local(self, at: datetime) -> datetime:
        return at.astimezone()


def new_id() -> str:
    """A fresh UUIDv7."""
    return uuid7(time.time_ns() // 1_000_000, secrets.token_bytes(10))


def open_folder(folder: Path, own: OwnKey | None = None, *, read_only: bool = False) -> Till:
    """Open the till; ``own`` is shared by all who open it in this program. Without its key (a locked keyring, or
    personal data that are sealed) it sells all the same; what it sealed stays shut, and with a locked one so do the
    powers of managers.
    """
    from posclient.actions.till import open_till
    from posclient.db.at_rest import OwnKey

    till = open_till(folder, clock=SystemClock(), new_id=new_id, own=own or OwnKey(), read_only=read_only)
    waits = read_only and own is not None  # for whoever opened it first
    if not waits and till.own.key is None:
        _take_secrets(till)
    return till


def _take_secrets(till: Till) -> None:
    """What the vault holds, if it can be opened. The own key stays there while it is not to be used until HQ has
    answered.
    """
    from posclient.actions import limits
    from posclient.domain.offline_limits import SEALED, in_force
    from sync.credentials import secrets_of

    try:
        held = secrets_of(till.folder, till.terminal)
    except PosError:
        till.take_trust(None)
        return
    till.take_trust(held.trust(till.terminal))
    if held.key and till.terminal.sealed_ms is None and not in_force(limits.look(till), SEALED):
        till.take_key(held.key)
