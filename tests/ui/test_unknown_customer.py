"""A follow-up of somebody whose row this store has no longer: they may have moved to another store (G6)."""

from __future__ import annotations

from PySide6.QtCore import Qt

from tests.actions.kidswear import STORE
from tests.ui.conftest import Counter
from tests.ui.test_care import ENTER, care, guide, told
from ui.i18n import tr

__all__ = ["guide"]


def test_who_is_not_known_here_is_no_empty_row(guide: Counter) -> None:
    guide.store.hq.send(STORE, ("member", "M1", None))
    screen = care(guide)
    assert [one.title for one in screen._choices._rows] == [f"{tr('care.unknown')} · 感谢"]
    assert tr("care.unknown") in guide.words(screen)
    guide.press(Qt.Key.Key_Down)
    guide.press(ENTER)
    assert len(told(guide)) == 1
    assert guide.window.message.text == tr("care.is_done", name=tr("care.unknown"))
