"""A till's part in its store's hub, after each cycle: it is the hub, or turns to it while HQ is away, or neither.

A till that is neither imports nothing of ``sync.hub``.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from posclient.db import outbox, stock, terminal
from posclient.db.connection import TILL_FILE, Connection, connect
from posclient.db.hub_file import DAMAGED, HUB_FILE, begin_anew, forget_pages
from posclient.db.instants import to_ms
from posclient.db.live_cache import LiveCache
from posclient.db.terminal import Terminal
from posclient.domain.ids import Clock
from posclient.errors import DataError, LinkError, PosError
from sync.api import NO_HQ
from sync.appointment import Appointment, adopt, here
from sync.asking import HeldCoupon, HoldRequest, RefusedCoupon
from sync.handed_on import HubHold
from sync.keeping import Keeper
from sync.report import CycleReport, HubReport
from sync.transport import HttpHq

if TYPE_CHECKING:
    from sync.hub.holds import HeldHere
    from sync.hub.serving import Serving
    from sync.hub.times import Question

_log = logging.getLogger(__name__)

#: Seconds to connect and for each answer, while a customer waits.
AT_THE_COUNTER = (0.3, 0.5)


class HubPart:
    """Of one data folder. ``wake`` starts a cycle of it; without, it is never the hub. ``keeper``: the till's keys."""

    def __init__(self, folder: Path, clock: Clock, wake: Callable[[], None] | None, keeper: Keeper) -> None:
        self._folder, self._clock, self._wake, self._keeper = folder, clock, wake, keeper
        self._serving: Serving | None = None
        self._served_as = ""
        self._question: Question | None = None
        self._question_of = ""

    @property
    def is_hub(self) -> bool:
        """Does this till serve the others now?"""
        return self._serving is not None

    def line(self, me: Terminal, health: Callable[[], str]) -> HttpHq:
        """A line to HQ; a hub's keeps the pages that it brings."""
        if self._serving is not None:
            return self._serving.line(me.hq_url, health)
        return HttpHq(me.hq_url, self._keeper.signer(me), health=health)

    def after(self, report: CycleReport, line: HttpHq, con: Connection) -> CycleReport:
        """What follows a cycle; never raises a ``PosError``: selling and HQ come first."""
        try:
            return self._after(report, line, con)
        except PosError as error:
            _log.info("the store's hub: %s", error)
            if error.code in DAMAGED:
                with suppress(OSError):  # in use: the next cycle tries again
                    begin_anew(self._folder)
            return report

    def _after(self, report: CycleReport, line: HttpHq, con: Connection) -> CycleReport:
        me = terminal.read(con)
        appointment = appointed(self._folder, me)
        self._serve(appointment, me)
        if (self._folder / HUB_FILE).exists() and (appointment is None or appointment.terminal != me.terminal):
            forget_pages(self._folder)
        if report.error is None or report.error.code not in NO_HQ:
            self._forward(line)
            if self._serving is not None:
                self._serving.fetch_times(line)
            if report.complete:
                note_moves(self._folder, {})  # HQ's figures count again
            if self._serving is not None and self._serving.fault is not None:  # better known before it is needed
                return replace(report, hub=HubReport(me.terminal, is_own=True, error=self._serving.fault))
        elif self._serving is not None:
            note_moves(self._folder, self._serving.moves())
            return replace(report, hub=HubReport(me.terminal, is_own=True, error=self._serving.fault))
        elif appointment is not None and appointment.serves(me.terminal, self._now_ms(me)):
            return self._through(report, appointment, me, con)
        return report

    def stop(self) -> None:
        """Be the hub no more."""
        if self._serving is not None:
            self._serving.stop()
            self._serving = None

    def hold(self, request: HoldRequest) -> HubHold:
        """Ask the hub to keep coupons for a cart, in HQ's place and within its patience. ``LinkError``: no hub."""
        con = connect(self._folder / TILL_FILE, read_only=True)
        try:
            me = terminal.read(con)
        finally:
            con.close()
        serving, hub = self._serving, appointed(self._folder, me)
        if serving is not None and (hub is None or hub.terminal == me.terminal):  # else it is one no more, told since
            return _as_hqs(me.terminal, serving.hold(request.coupons))
        if hub is None or not hub.serves(me.terminal, self._now_ms(me)):
            raise LinkError("hub_unreachable", why="none")
        from sync.hub.line import HubLine

        with HubLine(hub, self._keeper.signer(me), *AT_THE_COUNTER) as line:
            return _as_hqs(hub.terminal or "", line.hold(request.coupons))

    def _serve(self, appointment: Appointment | None, me: Terminal) -> None:
        if self._wake is None or appointment is None or appointment.terminal != me.terminal:
            self.stop()
            return
        if self._serving is None or self._served_as != me.incarnation:
            from sync.hub.serving import Serving

            self.stop()
            self._serving = Serving(self._folder, me, self._wake, self._keeper)
            self._served_as = me.incarnation
        self._serving.follow(appointment)

    def _forward(self, line: HttpHq) -> None:
        if (self._folder / HUB_FILE).exists():
            from sync.hub.forwarding import forward

            forward(line, self._folder)

    def _through(self, report: CycleReport, appointment: Appointment, me: Terminal, con: Connection) -> CycleReport:
        from sync.hub.through import through_hub
        from sync.hub.times import Question

        if self._question is None or self._question_of != me.incarnation:
            self._question, self._question_of = Question(), me.incarnation
        signer = self._keeper.signer(me)
        hub = through_hub(appointment, signer, con, self._folder, self._clock, self._keeper.own, self._question)
        return replace(report, hub=hub, unsent=outbox.backlog(con, self._clock.now()).count)

    def _now_ms(self, me: Terminal) -> int:
        """A clock that is put back makes no appointment last longer."""
        return max(to_ms(self._clock.now()), me.floor_ms)


def note_moves(folder: Path, moves: Mapping[str, int]) -> None:
    """Beside HQ's stock in the live cache."""
    with closing(LiveCache(folder, writable=True)) as cache:
        stock.note_others(cache, moves)


def _as_hqs(hub: str, said: HeldHere) -> HubHold:
    """The hub's answer in the words of HQ's, by this machine's clock."""
    now = datetime.now(UTC)
    return HubHold(
        hub=hub, time=now.isoformat(),
        held=[HeldCoupon(coupon=one, until=(now + timedelta(seconds=said.seconds)).isoformat()) for one in said.held],
        refused=[
            RefusedCoupon(
                coupon=one.coupon, code=one.code, store=one.terminal,
                until=(now + timedelta(seconds=one.seconds)).isoformat() if one.seconds else None,
            )
            for one in said.refused
        ],
    )  # fmt: skip


def appointed(folder: Path, me: Terminal) -> Appointment | None:
    """The appointment that counts here; where the cache cannot be read, the one that was adopted before."""
    try:
        cache = LiveCache(folder)
        try:
            return here(folder, me, cache)
        finally:
            cache.close()
    except DataError:
        return adopt(folder, me, None)
