"""A till's part in its store's hub, after each cycle: it is the hub, or turns to it while HQ is away, or neither.

A till that is neither imports nothing of ``sync.hub``.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from posclient.db import outbox, terminal
from posclient.db.connection import Connection
from posclient.db.hub_file import HUB_FILE
from posclient.db.instants import to_ms
from posclient.db.live_cache import LiveCache
from posclient.db.terminal import Terminal
from posclient.domain.ids import Clock
from posclient.errors import DataError, PosError
from sync.appointment import Appointment, adopt, here
from sync.credentials import signer_of
from sync.report import CycleReport
from sync.transport import HttpHq

if TYPE_CHECKING:
    from sync.hub.serving import Serving

_log = logging.getLogger(__name__)

#: What stops a cycle where HQ is not there; any other error is HQ's own word, which no hub changes.
NO_HQ = {"unreachable", "timeout", "not_hq", "server", "retry_after"}


class HubPart:
    """Of one data folder. ``wake`` starts a cycle of it; without, it is never the hub."""

    def __init__(self, folder: Path, clock: Clock, wake: Callable[[], None] | None) -> None:
        self._folder, self._clock, self._wake = folder, clock, wake
        self._serving: Serving | None = None
        self._served_as = ""

    @property
    def is_hub(self) -> bool:
        """Does this till serve the others now?"""
        return self._serving is not None

    def line(self, me: Terminal, health: Callable[[], str]) -> HttpHq:
        """A line to HQ; a hub's keeps the pages that it brings."""
        if self._serving is not None:
            return self._serving.line(me.hq_url, health)
        return HttpHq(me.hq_url, signer_of(self._folder, me), health=health)

    def after(self, report: CycleReport, line: HttpHq, con: Connection) -> CycleReport:
        """What follows a cycle; never raises a ``PosError``: selling and HQ come first."""
        me = terminal.read(con)
        appointment = appointed(self._folder, me)
        try:
            self._serve(appointment, me)
            if report.error is None or report.error.code not in NO_HQ:
                self._forward(line)
            elif appointment is not None and appointment.serves(me.terminal, self._now_ms(me)):
                return self._through(report, appointment, me, con)
        except PosError as error:
            _log.info("the store's hub: %s", error)
        return report

    def stop(self) -> None:
        """Be the hub no more."""
        if self._serving is not None:
            self._serving.stop()
            self._serving = None

    def _serve(self, appointment: Appointment | None, me: Terminal) -> None:
        if self._wake is None or appointment is None or appointment.terminal != me.terminal:
            self.stop()
            return
        if self._serving is None or self._served_as != me.incarnation:
            from sync.hub.serving import Serving

            self.stop()
            self._serving = Serving(self._folder, me, self._wake)
            self._served_as = me.incarnation
        self._serving.follow(appointment)

    def _forward(self, line: HttpHq) -> None:
        if (self._folder / HUB_FILE).exists():
            from sync.hub.forwarding import forward

            forward(line, self._folder)

    def _through(self, report: CycleReport, appointment: Appointment, me: Terminal, con: Connection) -> CycleReport:
        from sync.hub.through import through_hub

        hub = through_hub(appointment, signer_of(self._folder, me), con, self._folder, self._clock)
        return replace(report, hub=hub, unsent=outbox.backlog(con, self._clock.now()).count)

    def _now_ms(self, me: Terminal) -> int:
        """A clock that is put back makes no appointment last longer."""
        return max(to_ms(self._clock.now()), me.floor_ms)


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
