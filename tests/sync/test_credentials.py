"""Where a till's keys live, and what is said when it cannot."""

from __future__ import annotations

import stat
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import ClassVar

import keyring
import keyring.backends.fail
import keyring.backends.null
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import InitError, PasswordDeleteError

from posclient.errors import DataError, InputError, LinkError
from sync import credentials
from sync.credentials import FileVault, KeyringVault, Secrets, new_key, vault
from sync.prompts import OneByOne

BAD_SEED = f'{{"seed": "AAAA", "key": "{"A" * 43}="}}'
HELD = Secrets(bytes(range(32, 64)), bytes(range(32)))


class MemoryKeyring(KeyringBackend):
    """A keyring that lasts as long as the test."""

    priority: ClassVar[float] = 1

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.entries: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.entries.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.entries[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if self.entries.pop((service, username), None) is None:
            raise PasswordDeleteError(username)


class FailingKeyring(MemoryKeyring):
    """One that does ``act`` instead of anything useful."""

    def __init__(self, act: Callable[[], object]) -> None:
        super().__init__()
        self.act = act

    def set_password(self, service: str, username: str, password: str) -> None:
        self.act()


@pytest.fixture(autouse=True)
def own_keyring(monkeypatch: pytest.MonkeyPatch) -> Iterator[MemoryKeyring]:
    """Never the key store of whoever runs the tests, nor one that an earlier test left hanging."""
    before = keyring.get_keyring()
    monkeypatch.setattr(credentials, "_PROMPTS", OneByOne())
    memory = MemoryKeyring()
    keyring.set_keyring(memory)
    yield memory
    keyring.set_keyring(before)


@pytest.mark.parametrize("kind", ["keyring", "file"])
def test_what_is_kept_is_found_by_terminal(kind: str, tmp_path: Path) -> None:
    place = vault(kind, tmp_path)
    place.check()
    place.save("hq/S001-1", HELD)
    other = Secrets(new_key(), new_key())
    place.save("hq/S001-2", other)
    assert vault(kind, tmp_path).load("hq/S001-1") == HELD
    place.forget("hq/S001-1")
    place.forget("hq/S001-1")
    with pytest.raises(LinkError, match="no_credentials"):
        place.load("hq/S001-1")
    assert place.load("hq/S001-2") == other


def test_check_leaves_nothing_behind(own_keyring: MemoryKeyring, tmp_path: Path) -> None:
    vault("keyring", tmp_path).check()
    vault("file", tmp_path).check()
    assert own_keyring.entries == {}
    assert list(tmp_path.iterdir()) == []


def test_service_name(own_keyring: MemoryKeyring) -> None:
    KeyringVault().save("hq/S001-1", HELD)
    assert list(own_keyring.entries) == [("posclient", "hq/S001-1")]


def test_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    FileVault(tmp_path / "credentials.json").save("t", HELD)
    assert [stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()] == [0o600]


def fail_with(error: Exception) -> Callable[[], None]:
    def act() -> None:
        raise error

    return act


@pytest.mark.parametrize(
    ("backend", "why"),
    [
        (keyring.backends.fail.Keyring(), "missing"),  # type: ignore[no-untyped-call]
        (keyring.backends.null.Keyring(), "forgetful"),  # type: ignore[no-untyped-call]
        (FailingKeyring(fail_with(InitError("locked collection"))), "locked"),
        (FailingKeyring(fail_with(RuntimeError("no session bus"))), "RuntimeError"),
    ],
)
def test_keyring_that_cannot_be_used(backend: KeyringBackend, why: str) -> None:
    """S-28: keyring missing, locked or broken is one clear error."""
    keyring.set_keyring(backend)
    with pytest.raises(LinkError) as caught:
        KeyringVault().check()
    assert (caught.value.code, caught.value.params["why"]) == ("no_keyring", why)


def test_prompt_that_nobody_answers() -> None:
    """S-28: a back end that waits for a person is not waited for."""
    answered = threading.Event()
    keyring.set_keyring(FailingKeyring(lambda: answered.wait(20)))
    with pytest.raises(LinkError) as caught:
        KeyringVault(seconds=0.1).check()
    answered.set()
    assert caught.value.params["why"] == "slow"


@pytest.mark.parametrize("text", ["", "[]", '{"t": 1}', "\x00"])
def test_damaged_file_is_named(text: str, tmp_path: Path) -> None:
    path = tmp_path / "credentials.json"
    path.write_text(text)
    with pytest.raises(DataError, match="bad_credentials_file"):
        FileVault(path).load("t")


@pytest.mark.parametrize(
    "entry", ["", "{}", "[]", '{"seed": "", "key": "?"}', '{"seed": "", "key": "AAAA"}', BAD_SEED, '{"key": 7}']
)
def test_damaged_entry_asks_for_enrolment(entry: str) -> None:
    keyring.set_password("posclient", "t", entry)
    with pytest.raises(LinkError, match="no_credentials"):
        KeyringVault().load("t")


def test_folder_that_takes_no_file(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot_write"):
        FileVault(tmp_path / "missing" / "credentials.json").check()


def test_secrets_are_not_printed() -> None:
    """S-26: a secret that is logged by mistake shows nothing."""
    assert "x00" not in repr(HELD)


def test_kind_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="bad_credentials_kind"):
        vault("cloud", tmp_path)
