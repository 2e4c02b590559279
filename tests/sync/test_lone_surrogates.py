"""Half of a surrogate pair in what comes from HQ or a store's hub: a text for Python's JSON, and for nobody else.

It cannot be bound to a statement, hashed, put into an address or printed, so nothing that holds one is believed (S-10).
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from posclient.db import loading
from posclient.errors import DataError, LinkError
from sync import asking, protocol, replies
from sync.appointment import Appointment
from sync.handed_on import SignedPage
from sync.hub.channel import read_head
from sync.hub.line import HubLine
from sync.hub.server import HubServer
from sync.protocol import Message
from sync.replies import Reply
from sync.signing import Signer
from tests.db.shop import OWN_KEY
from tests.db.snapshots import line, packed, repacked, stored
from tests.fuzz.mutants import dumped
from tests.fuzz.test_hq_replies import GOOD, PROBLEM, TIME
from tests.sync.tills import Chain, TillFolder, tiers
from ui.cli import main

HALF = "\ud800"
JSON = {"content-type": "application/json"}
HELD = {"coupon": "K1", "until": TIME, "signature": "s"}
REFUSED = {"coupon": "K2", "code": "held", "store": "S002", "until": TIME}
ON_TOP = {"id": "L1", "amount": 5, "not_after": TIME, "signature": "s"}
ALL: tuple[tuple[type[Message], Any], ...] = (
    *GOOD,
    (
        asking.HoldReply,
        {"held": [HELD], "refused": [REFUSED], "value": ON_TOP, "points": ON_TOP, "incarnation": "i", "time": TIME},
    ),
    (asking.VisitReply, {"member": "M1", "time": TIME}),
    (protocol.ChallengeReply, {"challenge": "c"}),
    (
        protocol.SessionReply,
        {"token": "t", "seconds": 1, "signature": "s", "unseal": "u", "takes": ["thin"], "revoked": "r"},
    ),
    (SignedPage, {"page": "{}", "signature": "s"}),
)
#: As bytes, and as JSON escapes them.
WAYS: dict[str, Callable[[Any], bytes]] = {"bytes": dumped, "escaped": lambda value: json.dumps(value).encode()}


def spoilt(value: Any) -> Iterator[Any]:
    """Copies of ``value``, each with one text or one key in it spoilt."""
    if isinstance(value, dict):
        for name, part in value.items():
            yield {(f"{one}{HALF}" if one == name else one): kept for one, kept in value.items()}
            yield from ({**value, name: one} for one in spoilt(part))
    elif isinstance(value, list):
        for at, part in enumerate(value):
            yield from ([*value[:at], one, *value[at + 1 :]] for one in spoilt(part))
    elif isinstance(value, str):
        yield HALF
        yield f"{value[:10]}{HALF}{value[11:]}"  # where a date takes any sign before its time


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("kind", "good"), ALL, ids=[kind.__name__ for kind, _ in ALL])
def test_no_text_of_a_reply_may_hold_one(kind: type[Message], good: Any, way: str) -> None:
    assert isinstance(replies.message(kind, Reply(200, JSON, WAYS[way](good))), kind)
    for bad in spoilt(good):
        with pytest.raises(LinkError) as caught:
            replies.message(kind, Reply(200, JSON, WAYS[way](bad)))
        assert (caught.value.code, caught.value.params) == ("not_hq", {"why": "json"})


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("status", "code"), [(409, "not_hq"), (500, "server")])
def test_nor_what_hq_says_no_with(way: str, status: int, code: str) -> None:
    for bad in spoilt({**PROBLEM, "detail": {"expected": 2, "why": "so"}}):
        with pytest.raises(LinkError) as caught:
            replies.message(protocol.Page, Reply(status, JSON, WAYS[way](bad)))
        assert caught.value.code == code
        str(caught.value).encode()


def test_a_whole_pair_is_a_sign_like_any_other() -> None:
    assert replies.parsed(b'{"name": "\\ud83d\\ude00 \\\\ud800"}') == {"name": "😀 \\ud800"}


@pytest.mark.parametrize("call", ["feeds", "page", "push", "manifest"])
def test_a_cycle_that_meets_one_stores_nothing(till: TillFolder, chain: Chain, call: str) -> None:
    """S-10: each text of each answer in turn, as HQ's own rows have it; a good HQ puts it right."""
    till.sale()
    chain.publish(*tiers(range(3), "new"))
    before = till.rows("SELECT * FROM tier"), till.rows("SELECT * FROM feed_cursor")
    seen: list[int] = []

    def meddle(name: str, go: Callable[[], Any]) -> Any:
        if name == "page" and call == "manifest":
            raise LinkError("snapshot_required")
        answer = go()
        if name != call or len(seen) == 2:
            return answer
        *_, bad = list(spoilt(json.loads(answer.model_dump_json(by_alias=True))))[: -1 if seen else None]
        seen.append(1)
        return replies.message(type(answer), Reply(200, JSON, dumped(bad)))

    till.line.meddle = meddle
    for _ in range(2):
        report = till.cycle()
        assert report.error is not None
        assert report.error.code == "not_hq"
        json.dumps(report.as_json(), ensure_ascii=False).encode()
        assert (till.rows("SELECT * FROM tier"), till.rows("SELECT * FROM feed_cursor")) == before
    till.line.meddle = lambda _call, go: go()
    assert till.cycle().error is None
    assert till.unsent() == 0


@pytest.mark.parametrize(
    "row",
    [
        line("tier", HALF, {"id": HALF, "name": "gold", "rank": 1}),
        line("tier", "T1", {"id": "T1", "name": HALF, "rank": 1}),
        line(HALF, "T1", {"id": "T1", "name": "gold", "rank": 1}),
        line("setting", "s", {"name": "s", "value": {HALF: [HALF]}}),
    ],
)
def test_a_chunk_that_holds_one_is_a_bad_row(tmp_path: Path, row: bytes) -> None:
    """A chunk is no message: its rows are judged one by one, and the load stops with nothing in its place."""
    store = stored(tmp_path, repacked(packed("global", []), [row]))
    with pytest.raises(DataError) as caught:
        loading.make(tmp_path, [store], 0, OWN_KEY)
    assert caught.value.code == "bad_row"
    assert list(tmp_path.glob("cache-*.db")) == []


def test_a_store_hub_is_believed_no_more_than_hq() -> None:
    assert read_head(b'{"moves": {"A": 1}}') == {"moves": {"A": 1}}
    for head in (b'{"moves": {"\\ud800": 1}}', b'{"appointment": "\xed\xa0\x80"}', b"[]", b"{", b'{"a":1,"a":2}'):
        with pytest.raises(LinkError) as caught:
            read_head(head)
        assert caught.value.code == "not_hub"


@pytest.mark.parametrize("host", ["store..local", "x" * 70, HALF])
def test_a_hub_at_a_name_that_is_none_is_out_of_reach(host: str) -> None:
    """HQ signs any name that a person typed: no till of the store stops at it."""
    told = Appointment(1, "S001-1", f"{host}:8737", 2**50, {"S001-1": bytes(32)}, "", "")
    with pytest.raises(LinkError, match="hub_unreachable"):
        HubLine(told, Signer("hq", "S001-2", bytes(32), bytes(32)))
    with pytest.raises(DataError, match="hub_cannot_listen"):
        HubServer(Signer("hq", "S001-1", bytes(32), bytes(32)), None, lambda: told, lambda _said: None).start(  # type: ignore[arg-type]
            told.place
        )


def test_a_path_that_is_no_text_is_printed_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """S-9: a folder whose name is no UTF-8; Python hands its bytes on as halves of pairs."""
    status = {"online": False, "error": {"code": "cannot_write", "path": "/data/\udcff"}}
    monkeypatch.setattr("ui.commands.sync.one_cycle", lambda _folder, _accept: status)
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    monkeypatch.setattr(sys, "stdout", out)
    assert main(["sync", "--data", "/data/\udcff"]) == 1
    out.seek(0)
    assert json.loads(out.read()) == status
