"""What every screen is given: the till's work, the cart on screen, who is logged in, messages, tones, pages.

A screen calls ``context.do(lambda till: action(till, ...), done)`` and paints the view that comes back. It never waits,
never opens a database, never computes money.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from PySide6.QtCore import QObject, QPoint, Signal

from posclient.config import Settings, save_settings
from posclient.errors import PosError
from ui import i18n, theme
from ui.runner import Runner
from ui.sentences import sentence
from ui.tones import Tones

if TYPE_CHECKING:
    from posclient.actions.till import Till
    from posclient.actions.views import CartView, SaleDone, TillStatus
    from posclient.domain.people import Staff

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Message:
    """``kind``: good, info, warning or danger. Shown in the message area, which never takes the focus."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Held:
    """A feed that waits for a person (protocol.md, pull), why, and what would go with it.

    ``since``: the monotonic time (s) at which this run first saw the feed held back. It makes no other of it.
    """

    feed: str
    code: str
    params: Mapping[str, object]
    since: float = field(default_factory=time.monotonic, compare=False)


@dataclass(frozen=True, slots=True)
class LinkState:
    """The way to HQ: ``since`` is a monotonic time in s of the last change, ``code`` why it is down.

    ``percent``: how far a load of a whole feed is, None while there is none. ``held``: as the last whole cycle left it.
    While it is down: ``hub``, the store's, if there is one; ``hub_state``: through_hub, is_hub or no_hub (it does not
    answer either), and at any time hub_deaf; ``hub_handed``: how many unsent facts lie there too.
    """

    online: bool = False
    known: bool = False
    since: float = 0.0
    code: str = ""
    percent: int | None = None
    running: bool = False
    held: tuple[Held, ...] = ()
    hub: str = ""
    hub_state: str = ""
    hub_handed: int = 0

    def offline_s(self, now: float) -> float | None:
        """Since when HQ does not answer, at the monotonic time ``now``; None while it does or nobody has asked."""
        return max(0.0, now - self.since) if self.known and not self.online else None


class Context(QObject):
    """One for the window."""

    cart_changed = Signal(object)  # CartView
    scanned = Signal(object)  # ScanResult: what a code turned out to be
    staff_changed = Signal(object)  # Staff or None
    status_changed = Signal(object)  # TillStatus
    link_changed = Signal(object)  # LinkState
    said = Signal(object)  # Message or None
    sold = Signal(object)  # SaleDone: the drawer, the sync
    drawer_wanted = Signal()  # the drawer without a sale
    valet_wanted = Signal(str)  # a SKU that is out here, or empty: the list of orders
    receipt_wanted = Signal(str, bool)  # sale id, is it a copy: whoever prints
    receipt_declined = Signal(str)  # sale id: nobody wants its slip on paper
    report_wanted = Signal(object)  # a ShiftReport: whoever prints
    test_slip_wanted = Signal()  # for whoever sets a printer up
    page_wanted = Signal(object)  # a ui.screens.screen.Page
    page_done = Signal(object)  # the page that wants to go
    page_left = Signal(object)  # the page that has gone
    screen_wanted = Signal(str)  # the name of a screen: sale, valet, settings
    settings_changed = Signal(object)  # Settings
    deeds_changed = Signal()  # other keys mean something now, without a key having been pressed
    sync_now_wanted = Signal()  # a person asks, whatever the back-off (T-23)
    held_accepted = Signal(object)  # a tuple of Held: what a manager saw held back and lets in
    sync_wanted = Signal()  # wake the sync worker: a fact was written

    def __init__(self, folder: Path, till: Runner, reader: Runner, settings: Settings) -> None:
        super().__init__()
        self.folder, self.settings = folder, settings
        self._till, self._reader = till, reader
        self._at_rest: list[Callable[[], None]] = []
        self.tones = Tones(on=settings.sounds)
        self.cart: CartView | None = None
        self.staff: Staff | None = None
        self.status: TillStatus | None = None
        self.link = LinkState()
        #: Was ``painted_at`` (monotonic s) before the person's last key or touch? The composition root sets the
        #: real one. Whatever settles a sale asks it with the paint of the amount that it confirms (T-13).
        self.is_fresh: Callable[[float], bool] = lambda painted_at: painted_at > 0
        #: Where on the screen the person's last touch was, None after a key: the real one is set there too.
        self.last_touch: Callable[[], QPoint | None] = lambda: None

    # --- work

    @property
    def busy(self) -> bool:
        """Is a write under way?"""
        return self._till.busy > 0

    def do(
        self,
        work: Callable[[Till], T],
        done: Callable[[T], None] | None = None,
        failed: Callable[[PosError], None] | None = None,
    ) -> None:
        """Run ``work`` on the till, in order. Without ``failed`` an error becomes a message with its tone."""
        self._till.run(work, done or _nothing, failed or self.say_error)

    def read(
        self,
        work: Callable[[Till], T],
        done: Callable[[T], None],
        failed: Callable[[PosError], None] | None = None,
    ) -> None:
        """Look something up beside the till's own work: search, grids, lists."""
        self._reader.run(work, done, failed or self.say_error)

    def change_cart(self, work: Callable[[Till], CartView], done: Callable[[CartView], None] | None = None) -> None:
        """``do`` for whatever gives a cart: it is shown, then ``done`` is called."""

        def shown(view: CartView) -> None:
            self.show_cart(view)
            if done is not None:
                done(view)

        self.do(work, shown)

    def after_answers(self, then: Callable[[], None]) -> None:
        """Call ``then`` when all work that was handed over has been answered, and what came of that."""
        self._at_rest.append(then)
        if len(self._at_rest) == 1:
            self._look_for_rest()

    def _look_for_rest(self, _answer: object = None) -> None:
        """Behind the last work of whoever is busy; one such look at a time, or they would wait for each other."""
        busy = next((one for one in (self._till, self._reader) if one.busy), None)
        if busy is not None:
            busy.run(_nothing, self._look_for_rest, self._look_for_rest)
            return
        waiting, self._at_rest = self._at_rest, []
        for then in waiting:
            then()

    # --- what is on screen

    def show_cart(self, view: CartView) -> None:
        self.cart = view
        self.cart_changed.emit(view)

    def show_staff(self, staff: Staff | None) -> None:
        self.staff = staff
        self.staff_changed.emit(staff)

    def show_status(self, status: TillStatus) -> None:
        self.status = status
        self.status_changed.emit(status)

    def show_link(self, link: LinkState) -> None:
        self.link = link
        self.link_changed.emit(link)

    def sale_done(self, done: SaleDone, *, paper: bool) -> None:
        """A sale is committed: whoever kicks the drawer, wakes the sync and prints hears of it."""
        self.sold.emit(done)
        self.sync_wanted.emit()
        if paper:
            self.receipt_wanted.emit(done.sale_id, False)
        else:
            self.receipt_declined.emit(done.sale_id)

    def say(self, kind: str, text: str) -> None:
        self.said.emit(Message(kind, text))

    def say_error(self, error: PosError) -> None:
        self.tones.play("failure")
        self.say("danger", sentence(error))

    def clear_message(self) -> None:
        self.said.emit(None)

    # --- settings

    def change_settings(self, **changes: Any) -> None:
        """Save, and let language, look and tones follow at once, also where it cannot be saved."""
        settings = replace(self.settings, **changes)
        try:
            save_settings(self.folder, settings)
        except PosError as error:
            self.say_error(error)
        before, self.settings = self.settings, settings
        self.tones.on = settings.sounds
        if settings.language != before.language:
            i18n.use_language(settings.language)
            theme.call_everywhere("retranslate")
        if settings.theme != before.theme:
            theme.use_theme(settings.theme)
        self.settings_changed.emit(settings)


def _nothing(_answer: object) -> None:
    """For work whose answer nobody needs."""
