"""What is signed cannot be read in two ways (docs/protocol.md, signatures)."""

from __future__ import annotations

import base64

import pytest
from nacl.signing import SigningKey

from posclient.domain.signatures import LEASE, array, is_hqs, is_signed, signed_bytes

HQ = SigningKey(b"h" * 32)
KEY = bytes(HQ.verify_key)


def by_hq(plain: bytes) -> str:
    return base64.b64encode(HQ.sign(plain).signature).decode()


def test_a_signature_is_good_for_its_purpose_and_its_parts_alone() -> None:
    signature = by_hq(signed_bytes("purpose", ("S001", "body")))
    assert is_signed(KEY, signature, "purpose", "S001", b"body")
    assert not is_signed(KEY, signature, "other", "S001", b"body")
    assert not is_signed(KEY, signature, "purpose", "S002", b"body")
    assert not is_signed(bytes(SigningKey(b"x" * 32).verify_key), signature, "purpose", "S001", b"body")


def test_no_part_but_the_last_may_hold_what_stands_between_parts() -> None:
    """Else one signature would be good for two messages that part at another place."""
    assert signed_bytes("purpose", ("a", "b\nc")) == b"purpose\na\nb\nc"
    with pytest.raises(ValueError, match="line feed"):
        signed_bytes("purpose", ("a\nb", "c"))
    assert not is_signed(KEY, by_hq(b"purpose\na\nb\nc"), "purpose", "a\nb", "c")


@pytest.mark.parametrize("signature", ["", "!", "AAAA", "é"])
def test_what_is_no_signature_is_none(signature: str) -> None:
    assert not is_signed(KEY, signature, "purpose", "a")
    assert not is_hqs(KEY, signature, LEASE, "K1")


def test_a_lease_is_hqs_with_every_value_that_it_was_signed_with() -> None:
    signature = by_hq(signed_bytes(LEASE, (array("K1", "S001", 1_764_000_000_000),)))
    assert is_hqs(KEY, signature, LEASE, "K1", "S001", 1_764_000_000_000)
    assert not is_hqs(KEY, signature, LEASE, "K1", "S001", 1_764_000_000_001)
    assert not is_hqs(KEY, signature, LEASE, "K1", "S002", 1_764_000_000_000)
