"""Who a line to HQ speaks for, and its session there: opened when it is needed, renewed before it ends."""

from __future__ import annotations

import time
from collections.abc import Callable

from sync.proofs import open_session
from sync.protocol import ChallengeReply, ChallengeRequest, SessionReply, SessionRequest
from sync.signing import Signer, Unsealing

#: A session is renewed before it ends, so that few requests find it ended.
PART = 0.9


class Session:
    """Of a till; or of a token without any, as the administration has one; or of nobody.

    ``challenge`` and ``opened`` put the two questions to HQ, by which a till opens one.
    """

    def __init__(
        self,
        who: Signer | str | None,
        challenge: Callable[[ChallengeRequest], ChallengeReply],
        opened: Callable[[SessionRequest], SessionReply],
    ) -> None:
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
            said, self.unsealing = open_session(self.signer, self._challenge, self._opened)
            self.token, self._until = said.token, time.monotonic() + said.seconds * PART
            self.takes, self._revoked = frozenset(said.takes), bool(said.revoked)
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}

    def is_revoked(self) -> bool:
        """Has HQ proved that it has taken this till's place away? Another session is opened to see (S-21)."""
        if self.signer is not None and not self._revoked:
            self.authorization(anew=True)
        return self._revoked
