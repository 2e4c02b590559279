"""``HqApi``: what a till asks of HQ, however it gets there."""

from __future__ import annotations

from typing import Protocol

from sync.asking import HoldReply, HoldRequest, VisitReply, VisitRequest
from sync.pace import Pace
from sync.protocol import EnrolReply, EnrolRequest, FeedsReply, Manifest, Page, PushReply, PushRequest
from sync.signing import Unsealing

#: Errors where HQ is not there, or not shown to be; any other is HQ's own word.
NO_HQ = {"unreachable", "timeout", "not_hq", "server", "retry_after", "revoked_unproved", "fork_unproved"}


class HqApi(Protocol):
    """What a till asks of HQ. ``sync.transport`` speaks it over HTTP, ``sync.hq.service`` answers it.

    Errors: ``posclient.errors.LinkError`` with code ``unreachable``, ``timeout``, ``not_hq`` (an answer that is not
    ours: captive portal), ``server`` (5xx), ``retry_after`` (seconds=), ``gap`` (expected=), ``upgrade_required``,
    ``unauthorized``, ``revoked`` (HQ has proved it), ``revoked_unproved`` (somebody says so), ``fork_unproved``,
    ``snapshot_required`` (410), ``bad_code`` (enrolment), ``bad_request``.
    """

    @property
    def up(self) -> Pace:
        """How much of a push this line carries at once."""

    @property
    def down(self) -> Pace:
        """How much of a page."""

    def enrol(self, request: EnrolRequest) -> EnrolReply: ...

    def unseal(self) -> Unsealing | None:
        """What HQ gave with the session to open personal data with."""

    def push(self, request: PushRequest) -> PushReply: ...

    def proved(self, request: PushRequest) -> PushReply:
        """Push once more, for an answer that HQ has signed: ``LinkError("fork_unproved")`` where there is none."""

    def feeds(self, sent_until: str = "") -> FeedsReply:
        """``sent_until``: a time of HQ's own (ISO 8601). What was made here before it, HQ has; empty: up to now."""

    def page(self, feed: str, epoch: str, after: int, limit: int) -> Page: ...

    def manifest(self, feed: str, begun: str = "") -> Manifest:
        """``begun``: the snapshot of which chunks are here already; it is given again while HQ can go on with it."""

    def chunk(self, snapshot: str, n: int) -> bytes: ...

    def hold(self, request: HoldRequest) -> HoldReply: ...

    def visit(self, request: VisitRequest) -> VisitReply: ...
