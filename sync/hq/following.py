"""Which feeds a terminal follows, and what of its own it finds in them."""

from __future__ import annotations

from sqlalchemy import select
from sqlmodel import Session

from posclient.domain.feeds import unsigned
from posclient.errors import LinkError
from sync.hq.bulk import Among
from sync.hq.chain_tables import StoreRow
from sync.hq.feeds import GLOBAL, store_feed, terminal_feed, zone_feed
from sync.hq.receiving import MOST_ENVELOPE, Seqs, received_seqs
from sync.hq.tables import METADATA, Chain, Feed, Terminal
from sync.protocol import FeedHead

#: Asked by every till once a minute, so made once.
_FEED = METADATA.tables["feed"].c
_HEADS = Among(select(_FEED.name, _FEED.epoch, _FEED.head, _FEED["count"], _FEED.checksum), _FEED.name)


def followed_by(session: Session, terminal: str) -> list[str]:
    """The names of its feeds."""
    place = session.get_one(Terminal, terminal)
    store = session.get_one(StoreRow, place.store)
    return [GLOBAL, zone_feed(store.zone), store_feed(store.id), terminal_feed(terminal)]


def feed_of(session: Session, terminal: str, feed: str) -> Feed:
    """The head row of one that it follows; ``LinkError("unauthorized")`` for any other."""
    if feed not in followed_by(session, terminal):
        raise LinkError("unauthorized", feed=feed[:MOST_ENVELOPE])
    return session.get_one(Feed, feed)


def applied_seq(session: Session, terminal: str) -> int:
    """The last of its facts whose effect a page includes."""
    place = session.get_one(Terminal, terminal)
    chain = session.get(Chain, (terminal, place.incarnation))
    return chain.received_seq if chain else 0


def standing(session: Session, terminal: Terminal) -> tuple[list[FeedHead], Seqs]:
    """The heads of the feeds that a till follows, and how far its facts are here."""
    followed = followed_by(session, terminal.id)
    heads = {
        name: FeedHead(name=name, epoch=epoch, head=head, count=count, checksum=unsigned(checksum))
        for name, epoch, head, count, checksum in _HEADS.rows(session, followed)
    }
    return [heads[name] for name in followed], received_seqs(session, terminal)
