"""A chain without HTTP: the real HQ service on its own SQLite file, and real till folders that talk to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, Self, TypeVar

from posclient.db import journal, live_cache, outbox, terminal
from posclient.db.connection import transaction
from posclient.db.live_cache import LiveCache
from posclient.db.till_file import open_till
from posclient.domain import facts
from posclient.errors import LinkError
from sync.accepting import NOTHING, Accepted
from sync.api import HqApi
from sync.asking import HoldReply, HoldRequest, VisitReply, VisitRequest
from sync.credentials import signer_of
from sync.engine import cycle
from sync.enrolment import Enrolment, enrol
from sync.handed_on import SignedReply
from sync.hq.database import Database
from sync.hq.feeds import Change, publish
from sync.hq.hub_routes import forwarded
from sync.hq.service import Hq, TerminalApi
from sync.keeping import Keeper
from sync.pace import Pace
from sync.proofs import open_session, proved_text
from sync.protocol import (
    MOST_BYTES,
    EnrolReply,
    EnrolRequest,
    FeedsReply,
    Manifest,
    Page,
    PushReply,
    PushRequest,
)
from sync.replies import text_message, unpacked
from sync.report import CycleReport
from sync.signing import TIME, Signer, Unsealing, is_signed
from tests.sync.hq.till_at_hq import make_sale, new_id

_T = TypeVar("_T")
STAMP = {"at": "2026-11-21T14:03:00+08:00", "offset_ms": None}


@dataclass
class HandClock:
    """Time that moves when a test says so."""

    at: datetime = datetime(2026, 11, 21, 6, 3, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at

    def local(self, at: datetime) -> datetime:
        return at.astimezone(self.at.tzinfo)

    def forward(self, **span: float) -> None:
        self.at += timedelta(**span)


_NONCES = count()


class Line:
    """``HqApi`` as a till reaches it; ``meddle(call, go)`` may do to each call what a network does."""

    def __init__(self, hq: Hq, signer: Signer | None) -> None:
        self.hq = hq
        self.signer = signer
        self.token = ""
        self.unsealing: Unsealing | None = None
        self.calls: list[str] = []
        self.up, self.down = Pace(), Pace()
        self.meddle: Callable[[str, Callable[[], Any]], Any] = lambda _call, go: go()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.calls.append("close")

    def enrol(self, request: EnrolRequest) -> EnrolReply:
        return self._do("enrol", lambda: self.hq.enrol(request))

    def unseal(self) -> Unsealing | None:
        """As over HTTP: it comes with a session, which is opened where the answer before came without one."""
        if self.signer is not None and not self.token:
            self._me()
        return self.unsealing

    def push(self, request: PushRequest) -> PushReply:
        return self._do("push", lambda: self._me().push(request))

    def proved(self, request: PushRequest) -> PushReply:
        return self._do("proved", lambda: text_message(PushReply, proved_text(self.signer, request, self._brought)))

    def feeds(self, sent_until: str = "") -> FeedsReply:
        """With HQ's signature on its time, as over HTTP: contacts count, a floor that ran ahead is lowered, and the
        answer to an earlier question is none.
        """
        nonce = f"nonce {next(_NONCES)}"
        reply: FeedsReply = self._do("feeds", lambda: self._me().feeds(nonce, sent_until))
        me = self.signer
        if me and reply.signature and not is_signed(me.hq_key, reply.signature, TIME, me.terminal, nonce, reply.time):
            raise LinkError("not_hq", why="signature")
        return reply

    def page(self, feed: str, epoch: str, after: int, limit: int) -> Page:
        return self._do("page", lambda: self._me().page(feed, epoch, after, limit))

    def manifest(self, feed: str, begun: str = "") -> Manifest:
        return self._do("manifest", lambda: self._me().manifest(feed, begun))

    def chunk(self, snapshot: str, n: int) -> bytes:
        return self._do("chunk", lambda: self._me().chunk(snapshot, n))

    def hold(self, request: HoldRequest) -> HoldReply:
        return self._do("hold", lambda: self._me().hold(request))

    def visit(self, request: VisitRequest) -> VisitReply:
        return self._do("visit", lambda: self._me().visit(request))

    def _me(self) -> TerminalApi:
        """A session, opened anew where it has ended."""
        if self.signer is None:
            raise LinkError("unauthorized")
        try:
            return self.hq.terminal(self.token)
        except LinkError:
            reply, self.unsealing = open_session(self.signer, self.hq.challenge, self.hq.open_session)
            self.token = reply.token
            return self.hq.terminal(self.token)

    def _brought(self, terminal: str, packed: bytes, signature: str) -> SignedReply:
        return forwarded(self.hq, self._me().id, terminal, unpacked("zstd", packed, MOST_BYTES), signature)

    def _do(self, call: str, go: Callable[[], _T]) -> _T:
        self.calls.append(call)
        answer: _T = self.meddle(call, go)
        return answer


@dataclass
class Chain:
    """HQ behind the counter."""

    database: Database
    clock: HandClock = field(default_factory=HandClock)

    def __post_init__(self) -> None:
        self.hq = Hq(self.database, self.clock)

    def code(self, store: str = "S001", slot: int | None = None) -> str:
        return self.hq.enrolment_code(store, slot)[1]

    def publish(self, *changes: Change) -> None:
        with self.database.write() as session:
            publish(session, changes)

    def dial(self, _url: str, signer: Signer | None) -> Line:
        return Line(self.hq, signer)


class TillFolder:
    """An enrolled data folder, with its line to HQ; with a ``code`` it is enrolled first."""

    def __init__(self, chain: Chain, folder: Path, code: str = "") -> None:
        self.chain, self.folder = chain, folder
        if code:
            self.enrol(code)
        else:
            self._open()

    def enrol(self, code: str, dial: Callable[[str, Signer | None], Line] | None = None) -> None:
        """Enrol, or enrol anew."""
        wanted = Enrolment("http://hq.test", code, "file")
        enrol(self.folder, wanted, dial or self.chain.dial, self.chain.clock, new_id)
        self._open()

    def _open(self) -> None:
        self.con = open_till(self.folder)
        self.me = terminal.read(self.con)
        self.line = Line(self.chain.hq, signer_of(self.folder, self.me))
        self.keeper = Keeper(self.folder)

    def note(self, rule: str = "P1") -> str:
        """Make the smallest fact there is; its id."""
        return self.fact(facts.RULE_SKIPPED, facts.rule_skipped(rule, "odd", STAMP))

    def sale(self, offset_ms: int | None = None, **changes: Any) -> str:
        """Make a sale's fact, by a clock that is so far from HQ's; the sale's id."""
        (seq,) = self.con.execute(
            "UPDATE terminal SET next_receipt_seq = next_receipt_seq + 1 RETURNING next_receipt_seq - 1"
        ).fetchone()
        place = {"store": self.me.store, "slot": self.me.slot}
        sale = make_sale(seq, **{**place, "receipt": f"{self.me.store}-{self.me.slot}-20261121-{seq}", **changes})
        self.fact(facts.SALE_COMPLETED, facts.sale_completed(sale, {**STAMP, "offset_ms": offset_ms}), sale.total)
        return sale.id

    def fact(self, kind: str, content: dict[str, Any], amount: int = 0) -> str:
        made = new_id()
        at = self.chain.clock.now()
        with transaction(self.con) as con:
            journal.append(con, fact_id=made, kind=kind, content=content, at=at, amount=amount)
        return made

    def cycle(self, line: HqApi | None = None, accept: bool | CycleReport = False) -> CycleReport:
        """``accept``: everything, or what this report says was held back."""
        if isinstance(accept, CycleReport):
            accepted = Accepted(accept.held)
        else:
            accepted = Accepted(everything=True) if accept else NOTHING
        return cycle(line or self.line, self.con, self.folder, self.chain.clock, self.keeper, accept=accepted)

    def restart(self) -> None:
        """As after a kill: new connections to the same files."""
        self.con.close()
        self.con = open_till(self.folder)
        live_cache.prepare(self.folder)

    def unsent(self) -> int:
        return outbox.backlog(self.con, self.chain.clock.now()).count

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Of the live cache."""
        cache = LiveCache(self.folder, own=self.keeper.own)
        try:
            return cache.con.execute(sql, values).fetchall()
        finally:
            cache.close()

    def close(self) -> None:
        self.con.close()


def tiers(numbers: range, name: str = "tier") -> list[Change]:
    """Small rows of the global feed."""
    return [Change("global", "tier", f"T{n}", {"id": f"T{n}", "name": name, "rank": n}) for n in numbers]


def unreachable() -> LinkError:
    return LinkError("unreachable", why="cut")


def stored(chain: Chain, table: type[Any]) -> list[Any]:
    """All rows of one of HQ's tables."""
    from sqlmodel import select

    with chain.database.read() as session:
        return list(session.exec(select(table)))


def acts(chain: Chain) -> list[Any]:
    """The audit, but for what was done to set the chain up."""
    from sync.hq.console_tables import ConsoleAct
    from sync.hq.handling import COMMAND_LINE

    return [one for one in stored(chain, ConsoleAct) if one.administrator != COMMAND_LINE]
