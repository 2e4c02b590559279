"""A fork is believed with HQ's signature alone (field_failures.md S-19).

It takes from a till whatever HQ leased to it, until somebody enrols it anew. Anybody on the way can say it: as the
outcome of a fact, or by facts of ours that we never made. So HQ is asked again, in the way whose answers it signs.
"""

from __future__ import annotations

from posclient.db import outbox, terminal
from posclient.db.connection import Connection, transaction
from posclient.db.terminal import FORK
from posclient.errors import LinkError
from sync.api import HqApi
from sync.convert import push_request
from sync.protocol import PushReply, PushRequest


def settled(api: HqApi, con: Connection, request: PushRequest, reply: PushReply) -> PushReply:
    """``reply`` to ``request``, or in its place HQ's signed one where it tells of a fork of the present chain."""
    here = terminal.read(con)
    if here.trouble == FORK or request.facts[0].incarnation != here.incarnation:
        return reply
    told = any(one.outcome == "quarantined" and one.code == FORK for one in reply.outcomes)
    return api.proved(request) if told or reply.received_seq >= here.next_seq else reply


def check_place(api: HqApi, con: Connection, received_seq: int) -> None:
    """HQ's feeds say how many facts of ours it has. More than we made: is that so? ``LinkError("fork_unproved")``.

    It is asked with our last fact; with an empty batch by a till that has made none, as an image that was put back.
    """
    here = terminal.read(con)
    last = outbox.last_made(con)
    if received_seq < here.next_seq or here.trouble == FORK:
        return
    if api.proved(push_request([last] if last else [])).received_seq < here.next_seq:
        raise LinkError("fork_unproved")
    with transaction(con):
        terminal.note_trouble(con, FORK)
