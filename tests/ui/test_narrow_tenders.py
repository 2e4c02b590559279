"""Four tenders on a screen of 1024 px: each says which one it is."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics

from tests.actions.kidswear import STORE, member_row
from tests.ui.conftest import MEMBER, Counter


def test_cash_card_value_and_points_can_be_told_apart(selling: Counter) -> None:
    """Where a chain takes all four, each tile had an icon, its key and three dots."""
    hq = selling.store.hq
    hq.setting("stored_value", True)
    hq.setting("points_for_yuan", 100)
    hq.send(STORE, member_row("M1", "王小明", "13912341234", stored_value=30_000, code=MEMBER))
    selling.window.resize(1024, 768)
    selling.scan(selling.gtin("A001-RED-110"))
    selling.scan(MEMBER)
    selling.press(Qt.Key.Key_Return)
    tiles = [one for one in selling.shown_buttons() if one.property("look") == "tile"]
    assert [one.text() for one in tiles] == ["现金", "刷卡", "储值", "积分"]
    for tile in tiles:
        room, _key_above = tile._room()
        assert QFontMetrics(tile.font()).horizontalAdvance(tile.text()) <= room
        picture = tile.grab().toImage()
        assert len({picture.pixel(x, 18) for x in range(60, tile.width() - 8)}) > 1, "its key, above"
