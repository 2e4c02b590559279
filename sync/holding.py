"""Asking HQ for what the cart at the counter needs, on a line of its own and within a counter's patience.

The sync's line may be in the middle of a first load, and its patience is that of a night's backlog. A customer waits a
second: a request that takes longer counts as no answer, and the till goes on as if it were offline. So does a question
that hangs where no time-out reaches (a name server, a keyring, the question before it).
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TypeVar

from posclient.db import terminal
from posclient.db.connection import TILL_FILE, connect
from posclient.db.terminal import Terminal
from posclient.errors import LinkError, PosError
from sync.addresses import proxy_for
from sync.asking import HoldReply, HoldRequest, VisitReply, VisitRequest
from sync.credentials import signer_of
from sync.signing import Signer
from sync.transport import HttpHq, Patience

_T = TypeVar("_T")

#: Seconds, of each request: the first question opens a session before it.
AT_THE_COUNTER = Patience(connect=0.5, read=0.8, reply=1.0)
#: Requests of a question: a challenge, a session, and it.
REQUESTS = 3


class Holder:
    """Questions of one data folder, one after the other, none in the caller's thread. Keeps its line between them.

    ``sign``: who knows what speaks for the till, called in such a thread; else its vault is read.
    """

    def __init__(
        self, folder: Path, patience: Patience = AT_THE_COUNTER, sign: Callable[[Terminal], Signer] | None = None
    ) -> None:
        self._folder, self._patience = folder, patience
        self._sign = sign or partial(signer_of, folder)
        self._longest = REQUESTS * patience.reply
        self._turn = threading.Lock()
        self._line: HttpHq | None = None
        self._line_for: tuple[str, str, str | None] | None = None

    def ask(
        self, request: HoldRequest, elsewhere: Callable[[HoldRequest], HoldReply] | None = None
    ) -> Future[HoldReply]:
        """The answer, or its ``PosError``: no line, no answer in time, not enrolled. ``elsewhere``: not HQ is asked."""
        return self._begin(lambda: elsewhere(request) if elsewhere else self._dialled().hold(request))

    def visit(self, request: VisitRequest) -> Future[VisitReply]:
        """The same of HQ, about a member of another store."""
        return self._begin(lambda: self._dialled().visit(request))

    def close(self) -> None:
        """Hang up, after the question that is under way; one that hangs dies with the program."""
        if self._turn.acquire(timeout=self._longest):
            self._hang_up()
            self._turn.release()

    def _begin(self, call: Callable[[], _T]) -> Future[_T]:
        answer: Future[_T] = Future()
        threading.Thread(target=self._run, args=(call, answer), name="hold", daemon=True).start()
        late = threading.Timer(self._longest, _fail, (answer, LinkError("timeout", why="slow")))
        late.daemon = True
        late.start()
        answer.add_done_callback(lambda _answer: late.cancel())
        return answer

    def _run(self, call: Callable[[], _T], answer: Future[_T]) -> None:
        try:
            with self._turn:
                if not answer.done():  # else nobody waits for it any more
                    said = call()
                    with suppress(InvalidStateError):
                        answer.set_result(said)
        except PosError as error:
            _fail(answer, error)
        except Exception as error:  # noqa: BLE001 - the outermost frame of this thread: whoever waits is told
            _fail(answer, LinkError("bug", kind=type(error).__name__))

    def _dialled(self) -> HttpHq:
        con = connect(self._folder / TILL_FILE)
        try:
            here = terminal.read(con)
        finally:
            con.close()
        wanted = (here.hq_url, here.incarnation, proxy_for(here.hq_url))  # a new enrolment brought a new key
        if self._line is None or self._line_for != wanted:
            self._hang_up()
            self._line = HttpHq(here.hq_url, self._sign(here), self._patience)
            self._line_for = wanted
        return self._line

    def _hang_up(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None


def _fail(answer: Future[_T], error: PosError) -> None:
    """Unless it has been answered, or given up."""
    with suppress(InvalidStateError):
        answer.set_exception(error)
