"""Pages of one feed, for a cycle and for a poke (protocol.md, pull)."""

from __future__ import annotations

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
