"""PINs are kept as scrypt hashes; a hash that is not ours opens nothing."""

from __future__ import annotations

import pytest

from posclient.domain.pins import hash_pin, is_pin
from posclient.errors import InputError


def test_the_pin_is_known_by_its_hash() -> None:
    stored = hash_pin("1234", b"0123456789abcdef")
    assert stored.startswith("scrypt$16384$8$1$")
    assert "1234" not in stored
    assert is_pin("1234", stored)
    assert not is_pin("1235", stored)


def test_two_people_with_one_pin_have_two_hashes() -> None:
    assert hash_pin("1234", b"a" * 16) != hash_pin("1234", b"b" * 16)


@pytest.mark.parametrize("pin", ["", "123", "12a4", "１２３４", "1234 ", "1" * 13])
def test_a_pin_is_four_to_twelve_ascii_digits(pin: str) -> None:
    with pytest.raises(InputError, match="pin_form"):
        hash_pin(pin, b"a" * 16)
    assert not is_pin(pin, hash_pin("1234", b"a" * 16))


@pytest.mark.parametrize(
    "stored",
    [
        "", "x", "plain$1$1$1$YQ==$YQ==", "scrypt$16384$8$1$YQ==$", "scrypt$16385$8$1$YQ==$YQ==",
        "scrypt$1073741824$8$1$YQ==$YQ==", "scrypt$16384$99$1$YQ==$YQ==", "scrypt$16384$8$0$YQ==$YQ==",
        "scrypt$a$8$1$YQ==$YQ==", "scrypt$16384$8$1$?$YQ==", "scrypt$16384$8$1$YQ==$YQ==$",
    ],
)  # fmt: skip
def test_a_hash_that_is_not_ours_matches_nothing(stored: str) -> None:
    """S-23: a staff row that somebody wrote by hand neither logs anybody in nor eats the till's memory."""
    assert not is_pin("1234", stored)
