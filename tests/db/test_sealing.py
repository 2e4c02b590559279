import hashlib

import pytest
from nacl.public import PrivateKey, SealedBox

from posclient.db.sealing import open_own, seal
from posclient.errors import DataError

HQ = PrivateKey.generate()
OWN = b"k" * 32
PLAIN = {"name": "王小明", "phone": "13900001234", "birthday": None}


def test_only_hq_and_this_till_can_open_it() -> None:
    made = seal(bytes(HQ.public_key), OWN, PLAIN)
    assert "王小明".encode() in SealedBox(HQ).decrypt(made.sealed)
    assert open_own(OWN, made.own) == PLAIN
    assert made.digest == hashlib.sha256(made.salt + made.sealed).hexdigest()
    damaged = made.own[:-1] + bytes([made.own[-1] ^ 1])
    for key, data in ((b"x" * 32, made.own), (OWN, damaged), (OWN, b""), (b"short", made.own)):
        with pytest.raises(DataError, match="sealed"):
            open_own(key, data)


def test_the_same_data_never_looks_alike() -> None:
    first, second = (seal(bytes(HQ.public_key), OWN, PLAIN) for _ in range(2))
    assert first.salt != second.salt
    assert first.sealed != second.sealed
    assert first.own != second.own


def test_keys_that_are_none() -> None:
    for hq, own in ((b"", OWN), (bytes(HQ.public_key), b"short")):
        with pytest.raises(DataError, match="bad_key"):
            seal(hq, own, PLAIN)
