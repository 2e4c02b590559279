"""Pages of one feed, for a cycle and for a poke (protocol.md, pull)."""

from __future__ import annotations

from posclient.errors import DataError
from sync.api import HqApi
from sync.protocol import Page

#: Pages that are looked at as a whole before any is applied, so that a mass delete is seen before it begins.
PAGES_AT_ONCE = 40


def next_pages(api: HqApi, feed: str, epoch: str, after: int, rows: int) -> list[Page]:
    """The next pages, not applied yet: to the head, or of ``PAGES_AT_ONCE`` times ``rows``; at least one.

    A line that carries less at once has smaller pages, and more of them.
    """
    pages: list[Page] = []
    left = PAGES_AT_ONCE * rows
    while left > 0:
        some = api.down.of(rows)
        with api.down.watched(some, rows) as load:
            page = api.page(feed, epoch, after, some)
            load.size = len(page.rows)
        if page.feed != feed or page.from_ != after or (page.to <= after and page.to != page.head):
            raise DataError("feed_gap", expected=after, found=page.from_)
        pages.append(page)
        after, left = page.to, left - some
        if page.to == page.head:
            break
    return pages
