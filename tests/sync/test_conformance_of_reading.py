"""An HQ whose rows or snapshots no till could take is told so; it may have both, and each till would hold its feed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import zstandard

from sync.conformance import reading
from sync.hq import snapshots
from sync.hq.feeds import GLOBAL, Change
from sync.hq.pages import Answer
from sync.hq.service import Hq
from sync.protocol import Manifest, Page, Row
from tests.sync.conftest import HqServer
from tests.sync.test_conformance import _paged, broken, equip

pytestmark = pytest.mark.usefixtures("cheap_codes")


@pytest.fixture(scope="module")
def equipped(common_hq: HqServer) -> HqServer:
    equip(common_hq)
    return common_hq


def _values(table: str, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Callable[[Row], Row]:
    return lambda row: row.model_copy(update={"d": change(row.d)}) if row.t == table and row.d else row


#: What rows of an HQ may be like that stop the page at every till.
ROWS: list[Callable[[Row], Row]] = [
    _values("member", lambda data: {**data, "points": 12.0}),
    _values("member", lambda data: {**data, "tier": None}),
    _values("member", lambda data: {**data, "birthday": "1990-02-31"}),
    _values("member", lambda data: {name: value for name, value in data.items() if name != "tags"}),
    _values("coupon_template", lambda data: {**data, "id": "OTHER"}),
    lambda row: row.model_copy(update={"t": "mood"}) if row.t == "member" else row,
    lambda row: row.model_copy(update={"t": "price"}) if row.t == "member" else row,
]


@pytest.mark.parametrize("mutate", ROWS)
def test_a_row_that_no_table_takes(
    equipped: HqServer, monkeypatch: pytest.MonkeyPatch, mutate: Callable[[Row], Row]
) -> None:
    def altered(page: Page) -> Page:
        return page.model_copy(update={"rows": [mutate(row) for row in page.rows]})

    honest, wrong = Answer.body, _paged(altered)
    monkeypatch.setattr(Answer, "body", lambda *args: wrong(honest(*args)))
    (why,) = broken(equipped, "feed.rows").values()
    assert "no till takes the row" in why
    assert "1990" not in why


@pytest.fixture
def _long(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each feed, an empty one too, has more rows than are kept in memory."""
    monkeypatch.setattr(reading, "MOST_ROWS", -1)


@pytest.mark.usefixtures("_long")
def test_a_row_that_no_table_takes_in_a_long_feed(hq_server: HqServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A million articles are looked at too, as a till would load them."""
    honest = snapshots._lines

    def altered(*asked: Any) -> Iterator[bytes]:
        return (line.replace(b'"tier":"basic"', b'"tier":null') for line in honest(*asked))

    monkeypatch.setattr(snapshots, "_lines", altered)
    assert "no till takes the row" in broken(hq_server, "feed.rows")["feed.rows"]


@pytest.mark.usefixtures("_long")
def test_a_row_that_no_table_takes_behind_the_snapshot(hq_server: HqServer, monkeypatch: pytest.MonkeyPatch) -> None:
    manifest = Hq.manifest

    def moving(hq: Hq, terminal: str, feed: str, begun: str = "") -> Manifest:
        found = manifest(hq, terminal, feed, begun)
        hq_server.publish(Change(GLOBAL, "tier", "T1", {"id": "T1", "name": "T1", "rank": None}))
        return found

    monkeypatch.setattr(Hq, "manifest", moving)
    assert "no till takes the row T1" in broken(hq_server, "feed.rows")["feed.rows"]


@pytest.mark.usefixtures("_long")
@pytest.mark.parametrize("wrong", ["checksum", "count"])
def test_a_head_that_is_not_its_rows_in_a_long_feed(
    equipped: HqServer, monkeypatch: pytest.MonkeyPatch, wrong: str
) -> None:
    honest, altered = Answer.body, _paged(lambda page: page.model_copy(update={wrong: getattr(page, wrong) + 1}))
    monkeypatch.setattr(Answer, "body", lambda *args: altered(honest(*args)))
    assert wrong in broken(equipped, "feed.head")["feed.head"]


@pytest.mark.usefixtures("_long")
def test_a_snapshot_from_behind_what_was_dropped_of_a_long_feed(
    equipped: HqServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No page leads on from it."""
    manifest = Hq.manifest

    def older(*asked: Any) -> Manifest:
        return manifest(*asked).model_copy(update={"epoch": "of-another-hq"})

    monkeypatch.setattr(Hq, "manifest", older)
    assert "too old" in broken(equipped, "snapshot.leads")["snapshot.leads"]


def _with_tombstone(lines: Iterator[bytes]) -> Iterator[bytes]:
    yield from lines
    yield b'{"t":"member","k":"gone","v":1,"d":null}\n'


def _cut_short(lines: Iterator[bytes]) -> Iterator[bytes]:
    *most, last = lines
    yield from [*most, last.rstrip()]


@pytest.mark.parametrize(
    "mutate", [_with_tombstone, _cut_short, lambda lines: [b"\n".join(lines).replace(b":1", b":1.5")]]
)
def test_a_snapshot_of_lines_that_no_till_reads(
    hq_server: HqServer, monkeypatch: pytest.MonkeyPatch, mutate: Callable[[Iterator[bytes]], Iterator[bytes]]
) -> None:
    honest = snapshots._lines
    monkeypatch.setattr(snapshots, "_lines", lambda *asked: mutate(honest(*asked)))
    assert set(broken(hq_server, "snapshot")) == {"snapshot"}


def _renamed(manifest: Manifest) -> Manifest:
    return manifest.model_copy(update={"snapshot": f"{manifest.snapshot}.1"})


def _from_one(manifest: Manifest) -> Manifest:
    chunks = [one.model_copy(update={"n": one.n + 1}) for one in manifest.chunks]
    return manifest.model_copy(update={"chunks": chunks})


@pytest.mark.parametrize("mutate", [_renamed, _from_one])
def test_a_snapshot_of_names_and_numbers_that_no_till_takes(
    hq_server: HqServer, monkeypatch: pytest.MonkeyPatch, mutate: Callable[[Manifest], Manifest]
) -> None:
    """All that is asked for by these names is there."""
    manifest, chunk = Hq.manifest, Hq.chunk

    def found(hq: Hq, terminal: str, snapshot: str, n: int) -> bytes:
        return chunk(hq, terminal, snapshot.removesuffix(".1"), n if mutate is _renamed else n - 1)

    monkeypatch.setattr(Hq, "manifest", lambda *asked: mutate(manifest(*asked)))
    monkeypatch.setattr(Hq, "chunk", found)
    assert "bad_manifest" in broken(hq_server, "snapshot")["snapshot"]


def _wide(plain: bytes) -> bytes:
    parameters = zstandard.ZstdCompressionParameters.from_level(3, window_log=24)
    packer = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    return packer.compress(plain) + packer.flush()


@pytest.mark.parametrize("pack", [_wide, lambda plain: zstandard.compress(plain) + b"x", lambda plain: plain])
def test_a_snapshot_of_frames_that_no_till_unpacks(
    hq_server: HqServer, monkeypatch: pytest.MonkeyPatch, pack: Callable[[bytes], bytes]
) -> None:
    """A window of 16 MiB; something else behind the frame; no zstd."""
    manifest, chunk = Hq.manifest, Hq.chunk

    def again(hq: Hq, terminal: str, snapshot: str, n: int) -> bytes:
        return pack(zstandard.ZstdDecompressor().decompressobj().decompress(chunk(hq, terminal, snapshot, n)))

    def fitting(hq: Hq, terminal: str, feed: str, begun: str = "") -> Manifest:
        said = manifest(hq, terminal, feed, begun)
        packed = [again(hq, terminal, said.snapshot, one.n) for one in said.chunks]
        new = [{"bytes": len(one), "sha256": hashlib.sha256(one).hexdigest()} for one in packed]
        chunks = [one.model_copy(update=more) for one, more in zip(said.chunks, new, strict=True)]
        return said.model_copy(update={"chunks": chunks})

    monkeypatch.setattr(Hq, "manifest", fitting)
    monkeypatch.setattr(Hq, "chunk", again)
    assert set(broken(hq_server, "snapshot")) == {"snapshot"}


def test_a_snapshot_that_is_too_long(hq_server: HqServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A chunk of over 32 MiB, plain; all chunks of over 1 GiB."""
    monkeypatch.setattr("posclient.db.chunks.MOST_PLAIN", 10)
    assert "no till can read it" in broken(hq_server, "snapshot")["snapshot"]
    monkeypatch.setattr("sync.conformance.reading.MOST_SNAPSHOT", 10)
    assert "1 GiB" in broken(hq_server, "snapshot")["snapshot"]


def test_a_snapshot_of_a_tills_own_feed_from_a_while_ago(equipped: HqServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """As for any other feed: its rows say what is leased, and not what was spent of it since (S-18)."""
    honest, made = Hq.manifest, dict[str, Manifest]()

    def kept(hq: Hq, terminal: str, feed: str, begun: str = "") -> Manifest:
        return made.setdefault(feed, honest(hq, terminal, feed, begun))

    monkeypatch.setattr(Hq, "manifest", kept)
    assert "an older snapshot" in broken(equipped, "snapshot.own")["snapshot.own"]
