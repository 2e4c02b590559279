"""Store hubs (docs/protocol.md, store hub): which till is one, and what HQ signs so that a hub may hand it on.

The appointment is a row of the store's feed and nowhere else. Level-triggered: whoever is enrolled, revoked or enrolled
anew, the next contact of any till of the store finds that the list of tills is another.
"""

from __future__ import annotations

import base64
import hashlib
import json
from contextlib import suppress
from datetime import timedelta

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from posclient.domain.ids import Clock
from posclient.errors import InputError, LinkError, NotFound
from sync.handed_on import SETTING, AppliedSeq, Document, SharedPage, SignedPage, SignedReply, SignedTime
from sync.hq import contacts
from sync.hq.chain_tables import StoreRow
from sync.hq.clock import milliseconds
from sync.hq.contacts import instant, tills_of
from sync.hq.database import Database
from sync.hq.feeds import Change, leads_on, publish, read_page, store_feed
from sync.hq.following import applied_seq, feed_of
from sync.hq.handling import COMMAND_LINE, note_act
from sync.hq.identity import Keys
from sync.hq.tables import Chain, FeedRow, Terminal, ThroughHub
from sync.protocol import PushReply
from sync.signing import FORWARDED, HUB, PAGE, PUSH, TIME, is_signed, public_key, sign

#: An appointment's life; it is signed anew in the second half.
LIFE_MS = timedelta(days=30) // timedelta(milliseconds=1)


class Hubs:
    """Appoints hubs and signs for them."""

    def __init__(self, database: Database, clock: Clock, keys: Keys) -> None:
        self._database, self._clock, self._keys = database, clock, keys

    def appoint(self, store: str, terminal: str | None, address: str, who: str = COMMAND_LINE) -> None:
        """Make ``terminal`` the hub of ``store``, at host:port of the shop's network; None: the store has none.

        ``who`` does it, for the audit.

        Raises:
            NotFound: ``unknown_store``; ``unknown_terminal``: no till that works in this store.
            InputError: ``bad_address``.
        """
        _check_address(address, needed=terminal is not None)
        with self._database.write(shared=True) as session:
            if session.get(StoreRow, store) is None:
                raise NotFound("unknown_store", store=store[:40])
            if terminal is not None and terminal not in {one.id for one in tills_of(session, store)}:
                raise NotFound("unknown_terminal", terminal=terminal)
            publish(session, [self._signed(session, store, terminal, address)])
            note_act(session, self._clock, who, "hub", store, f"{terminal} · {address}" if terminal else "")

    def hub_of(self, store: str) -> str:
        """Which till is the store's hub, and where, for a person; empty: none."""
        with self._database.read() as session:
            found = self._appointed(session, store)
            return f"{found.terminal} · {found.address}" if found and found.terminal else ""

    def is_due(self, session: Session, terminal: Terminal) -> bool:
        """Is the appointment of this till's store not what it should be?"""
        return not self._is_right(session, terminal.store)

    def contact(self, terminal: str) -> None:
        """A till asks for its feeds: sign its store's appointment anew if it is not what it should be."""
        with self._database.write(shared=True) as session:
            store = session.get_one(Terminal, terminal).store
            now = self._appointed(session, store)
            if now is not None and not self._is_right(session, store):
                publish(session, [self._signed(session, store, now.terminal, now.address)])

    def signed_page(self, terminal: str, feed: str, epoch: str, after: int, limit: int) -> SignedPage:
        """A page for all tills of the store of ``terminal``. Errors as ``Hq.page``."""
        with self._database.read() as session:
            head = feed_of(session, terminal, feed)
            if not leads_on(head, epoch, after):
                raise LinkError("snapshot_required", feed=feed, epoch=head.epoch)
            seq, now = applied_seq(session, terminal), self._clock.now().isoformat()
            page = read_page(session, feed, after, limit, seq, now)
            applied = _applied(session, session.get_one(Terminal, terminal).store)
        text = SharedPage(**dict(page), applied=applied).model_dump_json(by_alias=True)
        return SignedPage(page=text, signature=sign(self._keys.sign_seed, PAGE, text))

    def is_revoked(self, carrier: str, terminal: str, body: bytes, signature: str) -> bool:
        """Is ``terminal``, which has signed the batch that ``carrier`` of the same store brings, revoked?

        Raises:
            LinkError: ``unauthorized``: of another store, or ``carrier``'s own, which another machine was enrolled for
            since it began to ask. ``bad_request``: not signed with its present key.
        """
        with self._database.read() as session:
            here, place = session.get_one(Terminal, carrier), session.get(Terminal, terminal)
            if place is None or place.store != here.store:
                raise LinkError("unauthorized", field="terminal")
            if place.key is None or not is_signed(_key(place.key), signature, PUSH, terminal, body):
                raise LinkError("unauthorized" if terminal == carrier else "bad_request", field="signature")
            return place.revoked

    def note_through(self, carrier: str, terminal: str) -> None:
        """``carrier`` has brought what ``terminal`` signed: all that HQ hears of a till whose own line is down."""
        with suppress(IntegrityError), self._database.write() as session:  # another brings a batch of it at once
            session.merge(ThroughHub(terminal=terminal, hub=carrier, at_ms=milliseconds(self._clock)))

    def signed_time(self, carrier: str, terminal: str, nonce: str) -> SignedTime:
        """HQ's time for another till of the store; ``LinkError("unauthorized")`` for one that has no place there."""
        with self._database.write(shared=True) as session:
            here, place = session.get_one(Terminal, carrier), session.get(Terminal, terminal)
            if place is None or place.store != here.store or place.key is None or place.revoked:
                raise LinkError("unauthorized", field="terminal")
            contacts.note_heard(session, place, milliseconds(self._clock))
        now = self._clock.now().isoformat()
        return SignedTime(time=now, signature=sign(self._keys.sign_seed, TIME, terminal, nonce, now))

    def signed_reply(self, terminal: str, body: bytes, reply: PushReply) -> SignedReply:
        """HQ's reply to a batch, for the till that made it, whoever brings it."""
        text, batch = reply.model_dump_json(), hashlib.sha256(body).hexdigest()
        return SignedReply(reply=text, signature=sign(self._keys.sign_seed, FORWARDED, terminal, batch, text))

    def _is_right(self, session: Session, store: str) -> bool:
        now = self._appointed(session, store)
        if now is None or now.terminal is None:
            return True
        fresh = instant(milliseconds(self._clock) + LIFE_MS // 2).isoformat() < now.not_after
        return fresh and now.tills == _keys(session, store)

    def _appointed(self, session: Session, store: str) -> Document | None:
        """What was signed last; a setting of that name that somebody imported is nothing."""
        row = session.get(FeedRow, (store_feed(store), "setting", f"{store}/{SETTING}"))
        said = json.loads(row.data)["value"] if row is not None and row.data is not None else None
        if not isinstance(said, dict):
            return None
        text, signature = str(said.get("document")), str(said.get("signature"))
        ours = is_signed(public_key(self._keys.sign_seed), signature, HUB, text)
        return Document.model_validate_json(text) if ours else None

    def _signed(self, session: Session, store: str, terminal: str | None, address: str) -> Change:
        """The row. A hub that is no till of the store any more is none of its hubs either."""
        before, now_ms, tills = self._appointed(session, store), milliseconds(self._clock), _keys(session, store)
        made = Document(
            hq=self._keys.hq, store=store, serial=max(now_ms, before.serial + 1 if before else 0),
            terminal=terminal if terminal in tills else None, address=address,
            not_after=instant(now_ms + LIFE_MS).isoformat(), tills=tills,
        )  # fmt: skip
        text = made.model_dump_json()
        value = {"document": text, "signature": sign(self._keys.sign_seed, HUB, text)}
        return Change(store_feed(store), "setting", f"{store}/{SETTING}", {"name": SETTING, "value": value})


def _keys(session: Session, store: str) -> dict[str, str]:
    return {one.id: one.key for one in tills_of(session, store) if one.key is not None}


def _applied(session: Session, store: str) -> list[AppliedSeq]:
    """How far a page of this very transaction has the facts of each till."""
    found = []
    for one in tills_of(session, store):
        chain = session.get(Chain, (one.id, one.incarnation))
        if chain is not None:
            found.append(AppliedSeq(terminal=one.id, incarnation=chain.incarnation, seq=chain.received_seq))
    return found


def _check_address(address: str, *, needed: bool) -> None:
    host, _, port = address.rpartition(":")
    good = bool(host) and port.isascii() and port.isdigit() and len(port) < 6 and 0 < int(port) < 2**16
    if needed and not good:
        raise InputError("bad_address", address=address[:200])


def _key(text: str) -> bytes:
    return base64.b64decode(text)
