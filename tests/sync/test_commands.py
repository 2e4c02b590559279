"""enrol, sync and doctor as a support person runs them, against an HQ behind real HTTP."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keyring
import pytest

from posclient.db import staff_records
from posclient.db.live_cache import live_path
from posclient.db.lock import FolderLock
from posclient.db.till_file import open_till
from posclient.domain.pins import is_pin
from sync.control import CONTROL_FILE
from sync.hq.feeds import Change
from sync.hq.server import Server
from sync.running import BackgroundSync
from tests.sync.conftest import HqServer
from tests.sync.test_credentials import MemoryKeyring
from tests.sync.tills import HandClock, tiers
from ui.cli import main

Posclient = Callable[..., tuple[int, Any, str]]


@pytest.fixture
def posclient(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Posclient:
    """Run a command: status, its JSON (None if it printed none), what it said on standard error."""
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)

    def run(*words: object) -> tuple[int, Any, str]:
        status = main([str(word) for word in words])
        out, err = capsys.readouterr()
        return status, json.loads(out) if out else None, err

    return run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "till"


def enrol(posclient: Posclient, server: HqServer, folder: Path, *more: str) -> tuple[int, Any, str]:
    words = ("--data", folder, "--hq", server.url, "--code", server.code())
    return posclient("enrol", *words, *(more or ("--credentials", "file", "--admin-pin", "2580")))


def test_enrol_loads_and_sets_the_first_administrator(posclient: Posclient, hq_server: HqServer, folder: Path) -> None:
    hq_server.publish(*tiers(range(3)))
    status, summary, err = enrol(posclient, hq_server, folder)
    assert status == 0
    assert (summary["terminal"], summary["administrator"], summary["protection"]) == ("S001-1", True, "reduced")
    assert (summary["sync"]["error"], summary["sync"]["unsent"]) == (None, 0)
    assert "global: 0 / " in err
    con = open_till(folder, read_only=True)
    (record,) = staff_records.local(con)
    con.close()
    assert record.staff.roles >= {"admin", "manager"}
    assert is_pin("2580", record.pin_hash)
    assert b"2580" not in (folder / "till.db").read_bytes()


def test_enrol_with_the_keyring(posclient: Posclient, hq_server: HqServer, folder: Path) -> None:
    before, memory = keyring.get_keyring(), MemoryKeyring()
    keyring.set_keyring(memory)
    try:
        status, summary, _ = enrol(posclient, hq_server, folder, "--admin-pin", "2580")
        assert (status, summary["credentials"], "protection" in summary) == (0, "keyring", False)
        assert len(memory.entries) == 1
        assert not (folder / "credentials.json").exists()
        assert posclient("sync", "--data", folder)[0] == 0
    finally:
        keyring.set_keyring(before)


def test_without_a_keyring_the_choice_is_named(posclient: Posclient, hq_server: HqServer, folder: Path) -> None:
    """S-28: one sentence, exit 1, and the code is still good."""
    code = hq_server.code()
    status, out, err = posclient("enrol", "--data", folder, "--hq", hq_server.url, "--code", code)
    assert (status, out, err.count("\n")) == (1, None, 1)
    assert "--credentials file" in err
    words = ("--credentials", "file", "--admin-pin", "2580")
    assert posclient("enrol", "--data", folder, "--hq", hq_server.url, "--code", code, *words)[0] == 0


def test_administrator_where_nobody_can_be_asked(posclient: Posclient, hq_server: HqServer, folder: Path) -> None:
    """The error says how to go on, and going on works."""
    status, _, err = enrol(posclient, hq_server, folder, "--credentials", "file")
    assert status == 2
    assert "--admin-pin" in err
    status, summary, _ = posclient("enrol", "--data", folder, "--admin-pin", "2580")
    assert (status, summary["administrator"], summary["terminal"]) == (0, True, "S001-1")
    assert posclient("enrol", "--data", folder)[1]["administrator"] is False


def test_administrator_is_asked_for(
    posclient: Posclient, hq_server: HqServer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter(["2580", "2581", "2580", "2580"])
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("ui.commands.enrol.getpass", lambda *_args, **_options: next(answers))
    assert enrol(posclient, hq_server, folder, "--credentials", "file")[0] == 2
    assert posclient("enrol", "--data", folder)[1]["administrator"] is True


def test_store_with_staff_needs_no_administrator(posclient: Posclient, hq_server: HqServer, folder: Path) -> None:
    hq_server.code()
    row = {"id": "G1", "name": "Li", "badge": "", "roles": ["guide"], "pin_hash": "x", "active": True}
    hq_server.publish(Change("store:S001", "staff", "G1", row))
    status, summary, _ = enrol(posclient, hq_server, folder, "--credentials", "file")
    assert (status, summary["administrator"]) == (0, False)


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (("--hq", "http://127.0.0.1:1"), 2),
        (("--code", "X"), 2),
        (("--hq", "nonsense", "--code", "X", "--credentials", "file"), 2),
        (("--hq", "http://127.0.0.1:1", "--code", "X", "--credentials", "file"), 1),
        (("--hq", "http://127.0.0.1:1", "--code", "X" * 99, "--credentials", "file"), 1),
        (("--hq", "http://127.0.0.1:1", "--code", "X", "--admin-pin", "12"), 2),
        ((), 1),
    ],
)
def test_bad_use_of_enrol(posclient: Posclient, folder: Path, words: tuple[str, ...], status: int) -> None:
    """One line says what is wrong; never a traceback."""
    found, out, err = posclient("enrol", "--data", folder, *words)
    assert (found, out, err.count("\n")) == (status, None, 1)
    assert "Traceback" not in err


def test_sync_status(posclient: Posclient, hq_server: HqServer, folder: Path) -> None:
    enrol(posclient, hq_server, folder)
    hq_server.publish(*tiers(range(3)))
    status, report, _ = posclient("sync", "--data", folder)
    assert status == 0
    names = {"pushed", "applied", "duplicates", "exceptions", "quarantined", "unsent", "feeds", "online", "error"}
    assert names <= report.keys()
    assert (report["online"], report["error"], set(report["feeds"])) == (
        True, None, {"global", "zone:z1", "store:S001", "terminal:S001-1"},
    )  # fmt: skip
    hq_server.server.stop()
    status, report, _ = posclient("sync", "--data", folder)
    assert (status, report["online"], report["error"]["code"]) == (1, False, "unreachable")
    assert set(report["feeds"]) == {"global", "zone:z1", "store:S001", "terminal:S001-1"}


def test_sync_removes_old_copies_of_the_record(posclient: Posclient, hq_server: HqServer, folder: Path) -> None:
    """S-20: the copy that a migration made holds the chain's phone key in the clear; offline too."""
    enrol(posclient, hq_server, folder)
    copy = folder / "backup" / "till-v3.db"
    copy.parent.mkdir()
    copy.touch()
    os.utime(copy, (0, 0))
    hq_server.server.stop()
    assert posclient("sync", "--data", folder)[1]["error"]["code"] == "unreachable"
    assert not copy.exists()


def test_sync_of_nothing(posclient: Posclient, folder: Path) -> None:
    assert posclient("sync", "--data", folder)[0] == 1
    assert not folder.exists()


def test_sync_asks_the_till_that_runs(posclient: Posclient, hq_server: HqServer, folder: Path) -> None:
    """T-11, T-23: with the lock held, the running till does it and answers."""
    enrol(posclient, hq_server, folder)
    with FolderLock(folder):
        running = BackgroundSync(folder, HandClock())
        running.start()
        try:
            hq_server.publish(*tiers(range(5)))
            status, report, _ = posclient("sync", "--data", folder)
            seen = running.state.report
            assert (status, report["error"]) == (0, None)
            assert seen is not None
            assert report["feeds"] == dict(seen.feeds)
            assert running.state.online
        finally:
            running.stop()
    assert not (folder / CONTROL_FILE).exists()


def test_a_running_till_lets_in_what_was_held_back_when_a_manager_says_so(
    posclient: Posclient, hq_server: HqServer, folder: Path
) -> None:
    """S-11: one cycle takes it, and the next mass delete is held back again."""
    hq_server.publish(*tiers(range(300)))
    enrol(posclient, hq_server, folder)
    with FolderLock(folder):
        running = BackgroundSync(folder, HandClock())
        running.start()
        try:
            hq_server.publish(*[Change("global", "tier", f"T{n}", None) for n in range(250)])
            (held,) = running.sync_now().result(30).held
            assert (held.feed, held.code, held.params["lost"]) == ("global", "mass_delete", 250)
            assert running.accept_held([held]).result(30).held == ()
            hq_server.publish(*tiers(range(300)))
            assert running.sync_now().result(30).held == ()
            hq_server.publish(*[Change("global", "tier", f"T{n}", None) for n in range(250)])
            held_again = running.sync_now().result(30).held
            assert [one.code for one in held_again] == ["mass_delete"]
            hq_server.server.stop()
            assert not running.accept_held(held_again).result(30).complete
            again = Server(hq_server.hq, port=int(hq_server.url.rpartition(":")[2]))
            again.start()
            assert [one.code for one in running.sync_now().result(30).held] == ["mass_delete"], "decided, but not taken"
            again.stop()
        finally:
            running.stop()


def test_sync_beside_a_program_that_cannot_be_asked(posclient: Posclient, hq_server: HqServer, folder: Path) -> None:
    """T-11: a replay holds the folder: refused, nothing is pushed by two."""
    enrol(posclient, hq_server, folder)
    with FolderLock(folder):
        status, out, err = posclient("sync", "--data", folder)
    assert (status, out, err.count("\n")) == (1, None, 1)


def test_background_sync_tells_why_it_cannot_begin(tmp_path: Path) -> None:
    """A folder that was never enrolled: the thread lives, and says so."""
    open_till(tmp_path).close()
    running = BackgroundSync(tmp_path, HandClock())
    running.start()
    answer = running._answer("sync")
    assert (answer["error"]["code"], running._answer("dance")["error"]["code"]) == ("not_enrolled", "unknown_question")
    running.stop()
    assert running._answer("sync")["error"]["code"] == "stopped"


def test_doctor_of_a_healthy_till(posclient: Posclient, hq_server: HqServer, folder: Path) -> None:
    enrol(posclient, hq_server, folder)
    status, found, _ = posclient("doctor", "--data", folder)
    assert (status, found["ok"]) == (0, True)
    states = {name: check["state"] for name, check in found["checks"].items()}
    assert {"till_db", "journal", "cache", "credentials", "hq", "printer", "camera"} <= states.keys()
    assert set(states.values()) <= {"ok", "absent"}
    assert {"posclient", "python", "qt", "sqlite"} <= found["versions"].keys()
    assert abs(found["checks"]["hq"]["clock_ahead_s"]) < 5
    assert "hq_answered" in found["checks"]["enrolment"]
    assert "sealed_since" not in found["checks"]["enrolment"]
    with FolderLock(folder):
        assert posclient("doctor", "--data", folder)[1]["checks"]["folder"]["running"] is True


def network_printer(folder: Path) -> None:
    (folder / "settings.toml").write_text('[printer]\nkind = "network"\nhost = "127.0.0.1"\nport = 1\n')


def alter_a_fact(folder: Path) -> None:
    """S-24: somebody edits the journal."""
    con = open_till(folder)
    con.execute(
        "INSERT INTO fact (terminal, incarnation, seq, id, kind, kind_version, body, hash, at_ms)"
        " SELECT terminal, incarnation, 1, 'F', 'RuleSkipped', 1, x'7b7d', x'00', 0 FROM terminal"
    )
    con.close()


@pytest.mark.parametrize(
    ("damage", "check", "code"),
    [
        (lambda folder: (folder / "till.db").write_bytes(b"x" * 5000), "till_db", "not_database"),
        (lambda folder: (folder / "credentials.json").unlink(), "credentials", "no_credentials"),
        (lambda folder: (folder / "credentials.json").chmod(0o644), "credentials", "credentials_readable_by_others"),
        (lambda folder: live_path(folder).unlink(), "cache", "cannot_open"),
        (lambda folder: (folder / "settings.toml").write_text("theme = 7"), "settings", "settings"),
        (network_printer, "printer", "printer_unreachable"),
        (alter_a_fact, "journal", "broken_chain"),
    ],
)
def test_doctor_of_a_sick_till(
    posclient: Posclient, hq_server: HqServer, folder: Path, damage: Callable[[Path], object], check: str, code: str
) -> None:
    """Each fault has its name, and the other checks go on."""
    enrol(posclient, hq_server, folder)
    damage(folder)
    status, found, _ = posclient("doctor", "--data", folder)
    assert (status, found["ok"]) == (1, False)
    assert (found["checks"][check]["state"], found["checks"][check]["code"]) == ("failed", code)


def test_doctor_without_a_folder_or_hq(posclient: Posclient, hq_server: HqServer, folder: Path) -> None:
    status, found, _ = posclient("doctor", "--data", folder)
    assert (status, found["checks"]["folder"]["code"], found["checks"]["hq"]["state"]) == (1, "no_folder", "skipped")
    assert not folder.exists()
    enrol(posclient, hq_server, folder)
    hq_server.server.stop()
    assert posclient("doctor", "--data", folder)[1]["checks"]["hq"]["code"] == "unreachable"


def test_doctor_at_another_hq(posclient: Posclient, hq_server: HqServer, folder: Path) -> None:
    enrol(posclient, hq_server, folder)
    con = open_till(folder)
    con.execute("UPDATE terminal SET hq = 'hq-other'")
    con.close()
    assert posclient("doctor", "--data", folder)[1]["checks"]["hq"]["code"] == "other_hq"


@pytest.mark.parametrize("command", ["doctor", "sync", "enrol"])
def test_bad_options_exit_2(command: str) -> None:
    found = subprocess.run(
        [sys.executable, "-m", "ui.cli", command, "--nonsense"], capture_output=True, check=False, env=os.environ
    )
    assert (found.returncode, b"Traceback" in found.stderr) == (2, False)
