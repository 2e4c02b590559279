"""The status strip: where, who; online or since when not; what is unsent; how old the data are (ux.md, manners)."""

from __future__ import annotations

import time
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame

from posclient.domain.money import yuan
from posclient.domain.offline_limits import LOCKED
from posclient.domain.readiness import OLD_S, is_stuck
from ui import theme
from ui.i18n import known, tr
from ui.widgets.boxes import row
from ui.widgets.text import Elided, Text

if TYPE_CHECKING:
    from posclient.actions.views import TillStatus
    from posclient.domain.offline_limits import Limit


class Link(Protocol):
    """``ui.context.LinkState``, as far as it is painted."""

    @property
    def online(self) -> bool: ...
    @property
    def known(self) -> bool: ...
    @property
    def since(self) -> float: ...
    @property
    def code(self) -> str: ...
    @property
    def percent(self) -> int | None: ...
    @property
    def hub_state(self) -> str: ...
    @property
    def held(self) -> tuple[object, ...]: ...


class Strip(QFrame):
    """Painted from ``TillStatus`` and ``LinkState``; knows neither till nor sync. ``touched``: tell me more."""

    touched = Signal()

    def __init__(self) -> None:
        super().__init__()
        theme.look(self, "strip")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(theme.size("strip"))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._store, self._staff = Elided(look="strong"), Elided(look="strong")
        self._till, self._day = Text(look="muted"), Text(look="muted")
        self._link, self._unsent, self._ages = Text(look="chip"), Text(look="chip"), Elided(look="chip")
        self._todo = Text(look="chip-danger")
        self._clock = Text(look="muted")
        for part, least in ((self._store, 120), (self._staff, 64), (self._ages, 112)):
            part.least = least  # names may be long; the age of the data says nothing if it is cut
        left = (self._store, self._till, self._day)
        right = (self._todo, self._link, self._unsent, self._ages, self._staff, self._clock)
        self.setLayout(row(*left, None, *right, gap=14, margins=(20, 0, 20, 0)))
        self._status: object = None
        self._busy = False
        self._link_state: Link | None = None
        tick = QTimer(self, interval=5000)
        tick.timeout.connect(self.retranslate)
        tick.start()
        self.retranslate()

    def show_status(self, status: object) -> None:
        """A ``TillStatus``."""
        self._status = status
        self.retranslate()

    def show_link(self, link: Link) -> None:
        """The way to HQ as it is now."""
        self._link_state = link
        self.retranslate()

    @property
    def busy(self) -> bool:
        """Is the line shown that says: the till works on something?"""
        return self._busy

    def show_busy(self, busy: bool) -> None:
        """A line under the strip, in the accent colour; nothing moves for it."""
        if busy != self._busy:
            self._busy = busy
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self.rect().contains(event.position().toPoint()):
            self.touched.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._busy:
            painter = QPainter(self)
            painter.fillRect(0, self.height() - 3, self.width(), 3, theme.colour("accent"))

    def show_staff(self, name: str) -> None:
        self._staff.put(name)

    def retranslate(self) -> None:
        self._clock.put(datetime.now().strftime("%H:%M"))  # noqa: DTZ005  the clock on the wall, as people see it
        self._paint_link()
        self._paint_status()

    def _paint_link(self) -> None:
        link = self._link_state
        trouble = _trouble(self._status)
        if trouble is not None:
            self._set(self._link, *trouble)
        elif link is not None and link.percent is not None:
            self._set(self._link, "chip", tr("strip.loading", percent=link.percent))
        elif link is None or not link.known:
            self._set(self._link, "chip", "○ " + tr("strip.link_unknown"))
        elif link.online:
            self._set(self._link, "chip-good", "● " + tr("strip.online"))
        else:
            words = tr("strip.offline_since", span=span_text(time.monotonic() - link.since))
            why = f"strip.{link.hub_state}" if known(f"strip.{link.hub_state}") else f"strip.why.{link.code}"
            reason = tr(why) if known(why) else ""
            self._set(self._link, "chip-warning", "▲ " + " · ".join(part for part in (words, reason) if part))

    def _paint_status(self) -> None:
        from posclient.actions.views import TillStatus

        status = self._status
        self._paint_todo(status if isinstance(status, TillStatus) else None)
        for part in (self._unsent, self._ages):
            part.setVisible(isinstance(status, TillStatus))
        if not isinstance(status, TillStatus):
            return
        self._store.put(status.store_name)
        self._till.say("strip.till", slot=status.slot)
        self._day.say("strip.day", day=status.business_date)
        if status.unsent:
            text = tr("strip.unsent_amount", n=status.unsent, amount=yuan(status.unsent_amount))
        else:
            text = tr("strip.unsent_none")
        online = self._link_state is not None and self._link_state.online
        stuck = online and is_stuck(status.oldest_unsent_s, status.clock_jumped)
        waits = status.unsent and (stuck or not online)
        self._set(self._unsent, "chip-warning" if waits else "chip", f"▲ {text}" if stuck else text)
        self._paint_ages(dict(status.ages))

    def _paint_todo(self, status: TillStatus | None) -> None:
        """What waits for a manager; what it is stands on the readiness page."""
        waits = len(self._link_state.held) if self._link_state is not None else 0
        if status is not None:
            waits += status.decided + int(status.clock_jumped)
        self._todo.setVisible(waits > 0)
        self._todo.put(tr("strip.todo", n=waits))

    def _paint_ages(self, ages: dict[str, float | None]) -> None:
        """All alike: one age; else those that people ask for, by name."""
        known_ages = {name: age for name, age in ages.items() if age is not None}
        missing = len(known_ages) < len(ages) or not ages
        texts = {age_text(age) for age in known_ages.values()}
        if missing and not known_ages:
            text = tr("strip.no_data")
        else:
            text = tr("strip.data_age", age=texts.pop()) if len(texts) == 1 else _grouped(known_ages)
        old = missing or any(age > OLD_S for age in known_ages.values())
        self._set(self._ages, "chip-warning" if old else "chip", text)
        self._ages.setToolTip(text)

    def _set(self, chip: Text, look: str, text: str) -> None:
        chip.look(look)
        chip.put(text)


def _trouble(status: object) -> tuple[str, str] | None:
    """Look and words of what is graver than a line that is down; of several steps without HQ the last, or the next.

    Red is what no waiting mends, and a till that sells nothing any more.
    """
    if (code := getattr(status, "trouble", None)) is not None:
        words = tr(f"strip.trouble.{code}" if known(f"strip.trouble.{code}") else "ready.trouble.other.title")
        return "chip-danger", f"✕ {words}"
    limits = getattr(status, "limits", ())
    if getattr(status, "sealed_s", None) is not None and not limits:
        return "chip-warning", f"▲ {tr('strip.trouble.sealed')}"
    if getattr(status, "sealed_s", None) is None and getattr(status, "clock_suspect", False):
        return "chip-warning", f"▲ {tr('strip.trouble.clock')}"
    return _limit(limits[-1]) if limits else None


def _limit(limit: Limit) -> tuple[str, str]:
    if limit.since_s < 0:
        return "chip-warning", "▲ " + tr(f"strip.trouble.{limit.step}_soon", span=span_text(-limit.since_s))
    locked = limit.step == LOCKED
    return "chip-danger" if locked else "chip-warning", f"{'✕' if locked else '▲'} {tr(f'strip.trouble.{limit.step}')}"


def _grouped(ages: dict[str, float]) -> str:
    """What is alike stands together: prices, stock 22 minutes ago, members an hour ago."""
    groups: dict[str, list[str]] = {}
    for name, age in ages.items():
        if known(f"strip.data.{name}"):
            groups.setdefault(age_text(age), []).append(tr(f"strip.data.{name}"))
    return " · ".join(tr("strip.one_age", what=tr("list.comma").join(names), age=age) for age, names in groups.items())


def age_text(seconds: float) -> str:
    """How long ago, in words: seconds are not worth a number."""
    return tr("age.now") if seconds < 60 else tr("age.ago", span=span_text(seconds))


def span_text(seconds: float) -> str:
    """How long, in words."""
    minutes = max(0, int(seconds // 60))
    if minutes < 1:
        return tr("span.now")
    if minutes < 120:
        return tr("span.minutes", n=minutes)
    if minutes < 48 * 60:
        return tr("span.hours", n=minutes // 60)
    return tr("span.days", n=minutes // 1440)
