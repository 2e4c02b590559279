"""The till's signing key and own key: in the operating system's keyring, or by explicit choice in a file of its own.

A keyring may be missing (no session bus), locked, or wait for somebody to type into a prompt that nobody sees; so
every call to it has a bounded time, and what fails is ``LinkError("no_keyring")``, whose sentence names the choice
``--credentials file`` (stack.md, keyring; field_failures.md S-28).
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

from posclient.domain.staff_list import Trust
from posclient.errors import DataError, InputError, LinkError
from sync.prompts import OneByOne
from sync.signing import Signer

if TYPE_CHECKING:
    from posclient.db.terminal import Terminal

_T = TypeVar("_T")

SERVICE = "posclient"
FILE_NAME = "credentials.json"
KEY_BYTES = 32
KINDS = ("keyring", "file")
#: How long a keyring may take. Unlocked ones answer in milliseconds; a prompt is not waited for.
KEYRING_SECONDS = 10.0
#: There is one keyring, whoever asks it for which terminal.
_PROMPTS = OneByOne()


@dataclass(frozen=True, slots=True)
class Secrets:
    """``seed`` is the till's Ed25519 key; ``key`` seals personal data on it. 32 bytes each.

    ``seed`` is empty where the till was enrolled before tills signed: ``key`` is still good. ``key`` is empty while
    personal data are sealed: then HQ opens ``wrapped``, which holds the same key (``sync.keeping``). ``incarnation``:
    the enrolment whose ``seed`` this is; empty in a vault of before it was kept. ``hq_key``, ``staff``, ``store``: see
    ``Trust``; they lie here since whoever can write to the till's files could put others there.
    """

    seed: bytes = field(repr=False)
    key: bytes = field(repr=False)
    wrapped: bytes = field(default=b"", repr=False)
    incarnation: str = ""
    hq_key: bytes = b""
    staff: int = 0
    store: str = ""

    def trust(self, till: Terminal) -> Trust | None:
        """What that enrolment knows of its HQ; None where these are the secrets of another one."""
        ours = self.incarnation in {"", till.incarnation}
        return Trust(self.hq_key or till.hq_key, self.staff, self.store or till.store) if ours else None

    def speaks_for(self, till: Terminal) -> bool:
        """Is this the key of that enrolment? A keyring is not put back with a disk, nor a disk with a keyring: under
        a later key HQ would take the chain of before for one that it has lost, cycle after cycle (S-13).
        """
        return bool(self.seed and till.hq_key) and self.incarnation in {"", till.incarnation}


class Vault(Protocol):
    """A place for secrets, by terminal."""

    def check(self) -> None:
        """Prove that a secret would be kept, before a one-time code is spent: ``LinkError("no_keyring")``."""

    def save(self, terminal: str, held: Secrets) -> None:
        """Keep them, durably."""

    def load(self, terminal: str) -> Secrets:
        """Give them; ``LinkError("no_credentials")`` if they are not there: the till is to be enrolled anew."""

    def forget(self, terminal: str) -> None:
        """Remove them, if they are there."""


def vault(kind: str, folder: Path, seconds: float = KEYRING_SECONDS) -> Vault:
    """The vault of that kind (``KINDS``) for a data folder; ``InputError("bad_credentials_kind")``."""
    if kind == "keyring":
        return KeyringVault(seconds)
    if kind == "file":
        return FileVault(folder / FILE_NAME)
    raise InputError("bad_credentials_kind", kind=kind)


def entry(hq: str, terminal: str) -> str:
    """The name under which a terminal's secrets are kept: two HQs may both have a terminal S001-1."""
    return f"{hq}/{terminal}"


def secrets_of(folder: Path, till: Terminal, seconds: float = KEYRING_SECONDS) -> Secrets:
    """An enrolled till's keys; ``LinkError``: ``no_keyring``, ``no_credentials``."""
    return vault(till.credentials, folder, seconds).load(entry(till.hq, till.terminal))


def signer_of(folder: Path, till: Terminal, seconds: float = KEYRING_SECONDS) -> Signer:
    """Who an enrolled till is to its HQ; ``LinkError`` as of ``secrets_of``."""
    return signer(till, secrets_of(folder, till, seconds))


def signer(till: Terminal, held: Secrets) -> Signer:
    """The same from what is held; ``no_credentials`` if it is of another enrolment, or of before tills signed."""
    if not held.speaks_for(till):
        raise LinkError("no_credentials", terminal=till.terminal)
    return Signer(till.hq, till.terminal, held.seed, till.hq_key)


def new_key() -> bytes:
    """A key for this till alone."""
    return secrets.token_bytes(KEY_BYTES)


class KeyringVault:
    """Windows: Credential Manager. Linux desktop: Secret Service. macOS: Keychain."""

    def __init__(self, seconds: float = KEYRING_SECONDS) -> None:
        self._seconds = seconds

    def check(self) -> None:
        """Write, read back and remove a probe: some back ends take everything and keep nothing."""
        import keyring

        name, probe = f"probe-{secrets.token_hex(8)}", secrets.token_hex(8)

        def round_trip() -> str | None:
            keyring.set_password(SERVICE, name, probe)
            found = keyring.get_password(SERVICE, name)
            keyring.delete_password(SERVICE, name)
            return found

        if _bounded(round_trip, self._seconds) != probe:
            raise LinkError("no_keyring", why="forgetful")

    def save(self, terminal: str, held: Secrets) -> None:
        """Keep them under the service ``posclient``."""
        import keyring

        _bounded(lambda: keyring.set_password(SERVICE, terminal, _packed(held)), self._seconds)

    def load(self, terminal: str) -> Secrets:
        """Read them."""
        import keyring

        return _unpacked(_bounded(lambda: keyring.get_password(SERVICE, terminal), self._seconds), terminal)

    def forget(self, terminal: str) -> None:
        """Remove them."""
        import keyring

        def remove() -> None:
            if keyring.get_password(SERVICE, terminal) is not None:
                keyring.delete_password(SERVICE, terminal)

        _bounded(remove, self._seconds)


class FileVault:
    """One file that only its owner may read: reduced protection, and only where it was asked for."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def check(self) -> None:
        """See whether the folder takes a file of ours."""
        probe = self._path.with_suffix(".probe")
        self._write(probe, "{}")
        probe.unlink()

    def save(self, terminal: str, held: Secrets) -> None:
        """Replace the entry of this terminal in one step."""
        entries = self._entries() | {terminal: _packed(held)}
        self._replace(entries)

    def load(self, terminal: str) -> Secrets:
        """Read them."""
        return _unpacked(self._entries().get(terminal), terminal)

    def forget(self, terminal: str) -> None:
        """Remove them."""
        entries = self._entries()
        if entries.pop(terminal, None) is not None:
            self._replace(entries)

    def _entries(self) -> dict[str, str]:
        try:
            found = json.loads(self._path.read_bytes())
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            raise DataError("bad_credentials_file", path=str(self._path)) from error
        if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
            raise DataError("bad_credentials_file", path=str(self._path))
        return found

    def _replace(self, entries: dict[str, str]) -> None:
        fresh = self._path.with_suffix(".new")
        self._write(fresh, json.dumps(entries))
        try:
            fresh.replace(self._path)
        except OSError as error:  # on Windows, while another program reads it
            raise DataError("cannot_write", path=str(self._path)) from error

    def _write(self, path: Path, text: str) -> None:
        """The mode is set before the first byte; the bytes are on the disk before the name is."""
        try:
            path.unlink(missing_ok=True)
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise DataError("cannot_write", path=str(path)) from error


_PARTS = ("seed", "key", "wrapped", "hq_key")


def _packed(held: Secrets) -> str:
    parts = {name: base64.b64encode(getattr(held, name)).decode() for name in _PARTS}
    return json.dumps({**parts, "incarnation": held.incarnation, "staff": held.staff, "store": held.store})


def _unpacked(text: str | None, terminal: str) -> Secrets:
    if text is None:
        raise LinkError("no_credentials", terminal=terminal)
    try:
        found = json.loads(text)
        seed, key, wrapped, hq_key = (base64.b64decode(found.get(name, ""), validate=True) for name in _PARTS)
        staff = int(found.get("staff", 0))
    except (ValueError, AttributeError, TypeError, binascii.Error) as error:
        raise LinkError("no_credentials", terminal=terminal) from error
    if not {len(key), len(seed), len(hq_key)} <= {0, KEY_BYTES} or not (key or seed):
        raise LinkError("no_credentials", terminal=terminal)
    incarnation, store = str(found.get("incarnation", "")), str(found.get("store", ""))
    return Secrets(seed, key, wrapped, incarnation, hq_key, staff, store)


def _bounded(call: Callable[[], _T], seconds: float) -> _T:
    """``call()`` within ``seconds``, and behind no prompt that nobody answers."""
    try:
        return _PROMPTS.ask(call, seconds)
    except LinkError:
        raise
    except Exception as error:
        raise LinkError("no_keyring", why=_reason(error)) from error


def _reason(error: Exception) -> str:
    from keyring.errors import InitError, KeyringLocked, NoKeyringError

    if isinstance(error, NoKeyringError):
        return "missing"
    return "locked" if isinstance(error, (InitError, KeyringLocked)) else type(error).__name__
