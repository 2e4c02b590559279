"""``posclient sync`` asks the till that runs."""

from __future__ import annotations

import json
import logging
import socket
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from posclient.errors import DataError
from sync.control import CONTROL_FILE, ControlServer, ask


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    def answer(word: str) -> dict[str, Any]:
        if word == "bug":
            raise ZeroDivisionError
        return {"heard": word}

    server = ControlServer(tmp_path, answer)
    server.start()
    yield tmp_path
    server.stop()


def raw(folder: Path, line: bytes) -> bytes:
    """What the server says to ``line``."""
    port = json.loads((folder / CONTROL_FILE).read_text())["port"]
    with socket.create_connection(("127.0.0.1", port), 5) as connection:
        connection.sendall(line)
        connection.shutdown(socket.SHUT_WR)
        return connection.recv(1000)


def test_it_answers(folder: Path) -> None:
    assert ask(folder, "sync", 5) == {"heard": "sync"}
    assert ask(folder, "sync", 5) == {"heard": "sync"}


def test_its_file_is_for_the_owner_alone(folder: Path) -> None:
    assert stat.S_IMODE((folder / CONTROL_FILE).stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "line", [b"\n", b"[]\n", b"GET / HTTP/1.1\r\n\r\n", b'{"ask": "sync"}\n', b'{"secret": "guess", "ask": "sync"}\n']
)
def test_who_does_not_know_the_secret_gets_nothing(folder: Path, line: bytes) -> None:
    assert raw(folder, line) == b""
    assert ask(folder, "sync", 5) == {"heard": "sync"}


def test_nobody_listens(tmp_path: Path) -> None:
    assert ask(tmp_path, "sync", 5) is None


def test_file_of_a_killed_till(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    (tmp_path / CONTROL_FILE).write_text(json.dumps({"port": port, "secret": "x"}))
    assert ask(tmp_path, "sync", 5) is None
    (tmp_path / CONTROL_FILE).write_text("{")
    assert ask(tmp_path, "sync", 5) is None


def test_till_that_says_nothing(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        (tmp_path / CONTROL_FILE).write_text(json.dumps({"port": silent.getsockname()[1], "secret": "x"}))
        with pytest.raises(DataError, match="no_answer"):
            ask(tmp_path, "sync", 0.1)


def test_a_bug_in_an_answer_is_logged(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR), pytest.raises(DataError, match="no_answer"):
        ask(folder, "bug", 5)
    assert "met a bug" in caplog.text
    caplog.clear()
    assert ask(folder, "sync", 5) == {"heard": "sync"}


def test_stop_leaves_no_file(tmp_path: Path) -> None:
    server = ControlServer(tmp_path, lambda _word: {})
    server.start()
    server.stop()
    assert list(tmp_path.iterdir()) == []
    assert ask(tmp_path, "sync", 1) is None
