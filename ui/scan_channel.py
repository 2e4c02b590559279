"""One scan channel for the whole window, whatever has the focus (ux.md, scanning).

All key events of the program pass through ``posclient.devices.wedge``: a scan becomes one call of ``on_scan``; what a
person typed goes on to the window's own keys (``on_key``) or to the widget with the focus, at most 35 ms later.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QPoint, Qt, QTimer
from PySide6.QtGui import QGuiApplication, QInputMethodEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QPlainTextEdit, QWidget

from posclient.devices.wedge import Decision, Key, Kind, ScanChannel, Typed, kind_of
from ui.input_clock import InputClock

CHORD = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier
ALONE = {
    Qt.Key.Key_Shift, Qt.Key.Key_Control, Qt.Key.Key_Alt, Qt.Key.Key_Meta, Qt.Key.Key_AltGr, Qt.Key.Key_CapsLock,
    Qt.Key.Key_NumLock, Qt.Key.Key_ScrollLock,
}  # fmt: skip


class WindowScanner(QObject):
    """The event filter. ``on_scan`` gets ``Scan``, ``Partial`` or ``TooLong``; ``on_key`` says if it took a key."""

    def __init__(
        self,
        app: QApplication,
        home: QWidget,
        on_scan: Callable[[Decision], None],
        on_key: Callable[[QKeyEvent], bool],
    ) -> None:
        super().__init__(app)
        self._home = home
        self._app, self._channel = app, ScanChannel()
        self._on_scan, self._on_key = on_scan, on_key
        self.keys, self.pointer = InputClock(), InputClock()
        #: The clock of the last thing that a person did.
        self.last = self.keys
        self._spot = QPoint()
        self._passing = False
        self._field: QWidget | None = None
        self._timer = QTimer(self, singleShot=True, timerType=Qt.TimerType.PreciseTimer)
        # a stalled program's timer may come before keys that were typed in time: let those in first
        self._timer.timeout.connect(lambda: QTimer.singleShot(0, self._poll))
        app.applicationStateChanged.connect(self._state_changed)
        app.installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if self._passing:
            return False
        kind = event.type()
        if kind is QEvent.Type.ShortcutOverride:
            event.accept()  # so that it arrives as a key: a scanner must not trigger shortcuts (S-1)
            return True
        if kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease) and isinstance(event, QKeyEvent):
            return self._key(event)
        if kind is QEvent.Type.InputMethod and isinstance(event, QInputMethodEvent):
            self._composed(event)
        elif kind is QEvent.Type.MouseButtonPress and isinstance(event, QMouseEvent):
            self.pointer.happened(self.pointer.event_ms(event.timestamp()))
            self.last, self._spot = self.pointer, event.globalPosition().toPoint()
        return False

    def is_fresh(self, painted_at: float) -> bool:
        """Was ``painted_at`` (monotonic s) before the person's last key or touch? See ``InputClock``."""
        return self.last.is_fresh(painted_at)

    def last_touch(self) -> QPoint | None:
        """Where on the screen it was; None where the last thing that a person did was a key."""
        return self._spot if self.last is self.pointer else None

    def stop(self) -> None:
        """Leave the program's events alone from now on."""
        self._timer.stop()
        self._app.removeEventFilter(self)

    def flush(self) -> None:
        """Decide everything now."""
        self._obey(self._channel.flush())

    # --- keys

    def _key(self, event: QKeyEvent) -> bool:
        if event.key() in ALONE:
            return False
        press = event.type() is QEvent.Type.KeyPress
        time_ms = self.keys.event_ms(event.timestamp())
        chord = bool(event.modifiers() & CHORD)
        kind = kind_of(event.text(), chord) if press else Kind.RELEASE
        key = Key(time_ms, event.text(), kind, event.key(), event.isAutoRepeat(), _copy(event))
        self._obey(self._channel.on_key(key))
        return True

    def _composed(self, event: QInputMethodEvent) -> None:
        """An input method types: the channel watches it, the field gets it."""
        self._field = QApplication.focusWidget()
        now = self.keys.now_ms()
        decisions: tuple[Decision, ...] = ()
        if event.commitString():
            decisions = self._channel.feed_text(now, event.commitString())
        if event.preeditString():
            decisions += self._channel.feed_preedit(now, event.preeditString())
        self._obey(decisions)

    def _state_changed(self, state: Qt.ApplicationState) -> None:
        if state is not Qt.ApplicationState.ApplicationActive:
            self.flush()

    def _poll(self) -> None:
        self._obey(self._channel.poll(self.keys.now_ms()))

    def _obey(self, decisions: Iterable[Decision]) -> None:
        for decision in decisions:
            if isinstance(decision, Typed):
                for key in decision.keys:
                    self._pass_on(key)
            else:
                self._take_out(decision.typed)
                self._on_scan(decision)
        self._rewind()

    def _rewind(self) -> None:
        deadline = self._channel.deadline
        if deadline is None:
            self._timer.stop()
        else:
            self._timer.start(max(0, round(deadline - self.keys.now_ms()) + 1))

    def _pass_on(self, key: Key) -> None:
        """Give a person's key to the window's own keys, else to the widget with the focus."""
        event = key.event
        if not isinstance(event, QKeyEvent):
            return
        self.keys.happened(key.time_ms)
        self.last = self.keys
        open_list: QWidget | None = QApplication.activePopupWidget()
        if key.kind is not Kind.RELEASE and open_list is None and self._on_key(event):
            return
        self._send(_receiver(self._home), event)

    def _send(self, target: QObject, event: QEvent) -> None:
        before, self._passing = self._passing, True
        try:
            QCoreApplication.sendEvent(target, event)
        finally:
            self._passing = before

    # --- what a scan has left in a field

    def _take_out(self, typed: str) -> None:
        field = _either(self._field, _receiver(self._home))
        self._field = None
        if isinstance(field, (QLineEdit, QPlainTextEdit)):
            QGuiApplication.inputMethod().reset()
            self._send(field, QInputMethodEvent())  # drops what is still being composed
            _remove_before_cursor(field, typed)


def _remove_before_cursor(field: QLineEdit | QPlainTextEdit, typed: str) -> None:
    if isinstance(field, QLineEdit):
        end = field.cursorPosition()
        if typed and field.text()[:end].endswith(typed):
            field.setText(field.text()[: end - len(typed)] + field.text()[end:])
            field.setCursorPosition(end - len(typed))
        return
    cursor = field.textCursor()
    if typed and field.toPlainText()[: cursor.position()].endswith(typed):
        cursor.movePosition(cursor.MoveOperation.Left, cursor.MoveMode.KeepAnchor, len(typed))
        cursor.removeSelectedText()


def _receiver(home: QWidget) -> QWidget:
    """Who gets keys now: an open list, else the widget with the focus, also in a window that nobody has activated."""
    popup: QWidget | None = QApplication.activePopupWidget()
    if popup is not None:
        return _either(popup.focusWidget(), popup)
    return _either(QApplication.focusWidget(), _either(home.window().focusWidget(), home))


def _either(first: QWidget | None, second: QWidget) -> QWidget:
    return second if first is None else first


def _copy(event: QKeyEvent) -> QKeyEvent:
    copy = QKeyEvent(
        event.type(), event.key(), event.modifiers(), event.nativeScanCode(), event.nativeVirtualKey(),
        event.nativeModifiers(), event.text(), event.isAutoRepeat(), event.count(),
    )  # fmt: skip
    copy.setTimestamp(event.timestamp())
    return copy
