"""Well-formed messages with a value swapped for another one: nested, huge, of another type, in any letters.

The raw loops beside this one are quicker and break bytes as well; hypothesis looks for a small example of what fails.
"""

from __future__ import annotations

import copy
import json
import os
from contextlib import suppress
from typing import Any

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from posclient.errors import LinkError
from sync import replies
from sync.hq import asking, bodies
from sync.hq.bodies import UnreadableError
from sync.protocol import EnrolRequest, Message, PushRequest
from sync.replies import Reply
from tests.fuzz.mutants import ODD
from tests.fuzz.test_hq_replies import GOOD
from tests.fuzz.test_pushes import CONTENTS, ENROL, PUSH

#: Examples of each; a whole run has a share of POSCLIENT_N.
EXAMPLES = int(os.environ.get("POSCLIENT_N") or 0) // 100 or 40
LEAVES = (
    st.none() | st.booleans() | st.integers() | st.integers(2**62, 2**66) | st.floats() | st.sampled_from(ODD)
    | st.sampled_from(("\ud800", "a\udfff", "\0"))
    | st.text(st.characters(exclude_categories=()), max_size=20)
)  # fmt: skip
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4)
)
DEEP = st.integers(1, 3000).map(lambda depth: "[" * depth + "]" * depth)
PACKER = zstandard.ZstdCompressor(level=1)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The ways to all values within."""
    found = [path] if path else []
    names = value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    return found + [way for name in names for way in places(value[name], (*path, name))]


@st.composite
def spoilt(draw: st.DrawFn, good: Any) -> bytes:
    """JSON of ``good`` with up to three values swapped; one may be nested deeper than any reader follows."""
    made, ways = copy.deepcopy(good), places(good)
    for way in draw(st.lists(st.sampled_from(ways), max_size=3)):
        at: Any = made
        try:
            for name in way[:-1]:
                at = at[name]
            at[way[-1]] = draw(VALUES)
        except (KeyError, IndexError, TypeError):
            continue  # an earlier one took this place away
    text = json.dumps(made, ensure_ascii=draw(st.booleans()))
    if draw(st.integers(0, 9)) == 0:
        text = text[:-1] + ', "d": ' + draw(DEEP) + "}"
    return text.encode("utf-8", "surrogatepass")


@pytest.mark.parametrize(("kind", "good"), GOOD, ids=lambda one: getattr(one, "__name__", ""))
@settings(max_examples=EXAMPLES)
@given(data=st.data())
def test_a_reply_that_is_read_can_be_kept(kind: type[Message], good: Any, data: st.DataObject) -> None:
    """S-10, S-21: a message or ``LinkError``; of a message every value can be stored, sent and hashed."""
    keep(kind, data.draw(spoilt(good)), data.draw(st.sampled_from((200, 200, 409, 500))))


def keep(kind: type[Message], body: bytes, status: int) -> None:
    """Read a reply as ``sync.transport`` would, and write what was read."""
    packed = replies.unpacked("zstd", PACKER.compress(body), 1 << 20)
    try:
        found = replies.message(kind, Reply(status, {"content-type": "application/json"}, packed))
    except LinkError as error:
        str(error)
    else:
        json.dumps(found.model_dump(mode="json", by_alias=True), ensure_ascii=False).encode()


@pytest.mark.parametrize(("kind", "good"), [(PushRequest, PUSH), (EnrolRequest, ENROL)])
@settings(max_examples=EXAMPLES)
@given(data=st.data())
def test_a_request_that_is_read_can_be_kept(kind: type[Message], good: Any, data: st.DataObject) -> None:
    """S-9: a message or a problem that HQ answers with."""
    body = data.draw(spoilt(good))
    with suppress(LinkError):
        asking.read_message(kind, asking.plain_body("zstd", PACKER.compress(body))).model_dump_json()


@pytest.mark.parametrize(("kind", "good"), CONTENTS, ids=lambda one: one if isinstance(one, str) else "")
@settings(max_examples=EXAMPLES)
@given(data=st.data())
def test_a_fact_that_is_read_can_be_kept(kind: str, good: Any, data: st.DataObject) -> None:
    """T-18: read into columns, or set aside with a reason."""
    with suppress(UnreadableError):
        assert "\\u0000" not in bodies.read_body(kind, 1, data.draw(spoilt(good))).model_dump_json()
