"""T-36: scans that went through an input method are taken out of the field again; a person's words stay."""

from __future__ import annotations

import pytest

from posclient.devices.wedge import Key, Kind
from tests.devices.scan_owner import Owner, keys_of

EAN = "6901234567892"


@pytest.mark.parametrize("code", [EAN, "S001-1-20261122-000001", "６９０１２３４５６７８９２"])
def test_a_scan_committed_as_one_text(code: str) -> None:
    """T-36: the input method swallowed all keys and puts the code into the field at the suffix."""
    owner = Owner()
    owner.field = "王"
    owner.commit(100, code)
    owner.play([Key(108, "\r", Kind.SUFFIX)])
    assert (owner.field, owner.enters) == ("王", 0)
    assert owner.scans == [code if code.isascii() else EAN]


def test_a_scan_committed_digit_by_digit() -> None:
    """T-36: some input methods commit every digit by itself."""
    owner = Owner()
    for place, digit in enumerate(EAN):
        owner.commit(place * 6, digit)
    owner.wait_until(1000)
    assert (owner.scans, owner.field) == ([EAN], "")


def test_a_composed_scan_that_stayed_itself() -> None:
    """T-36: letters go through the composition, and Enter commits them as they are."""
    owner = Owner()
    for place in range(8):
        owner.compose(place * 5, "zhongguo"[: place + 1])
    owner.commit(40, "zhongguo")
    owner.wait_until(1000)
    assert (owner.scans, owner.field) == (["zhongguo"], "")


def test_a_scan_that_became_chinese() -> None:
    """T-36: "qwe1" becomes Chinese: the code is lost, so scan again, and nothing of it stays in the field."""
    owner = Owner()
    for place in range(3):
        owner.compose(place * 5, "qwe"[: place + 1])
    owner.commit(15, "确我饿")
    owner.play(keys_of("234567\r", start=20))
    assert (owner.scans, owner.field, owner.enters) == ([], "", 0)
    assert owner.partials == ["确我饿234567"]


def test_a_scan_left_in_the_composition() -> None:
    """T-36: the composition is still open when the scanner is done: scan again; the owner resets the input method."""
    owner = Owner()
    for place in range(6):
        owner.compose(place * 5, "abcdef"[: place + 1])
    owner.compose(30, "")
    owner.wait_until(1000)
    assert (owner.partials, owner.scans) == (["abcdef"], [])


def test_a_person_composes_chinese() -> None:
    """T-36: a person's composition, its commit (with the empty preedit that comes along) and words stay."""
    owner = Owner()
    for word, pinyin in (("中华人民共和国", "zhonghua"), ("好", "hao"), ("abc123def", "abc")):
        start = owner.now + 200
        for place in range(len(pinyin)):
            owner.compose(start + place * 90, pinyin[: place + 1])
        end = start + len(pinyin) * 90
        owner.compose(end, "")
        owner.commit(end + 1, word)
        owner.wait_until(end + 500)
    assert owner.field == "中华人民共和国好abc123def"
    assert owner.outcomes == []


def test_a_commit_with_a_forwarded_enter_is_a_person() -> None:
    """Some input methods commit and send the same Enter on at once: one key of a person, two events."""
    owner = Owner()
    owner.compose(0, "wenben")
    owner.commit(90, "wenbenshuru")
    owner.play([Key(90.5, "\r", Kind.SUFFIX)])
    assert (owner.field, owner.enters, owner.outcomes) == ("wenbenshuru", 1, [])


def test_a_whole_sentence_at_once_is_no_scan() -> None:
    """Voice input and handwriting commit long texts without composing."""
    owner = Owner()
    for place, text in enumerate(("你好，欢迎光临", "hello there", "wangxiaoming")):
        owner.commit(place * 1000, text)
    owner.wait_until(9000)
    assert owner.field == "你好，欢迎光临hello therewangxiaoming"
    assert owner.outcomes == []
