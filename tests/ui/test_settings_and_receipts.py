"""Settings take effect at once and are kept; receipts on screen, as a copy, as PDF; F1 lists the keys."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from posclient.config import load_settings
from tests.ui.conftest import Counter
from ui.screens.help import HelpPage
from ui.screens.receipts import ReceiptsPage
from ui.screens.settings import SettingsScreen
from ui.widgets.button import Button

ENTER = Qt.Key.Key_Return


def sold(counter: Counter) -> None:
    """One shirt, exact cash."""
    counter.scan(counter.gtin("T001-RED-110"))
    for _ in range(3):
        counter.press(ENTER)


def test_a_touch_changes_language_and_look_and_they_are_kept(selling: Counter) -> None:
    selling.press(Qt.Key.Key_F10)
    assert isinstance(selling.window.place, SettingsScreen)
    selling.click(selling.button("English"))
    selling.click(selling.button("Dark"))
    kept = load_settings(selling.store.folder)
    assert (kept.language, kept.theme) == ("en", "dark")
    assert "Settings" in selling.words(selling.window.place)
    selling.press(Qt.Key.Key_Escape)
    assert selling.window.front is selling.sale


def test_the_last_receipt_on_screen_and_again_on_paper(selling: Counter) -> None:
    """C10: a reprint says COPY."""
    wanted: list[tuple[str, bool]] = []
    sold(selling)
    selling.shop.context.receipt_wanted.connect(lambda sale, copy: wanted.append((sale, copy)))
    selling.press(Qt.Key.Key_F11)
    page = selling.window.front
    assert isinstance(page, ReceiptsPage)
    assert page._view.slip is not None
    selling.press(ENTER)
    assert [copy for _, copy in wanted] == [True]


def test_a_receipt_as_pdf_in_the_data_folder(selling: Counter) -> None:
    sold(selling)
    selling.press(Qt.Key.Key_F11)
    selling.click(selling.button("存为 PDF"))
    files = list((selling.store.folder / "receipts").glob("*.pdf"))
    assert [path.read_bytes()[:5] for path in files] == [b"%PDF-"]


def test_no_receipts_yet_says_so(selling: Counter) -> None:
    selling.press(Qt.Key.Key_F11)
    page = selling.window.front
    assert isinstance(page, ReceiptsPage)
    assert page._empty.isVisible()
    assert [one.text() for one in page.findChildren(Button) if one.isVisible()] == ["返回"], "nothing to print"


def test_f1_lists_the_keys_in_force(selling: Counter) -> None:
    selling.press(Qt.Key.Key_F1)
    page = selling.window.front
    assert isinstance(page, HelpPage)
    words = " ".join(selling.words(page))
    assert all(word in words for word in ("会员", "行导购", "改价", "重打", "锁屏"))
    assert "挂单" not in words


def test_nothing_on_any_page_takes_rich_text(selling: Counter) -> None:
    """S-7."""
    sold(selling)
    pages: list[QWidget] = []
    selling.shop.context.page_wanted.connect(pages.append)
    selling.scan(selling.gtin("T001-RED-110"))
    for key in (Qt.Key.Key_F3, Qt.Key.Key_F4, Qt.Key.Key_F8, Qt.Key.Key_F11, Qt.Key.Key_F1, Qt.Key.Key_F12):
        selling.press(key)
        assert selling.rich_labels() == []
        selling.press(Qt.Key.Key_Escape)
