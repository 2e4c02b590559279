"""What HQ's time in its answer tells a till: how its clock differs, how late it is at least, and that HQ is there."""

from __future__ import annotations

from datetime import datetime, timedelta

from posclient.db import contact, floors, terminal
from posclient.db.connection import Connection, transaction
from posclient.db.instants import iso, to_ms
from sync.convert import offset_ms
from sync.protocol import FeedsReply

#: A floor further ahead of HQ's signed time than this is taken back (ms).
FLOOR_AHEAD_MS = 5 * 60 * 1000
#: No answer takes as long. A machine that sleeps in the middle of it wakes with HQ's time of last night.
TOO_LONG = timedelta(minutes=1)


def sent_until(con: Connection, pushed: str) -> str:
    """What HQ is told by ``HqApi.feeds``. ``pushed``: its time at the last answer to a push, or empty where nothing was
    to be sent: then that of the contact before, since what was made before it a push has sent.

    1970 where there was none, and where this disk was put back, or is a copy: what the other history has sold may lie
    with the store's hub, and would have nothing to be booked from once HQ ends what it leased (S-18, S-19).
    """
    here = terminal.read(con)
    if here.trouble == terminal.FORK:
        return iso(0)
    return pushed or iso(here.contact_ms or 0)


def note(con: Connection, asked: datetime, now: datetime, reply: FeedsReply) -> None:
    """The offset; and where the time is signed, that this is a contact (``domain.offline_limits``): it confirms our
    clock, and a floor that a clock running ahead has raised is lowered (S-16). Nothing of it where the clock has been
    set, or the machine has slept, since HQ was ``asked``: the next cycle's answer tells.
    """
    if abs(now - asked) > TOO_LONG:
        return
    found = offset_ms(reply.time, now)
    with transaction(con):
        terminal.note_offset(con, found, proved=bool(reply.signature))
    if not reply.signature:
        return
    hq_ms = to_ms(now) + found
    contact.note(con, hq_ms, to_ms(now))
    if terminal.read(con).floor_ms > hq_ms + FLOOR_AHEAD_MS:
        floors.lower(con, hq_ms, now)
