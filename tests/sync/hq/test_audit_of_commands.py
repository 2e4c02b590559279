"""What is done on HQ's machine, or by a machine of the chain, stands in the audit as the console's acts do."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from sqlmodel import select

from sync.hq import administrators
from sync.hq.console_tables import ConsoleAct
from sync.hq.database import open_database
from tests.sync.conftest import HqServer
from tests.sync.hq.test_hq_command import hq
from ui.cli import main

PASSWORD = "long enough password"


def acts(url: str) -> list[tuple[str, str, str, str]]:
    with open_database(url).read() as session:
        found = session.exec(select(ConsoleAct).order_by("number")).all()
        return [(one.administrator, one.act, one.subject, one.note) for one in found]


def admin(url: str, patch: pytest.MonkeyPatch, *words: str) -> int:
    patch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\n"))
    return hq("admin", "--db", url, *words)


@pytest.fixture
def url(tmp_path: Path) -> str:
    made = f"sqlite:///{tmp_path}/hq.db"
    assert hq("migrate", "--db", made) == 0
    return made


def test_every_command_that_gives_or_takes_leaves_its_line(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert hq("enrol", "--db", url, "--store", "S001") == 0
    assert hq("revoke", "--db", url, "S001-1") == 0
    assert hq("hub", "--db", url, "--store", "S001", "--remove") == 0
    assert hq("admin-token", "--db", url) == 0
    assert admin(url, monkeypatch, "zhao", "--viewer") == 0
    assert admin(url, monkeypatch, "zhao", "--remove") == 0
    assert acts(url) == [
        ("command line", "enrol", "S001-1", ""), ("command line", "revoke", "S001-1", ""),
        ("command line", "hub", "S001", ""), ("command line", "admin_token", "", ""),
        ("command line", "admin_set", "zhao", "viewer"), ("command line", "admin_remove", "zhao", ""),
    ]  # fmt: skip


def test_what_was_refused_leaves_none(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert hq("revoke", "--db", url, "S009-1") == 2
    assert hq("hub", "--db", url, "--store", "S009", "--remove") == 2
    assert hq("enrol", "--db", url, "--store", "S001", "--slot", "0") == 2
    assert admin(url, monkeypatch, "zhao", "--remove") == 2
    assert acts(url) == []


def test_a_code_that_a_machine_of_the_chain_asks_for(hq_server: HqServer) -> None:
    from sync.transport import HttpHq

    with HttpHq(hq_server.url, hq_server.hq.admin_token()) as desk:
        assert desk.raw("POST", "/v1/admin/codes", b'{"store": "S001"}').status == 200
    assert acts(f"sqlite:///{hq_server.database.file}")[-1] == ("administration", "enrol", "S001-1", "")


def test_another_password_leaves_a_viewer_a_viewer(
    url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Who may only look had all rights after their password was set anew."""

    def role() -> str | None:
        known = administrators.known_as(open_database(url), "li")
        return known.role if known else None

    for words, wanted in (
        (["--viewer"], "viewer"), ([], "viewer"), (["--administrator"], "administrator"), ([], "administrator"),
    ):  # fmt: skip
        assert admin(url, monkeypatch, "li", *words) == 0
        assert role() == wanted
    assert capsys.readouterr().out.count("只能查看") == 2


@pytest.mark.parametrize(
    "words",
    [["revoke"], ["enrol", "--store"], ["admin", "--remove"], ["erase", "--member"], ["hub", "--remove", "--store"]],
)
def test_a_word_that_is_not_utf_8(url: str, words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """A terminal in GBK before a machine in UTF-8."""
    typed = "张三".encode("gbk").decode("utf-8", "surrogateescape")
    assert main(["--lang", "en", "hq", words[0], "--db", url, *words[1:], typed]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "UTF-8" in line
