"""The readiness page: what this till can do now, what waits for HQ, and what somebody has to decide (ux.md, manners).

Reached by a touch on the status strip. Everything on it is true at the moment: it asks again with each status and each
news of the link, and rebuilds only what differs, so that whoever walks it by Tab keeps their place.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from posclient.actions import login, readiness
from posclient.actions.readiness import Decided, Readiness
from ui.context import Context, Held, LinkState
from ui.i18n import tr
from ui.screens import readiness_parts as parts
from ui.screens.approval import ApprovalPage
from ui.screens.screen import Deeds, Page
from ui.widgets.boxes import clear, column, frame, pad, row
from ui.widgets.button import Button
from ui.widgets.capabilities import CapabilityList
from ui.widgets.scroller import Scroller
from ui.widgets.text import Text

#: One press of an arrow moves the lists by so much (px).
STEP = 72


class ReadinessPage(Page):
    """At the left what the till can do; at the right what is to be done, and the queue."""

    name = "readiness"
    wide = goes_at_scan = True

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._found: Readiness | None = None
        self._painted: tuple[object, ...] = ()
        self.list = CapabilityList()
        self._todo, self._queue = column(gap=12), column(gap=0)
        self._title, self._link = Text(look="strong"), Text(look="muted", wrap=True)
        self._sync = Button("ready.sync_now", icon="cloud", keycap="Enter", on=self._sync_now)
        self._build()
        context.status_changed.connect(self._ask)
        context.link_changed.connect(self._ask)

    def _build(self) -> None:
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        back = Button("key.back", "quiet", keycap="Esc", on=self.leave)
        left = column(frame("card", column(self.list, margins=(4, 8, 4, 8))), None, margins=(0, 0, 6, 0))
        head = row(column(self._title, self._link, gap=2), self._sync, gap=12)
        head.setStretch(0, 1)
        queue = frame("card", column(head, 4, self._queue, gap=4, margins=(20, 14, 20, 14)))
        right = column(self._todo, queue, None, gap=12, margins=(0, 0, 6, 0))
        self._areas = [Scroller(frame("background", side)) for side in (left, right)]
        body = row(self._areas[0], 10, self._areas[1], gap=0)
        body.setStretch(0, 5)
        body.setStretch(2, 6)
        self.setLayout(column(row(Text("ready.title", look="title"), None, back), 8, body, margins=pad()))

    # --- the window's side

    def shown(self) -> None:
        self.setFocus()
        self._ask()

    def left(self) -> None:
        """Nothing is asked for a page that has gone."""
        self.context.status_changed.disconnect(self._ask)
        self.context.link_changed.disconnect(self._ask)

    def deeds(self) -> Deeds:
        return {"collect": self._sync_now, "readiness": self.leave, "back": self.leave}

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows move both sides, Tab goes from button to button."""
        steps = {Qt.Key.Key_Down: STEP, Qt.Key.Key_Up: -STEP, Qt.Key.Key_PageDown: 400, Qt.Key.Key_PageUp: -400}
        by = steps.get(Qt.Key(event.key()))
        if by is None:
            super().keyPressEvent(event)
            return
        for area in self._areas:
            bar = area.verticalScrollBar()
            bar.setValue(bar.value() + by)

    # --- what is shown

    def _ask(self, _news: object = None) -> None:
        link = self.context.link
        now = time.monotonic()
        offline, held = link.offline_s(now), {one.feed: max(0.0, now - one.since) for one in link.held}
        self.read(lambda till: readiness.look(till, offline, held, link.hub_state), self._show)

    def _show(self, found: Readiness) -> None:
        self._found = found
        self.list.show_capabilities(found.capabilities)
        link = self.context.link
        news = (link.held, link.online, link.code, link.running, link.percent, link.hub_state, link.hub_handed)
        shown = (replace(found, at=found.at.min, capabilities=()), news)
        if shown != self._painted:
            self._painted = shown
            self._fill(found, link)

    def retranslate(self) -> None:
        if self._found is not None:
            self._fill(self._found, self.context.link)

    def _fill(self, found: Readiness, link: LinkState) -> None:
        clear(self._todo)
        for card in self._cards(found, link):
            self._todo.addWidget(card)
        parts.fill_queue(self._queue, found, link)
        self._title.put(parts.queue_title(found))
        self._link.put(parts.link_words(link, found.stuck))
        self._sync.setEnabled(not link.running)
        self.context.deeds_changed.emit()

    def _cards(self, found: Readiness, link: LinkState) -> list[QWidget]:
        """What somebody has to do, the gravest first."""
        cards: list[QWidget] = parts.standing_cards(found)
        if link.held:
            cards.append(parts.held_card(link.held, self._accept))
        if found.clock_jumped:
            lines = [parts.line(tr("ready.clock.now", at=f"{found.at:%Y-%m-%d %H:%M}"))]
            cards.append(parts.card("ready.clock", lines, Button("ready.clock.act", icon="lock", on=self._confirm)))
        for words, told in (("ready.unread", found.unread), ("ready.decided", found.decided)):
            if told:
                lines = [parts.decided_line(one, found.at) for one in told]
                seen = Button("ready.decided.act", icon="lock", on=partial(self._acknowledge, words, told))
                cards.append(parts.card(words, lines, seen))
        if found.slips and self.context.settings.printer.kind != "none":
            cards.append(parts.slips_card(found.slips, [partial(self._print, one.id) for one in found.slips]))
        return cards

    # --- what a person does

    def _sync_now(self) -> None:
        if not self.context.link.running:
            self.context.sync_now_wanted.emit()

    def _print(self, sale: str) -> None:
        self.context.receipt_wanted.emit(sale, False)

    def _accept(self) -> None:
        """The manager lets HQ's change in, as `posclient sync --accept` does; the sync thread takes it."""
        held = parts.acceptable(self.context.link.held)
        feeds = {one.feed for one in held}
        text = "\n".join([tr("ready.held.confirm"), *(parts.held_words(one) for one in held)])
        self._approve("ready.held", text, lambda till, pin: readiness.accept_held(till, pin, feeds), self._let_in(held))

    def _let_in(self, held: tuple[Held, ...]) -> parts.Done:
        return lambda _answer: self._accepted(held)

    def _accepted(self, held: tuple[Held, ...]) -> None:
        self.context.held_accepted.emit(held)
        self.context.say("good", tr("ready.held.done"))

    def _confirm(self) -> None:
        self._approve("ready.clock", tr("ready.clock.confirm"), login.confirm_time, self._done)

    def _acknowledge(self, words: str, told: Sequence[Decided]) -> None:
        seen = tuple((one.fact, one.code) for one in told)
        text = tr(f"{words}.confirm", n=len(seen))
        self._approve(words, text, lambda till, pin: readiness.acknowledge(till, pin, seen), self._done)

    def _approve(self, words: str, text: str, work: parts.Work, done: parts.Done) -> None:
        page = ApprovalPage(self.context, words, text, work, done)
        page.wide = True
        self.context.page_wanted.emit(page)

    def _done(self, _answer: object) -> None:
        self._ask()
