"""Rules of pull: versions without holes, heads that agree with their rows, snapshots that agree with both."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from posclient.domain.feeds import CHECKSUM_MODULUS, row_checksum
from posclient.errors import LinkError
from sync.conformance.ground import Ground
from sync.conformance.reading import BEYOND, keep
from sync.conformance.rules import must, refused, rule
from sync.protocol import PushRequest, Row


@rule("feed.head", "At the head, count and checksum are those of the live rows")
def _head(ground: Ground) -> None:
    till = ground.busy_till()
    for head in till.line.feeds().feeds:
        last, rows = till.live(head)
        must(last.to == last.head, f"{head.name}: the last page does not reach the head")
        count, checksum = 0, 0
        for row in rows:
            count += 1
            checksum = (checksum + row_checksum(row.t, row.k, row.v)) % CHECKSUM_MODULUS
        must(last.count == count, f"{head.name}: count {last.count}, {count} rows")
        must(last.checksum == checksum, f"{head.name}: the checksum is not that of its rows")


@rule("feed.rows", "A row has the keys and the types of its table, and a null only where the table says that it may")
def _rows(ground: Ground) -> None:
    till = ground.busy_till()
    for head in till.line.feeds().feeds:
        for row in till.live(head)[1]:
            keep(head.name, row)


@rule("feed.pages", "A page holds from < version <= to, ascending, at most limit rows; pages of any size tell the same")
def _pages(ground: Ground) -> None:
    till = ground.enrol()
    feed = f"store:{till.me.store}"
    before = after = next(head.head for head in till.line.feeds().feeds if head.name == feed)
    for _ in range(5):  # behind all members without a home store, who may be a million
        ground.register(till)
    found: dict[tuple[str, str], Row] = {}
    for page in till.pages(feed, limit=2, after=before):
        versions = [row.v for row in page.rows]
        must(page.from_ == after, f"from {page.from_}, asked after {after}")
        must(versions == sorted(set(versions)), "versions out of order or doubled")
        must(len(versions) <= 2, f"{len(versions)} rows, at most 2 were asked for")
        must(all(page.from_ < version <= page.to for version in versions), "a version outside of its page")
        must(datetime.fromisoformat(page.time).tzinfo is not None, "a time without an offset")
        found |= {(row.t, row.k): row for row in page.rows}
        after = page.to
    whole = {(row.t, row.k): row for page in till.pages(feed, after=before) for row in page.rows}
    must(found == whole, "pages of two rows tell another state than one page")


@rule("feed.applied", "applied_seq covers what was acknowledged before the page was asked for, and nothing beyond")
def _applied_seq(ground: Ground) -> None:
    till = ground.busy_till()
    received = till.push(till.note()).received_seq
    for feed in (f"terminal:{till.me.terminal}", f"store:{till.me.store}"):
        seq = list(till.pages(feed))[-1].applied_seq
        must(received <= seq <= till.seq, f"{feed}: applied_seq {seq} after received_seq {received}")


@rule("feed.cursor", "Another epoch, or a cursor beyond the head: snapshot_required; a bad limit: bad_request")
def _cursor(ground: Ground) -> None:
    till = ground.enrol()
    head = next(one for one in till.line.feeds().feeds if one.name == "global")
    refused(lambda: till.line.page("global", "of-another-hq", 0, 10), "snapshot_required")
    refused(lambda: till.line.page("global", head.epoch, head.head + BEYOND, 10), "snapshot_required")
    refused(lambda: till.line.page("global", head.epoch, head.head, 0), "bad_request")
    refused(lambda: till.line.page("global", head.epoch, head.head, 100_000), "bad_request")


@rule("feed.grows", "A change adds to the head and never takes an old version again")
def _grows(ground: Ground) -> None:
    till = ground.busy_till()
    feed = f"store:{till.me.store}"
    before = list(till.pages(feed))[-1].head
    message, side, member = till.member(ground.phone())
    till.push(message, sides=[side])
    page = till.line.page(feed, till.epoch(feed), before, 500)
    must(page.head > before, "the head stayed where it was")
    must(("member", member) in {(row.t, row.k) for row in page.rows}, "the change is not behind the old head")


@rule(
    "snapshot", "A snapshot is what its manifest says, as a till can load it, and holds the feed's rows at its version"
)
def _snapshot(ground: Ground) -> None:
    till = ground.busy_till()
    feed = f"store:{till.me.store}"
    manifest = till.line.manifest(feed)
    rows = till.loaded(manifest)
    must((manifest.count, manifest.checksum) == (len(rows), _checksum(rows)), "count or checksum is not its rows'")
    for row in rows:
        keep(feed, row)
    must(manifest.epoch == till.epoch(feed), "another epoch than the feed's")
    page = till.line.page(feed, manifest.epoch, manifest.version, 500)
    must(page.from_ == manifest.version, "the pages do not go on at its version")


@rule("snapshot.leads", "Of every feed, whatever HQ has dropped, pages lead on from the snapshot that it hands out")
def _leads(ground: Ground) -> None:
    till = ground.enrol()
    for head in till.line.feeds().feeds:
        manifest = till.line.manifest(head.name)
        try:
            page = till.line.page(head.name, manifest.epoch, manifest.version, 500)
        except LinkError as error:
            must(error.code != "snapshot_required", f"{head.name}: its own snapshot is too old for its pages")
            raise
        must(page.from_ == manifest.version, f"{head.name}: the pages do not go on at its version")


@rule(
    "snapshot.own",
    "A snapshot of a till's own feed has all that HQ has of it, also of its earlier incarnations, by then",
)
def _own(ground: Ground) -> None:
    old = ground.enrol()
    till = ground.enrol(old.me.slot)
    feed = f"terminal:{till.me.terminal}"
    for maker in (till, old):
        till.line.manifest(feed)
        fact = maker.strange("SomethingNew", 1)
        till.line.push(PushRequest(facts=[fact]))
        manifest = till.line.manifest(feed)
        rows = {(row.t, row.k) for row in till.loaded(manifest)}
        must(("fact_outcome", fact.id) in rows, "an older snapshot: of what is leased there, some may be spent since")
        must(manifest.applied_seq == till.seq, f"applied_seq {manifest.applied_seq} after {till.seq} facts")


@rule("snapshot.unknown", "A snapshot or chunk that is not there is refused, so that a till takes a new manifest")
def _unknown(ground: Ground) -> None:
    till = ground.busy_till()
    manifest = till.line.manifest(f"store:{till.me.store}")
    gone = ("snapshot_required", "bad_request", "unauthorized", "not_hq")
    refused(lambda: till.line.chunk(manifest.snapshot, 10**6), *gone)
    refused(lambda: till.line.chunk("of-another-hq", 0), *gone)


@rule("feeds.health", "What a till says of its health, readable or not, keeps it from nothing")
def _health(ground: Ground) -> None:
    till = ground.enrol()
    for said in ('{"unsent":1,"oldest_unsent_s":60,"mood":"new"}', "{", "x" * 4000):
        status = till.line.raw("GET", "/v1/feeds", Posclient_Health=said).status
        must(status == 200, f"status {status} for a health of {len(said)} characters")


def _checksum(rows: Iterable[Row]) -> int:
    return sum(row_checksum(row.t, row.k, row.v) for row in rows) % CHECKSUM_MODULUS
