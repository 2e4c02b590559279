"""Who a line to HQ speaks for, and its session there: opened when it is needed, renewed before it ends."""

from __future__ import annotations

import time
from collections.abc import Callable

from sync.proofs import open_session
from sync.protocol import ChallengeReply, ChallengeRequest, SessionReply, SessionRequest
from sync.replies import Reply, message
from sync.signing import Signer, Unsealing

#: Puts a question to HQ, a body in JSON; whatever comes back.
Put = Callable[[str], Reply]

#: A session is renewed before it ends, so that few requests find it ended.
PART = 0.9


class Session:
    """Of a till; or of a token without any, as the administration has one; or of nobody.

    ``challenge`` and ``opened`` put the two questions by which a till opens one.
    """

    def __init__(self, who: Signer | str | None, challenge: Put, opened: Put) -> None:
        self.signer = None if isinstance(who, str) else who
        self.token = who if isinstance(who, str) else ""
        #: What HQ gave to open personal data with, and what it takes, with the last session.
        self.unsealing: Unsealing | None = None
        self.takes: frozenset[str] = frozenset()
        self._challenge, self._opened = challenge, opened
        self._until = 0.0
        self._revoked = False

    def authorization(self, anew: bool = False) -> dict[str, str]:
        """The header; of a session that is opened now where there is none any more, or ``anew``."""
        if self.signer is not None and (anew or time.monotonic() >= self._until):
            said, self.unsealing = open_session(self.signer, self._ask, self._open)
            self.token, self._until = said.token, time.monotonic() + said.seconds * PART
            self.takes, self._revoked = frozenset(said.takes), bool(said.revoked)
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}

    def is_revoked(self) -> bool:
        """Has HQ proved that it has taken this till's place away? Another session is opened to see (S-21)."""
        if self.signer is not None and not self._revoked:
            self.authorization(anew=True)
        return self._revoked

    def _ask(self, request: ChallengeRequest) -> ChallengeReply:
        return message(ChallengeReply, self._challenge(request.model_dump_json()))

    def _open(self, request: SessionRequest) -> SessionReply:
        return message(SessionReply, self._opened(request.model_dump_json()))
