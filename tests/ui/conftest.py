"""A real window, offscreen, on a real till in a temporary folder; work runs at once unless a test wants threads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from posclient.actions import checkout, login
from posclient.actions.till import Till
from posclient.actions.views import CartView
from posclient.config import Settings
from tests.actions.kidswear import STORE, Hq, StandingClock, _catalogue, make_folder, member_row, open_shop
from tests.actions.kidswear import Shop as Store
from ui import app as composition
from ui import i18n, theme
from ui.main_window import MainWindow
from ui.runner import InlineRunner
from ui.screens.sale import SaleScreen
from ui.shop import Shop as TillWindow
from ui.widgets.button import Button

GTINS: dict[str, str] = {key: row["gtins"][0] for _, key, row in _catalogue()}
#: The code of member M1, as long as real ones are.
MEMBER = "QL88880001"
QUIET = Settings(sounds=False)
KEYS = {"\n": Qt.Key.Key_Return, "\t": Qt.Key.Key_Tab}


@dataclass
class Counter:
    """What a person at the counter has before them; ``store`` is the data behind it."""

    store: Store
    shop: TillWindow
    bot: QtBot

    @property
    def window(self) -> MainWindow:
        return self.shop.window

    @property
    def sale(self) -> SaleScreen:
        screen = self.window.place
        assert isinstance(screen, SaleScreen)
        return screen

    @property
    def till(self) -> Till:
        return self.store.till

    def log_in(self, pin: str = "1111") -> None:
        self.type(pin + "\n")
        assert self.shop.context.staff is not None

    def scan(self, text: str, *, gap_ms: float = 3.0, suffix: str = "\n") -> None:
        """As a keyboard wedge types: to the window system's idea of who has the focus, with the scanner's own times."""
        start = self.shop.scanner.keys.now_ms() + 60.0
        for place, sign in enumerate(text + suffix):
            self.key(sign, round(start + place * gap_ms))
        self.rest()

    def type(self, text: str, *, gap_ms: float = 80.0) -> None:
        """As a person types, one key after the other."""
        start = self.shop.scanner.keys.now_ms() + 60.0
        for place, sign in enumerate(text):
            self.key(sign, round(start + place * gap_ms))
        self.rest()

    def press(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        """One key without a text of its own."""
        stamp = round(self.shop.scanner.keys.now_ms() + 60.0)
        for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            self._send(kind, key, "", stamp, modifiers)
        self.rest()

    def key(self, sign: str, stamp: int) -> None:
        key = KEYS.get(sign) or Qt.Key(ord(sign.upper()) if sign.isascii() else 0)
        for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            self._send(kind, key, "\r" if sign == "\n" else sign, stamp, Qt.KeyboardModifier.NoModifier)

    def _send(self, kind: QEvent.Type, key: Qt.Key, text: str, stamp: int, modifiers: Qt.KeyboardModifier) -> None:
        target: QWidget = QApplication.focusWidget() or self.window
        event = QKeyEvent(kind, key, modifiers, text)
        event.setTimestamp(stamp)
        QCoreApplication.sendEvent(target, event)

    def raw(
        self, key: Qt.Key, text: str, stamp: int, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier
    ) -> None:
        """Any key, at any time."""
        for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            self._send(kind, key, text, stamp, modifiers)

    def click(self, widget: QWidget, spot: QPoint | None = None) -> None:
        """A finger, or the mouse."""
        QTest.mouseClick(widget, Qt.MouseButton.LeftButton, pos=spot or widget.rect().center())

    def wait(self, milliseconds: int) -> None:
        """Real time passes."""
        self.bot.wait(milliseconds)

    def rest(self) -> None:
        """Nothing is typed for a while: what is held back is decided, what changed is painted."""
        self.shop.scanner.flush()
        QApplication.processEvents()

    @property
    def cart(self) -> CartView:
        """The cart as the till has it."""
        return checkout.view(self.till)

    def lines_of_cart(self) -> list[tuple[str, int]]:
        """Name and pieces of each line, as the till has them."""
        return [(line.name, line.qty) for line in self.cart.lines]

    def button(self, words: str) -> Button:
        """The button on screen with these words."""
        return next(one for one in self.window.findChildren(Button) if one.isVisible() and one.text() == words)

    def shown_buttons(self) -> list[Button]:
        """Every button that can be seen."""
        return [one for one in self.window.findChildren(Button) if one.isVisible()]

    def words(self, part: QWidget) -> list[str]:
        """Every label on screen in a part of the window."""
        return [label.text() for label in part.findChildren(QLabel) if label.isVisible() and label.text()]

    def rich_labels(self) -> list[QLabel]:
        """Labels that would take tags for markup."""
        plain = Qt.TextFormat.PlainText
        labels = self.window.findChildren(QLabel)
        return [label for label in labels if label.text() and label.textFormat() is not plain]

    def guides(self) -> list[str]:
        """Names of the guides, in the order of the digits that choose them."""
        return [one.name for one in login.staff(self.till) if "guide" in one.roles]

    def lines(self) -> list[tuple[str, str]]:
        """Name and quantity of each row on screen."""
        return [(row.name, row.qty) for row in self.sale.rows.rows]

    def gtin(self, sku: str) -> str:
        """The first barcode of an article."""
        return GTINS[sku]


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Hq:
    """The store's data folder, made once; each test sells in a copy."""
    folder = tmp_path_factory.mktemp("kidswear")
    hq = make_folder(folder, StandingClock())
    hq.send(STORE, member_row("M1", "王小明", "13912341234", tier="gold", own_guide="G2", code=MEMBER))
    return hq


@pytest.fixture
def counter(filled: Hq, tmp_path: Path, qtbot: QtBot) -> Iterator[Counter]:
    folder = tmp_path / "till"
    clock = StandingClock()
    hq = filled.copied(folder, clock)
    store = Store(folder, clock, hq, open_shop(folder, clock))
    application = composition.application(QUIET)
    runner = InlineRunner(store.till)
    shop = TillWindow(application, folder, runner, runner, QUIET)
    made = Counter(store, shop, qtbot)
    shop.window.stage.animated = False
    shop.open(with_sync=False)
    shop.window.show()
    qtbot.waitExposed(shop.window)
    shop.window.activateWindow()
    yield made
    shop.close()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    store.till.close()
    i18n.use_language("zh_CN")
    theme.use_theme("light")


@pytest.fixture
def selling(counter: Counter) -> Counter:
    """Logged in, at an empty cart."""
    counter.log_in()
    return counter


@pytest.fixture
def leasing(selling: Counter) -> Counter:
    """Leases are on, M1 has the coupon K1 (10 yuan), a coat is in the cart."""
    selling.store.hq.setting("coupon_leases", True)
    selling.store.hq.coupon("K1", "M1", {"kind": "amount_off", "amount": 1000})
    selling.scan(selling.gtin("A001-RED-110"))
    return selling
