"""Pages of one feed, for a cycle and for a poke, and a look at what they would take away (protocol.md, pull)."""

from __future__ import annotations

from collections.abc import Iterable

from posclient.db.losses import Loss
from posclient.errors import DataError
from sync.api import HqApi
from sync.protocol import Page

#: Pages that are looked at as a whole before any is applied, so that a mass delete is seen before it begins.
PAGES_AT_ONCE = 40


def next_pages(api: HqApi, feed: str, epoch: str, after: int, rows: int) -> list[Page]:
    """The next pages, of at most ``rows``, not applied yet: to the head, or ``PAGES_AT_ONCE`` of them; at least one."""
    pages: list[Page] = []
    while len(pages) < PAGES_AT_ONCE:
        page = api.page(feed, epoch, after, rows)
        if page.feed != feed or page.from_ != after or (page.to <= after and page.to != page.head):
            raise DataError("feed_gap", expected=after, found=page.from_)
        pages.append(page)
        after = page.to
        if page.to == page.head:
            break
    return pages


def refuse_losses(found: Iterable[Loss]) -> None:
    """``DataError("mass_delete")``: so much would go that a person is to be asked."""
    for loss in found:
        if loss.is_mass:
            raise DataError("mass_delete", table=loss.table, lost=loss.lost, total=loss.total)
