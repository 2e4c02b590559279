"""Being the hub, while HQ's appointment names this till: the server, and the line that keeps HQ's pages."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from posclient.db.terminal import Terminal
from posclient.errors import DataError
from sync.appointment import Appointment, adopt, newest, read
from sync.hub.desk import Desk
from sync.hub.holds import HeldHere
from sync.hub.keeping import KeepingHq, Pages
from sync.hub.server import HubServer
from sync.keeping import Keeper
from sync.transport import HttpHq


class Serving:
    """One appointed till. ``follow`` brings it up to date after each cycle; ``fault``: why it does not listen."""

    def __init__(self, folder: Path, me: Terminal, wake: Callable[[], None], keeper: Keeper) -> None:
        self._folder, self._me = folder, me
        self._signer, self._pages = keeper.signer(me), Pages(folder, keeper.own)
        self._now: Appointment | None = None
        self._lock = threading.Lock()
        self._desk = Desk(folder, me.terminal, self._pages, wake)
        self._server = HubServer(self._signer, self._desk, lambda: self._now, self._told)
        self._listens_at: tuple[str, int] | None = None
        self.fault: DataError | None = None

    def follow(self, appointment: Appointment) -> None:
        """Listen where the appointment says."""
        with self._lock:
            self._now = appointment
        place = appointment.place
        if place == self._listens_at:
            return
        self.stop()
        try:
            self._server.start(place)
            self._listens_at, self.fault = place, None
        except DataError as error:
            self.fault = error

    def hold(self, coupons: Sequence[str]) -> HeldHere:
        """As the other tills ask."""
        return self._desk.hold(self._me.terminal, coupons)

    def moves(self) -> dict[str, int]:
        """What the other tills have moved."""
        return self._desk.moves(self._me.terminal)

    def fetch_times(self, line: HttpHq) -> None:
        """HQ's time for the tills that asked. ``LinkError``: no line."""
        self._desk.times.fetch(line.signed_time)

    def line(self, url: str, health: Callable[[], str]) -> KeepingHq:
        """To HQ."""
        return KeepingHq(url, self._signer, self._pages, health)

    def stop(self) -> None:
        """Be the hub no more."""
        self._server.stop()
        self._listens_at = None

    def _told(self, said: Any) -> None:
        """A till knows a newer appointment: it counts at once, also if it ends this one, or the disk is full."""
        me = self._me
        with self._lock:
            try:
                self._now = adopt(self._folder, me, said) or self._now
            except DataError:
                self._now = newest((self._now, read(said, me.hq, me.hq_key, me.store)))
