"""Who stands at the login: those whom HQ has sent by now, not those of the program's start."""

from __future__ import annotations

from PySide6.QtCore import Qt

from tests.actions.kidswear import STORE, staff_row
from tests.ui.conftest import Counter
from ui.widgets.button import Button


def names(counter: Counter) -> list[str]:
    """Whom the login offers."""
    found = counter.window.login.findChildren(Button)
    return [one.text() for one in found if one.isVisible() and one.property("look") == "person"]


def who(counter: Counter) -> str:
    """The id of who is logged in; empty for nobody."""
    staff = counter.shop.context.staff
    return staff.id if staff is not None else ""


def lock(counter: Counter) -> None:
    counter.press(Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)


def test_somebody_new_can_be_chosen_without_a_restart(counter: Counter) -> None:
    """With a PIN that a colleague has too, they could log in no other way."""
    counter.store.hq.send(STORE, staff_row("G3", "赵", "1111", "guide"))
    counter.shop.link.refreshed.emit()
    counter.type("1111\n")
    assert who(counter) == "", "two have this PIN"
    assert "赵" in names(counter)
    counter.click(counter.button("赵"))
    counter.type("1111\n")
    assert who(counter) == "G3"


def test_who_has_left_is_not_offered_at_the_next_lock(counter: Counter) -> None:
    counter.log_in()
    _, _, gone = staff_row("G2", "王", "2222", "guide")
    counter.store.hq.send(STORE, ("staff", "G2", {**gone, "active": False}))
    lock(counter)
    assert "王" not in names(counter)


def test_a_cycle_takes_nothing_from_whoever_is_typing(counter: Counter) -> None:
    counter.click(counter.button("王"))
    counter.type("22")
    counter.store.hq.send(STORE, staff_row("G3", "赵", "4444", "guide"))
    counter.shop.link.refreshed.emit()
    counter.type("22\n")
    assert who(counter) == "G2"
