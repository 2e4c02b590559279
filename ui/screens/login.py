"""Log in: choose who you are or type the PIN alone; by keys, touch or badge."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QKeyEvent

from posclient.errors import PosError
from ui.context import Context
from ui.i18n import tr
from ui.screens.screen import Deeds, Screen
from ui.sentences import sentence
from ui.widgets.boxes import column
from ui.widgets.login_panel import LoginPanel

if TYPE_CHECKING:
    from posclient.actions.till import Till
    from posclient.domain.people import Staff


class LoginScreen(Screen):
    """Takes over the panel that was painted first, if there is one."""

    name = "login"

    def __init__(self, context: Context, panel: LoginPanel | None = None) -> None:
        super().__init__(context)
        self.panel = panel or LoginPanel()
        self.panel.submitted.connect(self._submitted)
        self.setFocusProxy(self.panel)
        self.setLayout(column(self.panel))
        self.retranslate()

    @property
    def has_staff(self) -> bool:
        """Is there anybody to choose?"""
        return self.panel.has_staff

    def ready(self, staff: tuple[Staff, ...], store: str) -> None:
        """The till is open; nobody to choose means that the store's staff have not come from HQ yet."""
        self.panel.show_staff([(one.id, one.name) for one in staff], store)

    def renew(self, staff: tuple[Staff, ...]) -> None:
        """HQ may have sent others since."""
        self.panel.renew_staff([(one.id, one.name) for one in staff])

    def opening_lasts(self) -> None:
        """What the till is doing, to whoever waits for it."""
        self.panel.tell("login.opening_lasts")

    def opening_failed(self, error: PosError) -> None:
        """The data folder cannot be used: say why, and what to do."""
        title = "login.in_use" if error.code == "in_use" else "login.cannot_open"
        self.panel.stop(title, sentence(error), self._close_window)

    def _close_window(self) -> None:
        self.window().close()

    def shown(self) -> None:
        self.panel.forget()
        self.panel.setFocus()

    def deeds(self) -> Deeds:
        return {"collect": self.panel.submit, "back": self.panel.forget}

    def takes_scan(self, text: str) -> bool:
        self.panel.read_badge(text)
        return True

    def typed(self, event: QKeyEvent) -> bool:
        if event.text() in set("0123456789"):
            self.panel.press(event.text())
            return True
        return False

    def _submitted(self, pin: str, chosen: str, badge: str) -> None:
        def log_in(till: Till) -> Staff:
            from posclient.actions import login

            if badge:
                return login.log_in_by_badge(till, badge, pin)
            return login.log_in(till, pin, chosen or None)

        self.context.do(log_in, self._logged_in, self._refused)

    def _logged_in(self, staff: Staff) -> None:
        wanted = not self.panel.called_back
        if not wanted:
            self.context.do(_log_out)
        self.panel.answered()
        if wanted:
            self.panel.forget()
            self.context.show_staff(staff)

    def _refused(self, error: PosError) -> None:
        wanted = not self.panel.called_back
        self.panel.answered()
        if wanted:  # else it is nothing to whoever types by now
            self.context.tones.play("failure")
            self.panel.refuse(sentence(error), forget=error.code == "unknown_badge")

    def retranslate(self) -> None:
        """The panel's words follow by themselves."""
        self.setAccessibleName(tr("login.title"))


def _log_out(till: Till) -> None:
    from posclient.actions import login

    login.log_out(till)
