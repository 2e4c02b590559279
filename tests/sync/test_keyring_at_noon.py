"""A keyring that locks itself while the till runs: who has the keys already goes on with them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from posclient.errors import LinkError
from sync.credentials import FileVault
from sync.enrolment import Enrolment, enrol
from sync.holding import Holder
from sync.running import FolderSync
from sync.transport import HttpHq
from tests.sync.conftest import HqServer
from tests.sync.hq.till_at_hq import new_id
from tests.sync.test_holding import ASKED, CALM
from ui.opening import SystemClock


def locked(*_: object) -> None:
    raise LinkError("no_keyring", why="locked")


def enrolled(server: HqServer, folder: Path) -> FolderSync:
    enrol(folder, Enrolment(server.url, server.code("S001", 1), "file"), HttpHq, SystemClock(), new_id)
    return FolderSync(folder, SystemClock())


def test_the_lines_are_called_again_with_what_is_held(
    hq_server: HqServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S-28: the line of the cycles, that of the news, and that of the counter."""
    sync = enrolled(hq_server, tmp_path)
    assert sync.run().error is None
    monkeypatch.setattr(FileVault, "load", locked)
    monkeypatch.setattr(FileVault, "save", locked)
    sync.close()
    assert sync.run().error is None
    with sync.dial() as line:
        assert line.feeds().feeds
    counter = Holder(tmp_path, CALM, sync.signer)
    assert [one.code for one in counter.ask(ASKED).result(10).refused] == ["unknown", "unknown"]
    counter.close()
    sync.close()


@pytest.mark.parametrize("says_whose", [True, False], ids=["", "a vault of before it kept whose key it is"])
def test_a_new_enrolment_is_not_spoken_for_by_the_key_of_before(
    hq_server: HqServer, tmp_path: Path, says_whose: bool
) -> None:
    """S-13: HQ would take the chain of before for one that it has lost."""
    sync, vault = enrolled(hq_server, tmp_path), tmp_path / "credentials.json"
    if not says_whose:
        vault.write_text(re.sub(r'(incarnation\\": \\")[^"]*\\"', r'\1\\"', vault.read_text()))
    assert sync.run().error is None
    enrolled(hq_server, tmp_path)
    with sync.dial() as line:
        assert line.feeds().feeds
    assert sync.run().error is None
    sync.close()


def test_a_key_of_another_enrolment_is_looked_up_again(
    hq_server: HqServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A keyring that was put back: once it is right again the line comes up, without a restart."""
    sync, vault = enrolled(hq_server, tmp_path), tmp_path / "credentials.json"
    first = vault.read_bytes()
    enrolled(hq_server, tmp_path)
    right = vault.read_bytes()
    vault.write_bytes(first)
    with pytest.raises(LinkError, match="no_credentials"):
        sync.run()
    vault.write_bytes(right)
    with sync.dial() as line:
        assert line.feeds().feeds
    sync.close()


def test_what_another_thread_reads_is_not_held(hq_server: HqServer, tmp_path: Path) -> None:
    """The cycles seal the key meanwhile: whoever looked before must not bring it back."""
    sync = enrolled(hq_server, tmp_path)
    with sync.dial() as line:
        assert line.feeds().feeds
    assert sync._keeper._known is None
    sync.close()
