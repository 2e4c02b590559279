import pytest

from posclient.domain.card_numbers import is_card_number, without_card_numbers
from posclient.domain.gtin import ean13

#: The schemes' own numbers for tests.
CARDS = (
    "4111111111111111", "5555555555554444", "378282246310005", "6222021234567894", "3530111333300000",
    "6011111111111117",
)  # fmt: skip


@pytest.mark.parametrize("card", CARDS)
def test_the_first_six_and_the_last_four_are_left(card: str) -> None:
    """S-25."""
    masked = f"{card[:6]}{'*' * (len(card) - 10)}{card[-4:]}"
    assert is_card_number(card)
    assert without_card_numbers(f"客人卡号{card}，退款") == f"客人卡号{masked}，退款"
    spaced = "-".join(card[at : at + 4] for at in range(0, len(card), 4))
    assert without_card_numbers(spaced) == masked
    assert without_card_numbers(spaced.replace("-", " ")) == masked


@pytest.mark.parametrize(
    "text",
    [
        "", "4111111111111112", "411111111111", "41111111111111111111", "1234567890123452", "13912345678",
        "S001-1-20261122-000007", ean13("690123456789"), "2026-11-22 14:03:05", "x4111 1111  1111 1111",
    ],
)  # fmt: skip
def test_other_figures_stay_as_they_are(text: str) -> None:
    assert without_card_numbers(text) == text
    assert not is_card_number(text)
