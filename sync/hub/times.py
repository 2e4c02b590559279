"""HQ's signed time by way of the hub: a till that reaches HQ only through it counts as one that HQ answers.

A nonce is asked for once, so what the hub gives cannot be older than the question; and the till counts from the
question, so keeping the answer back gains nobody anything (docs/protocol.md, store hub).
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from posclient.db import contact, terminal
from posclient.db.connection import Connection
from posclient.db.instants import iso_ms, to_ms
from posclient.errors import LinkError
from sync.handed_on import SignedTime
from sync.hub.line import HubLine
from sync.signing import TIME, Signer, is_signed

#: A contact that is younger is young enough (ms).
YOUNG_MS = timedelta(hours=1) // timedelta(milliseconds=1)
MOST_NONCE = 64


@dataclass(slots=True)
class Question:
    """A till's, under way; empty: there is none. ``wall_ms``: its clock when it was made."""

    nonce: str = ""
    wall_ms: int = 0


def ask(line: HubLine, me: Signer, con: Connection, now: datetime, question: Question) -> None:
    """Ask, or take the answer that has come. ``LinkError("not_hub")`` for one that is not HQ's to this question."""
    here = terminal.read(con)
    if not question.nonce:
        if here.contact_wall_ms is None or 0 <= to_ms(now) - here.contact_wall_ms < YOUNG_MS:
            return  # nothing is counted from no contact
        question.nonce, question.wall_ms = secrets.token_hex(16), to_ms(now)
    said = line.time(question.nonce)
    if said is None:
        return
    if not is_signed(me.hq_key, said.signature, TIME, me.terminal, question.nonce, said.time):
        raise LinkError("not_hub", why="signature")
    hq_ms = iso_ms(said.time)
    if hq_ms > (here.contact_ms or 0):
        contact.note(con, hq_ms, question.wall_ms)
    question.nonce = ""


class Times:
    """What the tills of a store have asked, and HQ's answers; in the hub's memory, from any thread."""

    def __init__(self, asked: Callable[[], None]) -> None:
        self._asked_now, self._lock = asked, threading.Lock()
        self._asked: dict[str, str] = {}
        self._answers: dict[str, tuple[str, SignedTime]] = {}

    def answer(self, terminal: str, nonce: str) -> SignedTime | None:
        """HQ's answer; None: it is not here yet."""
        if not (0 < len(nonce) <= MOST_NONCE and nonce.isascii() and nonce.isalnum()):
            raise ValueError("no nonce")
        with self._lock:
            known, said = self._answers.get(terminal, ("", None))
            if known == nonce:
                return said
            self._asked[terminal] = nonce
        self._asked_now()
        return None

    def fetch(self, from_hq: Callable[[str, str], SignedTime]) -> None:
        """Ask HQ what was asked. ``LinkError``: no line."""
        with self._lock:
            asked = dict(self._asked)
        for till, nonce in asked.items():
            try:
                said = from_hq(till, nonce)
            except LinkError as error:
                if "field" not in error.params and error.params.get("status") != 404:
                    raise
            else:
                with self._lock:
                    self._answers[till] = (nonce, said)
            with self._lock:
                if self._asked.get(till) == nonce:
                    del self._asked[till]
