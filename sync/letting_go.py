"""What is old goes from the till's disk once HQ has signed that its backup has it (protocol.md, push).

Any other answer would do to lose sales for good: somebody on the way acknowledges them for thirty days and hands none
of them on (field_failures.md S-12).
"""

from __future__ import annotations

from datetime import datetime

from posclient.db import outbox, retention, terminal
from posclient.db.connection import Connection
from sync.api import HqApi
from sync.convert import push_request


def let_go(api: HqApi, con: Connection, now: datetime) -> int:
    """Of how many facts. HQ is asked with the last one, where there is anything old; ``LinkError``: it did not sign.

    None of a fork: HQ's backup covers the other history.
    """
    last = outbox.last_made(con)
    if last is None or terminal.read(con).trouble == terminal.FORK or not retention.has_old(con, now):
        return 0
    return retention.forget_old(con, now, api.proved(push_request([last])).durable_seq)
