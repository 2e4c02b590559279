"""Managers who share a PIN: the approver is still named (T-68), and the counter does not stand still."""

from __future__ import annotations

import pytest

from posclient.actions import login
from posclient.errors import Refused
from tests.actions.kidswear import STORE, Shop, staff_row
from ui import i18n
from ui.sentences import sentence


def test_the_one_who_is_logged_in_is_who_approves(shop: Shop) -> None:
    """At an approval there is no name to choose, so the two of them could approve nothing at all."""
    shop.hq.send(STORE, staff_row("M2", "副店长", "9999", "manager"))
    login.log_in(shop.till, "9999", "M2")
    assert login.approve(shop.till, "9999", "discount").id == "M2"


def test_who_cannot_be_told_is_told_what_to_do(shop: Shop) -> None:
    shop.hq.send(STORE, staff_row("M2", "副店长", "9999", "manager"))
    with pytest.raises(Refused, match="choose_person") as refused:
        login.approve(shop.till, "9999", "discount")
    i18n.use_language("zh_CN")
    said = sentence(refused.value)
    assert "副店长" in said
    assert "选择姓名" not in said, "nothing on that page chooses a name"
    assert "登录" in said


def test_a_pin_that_cashiers_share_is_no_managers(shop: Shop) -> None:
    shop.hq.send(STORE, staff_row("G3", "赵", "2222", "guide"))
    with pytest.raises(Refused, match="not_manager"):
        login.approve(shop.till, "2222", "discount")
