"""A slip drawn by Qt is the printer's, whatever its number is: nothing about a barcode fails a finished sale."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import zxingcpp
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPainter
from pytestqt.qtbot import QtBot

from posclient.devices.receipt_labels import load_labels
from posclient.domain.receipt_layout import lay_out
from posclient.domain.slip_rows import COLUMNS, Element
from tests.devices.slips import NUMBER, SALE
from tests.ui.conftest import Counter
from ui.screens.receipts import ReceiptsPage
from ui.slip import Slip, write_pdf
from ui.widgets.slip_view import SlipView

ODD = {
    "Chinese": "上海一店-1-20261122-000001", "long": f"{'S' * 64}-1-20261122-000001", "longest": "店" * 2000,
    "slash": "S/../1-000001",
}  # fmt: skip


def elements(number: str, width: int) -> tuple[Element, ...]:
    return lay_out(replace(SALE, number=number, barcode=number), load_labels("zh_CN"), COLUMNS[width])


def read(slip: Slip) -> list[str]:
    """What a scanner finds on the slip."""
    image = QImage(int(slip.width), int(slip.height) + 1, QImage.Format.Format_Grayscale8)
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    slip.paint(painter)
    painter.end()
    dots = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    found = zxingcpp.read_barcodes(dots[:, : image.width()], text_mode=zxingcpp.TextMode.Plain)
    return [code.text for code in found]


@pytest.mark.parametrize("width", COLUMNS)
@pytest.mark.parametrize("number", [NUMBER, ODD["Chinese"], ODD["long"]])
def test_the_number_is_read_from_the_drawn_slip(qapp: object, number: str, width: int) -> None:
    """C7: by a Code 128, or where that has no room or cannot say it, a QR code, as on paper."""
    assert read(Slip(elements(number, width), COLUMNS[width], 800)) == [number]


@pytest.mark.parametrize("name", ODD)
def test_a_number_that_no_barcode_holds_fails_neither_screen_nor_pdf(qtbot: QtBot, name: str, tmp_path: Path) -> None:
    """A store's id is HQ's to choose."""
    drawn = elements(ODD[name], 58)
    view = SlipView()
    qtbot.addWidget(view)
    view.show_slip(drawn, COLUMNS[58])
    view.grab()
    path = tmp_path / "slip.pdf"
    write_pdf(path, drawn, COLUMNS[58], 58)
    assert path.read_bytes()[:5] == b"%PDF-"


def test_a_pdf_lies_in_its_folder_whatever_the_number_is(selling: Counter) -> None:
    selling.scan(selling.gtin("T001-RED-110"))
    for _ in range(3):
        selling.press(Qt.Key.Key_Return)
    selling.press(Qt.Key.Key_F11)
    page = selling.window.front
    assert isinstance(page, ReceiptsPage)
    assert page._data is not None
    page._data = replace(page._data, number=ODD["slash"], barcode=ODD["slash"])
    selling.click(selling.button("存为 PDF"))
    folder = selling.store.folder / "receipts"
    assert [one.name for one in folder.iterdir()] == ["S_1-000001.pdf"]
