"""HQ's pages as a hub keeps them for the other tills: signed by HQ, sealed under this till's own key on its disk."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import zstandard
from pydantic import ValidationError

from posclient.db.at_rest import OwnKey
from posclient.db.hub_file import HubFile, KeptPage
from posclient.errors import DataError, LinkError
from sync.handed_on import SharedPage
from sync.protocol import Page
from sync.replies import parsed
from sync.signing import PAGE, Signer, is_signed
from sync.transport import HttpHq

_log = logging.getLogger(__name__)


class Pages:
    """The pages of one hub. ``own``: the till's own key; while personal data are sealed, no page comes or goes."""

    def __init__(self, folder: Path, own: OwnKey) -> None:
        self._folder = folder
        self._own = own

    def keep(self, page: SharedPage, text: str, signature: str) -> None:
        """Keep one. That there is no room for it is no reason not to take it ourselves."""
        at_rest = self._own.at_rest
        if at_rest is None:
            return
        sealed = at_rest.seal(_place(page.feed, page.to), zstandard.ZstdCompressor().compress(text.encode()))
        kept = KeptPage(page.feed, page.epoch, page.from_, page.to, signature, sealed)
        try:
            with closing(HubFile(self._folder)) as file:
                file.keep_page(kept)
        except DataError as error:
            _log.info("a page is not kept for the other tills: %s", error)

    def find(self, file: HubFile, feed: str, epoch: str, after: int) -> tuple[bytes, str] | None:
        """The text (zstd) and HQ's signature of the page that leads furthest on from ``after``."""
        found = file.page(feed, epoch, after)
        at_rest = self._own.at_rest
        if found is None or at_rest is None:
            return None
        try:
            return at_rest.open(_place(found.feed, found.upto), found.sealed), found.signature
        except DataError:
            return None  # a key that was lost: HQ has them all


def _place(feed: str, upto: int) -> str:
    return f"hub|{feed}|{upto}"


class KeepingHq(HttpHq):
    """A hub's line to HQ: what it pulls for itself is kept for the others, as far as HQ signs it."""

    def __init__(self, url: str, who: Signer, pages: Pages, health: Callable[[], str]) -> None:
        super().__init__(url, who, health=health)
        self._hq_key, self._pages, self._signs = who.hq_key, pages, True

    def page(self, feed: str, epoch: str, after: int, limit: int) -> Page:
        """A page as HQ signs it; a plain one of this terminal's own feed, and of an HQ that knows no hubs."""
        if self._signs and not feed.startswith("terminal:"):
            try:
                return self._shared_page(feed, epoch, after, limit)
            except LinkError as error:
                if error.params.get("status") != 404:
                    raise
                self._signs = False
        return super().page(feed, epoch, after, limit)

    def _shared_page(self, feed: str, epoch: str, after: int, limit: int) -> SharedPage:
        signed = self.signed_page(feed, epoch, after, limit)
        if not is_signed(self._hq_key, signed.signature, PAGE, signed.page):
            raise LinkError("not_hq", why="signature")
        try:
            page = SharedPage.model_validate(parsed(signed.page.encode()))
        except ValidationError as error:
            raise LinkError("not_hq", why="shape") from error
        if page.from_ < page.to:
            self._pages.keep(page, signed.page, signed.signature)
        return page
