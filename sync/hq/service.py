"""``HqApi`` as HQ answers it, without HTTP: ``sync.hq.app`` puts routes over it, a simulation calls it in process."""

from __future__ import annotations

import hmac
import logging

from sqlmodel import Session, col, select

from posclient.domain.ids import Clock
from posclient.domain.valet import Address
from posclient.errors import LinkError
from sync.asking import HoldReply, HoldRequest, VisitReply, VisitRequest
from sync.hq import administration, contacts, enrolment, holding, leasing, staff_lists, visiting
from sync.hq.bodies import UnreadableError
from sync.hq.clock import UtcClock, milliseconds
from sync.hq.database import Database
from sync.hq.feeds import publish
from sync.hq.following import Place, feed_of, followed_by, places_of, standing
from sync.hq.handling import COMMAND_LINE, note_act
from sync.hq.hubs import Hubs
from sync.hq.identity import own_keys, text
from sync.hq.last_contacts import LastContacts
from sync.hq.lease_signing import signed
from sync.hq.machines import hand_over
from sync.hq.metrics import Metrics
from sync.hq.order_address import address_of
from sync.hq.pages import Asked, Pages
from sync.hq.receiving import MOST_ENVELOPE, REVOKED, Receiver
from sync.hq.repairing import Tried, try_again
from sync.hq.sessions import Caller, Sessions
from sync.hq.snapshots import Snapshots
from sync.hq.stores import ensure_store
from sync.hq.tables import Feed, Terminal
from sync.protocol import (
    PROTOCOL_VERSION,
    ChallengeReply,
    ChallengeRequest,
    EnrolReply,
    EnrolRequest,
    FeedsReply,
    Manifest,
    Page,
    PushReply,
    PushRequest,
    SessionReply,
    SessionRequest,
)
from sync.signing import ENROLLED, PUSH, TIME, is_signed, public_key, sign

log = logging.getLogger(__name__)

_EVERY_HEAD = select(col(Feed.name), col(Feed.epoch), col(Feed.head))


class Hq:
    """The whole of HQ over one database. Safe to use from many threads."""

    def __init__(self, database: Database, clock: Clock | None = None) -> None:
        self._database = database
        self.clock = clock or UtcClock()
        with database.write(shared=True, patient=True) as session:
            self._keys = own_keys(session, self.clock)
        self.contacts = LastContacts(self.clock)
        self.metrics = Metrics(database, self.clock, self.contacts)
        self._receiver = Receiver(database, self.clock, self._keys)
        self._sessions = Sessions(database, self.clock, self._keys)
        self._snapshots = Snapshots(database, self.clock, self.metrics)
        self.pages = Pages(database, self.clock, self.contacts.note)
        self.hubs = Hubs(database, self.clock, self._keys)
        self._bad_codes = enrolment.BadCodes(self.clock)

    @property
    def database(self) -> Database:
        """For the console, which reads more than tills may ask."""
        return self._database

    @property
    def id(self) -> str:
        return self._keys.hq

    def enrol(self, request: EnrolRequest) -> EnrolReply:
        """Exchange a one-time code for a place; from now on the request's key speaks for it.

        Raises:
            LinkError: ``bad_code``, ``retry_after`` (too many bad codes), ``upgrade_required``, ``bad_request``.
        """
        if request.protocol != PROTOCOL_VERSION:
            raise LinkError("upgrade_required", protocol=PROTOCOL_VERSION)
        texts = request.incarnation + request.version + request.earlier
        if not 0 < len(request.incarnation) <= MOST_ENVELOPE or "\0" in texts:
            raise LinkError("bad_request", field="incarnation")
        enrolment.check_key(request)
        self._bad_codes.bear()
        with self._database.write(shared=True) as session:
            terminal = enrolment.try_code(session, self.clock, request.code)
            if terminal is not None:
                done = enrolment.enrol(session, self.clock, terminal, request)
                log.info("enrolled", extra={"terminal": terminal.id})
                reply = self._enrol_reply(session, done, request)
                publish(session, signed(self._keys.sign_seed, hand_over(session, terminal)))
                return reply
        self._bad_codes.note()
        self.metrics.bad_code()
        raise LinkError("bad_code")

    def enrolment_code(self, store: str, slot: int | None = None, who: str = COMMAND_LINE) -> tuple[str, str]:
        """A terminal's id and a one-time code for it; makes the store where it is new.

        Raises:
            InputError: ``bad_store``, ``bad_slot``.
        """
        with self._database.write(shared=True) as session:
            changes = ensure_store(session, store)
            terminal, code = enrolment.make_code(session, self.clock, store, slot)
            note_act(session, self.clock, who, "enrol", terminal)
            publish(session, changes)
        return terminal, code

    def admin_token(self) -> str:
        """A token for the chain's own machines; it ends the one before, also one that somebody makes this moment."""
        with self._database.write(shared=True) as session:
            return administration.new_admin_token(session, self.clock)

    def administer(self, token: str) -> None:
        """``LinkError("unauthorized")`` unless ``token`` is the administration's."""
        with self._database.read() as session:
            administration.check_admin(session, token)

    def challenge(self, request: ChallengeRequest) -> ChallengeReply:
        """See ``Sessions.challenge``."""
        return self._sessions.challenge(request)

    def open_session(self, request: SessionRequest) -> SessionReply:
        """See ``Sessions.open``."""
        return self._sessions.open(request)

    def terminal(self, token: str) -> TerminalApi:
        """The api of the terminal whose session ``token`` is; ``LinkError("unauthorized")``."""
        caller = self._sessions.caller(token)
        self.contacts.note(caller.terminal)
        return TerminalApi(self, caller, token)

    def console_key(self) -> str:
        """What signs the console's cookies: the same after a restart, and nothing else is signed with it."""
        return hmac.digest(self._keys.seal_private, b"posclient console", "sha256").hex()

    def try_again(self, who: str, number: int) -> Tried:
        """See ``repairing.try_again``."""
        return try_again(self._database, self.clock, self._keys, who, number)

    def order_address(self, who: str, fact: str) -> Address | None:
        """See ``order_address.address_of``."""
        return address_of(self._database, self.clock, self._keys, who, fact)

    def revoke(self, terminal: str, who: str = COMMAND_LINE) -> None:
        """See ``enrolment.revoke``; ``who`` does it, for the audit."""
        with self._database.write() as session:
            enrolment.revoke(session, terminal)
            note_act(session, self.clock, who, "revoke", terminal)

    def push(self, terminal: str, request: PushRequest, revoked: bool = False) -> PushReply:
        """Store and apply facts of ``terminal``; those of a revoked one go aside."""
        fault = UnreadableError(REVOKED, "the terminal was revoked") if revoked else None
        reply = self._receiver.receive(terminal, request, fault)
        self.metrics.facts(reply.outcomes)
        log.info("pushed", extra={"terminal": terminal, "facts": len(request.facts), "received": reply.received_seq})
        return reply

    def feeds(self, terminal: str, nonce: str = "", sent_until: str = "") -> FeedsReply:
        """The heads of the feeds that ``terminal`` follows; the time is signed with ``nonce``.

        Its leases, its store's hub and list of staff are brought up to date first. ``LinkError("bad_request")``
        for a ``sent_until`` (see ``HqApi.feeds``) that is no time.
        """
        until_ms = contacts.read_until(sent_until)
        with self._database.read() as session:
            place = session.get_one(Terminal, terminal)
            leases, hub = leasing.is_due(session, self.clock, place), self.hubs.is_due(session, place)
            staff = staff_lists.is_due(session, self._keys, place.store)
            found = None if leases or hub or staff else standing(session, place)
        if leases:
            leasing.contact(self._database, self.clock, self._keys.sign_seed, terminal, until_ms)
        if hub:
            self.hubs.contact(terminal)
        if staff:
            staff_lists.contact(self._database, self.clock, self._keys, terminal)
        if found is None:
            with self._database.read() as session:
                found = standing(session, session.get_one(Terminal, terminal))
        heads, (received, durable) = found
        now = self.clock.now().isoformat()
        signature = sign(self._keys.sign_seed, TIME, terminal, nonce, now) if nonce else ""
        return FeedsReply(feeds=heads, time=now, received_seq=received, durable_seq=durable, signature=signature)

    def listener(self, token: str) -> Place:
        """Who wants to hear the news, and of which feeds; ``LinkError``: ``unauthorized``, ``revoked``."""
        with self._database.read() as session:
            place = places_of(session, {token}, milliseconds(self.clock)).get(token)
        if place is None:
            raise LinkError("unauthorized")
        self.contacts.note(place.terminal)
        if place.revoked:
            raise LinkError("revoked")
        return place

    def heads(self) -> dict[str, tuple[str, int]]:
        """Epoch and head of every feed, for the news."""
        with self._database.read() as session:
            found = session.connection().execute(_EVERY_HEAD)
            return {name: (epoch, head) for name, epoch, head in found}

    def manifest(self, terminal: str, feed: str, begun: str = "") -> Manifest:
        """A snapshot of a feed; the one that was ``begun``, if it still serves."""
        with self._database.read() as session:
            feed_of(session, terminal, feed)
        return self._snapshots.manifest(feed, terminal, begun)

    def chunk(self, terminal: str, snapshot: str, n: int) -> bytes:
        """A chunk of a snapshot."""
        with self._database.read() as session:
            followed = followed_by(session, terminal)
        return self._snapshots.chunk(snapshot, n, followed)

    def hold(self, terminal: str, request: HoldRequest) -> HoldReply:
        """Keep coupons and stored value for a cart of ``terminal``."""
        return holding.hold(self._database, self.clock, self._keys.sign_seed, terminal, request)

    def visit(self, terminal: str, request: VisitRequest) -> VisitReply:
        """See that the member of a code is in the feed of the terminal's store."""
        return visiting.visit(self._database, self.clock, terminal, request)

    def _enrol_reply(self, session: Session, done: enrolment.Enrolled, request: EnrolRequest) -> EnrolReply:
        me, seed = done.terminal, self._keys.sign_seed
        return EnrolReply(
            hq=self._keys.hq, terminal=me.id, store=me.store, slot=me.slot, seal_key=text(self._keys.seal_public),
            index_key=text(self._keys.index_key), hq_key=text(public_key(seed)),
            signature=sign(seed, ENROLLED, request.incarnation, me.id, request.key),
            next_receipt_seq=done.next_receipt_seq, next_valet_seq=done.next_valet_seq,
            feeds=followed_by(session, me.id), time=self.clock.now().isoformat(),
        )  # fmt: skip


class TerminalApi:
    """``HqApi`` for one terminal that has proved who it is. A revoked one may push, and nothing else (S-21)."""

    def __init__(self, hq: Hq, caller: Caller, token: str) -> None:
        self._hq = hq
        self._caller = caller
        self._token = token
        self.id = caller.terminal

    def enrol(self, request: EnrolRequest) -> EnrolReply:
        """See ``Hq.enrol``."""
        return self._hq.enrol(request)

    def push(self, request: PushRequest) -> PushReply:
        """See ``Hq.push``. Whoever calls has the batch from the terminal itself, or has checked ``is_own``."""
        return self._hq.push(self.id, request, self._caller.revoked)

    def is_own(self, body: bytes, signature: str) -> bool:
        """Has this terminal signed the batch? ``body`` are the bytes of the request, unpacked."""
        return is_signed(self._caller.key, signature, PUSH, self.id, body)

    def feeds(self, nonce: str = "", sent_until: str = "") -> FeedsReply:
        """See ``Hq.feeds``."""
        self.may_pull()
        return self._hq.feeds(self.id, nonce, sent_until)

    def page(self, feed: str, epoch: str, after: int, limit: int) -> Page:
        """Rows after a cursor; ``LinkError("snapshot_required")`` for one from which they do not ``leads_on``."""
        (found,) = self._hq.pages.look([Asked(self._token, feed, epoch, after, limit)])
        if isinstance(found, Exception):
            raise found
        return found.page()

    def manifest(self, feed: str, begun: str = "") -> Manifest:
        """See ``Hq.manifest``."""
        self.may_pull()
        return self._hq.manifest(self.id, feed, begun)

    def chunk(self, snapshot: str, n: int) -> bytes:
        """See ``Hq.chunk``."""
        self.may_pull()
        return self._hq.chunk(self.id, snapshot, n)

    def hold(self, request: HoldRequest) -> HoldReply:
        """See ``Hq.hold``."""
        self.may_pull()
        return self._hq.hold(self.id, request)

    def visit(self, request: VisitRequest) -> VisitReply:
        """See ``Hq.visit``."""
        self.may_pull()
        return self._hq.visit(self.id, request)

    def may_pull(self) -> None:
        """``LinkError("revoked")``."""
        if self._caller.revoked:
            raise LinkError("revoked")
