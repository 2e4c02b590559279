"""Tills to try an HQ with: they enrol by the administration's codes in a store that is made for the run."""

from __future__ import annotations

import base64
import json
import secrets
import time
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

from posclient.db.sealing import seal
from posclient.domain import facts
from posclient.domain.ids import uuid7
from sync.conformance.reading import FeedReader
from sync.conformance.rules import SkippedError, must
from sync.conformance.sales import made_order, made_sale, new_code
from sync.handed_on import HubRequest
from sync.proofs import enrol_request
from sync.protocol import (
    EnrolReply,
    EraseRequest,
    FactMessage,
    FactOutcome,
    Message,
    PushReply,
    PushRequest,
    RevokeRequest,
)
from sync.protocol import SideRecord as Side
from sync.replies import Reply, message
from sync.signing import PUSH, Signer, new_seed, sign
from sync.thin import THIN, Base, pack
from sync.transport import HttpHq

VERSION = "conform"


def new_id() -> str:
    """A fresh UUIDv7."""
    return uuid7(time.time_ns() // 1_000_000, secrets.token_bytes(10))


def stamp(offset_ms: int | None = None) -> dict[str, Any]:
    """The clock entry of a fact, by a till whose own clock is ``offset_ms`` behind HQ's; None: it does not know."""
    return facts.clock_stamp(datetime.now(UTC) - timedelta(milliseconds=offset_ms or 0), offset_ms)


class ConformTill(FeedReader):
    """One enrolment: a chain of facts, and the line that it goes by."""

    def __init__(self, url: str, me: EnrolReply, incarnation: str, seed: bytes) -> None:
        self.me, self.incarnation, self.seq, self.received = me, incarnation, 0, 0
        self.signer = Signer(me.hq, me.terminal, seed, base64.b64decode(me.hq_key))
        super().__init__(HttpHq(url, self.signer))
        self.previous = facts.chain_start(me.terminal, incarnation)
        self.sales = me.next_receipt_seq - 1

    def fact(self, kind: str, content: Mapping[str, Any], fact_id: str = "") -> FactMessage:
        """The next fact of the chain."""
        self.seq += 1
        place = self.me.terminal, self.incarnation, self.seq
        made = facts.make_fact(self.previous, *place, fact_id or new_id(), kind, content)
        self.previous = made.hash
        return envelope(made)

    def strange(self, kind: str, version: int) -> FactMessage:
        """The next fact, of a kind and version that this program does not make."""
        self.seq += 1
        place = self.me.terminal, self.incarnation, self.seq, new_id(), kind, version
        body = b'{"strange":true}'
        self.previous = facts.chain_hash(self.previous, *place, body)
        return envelope(facts.Fact(*place, body, self.previous))

    def note(self) -> FactMessage:
        """The smallest fact that there is."""
        return self.fact(facts.RULE_SKIPPED, facts.rule_skipped("conform", "odd", stamp()))

    def sale(self, *rights: facts.CouponRight, **changes: Any) -> FactMessage:
        """The next sale; ``rights`` to the coupons that it uses; ``offset_ms``: see ``stamp``."""
        self.sales += 1
        clock = stamp(changes.pop("offset_ms", None))
        key, store = changes.pop("id", new_id()), changes.pop("store", self.me.store)
        sale = made_sale(key, store, self.me.slot, self.sales, **changes)
        return self.fact(facts.SALE_COMPLETED, facts.sale_completed(sale, clock, rights), sale.id)

    def again(self, sale: FactMessage) -> FactMessage:
        """The next fact, about a sale of which there is one: as a till makes it whose disk lost its own record."""
        return self.fact(sale.kind, json.loads(sale.body))

    def member(self, phone: str, *coupons: dict[str, Any], code: str = "") -> tuple[FactMessage, Side, str]:
        """A registration, its side record and the member's id; ``coupons`` are newcomers' that the till made."""
        fact, member = new_id(), new_id()
        side, digest = self._side(fact, {"phone": phone, "name": "符合性"})
        content = facts.member_registered(
            member, code or new_code(), None, self.me.store, "basic", [*coupons], digest, stamp()
        )  # fmt: skip
        return self.fact(facts.MEMBER_REGISTERED, content, fact), side, member

    def order(self, member: str | None = None) -> tuple[FactMessage, Side, str]:
        """A valet order, its address and its id."""
        fact, order = new_id(), new_id()
        side, digest = self._side(fact, {"name": "符合性", "phone": "19700000000", "text": "符合路一号"})
        made = made_order(order, self.me.store, self.me.slot, self.me.next_valet_seq, member)
        return self.fact(facts.VALET_ORDER_PLACED, facts.valet_order_placed(made, digest, stamp()), fact), side, order

    def _side(self, fact: str, plain: Mapping[str, str]) -> tuple[Side, str]:
        sealed = seal(base64.b64decode(self.me.seal_key), secrets.token_bytes(32), plain)
        return Side(id=new_id(), fact=fact, salt=_text(sealed.salt), sealed=_text(sealed.sealed)), sealed.digest

    def push(self, *messages: FactMessage, sides: list[Side] | None = None) -> PushReply:
        """Push as one batch."""
        reply = self.line.push(PushRequest(facts=list(messages), sides=sides or []))
        self.received = max(self.received, reply.received_seq)
        return reply

    def raw_push(self, plain: bytes, packed: bytes = b"", signer: Signer | None = None) -> Reply:
        """Push bytes that no till would; signed, by another if one is given."""
        by = signer or self.signer
        headers = {"posclient_signature": sign(by.seed, PUSH, self.me.terminal, plain)}
        coded = {"content_encoding": "zstd"} if packed else {}
        return self.line.raw("POST", "/v1/push", packed or plain, **headers, **coded)

    def thin_push(self, lines: bytes, base: Base) -> PushReply:
        """Push a batch in its thin form, packed by ``base``; HQ's errors as they are."""
        headers = {"posclient_signature": sign(self.signer.seed, PUSH, self.me.terminal, lines)}
        headers |= {"content_encoding": THIN, "posclient_base": base.name}
        return message(PushReply, self.line.raw("POST", "/v1/push", pack(lines, base), **headers))

    def outcomes(self, *messages: FactMessage, sides: list[Side] | None = None) -> list[str]:
        """Push; the outcome of each fact, in the order sent."""
        said = {one.id: one for one in self.push(*messages, sides=sides).outcomes}
        must(set(said) == {one.id for one in messages}, "the outcomes name other facts than were sent")
        return [said[one.id].outcome for one in messages]

    def outcome(self, message: FactMessage) -> FactOutcome:
        """Push one fact."""
        said = self.push(message).outcomes
        must(len(said) == 1, f"{len(said)} outcomes for one fact")
        return said[0]

    def twin(self, after: FactMessage | None = None) -> FactMessage:
        """Another first fact, as a copy of this till's disk would make it; or the next one there, ``after`` one."""
        before = bytes.fromhex(after.hash) if after else facts.chain_start(self.me.terminal, self.incarnation)
        place = before, self.me.terminal, self.incarnation, after.seq + 1 if after else 1
        return envelope(facts.make_fact(*place, new_id(), facts.RULE_SKIPPED, {"rule": "other", "rule_kind": "odd"}))


class Ground:
    """An HQ under examination. ``url`` without a path; ``token``: the administration's. Of the chain: a piece may be
    sold out of the ``stock_of`` this store, the stored ``value_of`` the member of this code be leased for some minutes.
    """

    def __init__(self, url: str, token: str, stock_of: str = "", value_of: str = "") -> None:
        self.url, self.stock_of, self.value_of = url, stock_of, value_of
        self.store = f"CF{secrets.token_hex(4).upper()}"
        self._open = ExitStack()
        self._desk = self._keep(HttpHq(url, token))
        self.stranger = self._keep(HttpHq(url))

    def code(self, slot: int | None = None, store: str = "") -> str:
        """A fresh enrolment code for the run's store, or another one of its."""
        return self._desk.enrolment_code(store or self.store, slot).code

    def appoint(self, store: str, terminal: str | None, address: str) -> None:
        """Make a till the hub of its store; ``SkippedError`` where the administration cannot say that here."""
        status = self._hub(store, terminal, address)
        if status == 404:
            raise SkippedError("hubs are not appointed by POST /v1/admin/hubs here")
        must(status == 204, f"status {status} for an appointment")

    def may_not_appoint(self, store: str, terminal: str, address: str) -> bool:
        """Is such an appointment refused?"""
        return self._hub(store, terminal, address) in {400, 422}

    def revoke(self, terminal: str) -> None:
        """Take a till's place away; ``SkippedError`` where the administration cannot say that here."""
        asked = RevokeRequest(terminal=terminal)
        self._order("revocations", asked, "no till's place is taken away by POST /v1/admin/revocations here")

    def erase(self, member: str) -> None:
        """Have a member forgotten; ``SkippedError`` where the administration cannot say that here."""
        self._order("erasures", EraseRequest(member=member), "nobody is forgotten by POST /v1/admin/erasures here")

    def _order(self, path: str, asked: Message, otherwise: str) -> None:
        status = self._desk.raw("POST", f"/v1/admin/{path}", asked.model_dump_json().encode()).status
        if status == 404:
            raise SkippedError(otherwise)
        must(status == 204, f"status {status} for POST /v1/admin/{path}")

    def _hub(self, store: str, terminal: str | None, address: str) -> int:
        asked = HubRequest(store=store, terminal=terminal, address=address)
        return self._desk.raw("POST", "/v1/admin/hubs", asked.model_dump_json().encode()).status

    def enrol(self, slot: int | None = None, *, beside: str = "", at: str = "", earlier: str = "") -> ConformTill:
        """A new till, or the till of ``slot`` enrolled anew; ``beside``: in the run's store of that letter; ``at``: in
        the store of this id; ``earlier``: the incarnation of the same machine before.
        """
        incarnation, seed = new_id(), new_seed()
        code = self.code(slot, at or (f"{self.store}{beside}" if beside else ""))
        request = enrol_request(code, incarnation, VERSION, seed, earlier)
        till = ConformTill(self.url, self.stranger.enrol(request), incarnation, seed)
        self._keep(till.line)
        return till

    def busy_till(self) -> ConformTill:
        """A new till whose store has rows."""
        till = self.enrol()
        for _ in range(2):
            self.register(till)
        return till

    def register(self, till: ConformTill) -> None:
        """Somebody joins at a till."""
        message, side, _ = till.member(self.phone())
        must(till.outcomes(message, sides=[side]) == ["applied"], "did not apply a registration")

    def phone(self) -> str:
        """A number of nobody's."""
        return f"197{int(new_id()[-8:], 16) % 10**8:08d}"

    def close(self) -> None:
        """Close all lines."""
        self._open.close()

    def _keep(self, line: HttpHq) -> HttpHq:
        return self._open.enter_context(line)


def envelope(fact: facts.Fact) -> FactMessage:
    """A fact as the wire has it."""
    return FactMessage(
        terminal=fact.terminal, incarnation=fact.incarnation, seq=fact.seq, id=fact.id, kind=fact.kind,
        kind_version=fact.kind_version, body=fact.body.decode(), hash=fact.hash.hex(),
    )  # fmt: skip


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
