"""Who a till is: a challenge that it signs, then a token for 15 minutes (protocol.md, enrolment and credentials).

A challenge costs HQ nothing to keep: it says by itself until when it is good and that it is ours. It opens one session.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass

from sqlalchemy import ColumnElement, bindparam
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, delete, select

from posclient.domain.ids import Clock
from posclient.errors import LinkError
from sync.hq.clock import milliseconds
from sync.hq.database import Database
from sync.hq.identity import Keys, unseal_key
from sync.hq.tables import Terminal, TillSession
from sync.proofs import sealed_for
from sync.protocol import PROTOCOL_VERSION, ChallengeReply, ChallengeRequest, SessionReply, SessionRequest
from sync.signing import OPENED, REVOKED, SESSION, UNSEAL, Unsealing, is_signed, sign
from sync.thin import THIN

CHALLENGE_SECONDS = 60
SESSION_SECONDS = 15 * 60


def is_open() -> ColumnElement[bool]:
    """Of a session's row, for a statement that is made once and given ``now_ms``: it has not ended."""
    return col(TillSession.until_ms) > bindparam("now_ms")


#: Asked at every call of every till: made once, it takes less than half of the time that it does when made each time.
_CALLER = (
    select(Terminal.id, Terminal.key, Terminal.revoked)
    .join(TillSession, col(Terminal.id) == col(TillSession.terminal))
    .where(col(TillSession.token_hash) == bindparam("token_hash"), is_open())
)


@dataclass(frozen=True, slots=True)
class Caller:
    """A terminal that has proved who it is. ``revoked``: it may hand in what it has signed, and nothing else."""

    terminal: str
    key: bytes
    revoked: bool


class Sessions:
    """Opens sessions and knows them by their token."""

    def __init__(self, database: Database, clock: Clock, keys: Keys) -> None:
        self._database = database
        self._clock = clock
        self._keys = keys
        self._secret = hashlib.sha256(b"posclient-challenge" + keys.sign_seed).digest()

    def challenge(self, request: ChallengeRequest) -> ChallengeReply:
        """Something new for the till to sign."""
        _check_protocol(request.protocol)
        until = milliseconds(self._clock) + CHALLENGE_SECONDS * 1000
        return ChallengeReply(challenge=self._challenge(until, secrets.token_hex(16), request.terminal))

    def open(self, request: SessionRequest) -> SessionReply:
        """A token for a till that signed its challenge; ``LinkError("unauthorized")``."""
        _check_protocol(request.protocol)
        now = milliseconds(self._clock)
        if not self._is_ours(request, now):
            raise LinkError("unauthorized")
        token = secrets.token_urlsafe(32)
        with self._database.write() as session:
            # locked: a machine that takes the place now ends this session too, or is the one that has to sign
            place = session.get(Terminal, request.terminal, with_for_update=True)
            proved = (SESSION, self._keys.hq, request.terminal, request.challenge, request.nonce)
            if place is None or place.key is None or not is_signed(_key(place.key), request.signature, *proved):
                raise LinkError("unauthorized")
            session.exec(
                delete(TillSession).where(
                    col(TillSession.terminal) == request.terminal, col(TillSession.until_ms) < now
                )
            )
            _once(session, request, token, now + SESSION_SECONDS * 1000)
            revoked = place.revoked
            unseal = "" if revoked else sealed_for(_key(place.key), self.unsealing(request.terminal))
        seed, me, nonce = self._keys.sign_seed, request.terminal, request.nonce
        return SessionReply(
            token=token, seconds=SESSION_SECONDS, signature=sign(seed, OPENED, me, nonce, token), takes=[THIN],
            unseal=unseal, unseal_signature=sign(seed, UNSEAL, me, nonce, unseal) if unseal else "",
            revoked=sign(seed, REVOKED, me, nonce) if revoked else "",
        )  # fmt: skip

    def unsealing(self, terminal: str) -> Unsealing:
        """What opens the personal data of ``terminal``, which is to hear of it in a session alone."""
        return Unsealing(unseal_key(self._keys, terminal), self._keys.index_key)

    def caller(self, token: str) -> Caller:
        """Whose token it is; ``LinkError("unauthorized")`` for one that is not ours or has ended."""
        now = milliseconds(self._clock)
        with self._database.read() as session:
            found = session.exec(_CALLER, params={"token_hash": token_hash(token), "now_ms": now}).first()
            if found is None or found[1] is None:
                raise LinkError("unauthorized")
            terminal, key, revoked = found
            return Caller(terminal, _key(key), revoked)

    def _challenge(self, until_ms: int, salt: str, terminal: str) -> str:
        proof = hmac.new(self._secret, f"{until_ms}.{salt}.{terminal}".encode(), hashlib.sha256).hexdigest()
        return f"{until_ms}.{salt}.{proof}"

    def _is_ours(self, request: SessionRequest, now: int) -> bool:
        until, _, rest = request.challenge.partition(".")
        if not (until.isascii() and until.isdigit() and len(until) < 16 and int(until) >= now):
            return False
        ours = self._challenge(int(until), rest.partition(".")[0], request.terminal)
        return hmac.compare_digest(ours.encode(), request.challenge.encode()) and "\n" not in request.nonce


def end_sessions(session: Session, terminal: str) -> None:
    """Whoever had the place has it no more."""
    session.exec(delete(TillSession).where(col(TillSession.terminal) == terminal))


def _once(session: Session, request: SessionRequest, token: str, until_ms: int) -> None:
    """A challenge that was answered opens no second session."""
    challenge, held = token_hash(request.challenge), token_hash(token)
    made = TillSession(challenge=challenge, terminal=request.terminal, token_hash=held, until_ms=until_ms)
    session.add(made)
    try:
        session.flush()
    except IntegrityError:
        raise LinkError("unauthorized") from None


def _check_protocol(version: int) -> None:
    if version != PROTOCOL_VERSION:
        raise LinkError("upgrade_required", protocol=PROTOCOL_VERSION)


def _key(text: str) -> bytes:
    return base64.b64decode(text)


def token_hash(token: str) -> str:
    """A token has 256 random bits, so one round of SHA-256 keeps it."""
    return hashlib.sha256(token.encode()).hexdigest()
