"""``HqApi`` over HTTP: the one place where a library's error becomes ours (``LinkError``).

Every reply is bounded in bytes and in time and redirects are not followed (field_failures.md T-21, S-10, S-13); what
its bytes mean is ``sync.replies``' to judge.
"""

from __future__ import annotations

import secrets
import socket
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Self

import httpx

from posclient.errors import LinkError
from sync.addresses import checked_url, in_path, proxy_by, with_own_roots
from sync.asking import HoldReply, HoldRequest, VisitReply, VisitRequest
from sync.events import Poke, pokes
from sync.handed_on import SignedPage, SignedReply, SignedTime
from sync.pace import Pace
from sync.proofs import SIGNATURE, packed_batch, proved_text
from sync.protocol import (
    CHUNK_BYTES,
    CodeReply,
    CodeRequest,
    EnrolReply,
    EnrolRequest,
    FeedsReply,
    Manifest,
    Page,
    PushReply,
    PushRequest,
)
from sync.replies import Reply, expect, is_said_revoked, message, parsed, text_message, unpacked
from sync.session import Session
from sync.signing import TIME, Signer, Unsealing, is_signed
from sync.thin import NOT_OF_THE_FORM, THIN, Earlier
from sync.vitals import HEALTH
from sync.watchdog import Watchdog

#: Most bytes of a JSON reply, unpacked: a page of 500 rows takes some 200 KiB.
MOST_REPLY = 8 * 1024 * 1024
NO_LINE = (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL, OSError, UnicodeError)  # the last: a host like a..b
#: A chunk is cut after the row that fills it, so it may be a little longer.
MOST_CHUNK = CHUNK_BYTES + 512 * 1024
_HEADERS = {"Accept": "application/json, application/zstd", "Accept-Encoding": "zstd"}  # gzip is not unpacked in bounds
UNAUTHORIZED = 401
#: Seconds that an idle line is used again: less than HQ's 120 and nginx's 75, lest it is closed as we write.
KEPT_S = 70


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds: to connect, between two bytes, for a whole reply, for each 256 KiB of a chunk, between two news."""

    connect: float = 5.0
    read: float = 15.0
    reply: float = 30.0
    chunk: float = 120.0
    #: HQ says every 25 s that it is still there.
    news: float = 60.0


class HttpHq:
    """One till's line to HQ. One request at a time.

    ``who``: a till; a token, as the administration has one; None: nobody yet, before a till is enrolled.
    ``health``: what the till says of itself with each session and each look at the feeds (a ``HEALTH`` header).
    """

    def __init__(
        self, url: str, who: Signer | str | None = None, patience: Patience | None = None,
        health: Callable[[], str] = lambda: "",
    ) -> None:  # fmt: skip
        self._health = health
        self._session = Session(who, self._challenge, self._open)
        #: The facts before a batch that HQ has: with them batches are thin. Whoever has the till's file sets it.
        self.earlier: Earlier | None = None
        self.up, self.down = Pace(), Pace()
        self._patience = patience or Patience()
        self._watchdog = Watchdog()
        self._client = httpx.Client(
            base_url=checked_url(url),
            headers=_HEADERS,
            timeout=httpx.Timeout(self._patience.read, connect=self._patience.connect),
            limits=httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=KEPT_S),
            follow_redirects=False,
            proxy=proxy_by(httpx.Proxy, url),
            trust_env=False,  # that would stop at a proxy of a kind that httpx does not know
            # reading all roots takes 0.2 s
            verify=with_own_roots(httpx.create_ssl_context(trust_env=False)) if url.startswith("https:") else False,
        )

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def enrol(self, request: EnrolRequest) -> EnrolReply:
        """Exchange a one-time code for an identity."""
        return message(EnrolReply, self._send("POST", "/v1/enrol", content=request.model_dump_json()))

    @property
    def takes(self) -> frozenset[str]:
        """What HQ said that it takes, with the last session."""
        return self._session.takes

    def unseal(self) -> Unsealing | None:
        """See ``HqApi.unseal``."""
        self._session.authorization()
        return self._session.unsealing

    def push(self, request: PushRequest) -> PushReply:
        """Send facts, signed and then packed; thin where HQ takes that, and as they are if it does not after all."""
        self._session.authorization()  # what HQ takes comes with a session
        packed, headers = self.packed_push(request)
        try:
            return message(PushReply, self._ask("POST", "/v1/push", content=packed, headers=headers))
        except LinkError as error:
            if headers["Content-Encoding"] != THIN or error.code in NOT_OF_THE_FORM:
                raise
        self._session.takes = frozenset()
        packed, headers = self.packed_push(request)  # once: a session that ends at once would offer thin ones for ever
        return message(PushReply, self._ask("POST", "/v1/push", content=packed, headers=headers))

    def proved(self, request: PushRequest) -> PushReply:
        """See ``HqApi.proved``: as a store's hub would bring the batch, so that HQ signs what it says of it."""
        return text_message(PushReply, proved_text(self._session.signer, request, self.forward))

    def packed_push(self, request: PushRequest) -> tuple[bytes, dict[str, str]]:
        """The body of a push as it is sent, and its headers."""
        return packed_batch(request, self._session.signer, self.earlier if THIN in self.takes else None)

    def forward(self, terminal: str, packed: bytes, signature: str) -> SignedReply:
        """Hand on the batch of another till of the store, as that signed and packed it."""
        headers, path = {"Content-Encoding": "zstd", SIGNATURE: signature}, f"/v1/forward/{in_path(terminal)}"
        return message(SignedReply, self._ask("POST", path, content=packed, headers=headers))

    def signed_page(self, feed: str, epoch: str, after: int, limit: int) -> SignedPage:
        """A page that may be handed on."""
        params = {"epoch": epoch, "after": after, "limit": limit}
        return message(SignedPage, self._ask("GET", f"/v1/feeds/{in_path(feed)}/signed", params=params))

    def signed_time(self, terminal: str, nonce: str) -> SignedTime:
        """HQ's time for another till of the store, which asks with ``nonce``."""
        path = f"/v1/forward/{in_path(terminal)}/time"
        return message(SignedTime, self._ask("GET", path, params={"nonce": nonce}))

    def feeds(self, sent_until: str = "") -> FeedsReply:
        """Ask for the feeds that this terminal follows, with their heads; HQ's time in it is signed."""
        nonce = secrets.token_hex(16)
        params = {"nonce": nonce} | ({"sent_until": sent_until} if sent_until else {})
        reply = message(FeedsReply, self._ask("GET", "/v1/feeds", params=params, headers=self._said()))
        signer = self._session.signer
        if signer and not is_signed(signer.hq_key, reply.signature, TIME, signer.terminal, nonce, reply.time):
            raise LinkError("not_hq", why="signature")
        return reply

    def page(self, feed: str, epoch: str, after: int, limit: int) -> Page:
        """Ask for the rows of a feed after a version."""
        params = {"epoch": epoch, "after": after, "limit": limit}
        return message(Page, self._ask("GET", f"/v1/feeds/{in_path(feed)}", params=params))

    def manifest(self, feed: str, begun: str = "") -> Manifest:
        """Ask for a snapshot of a whole feed; an older HQ does not look at what was ``begun``."""
        return message(Manifest, self._ask("GET", f"/v1/feeds/{in_path(feed)}/snapshot", params={"begun": begun}))

    def chunk(self, snapshot: str, n: int) -> bytes:
        """Load one packed chunk; whether it is the right one is for its SHA-256 to say."""
        reply = self._ask("GET", f"/v1/snapshots/{in_path(snapshot)}/{n}", self._patience.chunk, MOST_CHUNK)
        expect(reply, "application/zstd")
        return reply.body

    def enrolment_code(self, store: str, slot: int | None = None) -> CodeReply:
        """Ask for a code, with the administration's token in place of a till's."""
        asked = CodeRequest(store=store, slot=slot)
        return message(CodeReply, self._ask("POST", "/v1/admin/codes", content=asked.model_dump_json()))

    def raw(self, method: str, path: str, content: bytes = b"", **headers: str) -> Reply:
        """Any request and whatever comes back: for ``sync.conformance``, which asks what no till would."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self._ask_once_more(method, path, content=content, headers=named)

    def hold(self, request: HoldRequest) -> HoldReply:
        """Ask HQ to keep something for the cart that is open."""
        return message(HoldReply, self._ask("POST", "/v1/hold", content=request.model_dump_json()))

    def visit(self, request: VisitRequest) -> VisitReply:
        """Ask HQ for the member of a code that is unknown in this store."""
        return message(VisitReply, self._ask("POST", "/v1/visit", content=request.model_dump_json()))

    def health(self) -> dict[str, Any]:
        """HQ's own word that it is there: id, version, time. For ``doctor``."""
        reply = self._send("GET", "/v1/health")
        expect(reply, "application/json")
        found = parsed(reply.body)
        if not isinstance(found, dict) or "hq" not in found:
            raise LinkError("not_hq", why="shape")
        return found

    def news(self) -> Iterator[Poke | None]:
        """HQ's event stream, on a line that does nothing else: pokes, and None when HQ says that it is still there.

        Ends when HQ ends it or ``hang_up`` is called; ``LinkError`` where the line is lost.
        """
        extensions = {"trace": self._watchdog.trace}
        patience = httpx.Timeout(self._patience.news, connect=self._patience.connect)
        try:
            with self._client.stream(
                "GET", "/v1/news", headers=self._session.authorization(), timeout=patience, extensions=extensions
            ) as reply:
                kind = reply.headers.get("content-type", "")
                if reply.status_code != 200 or not kind.startswith("text/event-stream"):
                    raise LinkError("not_hq", why=f"status {reply.status_code}")
                yield from pokes(reply.iter_raw())  # a size would be waited for
        except NO_LINE as error:
            raise _link_error(error) from error

    def hang_up(self) -> None:
        """End what runs on this line, from any thread."""
        self._watchdog.cut()

    def _ask(self, method: str, path: str, seconds: float = 0, most: int = MOST_REPLY, **request: Any) -> Reply:
        """Ask in a session; ``LinkError("revoked")`` where HQ has proved that. Whoever else says so is not believed."""
        reply = self._ask_once_more(method, path, seconds, most, **request)
        if is_said_revoked(reply) and self._session.is_revoked():
            raise LinkError("revoked")
        return reply

    def _ask_once_more(
        self, method: str, path: str, seconds: float = 0, most: int = MOST_REPLY, **request: Any
    ) -> Reply:
        """HQ may have ended our session early, once: another one is opened then."""
        for again in (False, True):
            headers = request.get("headers", {}) | self._session.authorization(anew=again)
            reply = self._send(method, path, seconds, most, **request | {"headers": headers})
            if reply.status != UNAUTHORIZED or self._session.signer is None:
                break
        return reply

    def _challenge(self, content: str) -> Reply:
        return self._send("POST", "/v1/challenge", content=content)

    def _open(self, content: str) -> Reply:
        return self._send("POST", "/v1/session", content=content, headers=self._said())

    def _said(self) -> dict[str, str]:
        return {HEALTH: text} if (text := self._health()) else {}

    def _send(self, method: str, path: str, seconds: float = 0, most: int = MOST_REPLY, **request: Any) -> Reply:
        headers = {"Content-Type": "application/json"} | request.pop("headers", {})
        extensions = {"trace": self._watchdog.trace}
        try:
            with (
                self._watchdog.watching(seconds or self._patience.reply, by_steps=seconds > 0),
                self._client.stream(method, path, headers=headers, extensions=extensions, **request) as reply,
            ):
                body = _bounded(reply, most, self._watchdog.came)
        except NO_LINE as error:
            raise self._watchdog.verdict() or _link_error(error) from error
        coding = reply.headers.get("content-encoding", "identity")
        return Reply(reply.status_code, reply.headers, unpacked(coding, body, most))


def _bounded(reply: httpx.Response, most: int, came: Callable[[int], None]) -> bytes:
    """The bytes as sent; stops reading beyond ``most``."""
    body = bytearray()
    for piece in reply.iter_raw(64 * 1024):
        came(len(piece))
        body += piece
        if len(body) > most:
            raise LinkError("not_hq", why="too_long")
    return bytes(body)


def _link_error(error: Exception) -> LinkError:
    """What went wrong with the line, in the words of ``HqApi``."""
    if isinstance(error, httpx.TimeoutException):
        return LinkError("timeout")
    return LinkError("unreachable", why=_why(error))


def _why(error: BaseException) -> str:
    """``tls``, ``dns``, ``connect`` or ``cut``: what a support person asks first."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return "tls"
        if isinstance(cause, (socket.gaierror, UnicodeError)):
            return "dns"
        cause = cause.__cause__ or cause.__context__
    return "connect" if isinstance(error, httpx.ConnectError) else "cut"
