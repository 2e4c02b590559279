"""Whatever comes back from HQ, a till ends with a ``PosError`` at worst, and its own facts are as they were (S-10)."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest
import zstandard

from posclient.db import bulk_parse
from posclient.db.chunks import place
from posclient.errors import DataError, LinkError
from sync import protocol, replies
from sync.protocol import Message
from sync.replies import Reply
from tests.db.shop import OWN
from tests.fuzz.mutants import broken, dumped, mutated
from tests.fuzz.runs import examples
from tests.sync.tills import Chain, TillFolder, tiers

ROW = {"t": "tier", "k": "T1", "v": 3, "d": {"id": "T1", "name": "金卡", "rank": 1}}
HEAD = {"name": "global", "epoch": "e1", "head": 12, "count": 3, "checksum": 2**64 - 1}
TIME = "2026-11-21T06:03:00+00:00"
PAGE = {"feed": "global", "epoch": "e1", "from": 0, "to": 3, "head": 3, "count": 1, "checksum": 7, "applied_seq": 0,
        "rows": [ROW, {**ROW, "k": "T2", "v": 4, "d": None}], "time": TIME}  # fmt: skip
GOOD: tuple[tuple[type[Message], Any], ...] = (
    (protocol.FeedsReply, {"feeds": [HEAD, {**HEAD, "name": "store:S001"}], "time": TIME}),
    (protocol.Page, PAGE),
    (protocol.PushReply, {"outcomes": [{"id": "a", "seq": 1, "outcome": "applied", "code": None}], "received_seq": 1,
                          "durable_seq": 1, "time": TIME}),
    (protocol.Manifest, {"snapshot": "s1", "feed": "global", "epoch": "e1", "version": 3, "count": 1, "checksum": 7,
                         "applied_seq": 0, "chunks": [{"n": 0, "rows": 1, "bytes": 99, "sha256": "ab" * 32}]}),
    (protocol.EnrolReply, {"hq": "hq-1", "terminal": "S001-1", "store": "S001", "slot": 1, "hq_key": "k",
                           "signature": "s", "seal_key": "a", "index_key": "b", "next_receipt_seq": 1,
                           "feeds": ["global"], "time": TIME}),
    (protocol.SessionReply, {"token": "t", "seconds": 900, "signature": "s", "unseal": "u", "unseal_signature": "s",
                             "takes": ["thin"], "revoked": "r"}),
)  # fmt: skip
PACKER = zstandard.ZstdCompressor(level=1)
#: The most that an answer may be unpacked to here, and what a bomb is packed from.
MOST_PLAIN, BOMB = 1 << 20, b" " * (2 << 20)
#: Deeper than Python's reader follows.
DEEP = b'{"a":' * 100_000 + b"1" + b"}" * 100_000
#: What SQLite takes.
STORABLE = (type(None), int, float, str, bytes)
PROBLEM = {"error": "gap", "detail": {"expected": 2, "seconds": 5}}
SHUT = {"error": "revoked", "detail": {}}


def test_any_reply_is_a_message_or_a_link_error() -> None:
    """T-21, S-10, S-21: types, numbers, texts, nesting, packing, statuses and media types, each spoiled."""
    ends: Counter[str] = Counter()
    for random in examples(3000):
        kind, good = random.choice(GOOD)
        body = dumped(mutated(random, good if random.random() < 0.8 else random.choice((PROBLEM, SHUT))))
        if random.random() < 0.3:
            body = broken(random, body)
        body = DEEP if random.random() < 0.002 else body
        try:
            ends[type(read(random, kind, body)).__name__] += 1
        except LinkError as error:
            str(error)
            ends[error.code] += 1
    assert ends["not_hq"] > 0 < ends["Page"]
    assert ends["revoked"] == 0 < ends["revoked_unproved"], "no answer by itself shuts a till"


def read(random: Random, kind: type[Message], body: bytes) -> Message:
    """As ``sync.transport`` would."""
    coding = random.choice(("identity", "identity", "zstd", "gzip", ""))
    if coding == "zstd":
        body += BOMB if random.random() < 0.03 else b""
        body = PACKER.compress(body)
        body = broken(random, body) if random.random() < 0.3 else body
    plain = replies.unpacked(coding, body, MOST_PLAIN)
    assert len(plain) <= MOST_PLAIN, "a bomb went off"
    status = random.choice((200,) * 8 + (204, 301, 400, 409, 410, 429, 500, 503, 999))
    headers = {"content-type": random.choice(("application/json",) * 6 + ("text/html", "", "application/json; x"))}
    if random.random() < 0.2:
        headers["retry-after"] = random.choice(("5", "-1", "soon", "9" * 30, "٣", "", "1e3"))
    return replies.message(kind, Reply(status, headers, plain))


def test_any_chunk_is_rows_or_a_data_error(tmp_path: Path) -> None:
    """A chunk is only known by its sum: HQ itself may have packed nonsense."""
    path = tmp_path / "chunk"
    ends: Counter[str] = Counter()
    for random in examples(600):
        lines = b"\n".join(dumped(mutated(random, ROW) if random.random() < 0.5 else ROW) for _ in range(3)) + b"\n"
        packed = PACKER.compress(broken(random, lines) if random.random() < 0.4 else lines)
        came = broken(random, packed) if random.random() < 0.3 else packed
        path.write_bytes(OWN.needed().seal(place(path), came))
        try:
            for piece in bulk_parse.pieces("global", [path], OWN.needed()):
                ends["rows"] += len(piece)
                rows = [row for _table, found, *_ in piece for row in found]
                odd = [value for row in rows for value in row if type(value) not in STORABLE]
                assert not odd, f"SQLite would not take {odd[:3]}"
        except DataError as error:
            ends[error.code] += 1
    assert ends["rows"] > 0 < ends["bad_row"]


def spoil(random: Random, rate: float) -> Callable[[str, Callable[[], Any]], Any]:
    """Each of HQ's answers may be spoiled, and what is still well formed is believed."""

    def meddle(_call: str, go: Callable[[], Any]) -> Any:
        answer = go()
        if random.random() > rate:
            return answer
        if isinstance(answer, bytes):
            return broken(random, answer)
        body = dumped(mutated(random, json.loads(answer.model_dump_json(by_alias=True))))
        return replies.message(type(answer), Reply(200, {"content-type": "application/json"}, body))

    return meddle


@pytest.mark.slow
def test_a_cycle_ends_in_a_report_whatever_hq_says(till: TillFolder, chain: Chain) -> None:
    """S-10, S-11, S-12: nothing of the till's own is changed, and a good HQ puts everything right again."""
    ends: Counter[str] = Counter()
    facts: list[Any] = []
    for random in examples(30, share=100):
        if random.random() < 0.5:
            till.sale()
            facts = till.con.execute("SELECT seq, id, body, hash FROM fact ORDER BY seq").fetchall()
        if random.random() < 0.5:
            chain.publish(*tiers(range(random.randrange(12)), f"name {random.random()}"))
        till.line.meddle = spoil(random, 0.4)
        report = till.cycle(accept=random.random() < 0.2)
        ends[report.error.code if report.error else "held" if report.held else "done"] += 1
        report.as_json()
        assert till.con.execute("SELECT seq, id, body, hash FROM fact ORDER BY seq").fetchall() == facts
    assert ends["done"] > 0 < ends["not_hq"]
    till.line.meddle = lambda _call, go: go()
    last = till.cycle(accept=True)
    assert (last.error, last.held) == (None, ())
