"""Between the sync thread and the window: its news become the strip's state; a sale wakes it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal

from ui.context import Context, Held, LinkState
from ui.opening import SystemClock

if TYPE_CHECKING:
    from concurrent.futures import Future

    from posclient.db.at_rest import OwnKey
    from sync.asking import HoldReply, HoldRequest, VisitReply, VisitRequest
    from sync.running import BackgroundSync
    from sync.worker import SyncState


class Link(QObject):
    """``prepare`` may run in any thread (it imports httpx); ``begin`` and ``stop`` in the window's.

    ``refreshed``: a cycle has brought data, so that what was empty may be asked again. ``leases_due``: one is over, and
    what HQ calls back may be given up.
    """

    refreshed = Signal()
    leases_due = Signal()
    _news = Signal(object)

    def __init__(self, context: Context, folder: Path, own: OwnKey | None = None) -> None:
        super().__init__()
        self._context, self._folder, self._own = context, folder, own
        self._sync: BackgroundSync | None = None
        self._over = False
        self._news.connect(self._show, Qt.ConnectionType.QueuedConnection)
        context.sync_wanted.connect(self.wake)
        context.sync_now_wanted.connect(self.sync_now)
        context.held_accepted.connect(self.accept_held)

    def prepare(self) -> BackgroundSync:
        """The heavy part: the imports."""
        from sync.running import BackgroundSync

        return BackgroundSync(self._folder, SystemClock(), self._news.emit, self._own, self._give_up)

    def begin(self, sync: BackgroundSync) -> None:
        """Start the thread; not where the till was closed while it was prepared."""
        if self._over:
            return
        self._sync = sync
        sync.start()

    def wake(self) -> None:
        """A fact was written."""
        if self._sync is not None:
            self._sync.wake()

    def sync_now(self) -> None:
        """A person asks (T-23)."""
        if self._sync is not None:
            self._sync.sync_now()

    def accept_held(self, seen: tuple[Held, ...]) -> None:
        """A manager decided to take what they saw held back."""
        if self._sync is not None:
            from sync.report import HeldBack

            self._sync.accept_held([HeldBack(one.feed, one.code, one.params) for one in seen])

    def hold(self, request: HoldRequest) -> Future[HoldReply] | None:
        """Ask HQ to keep something for the open cart; None while there is no line at all."""
        return self._sync.hold(request) if self._sync is not None else None

    def visit(self, request: VisitRequest) -> Future[VisitReply] | None:
        """Ask HQ for a member of another store; None while there is no line at all."""
        return self._sync.visit(request) if self._sync is not None else None

    def stop(self) -> None:
        """At the end of the program. What is unsent stays in the outbox."""
        self._over = True
        if self._sync is not None:
            self._sync.stop()
            self._sync = None

    def _give_up(self) -> int:
        """In the sync thread. The cart is the till's: it answers when it is asked, and wakes the sync then."""
        self.leases_due.emit()
        return 0

    def _show(self, state: SyncState) -> None:
        self._context.show_link(link_state(state, self._context.link.held))
        if not state.running and state.report is not None:
            self.refreshed.emit()


def link_state(state: SyncState, held: tuple[Held, ...] = ()) -> LinkState:
    """The sync thread's state as the window paints it; ``held`` stays until a cycle that ran to its end says else."""
    if state.report is not None and state.report.complete and not state.running:
        began, now = {one.feed: one.since for one in held}, time.monotonic()
        held = tuple(Held(one.feed, one.code, one.params, began.get(one.feed, now)) for one in state.report.held)
    age = (SystemClock().now() - state.since).total_seconds() if state.since is not None else 0.0
    progress = state.progress
    percent = progress.done * 100 // progress.total if progress is not None and progress.total else None
    hub = state.report.hub if state.report is not None else None
    return LinkState(
        online=state.online is True,
        known=state.online is not None,
        since=time.monotonic() - max(0.0, age),
        code=state.why.code if state.why is not None else "",
        percent=percent if state.running else None,
        running=state.running,
        held=held,
        hub=hub.hub if hub else "",
        hub_state=hub.state if hub else "",
        hub_handed=hub.handed if hub else 0,
    )
