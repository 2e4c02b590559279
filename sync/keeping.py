"""The till's own key in its vault: dropped when personal data are to be sealed, opened again by HQ (protocol.md).

In the vault lies the key, and beside it the same key wrapped under what HQ gives with each session. Sealing is to drop
the first. A good contact unwraps the second, so nothing has to be downloaded; a till that was revoked is given nothing.
"""

from __future__ import annotations

from contextlib import closing, suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from posclient.db import chain, contact, terminal
from posclient.db.at_rest import AtRest, OwnKey
from posclient.db.connection import Connection, transaction
from posclient.db.live_cache import LiveCache
from posclient.db.terminal import REVOKED, Terminal
from posclient.domain import staff_list
from posclient.domain.offline_limits import SEALED, in_force
from posclient.errors import DataError, PosError
from sync.credentials import Secrets, entry, new_key, secrets_of, signer, signer_of, vault

if TYPE_CHECKING:
    from sync.signing import Signer, Unsealing

_PLACE = "vault|own key"


class Keeper:
    """Keeps the own key of one data folder for its sync; ``own`` is what the program's threads share."""

    def __init__(self, folder: Path, own: OwnKey | None = None) -> None:
        self._folder = folder
        self.own = own or OwnKey()
        self._known: tuple[str, Secrets] | None = None  # in one piece, since other threads look at it

    def held(self, till: Terminal) -> Secrets:
        """What is in the vault, read once for an enrolment. ``LinkError``: ``no_keyring``, ``no_credentials``."""
        held = self._of(till)
        if held is None:
            held = secrets_of(self._folder, till)
            self._known = till.incarnation, held
        return held

    def signer(self, till: Terminal) -> Signer:
        """In any thread: who this till is to its HQ; ``LinkError`` as of ``held``. A keyring that locks itself at noon
        takes no line down. What another thread reads here is not kept: it could be older than what is saved meanwhile.
        """
        held = self._of(till)
        return signer(till, held) if held and held.speaks_for(till) else signer_of(self._folder, till)

    def _of(self, till: Terminal) -> Secrets | None:
        known = self._known
        return known[1] if known and known[0] == till.incarnation else None

    def begin(self, con: Connection, wall: datetime) -> None:
        """Before HQ is asked: what is not sealed may be used, also where HQ does not answer and a store's hub does."""
        till = terminal.read(con)
        shut = self._pin(con, till)
        if self.own.key is not None or till.sealed_ms is not None:
            return
        with suppress(DataError), closing(LiveCache(self._folder)) as cache:  # without a cache there are no limits yet
            if in_force(contact.limits_of(till, cache, wall), SEALED):
                return
        if shut is not None:  # a prompt that nobody answers is not waited for twice
            raise shut
        if key := self.held(till).key:
            self.own.put(key)

    def open(self, con: Connection, given: Unsealing | None) -> None:
        """HQ has answered us: personal data may be read again, and there is a key to seal new ones with.

        A key that cannot be had any more is made anew: what lies here under the old one comes from HQ again. One that
        HQ has merely not said how to open stays shut until it does.
        """
        till = terminal.read(con)
        held = self.held(till)
        if given is None and held.wrapped and not held.key:
            return
        key = held.key or _unwrapped(held.wrapped, given) or new_key()
        if given and _unwrapped(held.wrapped, given) != key:
            held = replace(held, wrapped=AtRest(given.key).seal(_PLACE, key))
        self._save(till, replace(held, key=key, hq_key=held.hq_key or till.hq_key, store=held.store or till.store))
        self.own.trust = self.held(till).trust(till)
        if self.own.key != key:
            self.own.put(key)
        if given and not _opens(till, self.own):
            terminal.put_index_key(con, AtRest(key), given.index_key)
        if till.sealed_ms is not None:
            with transaction(con):
                contact.note_opened(con)

    def check(self, con: Connection, cache: LiveCache, wall: datetime) -> None:
        """After a cycle, whatever became of it: seal where HQ has said no, or nothing for too long."""
        till = terminal.read(con)
        self._note_staff(till, cache)
        revoked = till.trouble == REVOKED
        if revoked or in_force(contact.limits_of(till, cache, wall), SEALED):
            self.seal(con, till, wall, for_good=revoked)

    def seal(self, con: Connection, till: Terminal, wall: datetime, *, for_good: bool) -> None:
        """Drop the key: from memory at once; from the vault where HQ can open it again, or is not to."""
        self.own.drop()
        with transaction(con):
            contact.note_sealed(con, wall)
        with suppress(PosError):  # a vault that cannot be opened gives nothing away; the next cycle tries again
            held = self.held(till)
            if held.key and (held.wrapped or for_good):
                self._save(till, replace(held, key=b""))

    def _pin(self, con: Connection, till: Terminal) -> PosError | None:
        """What the vault knows of HQ is what counts. One that cannot be opened now says nothing new; gives why."""
        try:
            held = self.held(till)
        except PosError as error:
            return error
        self.own.trust = trust = held.trust(till)
        if trust and trust.hq_key:
            with suppress(DataError):  # the next cycle does it
                terminal.pin(con, trust.hq_key)
        return None

    def _note_staff(self, till: Terminal, cache: LiveCache) -> None:
        """From the first list of staff that HQ has signed on none will do, and none that is older (S-23)."""
        with suppress(PosError):
            trust = self.held(till).trust(till)
            if trust is None:
                return
            said = chain.settings(cache, trust.store).get(staff_list.SETTING)
            listed = staff_list.read(said, trust.hq_key, trust.store)
            if listed is not None and listed.serial > trust.staff:
                self._save(till, replace(self.held(till), staff=listed.serial))
                self.own.trust = replace(trust, staff=listed.serial)

    def _save(self, till: Terminal, held: Secrets) -> None:
        """A vault that is locked meanwhile is no reason to stop: what is in memory serves until the program ends."""
        if held == self._of(till):
            return
        with suppress(PosError):
            vault(till.credentials, self._folder).save(entry(till.hq, till.terminal), held)
            self._known = till.incarnation, held


def _unwrapped(wrapped: bytes, given: Unsealing | None) -> bytes:
    """The own key; empty where HQ's key does not open it."""
    try:
        return AtRest(given.key).open(_PLACE, wrapped) if given and wrapped else b""
    except DataError:
        return b""


def _opens(till: Terminal, own: OwnKey) -> bool:
    try:
        terminal.index_key(till, own)
    except DataError:
        return False
    return True
