"""This till's own settings: language, look, sounds, scanner, printer. Each takes effect at once, and is kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLayout

from posclient import __version__
from posclient.config import PRINTER_ENCODINGS, PRINTER_WIDTHS, SUFFIXES, Settings
from ui.context import Context
from ui.screens.screen import Deeds, Screen
from ui.widgets.boxes import column, frame, pad, row, rule
from ui.widgets.button import Button
from ui.widgets.field import Field
from ui.widgets.scroller import Scroller
from ui.widgets.text import Text

Option = tuple[Any, str]


class SettingsScreen(Screen):
    """What the shop decides (rounding, rules) comes from HQ and is not here."""

    name = "settings"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._choosers: list[tuple[list[Button], Sequence[Option], Callable[[Settings], Any]]] = []
        self._host, self._port = Field("settings.host_hint", kind="latin", most=80), Field(kind="digits", most=5)
        self._path = Field("settings.path_hint", kind="latin", most=200)
        self._test = Button("report.print", icon="printer", on=self._print_test)
        self._address = frame("surface", row(self._host, self._port, gap=8))
        self._build()
        context.settings_changed.connect(lambda _settings: self._mark())

    def _build(self) -> None:
        self._port.setFixedWidth(100)
        for field, name in ((self._host, "host"), (self._path, "path")):
            field.editingFinished.connect(partial(self._text_changed, field, name))
        self._port.editingFinished.connect(self._port_changed)
        look = self._card(
            ("settings.language", self._options("language", (("zh_CN", "language.zh"), ("en", "language.en")))),
            ("settings.theme", self._options("theme", (("light", "theme.light"), ("dark", "theme.dark")))),
            ("settings.sounds", self._options("sounds", ((True, "settings.on"), (False, "settings.off")))),
        )
        suffixes = [(one, f"suffix.{one}") for one in SUFFIXES]
        scanner = self._card(("settings.suffix", self._options("scanner_suffix", suffixes)))
        kinds = [(one, f"printer.{one}") for one in ("none", "file", "network")]
        widths = [(one, f"paper.{one}") for one in PRINTER_WIDTHS]
        encodings = [(one, f"encoding.{one}") for one in PRINTER_ENCODINGS]
        printer = self._card(
            ("settings.printer", self._printer_options("kind", kinds)),
            ("settings.paper", self._printer_options("width", widths)),
            ("settings.address", column(self._address, self._path)),
            ("settings.encoding", self._printer_options("encoding", encodings)),
            ("settings.test", row(self._test, None)),
        )
        version = Text(look="muted")
        version.put(f"posclient {__version__} · {self.context.folder}")
        content = column(
            Text("settings.title", look="title"), 8, Text("settings.look", look="strong"), look, 8,
            Text("settings.scanning", look="strong"), scanner, 8, Text("settings.printing", look="strong"), printer, 8,
            version, None, gap=8, margins=pad(),
        )  # fmt: skip
        self.setLayout(column(Scroller(frame("background", content))))
        self._mark()

    def deeds(self) -> Deeds:
        return {"back": lambda: self.context.screen_wanted.emit("sale")}

    # --- rows

    def _card(self, *rows: tuple[str, QLayout]) -> QFrame:
        box = column(gap=0, margins=(20, 4, 20, 4))
        for place, (label, content) in enumerate(rows):
            if place:
                box.addWidget(rule())
            name = Text(label)
            name.setFixedWidth(160)
            box.addLayout(row(name, content, margins=(0, 10, 0, 10)))
        made = frame("card", box)
        made.setMaximumWidth(860)
        return made

    def _options(self, name: str, options: Sequence[Option]) -> QLayout:
        return self._chooser(
            options,
            lambda settings: getattr(settings, name),
            lambda value: self.context.change_settings(**{name: value}),
        )

    def _printer_options(self, name: str, options: Sequence[Option]) -> QLayout:
        return self._chooser(
            options,
            lambda settings: getattr(settings.printer, name),
            lambda value: self._change_printer(**{name: value}),
        )

    def _chooser(
        self, options: Sequence[Option], now: Callable[[Settings], Any], change: Callable[[Any], None]
    ) -> QLayout:
        buttons = [Button(words, on=partial(change, value)) for value, words in options]
        for button in buttons:
            button.setCheckable(True)
            button.setMinimumWidth(110)
        self._choosers.append((buttons, options, now))
        return row(*buttons, None)

    def _mark(self) -> None:
        """Show what is in force."""
        settings = self.context.settings
        for buttons, options, now in self._choosers:
            for button, (value, _words) in zip(buttons, options, strict=True):
                button.setChecked(value == now(settings))
        self._host.setText(settings.printer.host)
        self._port.setText(str(settings.printer.port))
        self._path.setText(settings.printer.path)
        self._address.setVisible(settings.printer.kind == "network")
        self._path.setVisible(settings.printer.kind == "file")
        self._test.setEnabled(settings.printer.kind != "none")

    def _change_printer(self, **changes: Any) -> None:
        self.context.change_settings(printer=replace(self.context.settings.printer, **changes))

    def _print_test(self) -> None:
        self.setFocus()  # what is being typed as its address counts
        self.context.test_slip_wanted.emit()

    def _text_changed(self, field: Field, name: str) -> None:
        text = field.text().strip()
        if text != getattr(self.context.settings.printer, name):
            self._change_printer(**{name: text})

    def _port_changed(self) -> None:
        port = int(self._port.text() or 0)
        right = 1 <= port <= 65535
        self._port.wrong(not right)
        if right and port != self.context.settings.printer.port:
            self._change_printer(port=port)
