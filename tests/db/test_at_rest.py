import pytest

from posclient.db.at_rest import AtRest, OwnKey
from posclient.errors import DataError

KEY = b"k" * 32


def test_what_was_sealed_opens_in_its_place_alone() -> None:
    ours = AtRest(KEY)
    sealed = ours.seal("member|M1|private", "王小明".encode())
    assert ours.open("member|M1|private", sealed).decode() == "王小明"
    assert sealed != ours.seal("member|M1|private", "王小明".encode())
    spoiled = (
        (ours, "member|M2|private", sealed), (AtRest(b"o" * 32), "member|M1|private", sealed),
        (ours, "member|M1|private", sealed[:-1]), (ours, "member|M1|private", b""),
        (ours, "member|M1|private", sealed[:-1] + bytes([sealed[-1] ^ 1])),
    )  # fmt: skip
    for who, place, text in spoiled:
        with pytest.raises(DataError, match="sealed"):
            who.open(place, text)


def test_the_blind_index_is_the_keys_own() -> None:
    assert AtRest(KEY).index("13912345678") == AtRest(KEY).index("13912345678")
    assert AtRest(KEY).index("13912345678") != AtRest(b"o" * 32).index("13912345678")
    assert len(AtRest(KEY).index("13912345678")) == 16


def test_a_key_that_is_dropped_is_dropped_for_all_who_share_it() -> None:
    own = OwnKey(KEY)
    assert own.needed() is own.at_rest
    own.drop()
    assert [own.key, own.at_rest] == [None, None]
    with pytest.raises(DataError, match="no_own_key"):
        own.needed()
    own.put(KEY)
    assert own.key == KEY
    with pytest.raises(DataError, match="bad_key"):
        OwnKey(b"short")
