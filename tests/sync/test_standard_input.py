"""Commands that ask for something, where standard input is closed or holds no text: one line, no traceback."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.sync.conftest import HqServer


def status_and_line(words: list[str], given: bytes | None, coding: str = "C.UTF-8") -> tuple[int, str]:
    """``given`` None: standard input is closed."""
    closed = " <&-" if given is None else ""
    command = ["sh", "-c", f'"$@"{closed}', "sh", sys.executable, "-m", "ui.cli", "--lang", "en", *words]
    done = subprocess.run(command, input=given, capture_output=True, check=False, env={"LC_ALL": coding})
    said = done.stderr.decode()
    assert "Traceback" not in said
    return done.returncode, said.splitlines()[-1]


@pytest.mark.parametrize("coding", ["C.UTF-8", "en_US.UTF-8"])
def test_a_password_from_a_file_of_another_coding(hq_server: HqServer, coding: str) -> None:
    words = ["hq", "admin", "--db", f"sqlite:///{hq_server.database.file}", "bob"]
    status, line = status_and_line(words, "密码密码密码12345678\n".encode("gbk"), coding)
    assert (status, "UTF-8" in line) == (2, True)


def test_a_password_where_nobody_can_say_one(hq_server: HqServer) -> None:
    status, line = status_and_line(["hq", "admin", "--db", f"sqlite:///{hq_server.database.file}", "bob"], None)
    assert (status, "characters" in line) == (2, True)


def test_an_administrator_of_a_till_where_nobody_can_be_asked(hq_server: HqServer, tmp_path: Path) -> None:
    """A job of the system's enrols a till of a store without staff."""
    words = ["--data", str(tmp_path / "till"), "--hq", hq_server.url, "--code", hq_server.code()]
    status, line = status_and_line(["enrol", *words, "--credentials", "file"], None)
    assert (status, "--admin-pin" in line) == (2, True)
