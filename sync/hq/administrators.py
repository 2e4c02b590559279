"""Who may use the console: a name and a password, kept as scrypt alone; wrong tries are slowed down."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
import threading
from collections import defaultdict, deque
from contextlib import suppress

from posclient.domain.ids import Clock
from posclient.errors import InputError, NotFound, Refused
from sync.hq.clock import milliseconds
from sync.hq.console_tables import ADMINISTRATOR, Administrator
from sync.hq.database import Database
from sync.hq.handling import COMMAND_LINE, note_act

#: Cost of one try: some 100 ms and 32 MiB.
COST = (2**15, 8, 1)
LEAST_PASSWORD, MOST_PASSWORD = 10, 200
#: Wrong tries within ``TRY_MINUTES``: of one name, and of all together (each costs us a scrypt).
MOST_WRONG, MOST_WRONG_IN_ALL, TRY_MINUTES = 5, 60, 5
_NAME = re.compile(r"\w[\w.@-]{0,39}")


def set_password(database: Database, clock: Clock, name: str, password: str, role: str | None = None) -> str:
    """Let ``name`` in with ``password``; sessions that an older password began end.

    ``role`` is theirs from now on; without one they keep what they have, and who is new is an administrator. It is
    returned.

    Raises:
        InputError: ``bad_administrator`` (the name), ``weak_password``.
    """
    if not _NAME.fullmatch(name):
        raise InputError("bad_administrator", name=name[:40])
    if not LEAST_PASSWORD <= len(password) <= MOST_PASSWORD:
        raise InputError("weak_password", least=LEAST_PASSWORD)
    secret = _hashed(password, secrets.token_bytes(16))
    with database.write() as session:
        known = session.get(Administrator, name)
        role = role or (known.role if known else ADMINISTRATOR)
        session.merge(Administrator(name=name, secret=secret, role=role, set_ms=milliseconds(clock)))
        note_act(session, clock, COMMAND_LINE, "admin_set", name, role)
    return role


def remove(database: Database, clock: Clock, name: str) -> None:
    """End ``name``'s access at once; ``NotFound("no_administrator")``."""
    with database.write() as session:
        found = session.get(Administrator, name)
        if found is None:
            raise NotFound("no_administrator", name=name[:40])
        session.delete(found)
        note_act(session, clock, COMMAND_LINE, "admin_remove", name)


def known_as(database: Database, name: str) -> Administrator | None:
    """Who has this name; None where nobody does."""
    with database.read() as session:
        return session.get(Administrator, name)


class Door:
    """Checks passwords, and slows down whoever guesses."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._wrong: defaultdict[str, deque[int]] = defaultdict(deque)
        self._lock = threading.Lock()

    def check(self, name: str, password: str) -> str | None:
        """The administrator's secret if the password is theirs, else None; takes as long for an unknown name.

        Raises:
            Refused: ``too_many_tries``, also for the right password.
        """
        known = _NAME.fullmatch(name) is not None
        of = name if known else ""
        at_ms = self._begin(of)
        found = known_as(self._database, name) if known else None
        if is_password(password, found.secret if found else _NOBODY) and found is not None:
            with self._lock, suppress(ValueError):
                self._wrong[of].remove(at_ms)
            return found.secret
        return None

    def _begin(self, name: str) -> int:
        """Count the try as wrong until it has proved right: a hundred that come at once are a hundred tries."""
        with self._lock:
            self._forget()
            if len(self._wrong[name]) >= MOST_WRONG or self._count() >= MOST_WRONG_IN_ALL:
                raise Refused("too_many_tries", minutes=TRY_MINUTES)
            self._wrong[name].append(at_ms := milliseconds(self._clock))
        return at_ms

    def _count(self) -> int:
        return sum(len(tries) for tries in self._wrong.values())

    def _forget(self) -> None:
        """Bounded: no more names are kept than tries are allowed."""
        before = milliseconds(self._clock) - TRY_MINUTES * 60_000
        for name in list(self._wrong):
            tries = self._wrong[name]
            while tries and tries[0] < before:
                tries.popleft()
            if not tries:
                del self._wrong[name]


def is_password(password: str, stored: str) -> bool:
    """Is it the password of this hash, which is one of ours, of whatever cost was ours then?"""
    _, n, r, p, salt, _ = stored.split("$")
    made = _hashed(password[: MOST_PASSWORD + 1], base64.b64decode(salt), (int(n), int(r), int(p)))
    return hmac.compare_digest(made, stored)


def _hashed(password: str, salt: bytes, cost: tuple[int, int, int] | None = None) -> str:
    n, r, p = cost or COST
    made = hashlib.scrypt(password.encode(), salt=salt, n=n, r=r, p=p, dklen=32, maxmem=2**26)
    return "$".join(["scrypt", str(n), str(r), str(p), _text(salt), _text(made)])


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


#: What a name that nobody has is held against.
_NOBODY = "$".join(["scrypt", *map(str, COST), _text(bytes(16)), _text(bytes(32))])
