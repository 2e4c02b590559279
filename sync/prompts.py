"""Calls that may wait for somebody at a prompt: one at a time, and only one is ever left behind.

A prompt that nobody answers keeps its thread, its socket and its window, and nothing can take them back. A till tries
again each half minute: by the evening there would be a thousand.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, wait
from typing import TypeVar

from posclient.errors import LinkError

_T = TypeVar("_T")


class OneByOne:
    """Of one program. A call that outlives its time is hanging: until it ends, each further one fails at once."""

    def __init__(self) -> None:
        self._turn = threading.Condition()
        self._hangs_from: float | None = None  # of the call under way

    def ask(self, call: Callable[[], _T], seconds: float) -> _T:
        """``call()`` in a thread of its own, within ``seconds``, the wait for its turn included; what it raises, and
        ``LinkError("no_keyring")``. What comes too late is dropped.
        """
        until, answer = time.monotonic() + seconds, Future[_T]()
        with self._turn:
            self._wait_for_turn(until)
            threading.Thread(target=self._run, args=(call, answer), name="keyring", daemon=True).start()
            self._hangs_from = time.monotonic() + seconds
        wait([answer], max(0.0, until - time.monotonic()))
        if not answer.done():
            raise LinkError("no_keyring", why="slow")
        return answer.result()

    def _wait_for_turn(self, until: float) -> None:
        while self._hangs_from is not None:
            left = min(until, self._hangs_from) - time.monotonic()
            if left <= 0:
                raise LinkError("no_keyring", why="slow")
            self._turn.wait(left)

    def _run(self, call: Callable[[], _T], answer: Future[_T]) -> None:
        try:
            answer.set_result(call())
        except Exception as error:  # noqa: BLE001 - a back end is a plug-in: D-Bus, Win32 and others raise their own
            answer.set_exception(error)
        finally:
            with self._turn:
                self._hangs_from = None
                self._turn.notify_all()
