"""The window: rail, strip, stage, hints, messages. Gives keys and scans to what is in front; knows no business."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QWidget

from posclient.config import Settings
from posclient.devices.wedge import Decision, Scan, TooLong
from ui import keys, theme
from ui.context import Context, Message
from ui.i18n import tr
from ui.screens import desk_pages
from ui.screens.login import LoginScreen
from ui.screens.once import DOUBLE_S, Breath
from ui.screens.screen import Deeds, Page, Screen
from ui.widgets.boxes import column, row
from ui.widgets.hints import Hints
from ui.widgets.login_panel import LoginPanel
from ui.widgets.message_bar import MessageBar
from ui.widgets.rail import Rail
from ui.widgets.stage import Stage
from ui.widgets.strip import Strip

#: A place is made when it is first gone to: its module imports the actions, which the login must not wait for.
Places = dict[str, Callable[[Context], Screen]]


class MainWindow(QWidget):
    """``places`` says how each place of the rail is made; ``face`` is the login that was painted first."""

    def __init__(self, context: Context, places: Places, face: LoginPanel | None = None) -> None:
        super().__init__()
        self.context = context
        self._places = places
        self._made: dict[str, Screen] = {}
        self.pages: list[Page] = []
        self.keys = keys.KeyMap(context.settings.keys)
        self._pressed: tuple[QWidget | None, float] = None, 0.0
        self._hint, self._breath = "", Breath()
        self.rail, self.strip, self.hints, self.stage = Rail(), Strip(), Hints(), Stage()
        self.message = MessageBar(self.stage)
        self.login = LoginScreen(context, face)
        self.place: Screen = self.login
        self._build()
        self._connect()
        self.lock()

    def _build(self) -> None:
        theme.look(self, "background")
        right = column(self.strip, self.stage, self.hints, gap=0)
        right.setStretch(1, 1)
        self.setLayout(row(self.rail, right, gap=0))
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setMinimumSize(1024, 640)  # said once: else every change of a text would move the window's own limits
        self.resize(1366, 768)

    def _connect(self) -> None:
        context = self.context
        self.rail.chosen.connect(self.go)
        self.strip.touched.connect(lambda: self.run("readiness"))
        self.stage.resized.connect(self._place_message)
        context.screen_wanted.connect(self.go)
        context.valet_wanted.connect(self._go_valet)
        context.page_wanted.connect(self.open_page)
        context.page_done.connect(self.close_page)
        context.said.connect(self._say)
        context.staff_changed.connect(self._staff_changed)
        context.status_changed.connect(self.strip.show_status)
        context.link_changed.connect(self.strip.show_link)
        context.cart_changed.connect(lambda _view: self.refresh_hints())
        context.deeds_changed.connect(self.refresh_hints)
        context.settings_changed.connect(self._settings_changed)

    # --- places and pages

    def go(self, name: str) -> None:
        """Show a place; nobody goes anywhere before they have logged in, nor while money changes hands."""
        if self.context.staff is None or name not in self._places or any(one.awaited for one in self.pages):
            return
        if name not in self._made:
            self._made[name] = self._places[name](self.context)
        self._show(self._made[name])
        self.place.entered()

    def _go_valet(self, sku: str) -> None:
        self.go("valet")
        open_sku = getattr(self.place, "open_sku", None)
        if sku and open_sku is not None:
            open_sku(sku)

    def lock(self) -> None:
        """Back to the login; the cart stays where it is."""
        self._show(self.login)

    def open_page(self, page: Page) -> None:
        """Slide a page over the screen; keys and hints are its own from now on. Nothing slides over the login: the
        till may have been locked while the answer that asks for a page was on its way.
        """
        if self.context.staff is None:
            page.deleteLater()
            return
        self.context.clear_message()
        self.pages.append(page)
        self.stage.push(page, page.wide)
        page.shown()
        self.refresh_hints()

    def close_page(self, page: Page | None = None) -> None:
        """Put a page away (the one in front), with whatever lies over it; one that has gone already changes nothing."""
        if page is not None and page not in self.pages:
            return
        while self.pages:
            top = self.pages.pop()
            top.gone = True
            self.stage.remove(top)
            self.context.after_answers(top.deleteLater)
            top.left()
            self.context.page_left.emit(top)
            if page is None or top is page:
                break
        self.stage.rest_at(self.context.last_touch(), DOUBLE_S)
        self._place_message()
        self.front.shown()
        self.refresh_hints()

    @property
    def front(self) -> Screen:
        """What gets keys and scans now."""
        return self.pages[-1] if self.pages else self.place

    def _show(self, screen: Screen) -> None:
        while self.pages:
            self.close_page()
        locked = screen is self.login
        self.place = screen
        self.rail.setVisible(not locked)
        self.hints.setVisible(not locked)
        self.stage.set_screen(screen, screen.side_width)
        self.rail.mark(screen.name)
        self._place_message()
        screen.shown()
        self.refresh_hints()

    def _staff_changed(self, staff: object) -> None:
        self.strip.show_staff(getattr(staff, "name", ""))
        self.rail.offer("report", offered=bool(getattr(staff, "reads_shifts", False)))
        if staff is None:
            self.lock()
        else:
            self.go("sale")

    def _settings_changed(self, settings: Settings) -> None:
        self.keys = keys.KeyMap(settings.keys)
        self.hints.forget()
        self.refresh_hints()

    # --- keys and scans, from ui.scan_channel

    def deeds(self) -> Deeds:
        """What can be done now: the front's own deeds, and the window's."""
        own = dict(self.front.deeds())
        if self.pages:
            own.setdefault("back", self.close_page)
        elif self.place is not self.login:
            own.setdefault("settings", lambda: self.go("settings"))
        if self.place is not self.login and (not self.pages or self.pages[-1].finished):
            own = {"care": lambda: self.go("care"), **self._desk_deeds(), **own}
            if self.context.staff is not None and self.context.staff.reads_shifts:
                own.setdefault("report", lambda: self.go("report"))
        if self.place is not self.login:
            own.setdefault("readiness", lambda: self.open_page(desk_pages.readiness_page(self.context)))
            own.setdefault("lock", lambda: self.context.show_staff(None))
        return own

    def _desk_deeds(self) -> Deeds:
        """What is at hand wherever one stands."""
        return {
            "help": lambda: self.open_page(desk_pages.help_page(self.context, self.keys)),
            "reprint": lambda: self.open_page(desk_pages.receipts_page(self.context)),
            "drawer": lambda: self.open_page(desk_pages.drawer_page(self.context)),
        }

    def on_key(self, event: QKeyEvent) -> bool:
        """A person's key. True: it was one of ours. A key that repeats by itself never does a deed twice."""
        if event.type() is not QEvent.Type.KeyPress or not self.isVisible():
            return False
        own = event.key() in self.front.own_keys and not event.modifiers()
        deed = self.keys.deed(event) if not own else ""
        focus = self.focusWidget()
        if self._is_double(deed, focus):
            return True
        if deed in keys.EDITING and _has_text(focus):
            deed = ""
        if deed == "collect" and _has_own_enter(focus):
            deed = ""
        if deed in self.deeds():
            if not event.isAutoRepeat():
                self.run(deed)
            return True
        printable = event.text() != "" and event.text().isprintable()
        return printable and not _is_field(focus) and self.front.typed(event)

    def _is_double(self, deed: str, focus: QWidget | None) -> bool:
        """Enter twice in a breath, the first on a button that Tab had chosen and that gave the keys away then: nobody
        has chosen what has them now (T-15).
        """
        (pressed, at), now = self._pressed, time.monotonic()
        if deed == "collect" and pressed is not None and pressed is not focus and now - at < DOUBLE_S:
            return True
        self._pressed = (focus if deed == "collect" and _has_own_enter(focus) else None), now
        return False

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Tab goes past whatever a page covers: nobody sees what it would choose there, and Enter would press it. Where
        a part that had the keys goes itself, they are for what is in front: nobody has chosen the next one.
        """
        start: QWidget | None = self.focusWidget()
        if start is not None and not (start.isVisible() and start.isEnabled()):
            self.front.setFocus()
            return True
        while super().focusNextPrevChild(forward):
            if self.front.has_keys() or self.focusWidget() is start:
                return True
        return False

    def run(self, deed: str) -> None:
        """Do a deed by name, as its key does."""
        found = self.deeds().get(deed)
        if found is not None:
            found()
            self.refresh_hints()

    def on_scan(self, decision: Decision) -> None:
        """A scan, or keys of a scanner that are no whole code: the one way in for both."""
        if isinstance(decision, Scan):
            # what one does not want is for whatever lies below it: at the valet screen no article is ever rung up
            if not any(one.takes_scan(decision.text) for one in (*reversed(self.pages), self.place)):
                self._scan_into_cart(decision.text)
            return
        self.context.tones.play("failure")
        if isinstance(decision, TooLong):
            self.context.say("danger", tr("scan.too_long", n=decision.length))
        else:
            self.context.say("danger", tr("scan.partial", raw=getattr(decision, "text", "")))

    def _scan_into_cart(self, text: str) -> None:
        if self.context.staff is None:
            self.context.say("warning", tr("scan.locked"))
            return
        if self.place.name != "sale":  # whoever scans is at the next sale, and so is their Enter
            self.go("sale")
        sale = self._made.get("sale")
        scanned = getattr(sale, "scanned", None)
        if scanned is not None:
            scanned(text)

    def refresh_hints(self) -> None:
        deeds = {name: deed for name, deed in self.deeds().items() if name not in self.front.own_words}
        self.hints.show_deeds(deeds, self.keys, self._run_hint)

    def _run_hint(self, deed: str) -> None:
        """By a touch: a finger that bounces is for no other one, which moves to its place (T-15)."""
        if deed == self._hint or not self._breath.lasts:
            self._hint = deed
            self._breath.begin()
            self.run(deed)

    # --- messages

    def _say(self, message: Message | None) -> None:
        if message is None:
            self.message.hide()
        else:
            self._place_message()
            self.message.say(message.kind, message.text)

    def _place_message(self) -> None:
        self.message.place(self.stage.left_area(self.front.side_width or self.place.side_width))


def _has_own_enter(widget: QWidget | None) -> bool:
    """A button that Tab has chosen: Enter presses it."""
    return widget is not None and widget.property("enter") == "own"


def _is_field(widget: QWidget | None) -> bool:
    return isinstance(widget, (QLineEdit, QPlainTextEdit))


def _has_text(widget: QWidget | None) -> bool:
    if isinstance(widget, QLineEdit):
        return bool(widget.text())
    return isinstance(widget, QPlainTextEdit)
