"""The member of the sale: by code, by four digits among masked candidates, by phone; or registered on the spot."""

from PySide6.QtCore import QRect, Qt

from tests.actions.kidswear import STORE, member_row, staff_row
from tests.ui.conftest import MEMBER, Counter
from ui.screens.member import MemberPage
from ui.screens.register import RegisterPage


def test_four_digits_and_enter_take_the_only_match(selling: Counter) -> None:
    """T-70."""
    selling.store.hq.send(STORE, member_row("M2", "李雷", "13800005678"))
    selling.press(Qt.Key.Key_F3)
    selling.type("5678\n")
    assert selling.cart.member is not None
    assert selling.cart.member.member.id == "M2"
    assert selling.window.front is selling.sale


def test_several_matches_are_chosen_by_masked_name(selling: Counter) -> None:
    """T-70: no full name and no full number before somebody is chosen."""
    selling.press(Qt.Key.Key_F3)
    selling.type("1234\n")
    page = selling.window.front
    assert isinstance(page, MemberPage)
    rows = page._choices._rows
    assert len(rows) == 2
    assert not any("13912341234" in str(row) or "王小明" in str(row) for row in rows)
    selling.press(Qt.Key.Key_Down)
    selling.press(Qt.Key.Key_Return)
    assert selling.cart.member is not None
    assert selling.cart.member.member.id == rows[1].id


def test_nobody_found_says_so(selling: Counter) -> None:
    selling.press(Qt.Key.Key_F3)
    selling.type("0000\n")
    page = selling.window.front
    assert isinstance(page, MemberPage)
    assert page._choices.ids() == ()
    assert page._note.text()


def test_the_member_card_shows_what_the_sale_needs_and_masks_the_rest(selling: Counter) -> None:
    selling.scan(MEMBER)
    words = selling.words(selling.sale.side.member)
    assert {"王**", "金卡会员", "100"} <= set(words)
    assert any("139****1234" in word for word in words)
    assert not any("13912341234" in word for word in words)


def test_a_member_is_taken_off_by_touch(selling: Counter) -> None:
    selling.scan(MEMBER)
    selling.click(selling.sale.side.member._clear)
    assert selling.cart.member is None


def test_registered_in_the_sale_with_the_newcomer_coupon_usable_at_once(selling: Counter) -> None:
    """C4: phone, Enter; the coupon counts in this very sale."""
    selling.scan(selling.gtin("A001-RED-110"))
    selling.press(Qt.Key.Key_F3)
    selling.type("13700001111")
    selling.press(Qt.Key.Key_F3)
    page = selling.window.front
    assert isinstance(page, RegisterPage)
    assert page._phone.text() == "13700001111"
    page._birthday.setText("20190308")
    selling.press(Qt.Key.Key_Return)
    card = selling.cart.member
    assert card is not None
    assert card.new_here
    assert [one.state for one in card.coupons] == ["used"]
    assert selling.cart.coupon_off == 3000
    assert "137****1111" in selling.window.message.text


def test_a_wrong_number_or_birthday_is_refused_and_nothing_is_lost(selling: Counter) -> None:
    selling.press(Qt.Key.Key_F3)
    selling.press(Qt.Key.Key_F3)
    page = selling.window.front
    assert isinstance(page, RegisterPage)
    page._phone.setText("123")
    selling.press(Qt.Key.Key_Return)
    assert "手机号" in page._error.text()
    page._phone.setText("13700001111")
    page._birthday.setText("20190230")
    selling.press(Qt.Key.Key_Return)
    assert selling.window.front is page
    assert page._phone.text() == "13700001111"


def test_a_number_that_is_a_members_already_names_them_masked(selling: Counter) -> None:
    selling.press(Qt.Key.Key_F3)
    selling.press(Qt.Key.Key_F3)
    page = selling.window.front
    assert isinstance(page, RegisterPage)
    page._phone.setText("139 1234 1234")
    selling.press(Qt.Key.Key_Return)
    assert "王**" in page._error.text()


def test_every_guide_of_a_large_store_can_be_read_and_chosen(selling: Counter) -> None:
    """Rows of names, the guide of the sale first; those below are reached by Tab."""
    selling.store.hq.send(STORE, *[staff_row(f"X{n}", f"导购{n:02d}", f"55{n:02d}", "guide") for n in range(16)])
    selling.scan(selling.gtin("A001-RED-110"))
    selling.store.hq.send(STORE, staff_row("X3", "阿依古丽·买买提热合曼江·热合曼", "5503", "guide"))
    selling.scan("BADGE-X15")
    selling.press(Qt.Key.Key_F3)
    selling.press(Qt.Key.Key_F3)
    page = selling.window.front
    assert isinstance(page, RegisterPage)
    buttons = page._guide_buttons
    assert len(buttons) == len(selling.guides()) == 18
    assert next(iter(buttons)) == "X15"
    assert buttons["X15"].isChecked()
    selling.rest()
    narrow = [name for name, one in buttons.items() if one.width() < one.sizeHint().width()]
    assert narrow == ["X3"], "its name ends in dots, and the others keep their room"
    widths = [one.width() for one in buttons.values()]
    assert max(widths) - min(widths) <= 1, "the long name takes no room from the others"
    assert max(one.geometry().right() for one in buttons.values()) < page._guide_area.viewport().width()
    last = list(buttons.values())[-1]
    for _ in range(40):
        if last.hasFocus():
            break
        selling.press(Qt.Key.Key_Tab)
    top = last.mapTo(page._guide_area.viewport(), last.rect().topLeft())
    assert page._guide_area.viewport().rect().contains(QRect(top, last.size()))
    selling.press(Qt.Key.Key_Space)
    assert last.isChecked()


def test_a_members_sale_says_what_it_earned(selling: Counter) -> None:
    selling.scan(MEMBER)
    selling.scan(selling.gtin("T001-RED-110"))
    selling.press(Qt.Key.Key_Return)
    selling.press(Qt.Key.Key_Return)
    ((points,),) = selling.store.rows("SELECT points FROM sale")
    assert points > 0
    assert f"本单积分 +{points}" in selling.words(selling.window.front)
