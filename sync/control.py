"""How ``posclient sync`` asks the till that runs on a data folder to sync.

The till listens on a free loopback port and leaves the port and a secret in ``control.json`` of its data folder (mode
0600): whoever may read the folder may ask. One line of JSON each way, bounded in bytes and time. It is the same on
every system, and no path is too long for it, as a Unix socket's would be.
"""

from __future__ import annotations

import hmac
import json
import logging
import os
import secrets
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from io import BufferedRWPair
from pathlib import Path
from typing import Any

from posclient.errors import DataError

_log = logging.getLogger(__name__)

CONTROL_FILE = "control.json"
MOST_LINE = 64 * 1024
#: Seconds for one side to say its line; an answer may take as long as a cycle.
LINE_SECONDS = 5.0

#: Answers one word (``sync``); runs in a thread of its own.
Answer = Callable[[str], dict[str, Any]]


class ControlServer:
    """Listens from ``start`` to ``stop``."""

    def __init__(self, folder: Path, answer: Answer) -> None:
        self._file = folder / CONTROL_FILE
        self._answer = answer
        self._secret = secrets.token_hex(32)
        self._listener: socket.socket | None = None

    def start(self) -> None:
        """Listen, and say where."""
        self._listener = socket.create_server(("127.0.0.1", 0))
        _write_private(self._file, {"port": self._listener.getsockname()[1], "secret": self._secret})
        threading.Thread(target=self._listen, args=(self._listener,), name="control", daemon=True).start()

    def stop(self) -> None:
        """Stop listening; answers that are under way end by themselves."""
        with suppress(OSError):  # a file that stays is one that nobody answers for
            self._file.unlink(missing_ok=True)
        if self._listener is not None:
            # close alone would leave the thread in accept()
            _hang_up(self._listener)
            self._listener = None

    def _listen(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, _address = listener.accept()
            except OSError:
                return  # stopped
            threading.Thread(target=self._serve, args=(connection,), name="control answer", daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rwb") as line:
            try:
                connection.settimeout(LINE_SECONDS)
                word = self._asked(_read(line))
                if word is not None:
                    _say(line, self._answer(word))
            except (OSError, ValueError):
                return  # the asker went away, or spoke no JSON
            except Exception:  # noqa: BLE001 - the outermost loop of this thread
                _log.exception("a question to the till met a bug")

    def _asked(self, question: Any) -> str | None:
        """The word that was asked, from somebody who knows the secret."""
        if not isinstance(question, dict):
            return None
        secret, word = question.get("secret"), question.get("ask")
        if not isinstance(secret, str) or not isinstance(word, str):
            return None
        return word if hmac.compare_digest(secret.encode(), self._secret.encode()) else None


def ask(folder: Path, word: str, seconds: float) -> dict[str, Any] | None:
    """Ask the till that runs on ``folder``; None where none listens. ``DataError("no_answer")`` if it says nothing."""
    place = _place(folder)
    if place is None:
        return None
    port, secret = place
    try:
        connection = socket.create_connection(("127.0.0.1", port), LINE_SECONDS)
    except OSError:
        return None  # a file that a killed till left behind
    with connection, connection.makefile("rwb") as line:
        try:
            connection.settimeout(seconds)
            _say(line, {"secret": secret, "ask": word})
            answer = _read(line)
        except (OSError, ValueError) as error:
            raise DataError("no_answer", path=str(folder)) from error
    if not isinstance(answer, dict):
        raise DataError("no_answer", path=str(folder))
    return answer


def _place(folder: Path) -> tuple[int, str] | None:
    try:
        found = json.loads((folder / CONTROL_FILE).read_bytes())
        return int(found["port"]), str(found["secret"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _say(line: BufferedRWPair[Any, Any], message: dict[str, Any]) -> None:
    line.write(json.dumps(message).encode() + b"\n")
    line.flush()


def _read(line: BufferedRWPair[Any, Any]) -> Any:
    return json.loads(line.readline(MOST_LINE))


def _hang_up(listener: socket.socket) -> None:
    try:
        listener.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass  # not every system can; close() then wakes accept() by itself
    finally:
        listener.close()


def _write_private(path: Path, content: dict[str, Any]) -> None:
    path.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            json.dump(content, file)
    except OSError as error:
        raise DataError("cannot_write", path=str(path)) from error
