"""A till as HQ sees it: a chain of facts, pushed through the real client over HTTP."""

from __future__ import annotations

import base64
import secrets
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

from nacl.public import PublicKey, SealedBox

from posclient.domain import facts
from posclient.domain.attribution import Share
from posclient.domain.care import CareTask
from posclient.domain.ids import uuid7
from posclient.domain.private import side_hash
from posclient.domain.sale import CouponUse, Sale, SaleLine
from posclient.domain.tenders import Payment
from sync import proofs
from sync.proofs import SIGNATURE
from sync.protocol import EnrolReply, EnrolRequest, FactMessage, Page, PushReply, PushRequest, Row, SideRecord
from sync.signing import PUSH, Signer, new_seed, sign
from sync.transport import HttpHq

STAMP = {"at": "2026-11-21T14:03:00+08:00", "offset_ms": None}
_numbers = count(1)


def new_id() -> str:
    return uuid7(next(_numbers), secrets.token_bytes(10))


def make_sale(seq: int, **changes: Any) -> Sale:
    """One piece of A for 10 yuan, paid in cash."""
    line = SaleLine("1", "A", "", "Coat", "", 1, 1000, 1000, 1000, 1000, 0, "G1", ())
    values: dict[str, Any] = {
        "id": new_id(), "receipt": f"S001-1-20261121-{seq}", "seq": seq, "basket": None,
        "at": datetime(2026, 11, 21, 14, 3, tzinfo=UTC), "business_date": date(2026, 11, 21), "shift": "H1",
        "store": "S001", "slot": 1, "cashier": "G1", "guide": "G1", "member": None, "claimed_code": None,
        "own_guide": None, "lines": (line,), "payments": (Payment("p1", "cash", 1000, 2000),), "rounding": 0,
        "gross": 1000, "total": 1000, "points": 0, "points_base": 1000, "coupons": (),
        "shares": (Share("1", "G1", "selling", 10_000, 1000),), "tasks": (), "priced": {"groups": []},
    }  # fmt: skip
    return Sale(**{**values, **changes})


def make_line(number: str, sku: str, qty: int, net: int) -> SaleLine:
    return SaleLine(number, sku, "", sku, "", qty, net // qty, net // qty, net, net, 0, None, ())


def use(coupon: str, amount: int = 100) -> CouponUse:
    return CouponUse(coupon, amount, None)


def make_task(sale: str, member: str) -> CareTask:
    due = datetime(2026, 11, 21, 17, 3, tzinfo=UTC) + timedelta(days=0)
    return CareTask(new_id(), sale, member, "G1", "3315", "thanks", due)


def enrol_request(code: str, incarnation: str = "", seed: bytes = b"", **changes: Any) -> EnrolRequest:
    """As a till makes it, with a key of its own unless one is given; then ``changes``."""
    request = proofs.enrol_request(code, incarnation or new_id(), "0.1", seed or new_seed())
    return request.model_copy(update=changes)


class TillAtHq:
    """Enrols at once; ``facts`` are in the order of their seq."""

    def __init__(self, url: str, code: str) -> None:
        self.url = url
        self.incarnation = new_id()
        self.seed = new_seed()
        anonymous = HttpHq(url)
        self.me: EnrolReply = anonymous.enrol(enrol_request(code, self.incarnation, self.seed))
        anonymous.close()
        self.signer = Signer(self.me.hq, self.me.terminal, self.seed, base64.b64decode(self.me.hq_key))
        self.api = HttpHq(url, self.signer)
        self.seq = 0
        self.previous = facts.chain_start(self.me.terminal, self.incarnation)
        self.before = self.previous
        self.sales = self.me.next_receipt_seq - 1

    def close(self) -> None:
        self.api.close()

    def token(self) -> str:
        """A session's, for a request by hand."""
        with HttpHq(self.url, self.signer) as line:
            line.unseal()
            return line._session.token

    def signed(self, body: bytes) -> dict[str, str]:
        """The header with this till's signature of a push."""
        return {SIGNATURE: sign(self.seed, PUSH, self.me.terminal, body)}

    def fact(self, kind: str, content: dict[str, Any], fact_id: str = "") -> FactMessage:
        """The next fact of the chain."""
        self.seq, self.before = self.seq + 1, self.previous
        made = facts.make_fact(
            self.previous, self.me.terminal, self.incarnation, self.seq, fact_id or new_id(), kind, content
        )
        self.previous = made.hash
        return FactMessage(
            terminal=made.terminal, incarnation=made.incarnation, seq=made.seq, id=made.id, kind=made.kind,
            kind_version=made.kind_version, body=made.body.decode(), hash=made.hash.hex(),
        )  # fmt: skip

    def reforged(self, message: FactMessage, **changes: Any) -> FactMessage:
        """The latest fact, altered by a program that can work out the hash."""
        altered = message.model_copy(update=changes)
        self.previous = facts.chain_hash(
            self.before, altered.terminal, altered.incarnation, altered.seq, altered.id, altered.kind,
            altered.kind_version, altered.body.encode(),
        )  # fmt: skip
        return altered.model_copy(update={"hash": self.previous.hex()})

    def sale(self, **changes: Any) -> FactMessage:
        """The next sale; ``changes`` to ``make_sale``."""
        self.sales += 1
        place = {"store": self.me.store, "slot": self.me.slot}
        receipt = f"{self.me.store}-{self.me.slot}-20261121-{self.sales}"
        sale = make_sale(self.sales, **{**place, "receipt": receipt, **changes})
        return self.fact(facts.SALE_COMPLETED, facts.sale_completed(sale, STAMP))

    def seal(self, fact_id: str, plain: bytes) -> tuple[SideRecord, str]:
        """A side record for HQ, and its hash for the fact."""
        salt = secrets.token_bytes(16)
        sealed = SealedBox(PublicKey(base64.b64decode(self.me.seal_key))).encrypt(plain)
        side = SideRecord(
            id=new_id(), fact=fact_id, salt=base64.b64encode(salt).decode(), sealed=base64.b64encode(sealed).decode()
        )
        return side, side_hash(salt, sealed)

    def push(self, *messages: FactMessage, sides: list[SideRecord] | None = None) -> PushReply:
        return self.api.push(PushRequest(facts=list(messages), sides=sides or []))

    def codes(self, *messages: FactMessage, sides: list[SideRecord] | None = None) -> list[tuple[str, str | None]]:
        """Push; outcome and code of each fact."""
        return [(one.outcome, one.code) for one in self.push(*messages, sides=sides).outcomes]

    def pull(self, feed: str, limit: int = 500) -> tuple[dict[tuple[str, str], Row], Page]:
        """The feed's live rows by table and key, through its pages; the last page."""
        epoch = next(head.epoch for head in self.api.feeds().feeds if head.name == feed)
        rows: dict[tuple[str, str], Row] = {}
        after = 0
        while True:
            page = self.api.page(feed, epoch, after, limit)
            assert page.from_ == after
            for row in page.rows:
                rows[row.t, row.k] = row
            after = page.to
            if page.to == page.head:
                return {place: row for place, row in rows.items() if row.d is not None}, page

    def row(self, feed: str, table: str, key: str) -> dict[str, Any]:
        """The values of one row."""
        found = self.pull(feed)[0][table, key].d
        assert found is not None
        return found
