"""What HQ signs so that a store's hub may hand it on (docs/protocol.md, store hub)."""

from __future__ import annotations

from pydantic import Field

from sync.asking import HoldReply
from sync.protocol import Message, Page, Whole

#: The setting in a store's feed that says which till is its hub: ``{"document": TEXT, "signature"}``.
SETTING = "store_hub"


class Document(Message):
    """``terminal`` None: the store has no hub any more. ``tills``: public keys (base64) of those that may ask it."""

    hq: str
    store: str
    serial: Whole
    terminal: str | None
    address: str
    not_after: str
    tills: dict[str, str]


class HubRequest(Message):
    """The administration makes ``terminal`` the hub of ``store``, at host:port of its network; None: it has none."""

    store: str = Field(min_length=1, max_length=64)
    terminal: str | None = Field(max_length=200)
    address: str = Field(default="", max_length=200)


class AppliedSeq(Message):
    """``applied_seq`` of one till of the store: its facts of ``incarnation`` up to ``seq`` are in the page."""

    terminal: str
    incarnation: str
    seq: Whole


class SharedPage(Page):
    """A page for every till of a store."""

    applied: list[AppliedSeq] = Field(max_length=1000)


class SignedPage(Message):
    """``page``: the text of a ``SharedPage``; ``signature``: HQ's over it."""

    page: str
    signature: str


class SignedReply(Message):
    """``reply``: the text of a ``PushReply``; ``signature``: HQ's over terminal, SHA-256 of the batch, and it."""

    reply: str
    signature: str


class SignedTime(Message):
    """HQ's time for the till that asked with a nonce; ``signature`` as of ``FeedsReply``."""

    time: str = Field(max_length=64)
    signature: str = Field(max_length=200)


class HubHold(HoldReply):
    """A hub's answer in HQ's place: what it grants is a lease of the store's, to be used by this till alone."""

    hub: str
