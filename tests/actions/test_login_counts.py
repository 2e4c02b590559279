"""Guessing a manager's PIN (S-23): one's own PIN gives no more tries, neither to approve nor to log in."""

from __future__ import annotations

from datetime import timedelta

import pytest

from posclient.actions import login
from posclient.errors import Refused
from tests.actions.kidswear import Shop


def refusal(shop: Shop, pin: str) -> str:
    """Why a PIN approves nothing."""
    with pytest.raises(Refused) as refused:
        login.approve(shop.till, pin, "discount")
    return refused.value.code


def test_ones_own_pin_between_guesses_gives_no_more_of_them(shop: Shop) -> None:
    """A cashier could try all ten thousand, four at a time, without a wait and without a trace."""
    said = []
    for guess in range(8):
        said.append(refusal(shop, f"00{guess:02}"))
        if guess % 4 == 3:
            said.append(refusal(shop, "1111"))
    assert said[:5] == ["wrong_pin"] * 4 + ["not_manager"]
    assert said[5:] == ["locked"] * 5


def test_a_managers_pin_forgets_the_wrong_ones(shop: Shop) -> None:
    for guess in range(4):
        refusal(shop, f"00{guess:02}")
    refusal(shop, "1111")
    assert login.approve(shop.till, "9999", "discount").name == "店长"
    assert [refusal(shop, "0000") for _ in range(4)] == ["wrong_pin"] * 4


def logged_in(shop: Shop, pin: str) -> str:
    """Why a PIN alone logs nobody in; empty where it does."""
    try:
        login.log_in(shop.till, pin)
    except Refused as refused:
        return refused.code
    return ""


def test_ones_own_pin_between_guesses_logs_in_and_gives_no_more_of_them(shop: Shop) -> None:
    """Each guess at the log-in without a name is one at everybody's PIN, the manager's too."""
    said = []
    for guess in range(8):
        said.append(logged_in(shop, f"00{guess:02}"))
        if guess % 4 == 3:
            said.append(logged_in(shop, "1111"))
    assert said == ["wrong_pin"] * 4 + [""] + ["locked"] * 5


def test_a_store_that_mistypes_now_and_then_is_not_locked(shop: Shop) -> None:
    """Nobody's wrong PINs are a whole store's: after an hour without one they are forgotten."""
    for _ in range(10):
        assert [logged_in(shop, "0000") for _ in range(4)] == ["wrong_pin"] * 4
        assert logged_in(shop, "1111") == ""
        shop.clock.at += timedelta(hours=1)


def test_a_manager_who_logs_in_forgets_the_wrong_ones(shop: Shop) -> None:
    assert [logged_in(shop, "0000") for _ in range(4)] == ["wrong_pin"] * 4
    assert logged_in(shop, "9999") == ""
    assert [logged_in(shop, "0000") for _ in range(4)] == ["wrong_pin"] * 4
