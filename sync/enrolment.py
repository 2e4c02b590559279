"""How a data folder becomes a till of an HQ, and becomes it anew (protocol.md, enrolment).

Nothing is ever lost by it. Facts that an earlier enrolment left unsent are sent under the old identity first, as far
as that still works; what cannot be sent so stays, and goes on being sent, if HQ gives this folder the same place
again (a lost keyring, a revoked till). If it gives another place, they could never be sent from here: then the
enrolment is refused, and the folder stays what it was.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from contextlib import AbstractContextManager, closing, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from posclient import __version__
from posclient.db import inbox, live_cache, open_cart, outbox, terminal
from posclient.db.at_rest import AtRest
from posclient.db.connection import Connection, transaction
from posclient.db.live_cache import LiveCache
from posclient.db.lock import FolderLock
from posclient.db.terminal import Terminal
from posclient.db.till_file import open_till
from posclient.domain.ids import Clock, NewId
from posclient.errors import DataError, InputError, LinkError, PosError, Refused
from sync.api import HqApi
from sync.credentials import Secrets, entry, new_key, secrets_of, signer, vault
from sync.engine import push_all
from sync.proofs import enrol_request
from sync.protocol import EnrolReply
from sync.signing import ENROLLED, Signer, is_signed, new_seed, public_key

#: Opens the line to an HQ, as somebody or, to enrol, as nobody yet.
Dial = Callable[[str, Signer | None], AbstractContextManager[HqApi]]
SEAL_KEY_BYTES = 32
#: Letters of a code, with whatever a person puts between them.
MOST_CODE = 64


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What a person has to say to enrol. ``credentials``: keyring or file."""

    url: str
    code: str
    credentials: str


def enrol(folder: Path, wanted: Enrolment, dial: Dial, clock: Clock, new_id: NewId) -> Terminal:
    """Make ``folder`` a till, without loading anything yet. Whatever can fail is tried before the code is spent.

    Errors: ``no_keyring``, ``in_use``, ``bad_code`` and the other ``LinkError``s, ``Refused("unsent_facts")``.
    """
    _make_folder(folder)
    with FolderLock(folder):
        con = open_till(folder)
        try:
            return _enrol(folder, con, wanted, dial, clock, new_id)
        finally:
            con.close()


def _enrol(folder: Path, con: Connection, wanted: Enrolment, dial: Dial, clock: Clock, new_id: NewId) -> Terminal:
    if not 0 < len(wanted.code) <= MOST_CODE:
        raise LinkError("bad_code")
    place = vault(wanted.credentials, folder)
    place.check()
    old = terminal.read(con) if terminal.is_enrolled(con) else None
    held = _held(folder, old)
    incarnation, seed = new_id(), new_seed()
    with dial(wanted.url, None) as line:
        if "@" in urlsplit(wanted.url).netloc:  # a name and a password would go in the place of a session's token
            raise InputError("bad_url", url=wanted.url)
        if old is not None and held is not None and held.speaks_for(old):
            _push_old(con, dial(old.hq_url, signer(old, held)), clock)
        reply = line.enrol(enrol_request(wanted.code, incarnation, __version__, seed, _earlier(con)))
    till = _till(wanted, reply, incarnation)
    _check_hq(old, till, reply, seed)
    _refuse_strangers(con, old, reply, clock)
    if old is not None:
        _forget_leases(folder, old)
    if old is not None and (old.hq, old.store) != (till.hq, till.store):
        # another chain's or store's rows are not ours to sell from; cut short behind this, the next one finds no move
        live_cache.renew(folder)
    key = held.key if held and held.key else new_key()  # one that was sealed only the old place could open
    with transaction(con):
        terminal.enrol(con, replace(till, index_key=terminal.sealed_index_key(AtRest(key), till.index_key)))
        open_cart.forget_own_money(con)
    kept = Secrets(seed, key, incarnation=incarnation, hq_key=till.hq_key, store=till.store)
    place.save(entry(till.hq, till.terminal), kept)
    if old is not None:
        _forget(folder, old, till)
    live_cache.prepare(folder)
    return terminal.read(con)


def _earlier(con: Connection) -> str:
    """The enrolment until now: what HQ leased to it stays ours, but where a copy of this disk may have it too."""
    if not terminal.is_enrolled(con):
        return ""
    old = terminal.read(con)
    return "" if old.trouble == terminal.FORK else old.incarnation


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise DataError("cannot_write", path=str(folder), detail=str(error)) from error


def _held(folder: Path, old: Terminal | None) -> Secrets | None:
    """The secrets of the earlier enrolment, if they can still be had."""
    try:
        return secrets_of(folder, old) if old is not None else None
    except PosError:
        return None


def _push_old(con: Connection, dialled: AbstractContextManager[HqApi], clock: Clock) -> None:
    """Send what is unsent under the old identity. That it may not work is why we are here.

    ``bad_ack``: a disk that was put back, whose HQ knows more of its chain than it does; a new chain mends that.
    """
    try:
        with dialled as line:
            push_all(line, con, clock)
    except LinkError:
        return
    except DataError as error:
        if error.code != "bad_ack":
            raise


def _refuse_strangers(con: Connection, old: Terminal | None, reply: EnrolReply, clock: Clock) -> None:
    """Facts of S001-1 can only be sent by S001-1."""
    unsent = outbox.backlog(con, clock.now())
    if old is not None and unsent.count and (old.hq, old.terminal) != (reply.hq, reply.terminal):
        raise Refused(
            "unsent_facts", count=unsent.count, amount=unsent.amount, terminal=old.terminal, store=old.store,
            slot=old.slot, offered=reply.terminal,
        )  # fmt: skip


def _check_hq(old: Terminal | None, till: Terminal, reply: EnrolReply, seed: bytes) -> None:
    """HQ speaks of the key that we sent, and is the one that we knew (S-13, S-22)."""
    key = base64.b64encode(public_key(seed)).decode()
    if not is_signed(till.hq_key, reply.signature, ENROLLED, till.incarnation, till.terminal, key):
        raise LinkError("not_hq", why="signature")
    if old is not None and old.hq == till.hq and old.hq_key not in {b"", till.hq_key}:
        raise LinkError("not_hq", why="signature")


def _till(wanted: Enrolment, reply: EnrolReply, incarnation: str) -> Terminal:
    return Terminal(
        terminal=reply.terminal, store=reply.store, slot=reply.slot, hq_url=wanted.url.rstrip("/"), hq=reply.hq,
        incarnation=incarnation, seal_key=_key(reply.seal_key), index_key=_key(reply.index_key),
        credentials=wanted.credentials, next_receipt_seq=reply.next_receipt_seq, next_valet_seq=reply.next_valet_seq,
        hq_key=_key(reply.hq_key),
    )  # fmt: skip


def _key(text: str) -> bytes:
    try:
        key = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise LinkError("not_hq", why="key") from error
    if len(key) != SEAL_KEY_BYTES:
        raise LinkError("not_hq", why="key")
    return key


def _forget_leases(folder: Path, old: Terminal) -> None:
    """What HQ leased to this till or its store is believed again when the next page has come. Of the till's own that
    page includes all that was sent before: no page says how much of an earlier chain it includes, and what the others
    say of that is not about the chain that begins. And HQ waits for no till that it shut out before it gives the
    store's coupons to others (S-17).
    """
    live_cache.drop_aside(folder)
    with suppress(DataError), closing(LiveCache(folder, writable=True)) as cache:  # without a cache there are none
        inbox.forget_feeds(cache, inbox.cursors(cache).keys() - {f"terminal:{old.terminal}"})
        inbox.forget_rows(cache, f"store:{old.store}", "coupon_lease")
        inbox.forget_applied(cache)


def _forget(folder: Path, old: Terminal, till: Terminal) -> None:
    """Leave no key behind that nobody uses."""
    if (old.credentials, old.hq, old.terminal) == (till.credentials, till.hq, till.terminal):
        return
    try:
        vault(old.credentials, folder).forget(entry(old.hq, old.terminal))
    except PosError:
        return  # a vault that cannot be opened gives nothing away either
