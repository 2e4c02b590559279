"""What this till may not do any more, because HQ has not answered for so long (``domain.offline_limits``)."""

from __future__ import annotations

from posclient.actions.till import Till
from posclient.db import contact, terminal
from posclient.db.instants import to_ms
from posclient.db.terminal import Terminal
from posclient.domain.offline_limits import CASH_ONLY, SEALED, Limit, in_force
from posclient.errors import DataError, Refused

#: Why what HQ leased rests (``rights_rest``).
FORKED = "forked"


def look(till: Till, me: Terminal | None = None) -> tuple[Limit, ...]:
    """The steps in force and those that are near; ``me``: this till, where it has just been read. Where personal data
    are to be sealed, they are from here on: the sync takes their key out of the vault as well.
    """
    found = contact.limits_of(me or terminal.read(till.db), till.reference.cache, till.wall())
    if in_force(found, SEALED):
        till.own.drop()
    return found


def reached(till: Till, step: str) -> bool:
    """Is ``step`` in force now?"""
    return in_force(look(till), step)


def refuse(till: Till, step: str) -> None:
    """``Refused(step)`` where that is in force; ``why`` is revoked where no contact would undo it."""
    if reached(till, step):
        raise Refused(step, **_why(till))


def rights_rest(till: Till, me: Terminal | None = None) -> str:
    """Why nothing that HQ leased may be used now; empty: it may. ``forked``: HQ takes no fact of this till for its own
    any more, so what is used here is used for nobody's account, and as often as one likes (S-18, S-19).
    """
    me = me or terminal.read(till.db)
    if me.trouble == terminal.FORK:
        return FORKED
    return "no_contact" if in_force(look(till, me), CASH_ONLY) else ""


def sealed_s(till: Till) -> float | None:
    """Since how many seconds personal data are sealed; None while they are not."""
    by_time = [one.since_s for one in look(till) if one.since_s >= 0]
    since_ms = terminal.read(till.db).sealed_ms
    if since_ms is not None:
        return max(0.0, (to_ms(till.wall()) - since_ms) / 1000)
    return max(by_time) if by_time else None


def own_key(till: Till) -> bytes:
    """The key of personal data. ``Refused("members_sealed")``; ``DataError("no_own_key")``: its vault is locked."""
    if sealed_s(till) is not None:
        raise Refused("members_sealed", **_why(till))
    key = till.own.key  # once: the sync may take it away meanwhile
    if key is None:
        raise DataError("no_own_key")
    return key


def _why(till: Till) -> dict[str, str]:
    return {"why": "revoked"} if terminal.read(till.db).trouble == terminal.REVOKED else {}
