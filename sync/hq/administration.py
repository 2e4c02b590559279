"""What a machine of the chain may do at HQ without a till's token: hand out enrolment codes (docs/protocol.md).

One token at a time, printed once by ``posclient hq admin-token`` and kept as a hash; a new one ends the old.
"""

from __future__ import annotations

import hmac
import secrets

from sqlmodel import Session, delete, select

from posclient.domain.ids import Clock
from posclient.errors import LinkError
from sync.hq.clock import milliseconds
from sync.hq.handling import COMMAND_LINE, note_act
from sync.hq.sessions import token_hash
from sync.hq.tables import AdminToken


def new_admin_token(session: Session, clock: Clock) -> str:
    """A token that replaces whatever was handed out before."""
    note_act(session, clock, COMMAND_LINE, "admin_token", "")
    token = secrets.token_hex(32)  # never with a dash at its head, which a command line takes for an option
    session.exec(delete(AdminToken))
    session.add(AdminToken(hash=token_hash(token), made_ms=milliseconds(clock)))
    return token


def check_admin(session: Session, token: str) -> None:
    """``LinkError("unauthorized")`` for any other token."""
    found = session.exec(select(AdminToken)).first()
    if found is None or not hmac.compare_digest(found.hash, token_hash(token)):
        raise LinkError("unauthorized")
