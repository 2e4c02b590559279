"""One-time codes (protocol.md, enrolment): 10 characters, 15 minutes, five tries, bound to store and slot.

A code's first four characters find it, the other six (30 bits) prove it; it is stored hashed.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import secrets
import threading
from collections import deque
from dataclasses import dataclass

from sqlmodel import Session, col, select

from posclient.domain.ids import Clock
from posclient.errors import InputError, LinkError, NotFound
from sync.hq.chain_tables import StoreRow
from sync.hq.clock import milliseconds
from sync.hq.feeds import make_feed, terminal_feed
from sync.hq.numbers import next_receipt, next_valet
from sync.hq.sessions import end_sessions
from sync.hq.tables import Chain, EnrolmentCode, Terminal
from sync.protocol import EnrolRequest
from sync.signing import ENROL, is_signed

#: Without I, L, O and U, which are misread.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LENGTH, SELECTOR_LENGTH = 10, 4
CODE_MINUTES = 15
CODE_TRIES = 5
#: Slow enough for 30 bits that are worthless after 15 minutes: some 10 ms.
COST_N = 2**12
MOST_SLOTS = 999
#: Wrong codes that HQ bears in a minute, from all tills together.
MOST_BAD_CODES = 30
_MISREAD = str.maketrans("ILO", "110", " -")


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A terminal that has just proved its code."""

    terminal: Terminal
    next_receipt_seq: int
    next_valet_seq: int


class BadCodes:
    """Wrong codes of the last minute; too many, and HQ is deaf to all of them (S-22). Any thread may call."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._at: deque[int] = deque()
        self._lock = threading.Lock()

    def bear(self) -> None:
        """``LinkError("retry_after")`` where there were too many."""
        minute_ago = milliseconds(self._clock) - 60_000
        with self._lock:
            while self._at and self._at[0] < minute_ago:
                self._at.popleft()
            if len(self._at) >= MOST_BAD_CODES:
                raise LinkError("retry_after", seconds=60)

    def note(self) -> None:
        """One more."""
        with self._lock:
            self._at.append(milliseconds(self._clock))


def check_key(request: EnrolRequest) -> None:
    """The till has the private half of the key that it brings, and knew the code when it signed (S-22)."""
    try:
        key = base64.b64decode(request.key, validate=True)
    except (binascii.Error, ValueError):
        raise LinkError("bad_request", field="key") from None
    if "\n" in request.incarnation or not is_signed(key, request.proof, ENROL, request.incarnation, request.code):
        raise LinkError("bad_request", field="proof")


def make_code(session: Session, clock: Clock, store: str, slot: int | None) -> tuple[str, str]:
    """The terminal and a code for ``slot`` of ``store`` (None: the next free one). The store must exist.

    Raises:
        InputError: ``bad_slot``: not in 1..999, or all are taken.
    """
    terminal = _place(session, clock, store, slot)
    session.flush()
    code = "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))
    while session.get(EnrolmentCode, code[:SELECTOR_LENGTH]) is not None:
        code = "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))
    _forget_codes(session, clock, terminal.id)
    salt = secrets.token_hex(16)
    session.add(
        EnrolmentCode(
            selector=code[:SELECTOR_LENGTH],
            salt=salt,
            secret=_secret_hash(code, salt),
            terminal=terminal.id,
            until_ms=milliseconds(clock) + CODE_MINUTES * 60_000,
            tries_left=CODE_TRIES,
        )
    )
    return terminal.id, code


def try_code(session: Session, clock: Clock, code: str) -> Terminal | None:
    """The terminal that ``code`` enrols, once; None for a bad code. A try is counted also then: commit it."""
    plain = re.sub(r"\s", "", code).upper().translate(_MISREAD)
    locked = select(EnrolmentCode).where(EnrolmentCode.selector == plain[:SELECTOR_LENGTH]).with_for_update()
    found = session.exec(locked).first()
    if found is None or found.used or found.tries_left < 1 or found.until_ms < milliseconds(clock):
        return None
    found.tries_left -= 1
    if len(plain) != CODE_LENGTH or not hmac.compare_digest(_secret_hash(plain, found.salt), found.secret):
        return None
    found.used = True
    return session.get_one(Terminal, found.terminal)


def enrol(session: Session, clock: Clock, terminal: Terminal, request: EnrolRequest) -> Enrolled:
    """Let the request's key speak for ``terminal`` and start its chain; older keys of the slot end here.

    Raises:
        LinkError: ``bad_request`` where the incarnation is not new.
    """
    incarnation = request.incarnation
    if session.get(Chain, (terminal.id, incarnation)) is not None:
        raise LinkError("bad_request", field="incarnation")
    terminal.key = request.key
    end_sessions(session, terminal.id)
    terminal.incarnation, terminal.version = incarnation, request.version[:40]
    terminal.revoked = False
    terminal.enrolled_ms = terminal.seen_ms = milliseconds(clock)
    session.add(Chain(terminal=terminal.id, incarnation=incarnation, earlier=request.earlier))
    return Enrolled(terminal, next_receipt(session, terminal), next_valet(session, terminal))


def revoke(session: Session, terminal: str) -> None:
    """Take a till's place away: no pull from now on, and what it still sends goes aside (S-21).

    Raises:
        NotFound: ``unknown_terminal``.
    """
    place = session.get(Terminal, terminal)
    if place is None:
        raise NotFound("unknown_terminal", terminal=terminal)
    place.revoked = True


def _place(session: Session, clock: Clock, store: str, slot: int | None) -> Terminal:
    """The terminal of a slot. Free is a slot that no till has, and that no code is out for."""
    session.exec(select(StoreRow).where(StoreRow.id == store).with_for_update()).one()
    known = {one.slot: one for one in session.exec(select(Terminal).where(Terminal.store == store))}
    if slot is None:
        promised = set(
            session.exec(select(EnrolmentCode.terminal).where(EnrolmentCode.until_ms >= milliseconds(clock)))
        )
        taken = {one.slot for one in known.values() if one.enrolled_ms is not None or one.id in promised}
        slot = next(number for number in range(1, MOST_SLOTS + 2) if number not in taken)
    if not 1 <= slot <= MOST_SLOTS:
        raise InputError("bad_slot", slot=slot, most=MOST_SLOTS)
    if slot in known:
        return known[slot]
    terminal = Terminal(id=f"{store}-{slot}", store=store, slot=slot)
    session.add(terminal)
    make_feed(session, terminal_feed(terminal.id))
    return terminal


def _forget_codes(session: Session, clock: Clock, terminal: str) -> None:
    """A new code replaces the terminal's older ones, and those long past go with it."""
    now = milliseconds(clock)
    old = (col(EnrolmentCode.terminal) == terminal) | (col(EnrolmentCode.until_ms) < now)
    for code in session.exec(select(EnrolmentCode).where(old)):
        session.delete(code)
    session.flush()


def _secret_hash(code: str, salt: str) -> str:
    secret = code[SELECTOR_LENGTH:].encode()
    return hashlib.scrypt(secret, salt=bytes.fromhex(salt), n=COST_N, r=8, p=1).hex()
