"""Which feeds a terminal follows, and what of its own it finds in them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass

from sqlalchemy import and_, bindparam, select
from sqlmodel import Session, col

from posclient.errors import LinkError
from sync.hq.chain_tables import StoreRow
from sync.hq.feeds import GLOBAL, heads_of, store_feed, terminal_feed, zone_feed
from sync.hq.receiving import MOST_ENVELOPE, Seqs, received_seqs
from sync.hq.sessions import is_open, token_hash
from sync.hq.tables import Chain, Feed, Terminal, TillSession
from sync.protocol import FeedHead


@dataclass(frozen=True, slots=True)
class Place:
    """A terminal whose session is open. ``received_seq``: of its present incarnation's facts."""

    terminal: str
    revoked: bool
    received_seq: int
    feeds: tuple[str, ...]


_PLACES = (
    select(
        col(TillSession.token_hash), col(Terminal.id), col(Terminal.revoked), col(Chain.received_seq),
        col(Terminal.store), col(StoreRow.zone),
    )
    .join(Terminal, col(Terminal.id) == col(TillSession.terminal))
    .join(StoreRow, col(StoreRow.id) == col(Terminal.store))
    .outerjoin(
        Chain, and_(col(Chain.terminal) == col(Terminal.id), col(Chain.incarnation) == col(Terminal.incarnation))
    )
    .where(col(TillSession.token_hash).in_(bindparam("hashes", expanding=True)), is_open())
    .where(col(Terminal.key).is_not(None))
)  # fmt: skip


def places_of(session: Session, tokens: Collection[str], now_ms: int) -> dict[str, Place]:
    """Whose the tokens are; those that are not ours, or have ended, are not in it."""
    names = {token_hash(token): token for token in tokens}
    found = session.connection().execute(_PLACES, {"hashes": list(names), "now_ms": now_ms})
    return {
        names[hashed]: Place(terminal, revoked, seq or 0, _feeds(terminal, store, zone))
        for hashed, terminal, revoked, seq, store, zone in found
    }


def followed_by(session: Session, terminal: str) -> list[str]:
    """The names of its feeds."""
    place = session.get_one(Terminal, terminal)
    return list(_feeds(terminal, place.store, session.get_one(StoreRow, place.store).zone))


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
    heads = heads_of(session, followed)
    # ``pruned`` is ours alone: a message leaves out what it does not know
    return [FeedHead(**asdict(heads[name])) for name in followed], received_seqs(session, terminal)


def _feeds(terminal: str, store: str, zone: str) -> tuple[str, ...]:
    return GLOBAL, zone_feed(zone), store_feed(store), terminal_feed(terminal)
