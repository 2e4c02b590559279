"""Programs that begin at once: forked off a process that has imported everything they need.

Starting Python and importing half of Qt takes a hundred times longer than what a kill is meant to hit. A forked
program is a process like any other, with its own connections, threads and window, and dies of the same ``kill -9``.
"""

from __future__ import annotations

import faulthandler
import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from multiprocessing.context import ForkServerContext
from pathlib import Path
from tempfile import mkdtemp
from typing import IO, Any, Protocol

#: What the programs would import one after the other.
_IMPORTED = (
    "ui.app", "ui.cli", "ui.commands.hq", "ui.commands.replay", "ui.commands.run", "ui.commands.sync", "ui.demo.hands",
    "ui.main_window", "ui.opening", "ui.printing", "ui.shop", "posclient.actions.replay", "sync.hq.server",
    "sync.running", "tests.e2e.window_program", "tests.e2e.warm",
)  # fmt: skip
_LOOK_SECONDS = 0.002


class Lines(Protocol):
    """What a program prints."""

    def readline(self) -> bytes: ...

    def __iter__(self) -> Iterator[bytes]: ...


class Program(Protocol):
    """A process that runs, as of ``subprocess.Popen``."""

    @property
    def stdout(self) -> Lines | IO[bytes] | None: ...

    def poll(self) -> int | None: ...

    def send_signal(self, sig: int) -> None: ...

    def communicate(self, *, timeout: float) -> tuple[bytes, bytes]: ...


class Forked:
    """``main(words)`` in a process of its own. What it prints goes through a file, which a kill leaves whole."""

    _status: int | None

    def __init__(self, main: Callable[[Sequence[str]], int], words: Sequence[str]) -> None:
        out = Path(mkdtemp(prefix="posclient-out-")) / "out"
        out.touch()
        self._process = _server().Process(target=_run, args=(main, list(words), str(out)))
        self._process.start()
        self.stdout = _Printed(out, self._process.is_alive)
        self._out, self._status = out, None

    def poll(self) -> int | None:
        return self._process.exitcode if self._status is None else self._status

    def send_signal(self, sig: int) -> None:
        if self._process.pid is not None:
            os.kill(self._process.pid, sig)

    def communicate(self, *, timeout: float) -> tuple[bytes, bytes]:
        """Wait for its end; what is left to read, errors among it."""
        self._process.join(timeout)
        assert self._process.exitcode is not None, "it does not end"
        rest = b"".join(self.stdout)
        self.stdout.close()
        self._status = self._process.exitcode
        self._process.close()
        self._out.unlink()
        self._out.parent.rmdir()
        return rest, rest


class _Printed:
    """A file that grows; lines of it as they are complete."""

    def __init__(self, path: Path, alive: Callable[[], bool]) -> None:
        self._file, self._alive, self._part = path.open("rb"), alive, b""

    def readline(self) -> bytes:
        while True:
            alive = self._alive()
            self._part += self._file.readline()
            if self._part.endswith(b"\n") or not alive:
                line, self._part = self._part, b""
                return line
            time.sleep(_LOOK_SECONDS)

    def __iter__(self) -> Iterator[bytes]:
        while line := self.readline():
            yield line

    def close(self) -> None:
        self._file.close()


@cache
def _server() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(_IMPORTED))
    return context


def _run(main: Callable[[Sequence[str]], int], words: list[str], out: str) -> Any:
    """In the new process."""
    file = os.open(out, os.O_WRONLY | os.O_APPEND)
    for stream in (sys.stdout, sys.stderr):
        os.dup2(file, stream.fileno())
    faulthandler.enable()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.exit(main(words))
