"""Rules of a store's hub: an appointment that is signed, pages that are signed, batches that another till brings."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import TypeVar

import zstandard
from pydantic import ValidationError

from sync.appointment import Appointment, read
from sync.conformance.covered import of_store
from sync.conformance.ground import ConformTill, Ground, new_id
from sync.conformance.reading import BEYOND
from sync.conformance.rules import BrokenError, SkippedError, must, optional, refused, rule
from sync.conformance.sales import PRICE
from sync.handed_on import SETTING, SharedPage, SignedPage
from sync.proofs import signed_batch
from sync.protocol import FactMessage, PushReply, PushRequest
from sync.signing import FORWARDED, PAGE, TIME, is_signed, public_key

#: Nobody listens there (RFC 5737).
ADDRESS = "192.0.2.7:8737"
NO_HUBS = "HQ knows no hubs"
#: Questions for one page, until the feed rests for as long as three of them take.
TRIES = 50

_T = TypeVar("_T")


@rule(
    "hub.appointment",
    "Optional: a store's hub is what a document says that HQ signed and numbered, with its tills' keys",
)
def _appointment(ground: Ground) -> None:
    one, two = _of_a_store(ground)
    ground.appoint(one.me.store, one.me.terminal, ADDRESS)
    first = _appointed(two)
    must((first.terminal, first.address) == (one.me.terminal, ADDRESS), "names another till or address")
    must(first.tills == _keys(one, two), "tills are not those that are enrolled, each with its key")
    three = ground.enrol(beside=one.me.store.removeprefix(ground.store))
    three.line.feeds()
    second = _appointed(three)
    must(second.tills == _keys(one, two, three), "not signed anew at the contact of a till that is new")
    must(second.serial > first.serial, "the newer document has no higher serial")
    ground.appoint(one.me.store, None, "")
    last = _appointed(two)
    must(last.terminal is None and last.serial > second.serial, "a store without a hub again is not said, or not last")
    must(ground.may_not_appoint(one.me.store, ground.enrol().me.terminal, ADDRESS), "appointed another store's till")


@rule("hub.page", "Optional: a signed page is HQ's own, for all tills of the store; else it is the plain one")
def _page(ground: Ground) -> None:
    hub, other = _of_a_store(ground)
    received = other.push(other.note(), other.note()).received_seq
    for feed in ("global", f"store:{hub.me.store}"):
        page = _as_the_plain_one(hub, feed)
        applied = {(one.terminal, one.incarnation): one.seq for one in page.applied}
        must(applied.get((other.me.terminal, other.incarnation), 0) >= received, "applied lacks a till of the store")


def _as_the_plain_one(hub: ConformTill, feed: str) -> SharedPage:
    """The signed page. A chain at work may move the feed between two questions, so the plain one is asked for before
    and after: where these are of one head, the signed page is of the same.
    """
    epoch, (_, after) = hub.epoch(feed), hub.begin(feed)
    for _ in range(TRIES):
        plain = hub.line.page(feed, epoch, after, 500)
        signed = _optional(partial(hub.line.signed_page, feed, epoch, after, 500))
        must(is_signed(hub.signer.hq_key, signed.signature, PAGE, signed.page), "no signature of HQ's over its text")
        page, later = _shared(signed), hub.line.page(feed, epoch, after, 500)
        must(plain.head <= page.head <= later.head, f"{feed}: a head that the feed did not have at that time")
        if plain.head == later.head:
            said = page.model_dump(exclude={"applied", "applied_seq", "time"})
            must(said == plain.model_dump(exclude={"applied_seq", "time"}), f"{feed}: another page than the plain one")
            return page
    raise SkippedError(f"{feed} moves all the time: its pages cannot be compared")


@rule("hub.page_refused", "It is refused as a plain one is: another epoch, a cursor beyond the head, another's feed")
def _page_refused(ground: Ground) -> None:
    hub, other = _of_a_store(ground)
    head = next(one for one in hub.line.feeds().feeds if one.name == "global")
    _optional(partial(hub.line.signed_page, "global", head.epoch, head.head, 10))
    refused(lambda: hub.line.signed_page("global", "of-another-hq", 0, 10), "snapshot_required")
    refused(lambda: hub.line.signed_page("global", head.epoch, head.head + BEYOND, 10), "snapshot_required")
    own = f"terminal:{other.me.terminal}"
    refused(lambda: hub.line.signed_page(own, other.epoch(own), 0, 10), "unauthorized")


@rule(
    "hub.forward",
    "Optional: a batch that another till of the store brings counts as sent; the answer is signed for its till",
)
def _forward(ground: Ground) -> None:
    hub, other = _of_a_store(ground)
    sale, note, last = other.sale(), other.note(), other.sale()
    error = refused(lambda: _optional(lambda: _forwarded(hub, other, note)), "gap")
    must(error.params.get("expected") == 1, "a gap without the seq that is expected")
    reply = _forwarded(hub, other, sale, note)
    must([one.outcome for one in reply.outcomes] == ["applied"] * 2, "did not apply what another till brought")
    must(reply.received_seq == 2, f"received_seq {reply.received_seq} after two facts")
    must(other.outcomes(sale, note) == ["duplicate"] * 2, "sent by its own till they are not the same facts")
    must(other.outcomes(last) == ["applied"], "its own till cannot go on behind them")
    again = _forwarded(hub, other, sale, note, last)
    must([one.outcome for one in again.outcomes] == ["duplicate"] * 3, "brought again they are not duplicates")
    must(again.received_seq == 3, "the answer to an old batch does not say how far HQ is")


@rule(
    "hub.forward_proof",
    "Its till has to have signed it, byte for byte: else it is refused with the field, and not stored",
)
def _forward_proof(ground: Ground) -> None:
    hub, other = _of_a_store(ground)
    sale = other.sale()
    body, signature = signed_batch(PushRequest(facts=[sale]), other.signer)
    carriers = signed_batch(PushRequest(facts=[sale]), hub.signer)[1]
    altered = body.replace(b"SaleCompleted", b"SaleCancelled")
    for brought, proof in ((body, carriers), (body, ""), (altered, signature)):
        ask = partial(_brought, hub, other, brought, proof)
        error = refused(partial(_optional, ask), "bad_request", "unauthorized")
        must("field" in error.params, "the refusal names no field: a hub cannot tell it from its own line's")
    must(other.outcomes(sale) == ["applied"], "something of a batch that nobody proved was stored")


@rule(
    "hub.fork_proof",
    "Optional: a till may bring a batch of its own, so that the answer is signed; else none believes that it is a fork",
)
def _fork_proof(ground: Ground) -> None:
    till = ground.enrol()
    kept, note = till.note(), till.note()
    till.push(kept, note)
    (said,) = _optional(lambda: _forwarded(till, till, till.twin())).outcomes
    must((said.outcome, said.code) == ("quarantined", "fork"), f"{said.outcome}, code {said.code}, for a fork")
    for batch in ((kept,), ()):  # an image from before the first fact has none to send
        reply = _forwarded(till, till, *batch)
        must(
            reply.received_seq == 2,
            f"received_seq {reply.received_seq} after two facts: a till that was put back is not told",
        )


@rule(
    "hub.forward_revoked",
    "What a till whose place was taken away signs is still brought, and kept aside; and it may bring what others sign",
)
def _forward_revoked(ground: Ground) -> None:
    hub, other = _of_a_store(ground)
    message, side, member = hub.member(ground.phone())
    must(hub.outcomes(message, sides=[side]) == ["applied"], "did not apply the registration")
    before = of_store(hub, "member", member).get("points", 0)
    note, sale = other.note(), other.sale(member=member, points=10, points_base=PRICE)
    _optional(lambda: _forwarded(hub, other, note))
    ground.revoke(other.me.terminal)
    reply = _forwarded(hub, other, note, sale)
    said = [(one.outcome, one.code) for one in reply.outcomes]
    must(said == [("duplicate", None), ("quarantined", "revoked")], f"said {said} of a fact from before and a sale")
    must(reply.received_seq == 2, f"received_seq {reply.received_seq} after two facts: the hub's queue would wedge")
    must(of_store(hub, "member", member).get("points") == before, "what it signed counts all the same")
    last = ground.enrol(at=hub.me.store)
    ground.revoke(hub.me.terminal)
    reply = _forwarded(hub, last, last.sale(member=member, points=10, points_base=PRICE))
    must([one.outcome for one in reply.outcomes] == ["applied"], "did not apply what a hub brought that has no place")
    must(of_store(last, "member", member).get("points") == before + 10, "what it brought does not count")


@rule("hub.forward_store", "A batch of a till of another store is refused through this hub, and nothing of it stored")
def _forward_store(ground: Ground) -> None:
    hub, other = _of_a_store(ground)
    stranger = ground.enrol(beside=f"S{new_id()[-6:]}")
    _optional(lambda: _forwarded(hub, other, other.note()))
    sale = stranger.sale()
    error = refused(lambda: _forwarded(hub, stranger, sale), "unauthorized")
    must("field" in error.params, "the refusal names no field: a hub cannot tell it from its own line's")
    must(stranger.outcomes(sale) == ["applied"], "something of the refused batch was stored")


@rule(
    "hub.time",
    "Optional: HQ's time for another till of the store is signed with that till's nonce; not for one without a place",
)
def _time(ground: Ground) -> None:
    hub, other = _of_a_store(ground)
    nonce = secrets.token_hex(16)
    said = _optional(lambda: hub.line.signed_time(other.me.terminal, nonce))
    parts = other.me.terminal, nonce, said.time
    must(is_signed(other.signer.hq_key, said.signature, TIME, *parts), "no signature of HQ's over till, nonce and time")
    must(datetime.fromisoformat(said.time).tzinfo is not None, "a time without an offset")
    stranger = ground.enrol(beside=f"S{new_id()[-6:]}")
    refused(lambda: hub.line.signed_time(stranger.me.terminal, nonce), "unauthorized")
    ground.revoke(other.me.terminal)
    refused(lambda: hub.line.signed_time(other.me.terminal, nonce), "unauthorized")


def _of_a_store(ground: Ground) -> tuple[ConformTill, ConformTill]:
    """Two tills of a store of their own."""
    beside = f"N{new_id()[-6:]}"
    return ground.enrol(beside=beside), ground.enrol(beside=beside)


def _optional(ask: Callable[[], _T]) -> _T:
    return optional(ask, NO_HUBS)


def _appointed(till: ConformTill) -> Appointment:
    row = till.rows(f"store:{till.me.store}").get(("setting", f"{till.me.store}/{SETTING}"))
    must(row is not None, f"no setting {SETTING} in the store's feed")
    said = (row.d or {}).get("value") if row is not None else None
    found = read(said, till.signer.hq, till.signer.hq_key, till.me.store)
    if found is None:
        raise BrokenError("the appointment is not one that HQ signed for this store")
    return found


def _keys(*tills: ConformTill) -> dict[str, bytes]:
    return {one.me.terminal: public_key(one.signer.seed) for one in tills}


def _shared(signed: SignedPage) -> SharedPage:
    try:
        return SharedPage.model_validate_json(signed.page)
    except ValidationError:
        raise BrokenError("the text is no page for all tills of a store") from None


def _forwarded(hub: ConformTill, till: ConformTill, *messages: FactMessage) -> PushReply:
    """HQ's proved answer to a batch of ``till`` that ``hub`` brings."""
    body, signature = signed_batch(PushRequest(facts=list(messages)), till.signer)
    return _brought(hub, till, body, signature)


def _brought(hub: ConformTill, till: ConformTill, body: bytes, signature: str) -> PushReply:
    reply = hub.line.forward(till.me.terminal, zstandard.compress(body), signature)
    parts = till.me.terminal, hashlib.sha256(body).hexdigest(), reply.reply
    must(is_signed(till.signer.hq_key, reply.signature, FORWARDED, *parts), "the answer is not signed for its till")
    return PushReply.model_validate_json(reply.reply)
