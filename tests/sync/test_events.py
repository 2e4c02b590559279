"""The text of an event stream, however it is cut into pieces, and however odd."""

from __future__ import annotations

from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posclient.errors import LinkError
from sync.events import MOST_LINE, Poke, pokes

STREAM = """retry: 3000

: still here

event: feed
data: {"feed": "zone:华东", "version": 7}

event: weather
data: rain

data: no kind

id: 4
event: feed\r
data:{"feed":"global","version":0}\r
\r
""".encode()
HEARD = [None, Poke("zone:华东", 7), Poke("global", 0)]


@given(st.lists(st.integers(1, len(STREAM) - 1), max_size=20))
def test_pieces_do_not_matter(cuts: list[int]) -> None:
    places = [0, *sorted(set(cuts)), len(STREAM)]
    pieces = [STREAM[begin:end] for begin, end in pairwise(places)]
    assert list(pokes(pieces)) == HEARD


@pytest.mark.parametrize(
    "data",
    [
        "",
        "{",
        "[]",
        "7",
        '{"feed": 1, "version": 2}',
        '{"feed": "global", "version": true}',
        "[" * 3000,
        '{"feed": "global", "version": 1, "within": -1}',
        '{"feed": "global", "version": 1, "within": "1"}',
        '{"feed": "global", "version": 1, "within": 61}',
        '{"feed": "global", "version": 1, "within": NaN}',
    ],
)
def test_what_is_no_poke_is_no_hq(data: str) -> None:
    """S-10: an answer that is not ours ends the stream; it changes nothing."""
    with pytest.raises(LinkError) as caught:
        list(pokes([f"event: feed\ndata: {data}\n\n".encode()]))
    assert caught.value.code == "not_hq"


@pytest.mark.parametrize(("said", "within"), [("", None), (', "within": 0', 0), (', "within": 2.5', 2.5)])
def test_hq_may_say_how_tills_are_to_spread(said: str, within: float | None) -> None:
    (poke,) = pokes([f'event: feed\ndata: {{"feed": "global", "version": 1{said}}}\n\n'.encode()])
    assert poke is not None
    assert poke.within == within


def test_an_endless_line_is_cut() -> None:
    """S-10: memory stays bounded."""
    with pytest.raises(LinkError, match="not_hq"):
        list(pokes([b"x" * 1000] * (MOST_LINE // 1000 + 1)))


@given(st.lists(st.binary(max_size=60), max_size=20))
def test_any_bytes_are_told_or_refused(pieces: list[bytes]) -> None:
    """S-10: nothing but a ``LinkError`` leaves the reader."""
    with suppress(LinkError):
        for one in pokes(pieces):
            assert one is None or isinstance(one, Poke)
