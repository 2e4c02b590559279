"""The thin form of a batch: the same facts to the last byte, in a third of the bytes, and never the only way."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import col, delete, select

from posclient.db import journal, outbox
from posclient.db.connection import connect, transaction
from posclient.domain import facts
from posclient.errors import LinkError
from sync.hq import app, sessions
from sync.hq.fact_tables import FactRow
from sync.proofs import SIGNATURE
from sync.protocol import MOST_BYTES, FactMessage, Lost, PushRequest, SideRecord
from sync.running import FolderSync
from sync.signing import PUSH, sign
from sync.thin import BASE, MOST_BASE, MOST_BASE_BYTES, THIN, Base, named, pack, thick, thin, unpack
from sync.transport import HttpHq
from tests.sync.conftest import HqServer
from tests.sync.hq.conftest import NewTill, new_till
from tests.sync.hq.till_at_hq import STAMP, new_id
from tests.sync.test_health import at_server
from ui.opening import SystemClock

__all__ = ["new_till"]  # a fixture

TEXTS = st.text(st.characters(codec="utf-8"), max_size=40)
HASHES = st.binary(min_size=32, max_size=32).map(bytes.hex)


@st.composite
def batches(draw: st.DrawFn) -> PushRequest:
    """Facts of one chain; here and there a hash that does not follow."""
    terminal, incarnation, first = draw(TEXTS), draw(TEXTS), draw(st.integers(1, 2**40))
    made: list[FactMessage] = []
    previous = draw(HASHES)
    for seq in range(first, first + draw(st.integers(1, 6))):
        fact_id, kind, version, body = draw(TEXTS), draw(TEXTS), draw(st.integers(0, 10**9)), draw(TEXTS)
        place = terminal, incarnation, seq, fact_id, kind, version
        right = facts.chain_hash(bytes.fromhex(previous), *place, body.encode()).hex()
        previous = right if draw(st.booleans()) else draw(HASHES)
        made.append(
            FactMessage(
                terminal=terminal, incarnation=incarnation, seq=seq, id=fact_id, kind=kind, kind_version=version,
                body=body, hash=previous,
            )
        )  # fmt: skip
    sides = [SideRecord(id="s", fact=made[0].id, salt="a", sealed="b")] if draw(st.booleans()) else []
    lost = [Lost(incarnation=incarnation, first=1, last=2)] if draw(st.booleans()) else []
    return PushRequest(facts=made, sides=sides, lost=lost)


@given(request=batches(), earlier=st.lists(st.binary(max_size=60), min_size=1, max_size=4))
def test_what_comes_out_is_what_went_in(request: PushRequest, earlier: list[bytes]) -> None:
    """S-24: the envelope is frozen; a form that changed a byte of it would be a forged fact."""
    lines = thin(request)
    odd = any("\n" in one.body or set(" \n") & set(one.id + one.kind) for one in request.facts)
    assert (lines is None) == odd
    if lines is not None:
        for base in (None, Base("i", 1, earlier)):
            assert thick(unpack(pack(lines, base), base)) == request


def test_a_batch_of_two_chains_is_sent_as_it_is(new_till: NewTill) -> None:
    till = new_till()
    first, second = till.sale(), till.sale()
    assert thin(PushRequest(facts=[])) is None
    for changes in ({"incarnation": "other"}, {"seq": 7}, {"terminal": "S9-9"}, {"hash": "x"}, {"kind_version": -1}):
        assert thin(PushRequest(facts=[first, second.model_copy(update=changes)])) is None


@pytest.mark.parametrize(
    "lines",
    [
        b"", b"{}", b'{"protocol":2,"terminal":"T","incarnation":"i","first":0}',
        b'{"protocol":2,"terminal":"T","incarnation":"i","first":1}\nx',
        b'{"protocol":2,"terminal":"T","incarnation":"i","first":1}\na b 1 - {}',
        b'{"protocol":2,"terminal":"T","incarnation":"i","first":1}\na b -1 ' + b"0" * 64 + b" {}",
        b'{"protocol":2,"terminal":"T","incarnation":"i","first":1}\na b 1 ' + b"0" * 64 + b" \xff",
        b'{"protocol":2,"terminal":"T","incarnation":"i","first":1}' + b"\na b 1 - {}" * 600,
    ],
)  # fmt: skip
def test_lines_that_are_none_are_a_bad_request(lines: bytes) -> None:
    """S-9."""
    with pytest.raises(LinkError, match="bad_request"):
        thick(lines)


@pytest.mark.parametrize("header", ["", "i", "i/1", "i/0-4", "i/5-4", f"i/1-{MOST_BASE + 1}", "i/1-2-3", "é/1-2"])
def test_a_base_that_hq_does_not_follow(header: str) -> None:
    assert named(header) is None
    assert named(f"i/5-{MOST_BASE + 4}") == ("i", 5, MOST_BASE + 4)


def test_a_bomb_is_stopped_in_its_bounds() -> None:
    """S-9: ten gigabytes in ten kilobytes."""
    with pytest.raises(LinkError, match="too_large"):
        unpack(zstandard.ZstdCompressor().compress(b"0" * (MOST_BYTES + 1)), None)
    with pytest.raises(LinkError, match="bad_request"):
        unpack(b"no zstd", None)
    with pytest.raises(LinkError, match="base_missing"):
        unpack(
            pack(b"one two three four " * 9, Base("i", 1, [b"one two three four"])), Base("i", 1, [b"four three two"])
        )


class Watched:
    """A real till folder whose pushes are seen."""

    def __init__(self, server: HqServer, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.server, self.folder = server, folder
        self.sync = at_server(server, folder)
        self.sent: list[tuple[str, str]] = []
        honest = HttpHq._send

        def send(line: HttpHq, method: str, path: str, *args: Any, **request: Any) -> Any:
            if path == "/v1/push":
                headers = request["headers"]
                self.sent.append((headers["Content-Encoding"], headers.get(BASE, "").rpartition("/")[2]))
            return honest(line, method, path, *args, **request)

        monkeypatch.setattr(HttpHq, "_send", send)

    def sells(self, count: int) -> None:
        con = connect(self.folder / "till.db")
        with transaction(con):
            for _ in range(count):
                content = facts.rule_skipped("P1", "odd", STAMP)
                now = SystemClock().now()
                journal.append(con, fact_id=new_id(), kind=facts.RULE_SKIPPED, content=content, at=now)
        con.close()

    def syncs(self) -> list[tuple[str, str]]:
        self.sent.clear()
        assert self.sync.run().error is None
        return self.sent

    def bodies(self) -> tuple[list[tuple[bytes, str]], list[tuple[bytes, str]]]:
        """Of the till's facts and of HQ's, with their hashes."""
        con = connect(self.folder / "till.db")
        here = [(body, digest.hex()) for body, digest in con.execute("SELECT body, hash FROM fact ORDER BY number")]
        con.close()
        with self.server.database.read() as session:
            rows = session.exec(select(FactRow.body, FactRow.hash).order_by(col(FactRow.seq))).all()
        return here, [(body, digest) for body, digest in rows]


@pytest.fixture
def till_at_work(hq_server: HqServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Watched]:
    made = Watched(hq_server, tmp_path / "till", monkeypatch)
    yield made
    made.sync.close()


def test_a_till_sends_thin_batches_and_hq_stores_the_same_bytes(till_at_work: Watched) -> None:
    till = till_at_work
    till.sells(3)
    assert till.syncs() == [(THIN, "")]
    till.sells(2)
    assert till.syncs() == [(THIN, "1-3")]
    here, there = till.bodies()
    assert here == there
    assert len(here) == 5


def test_an_hq_that_takes_none_is_sent_none(till_at_work: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another chain's HQ, or ours of last year."""
    honest = sessions.Sessions.open
    monkeypatch.setattr(sessions.Sessions, "open", lambda *args: honest(*args).model_copy(update={"takes": ["other"]}))
    till_at_work.sells(3)
    assert till_at_work.syncs() == [("zstd", "")]


def test_an_hq_that_has_lost_the_facts_before_is_sent_the_batch_as_it_is(till_at_work: Watched) -> None:
    """S-12, G-7: restored from a backup, or with another fact in its place: nothing wedges."""
    till = till_at_work
    till.sells(3)
    till.syncs()
    with till.server.database.write() as session:
        session.exec(delete(FactRow).where(col(FactRow.seq) == 2))
    till.sells(1)
    assert till.syncs() == [(THIN, "1-3"), ("zstd", "")]
    till.sells(1)
    assert till.syncs() == [("zstd", "")]


def test_an_hq_that_has_other_facts_in_their_place_is_sent_the_batch_as_it_is(till_at_work: Watched) -> None:
    """S-12, G-7: the frame says so; else the till's signature would look forged, and its queue would wedge."""
    till = till_at_work
    till.sells(3)
    till.syncs()
    with till.server.database.write() as session:
        for row in session.exec(select(FactRow)):
            row.body = row.body.replace(b"odd", b"ODD")
    till.sells(1)
    assert till.syncs() == [(THIN, "1-3"), ("zstd", "")]
    assert till.bodies()[1][-1] == till.bodies()[0][-1]


@pytest.mark.parametrize("code", ["unauthorized", "server", "too_large", "bad_request"])
def test_something_between_that_does_not_know_the_form_wedges_nothing(
    till_at_work: Watched, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    """G-7, T-21: a proxy that takes the coding's name away, or the header, or answers by itself."""

    def refuse(*_args: object) -> bytes:
        raise LinkError(code)

    monkeypatch.setattr(app, "lines_of", refuse)
    till_at_work.sells(3)
    assert till_at_work.syncs()[-1] == ("zstd", "")
    till_at_work.sells(1)
    assert till_at_work.syncs() == [("zstd", "")]


def test_an_hq_whose_sessions_end_at_once_and_that_takes_no_thin_batch_is_sent_each_plain(
    till_at_work: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    """G-7: each session offers thin batches anew."""

    def refuse(*_args: object) -> bytes:
        raise LinkError("bad_request")

    honest = sessions.Sessions.open
    monkeypatch.setattr(app, "lines_of", refuse)
    monkeypatch.setattr(sessions.Sessions, "open", lambda *args: honest(*args).model_copy(update={"seconds": 0}))
    till_at_work.sells(3)
    assert till_at_work.syncs() == [(THIN, ""), ("zstd", "")]


def test_the_signature_is_of_the_lines(new_till: NewTill, hq_server: HqServer) -> None:
    """S-14: whoever is between cannot make one thin batch out of another."""
    till = new_till()
    lines = thin(PushRequest(facts=[till.sale(), till.sale()]))
    assert lines is not None
    token = till.token()

    def push(signed: bytes) -> int:
        headers = {
            "Authorization": f"Bearer {token}", "Content-Encoding": THIN,
            SIGNATURE: sign(till.seed, PUSH, till.me.terminal, signed),
        }  # fmt: skip
        return httpx.post(f"{hq_server.url}/v1/push", content=pack(lines, None), headers=headers).status_code

    assert push(hashlib.sha256(lines).digest()) == 401
    assert push(lines) == 200


def test_only_what_hq_has_is_a_base(till_at_work: Watched) -> None:
    """Facts that wait, that HQ put aside, or whose bodies are gone after 30 days, and those before them, are none."""
    till = till_at_work
    till.sells(6)
    till.syncs()
    con = connect(till.folder / "till.db")
    (incarnation,) = con.execute("SELECT incarnation FROM terminal").fetchone()

    def base(seq: int, most: int = MOST_BASE, most_bytes: int = MOST_BASE_BYTES) -> tuple[int, int]:
        first, bodies = outbox.bodies_before(con, incarnation, seq, most, most_bytes)
        return first, len(bodies)

    (size,) = con.execute("SELECT length(body) FROM fact WHERE seq = 6").fetchone()
    assert (base(7), base(7, most=2), base(7, most_bytes=2 * size), base(1)) == ((1, 6), (5, 2), (5, 2), (1, 0))
    con.execute("UPDATE outbox SET outcome = 'quarantined' WHERE number = 2")
    assert base(7) == (3, 4)
    con.execute("DELETE FROM outbox WHERE number = 4")
    assert base(7) == (5, 2)
    con.execute("UPDATE outbox SET acked_ms = NULL WHERE number = 6")
    assert base(7) == (7, 0)
    con.close()
    assert FolderSync(till.folder / "nowhere", SystemClock())._earlier("i", 5) is None
