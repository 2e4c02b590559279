"""HQ's pages as a hub keeps them for the other tills: signed by HQ, sealed under this till's own key on its disk."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from contextlib import closing
from pathlib import Path
from typing import Protocol

import zstandard
from pydantic import ValidationError

from posclient.db.at_rest import OwnKey
from posclient.db.hub_file import HubFile, KeptPage
from posclient.db.instants import iso_ms
from posclient.errors import DataError, LinkError
from sync.handed_on import SharedPage, SignedPage
from sync.protocol import Page
from sync.replies import parsed, unpacked
from sync.signing import PAGE, Signer, is_signed
from sync.transport import HttpHq

_log = logging.getLogger(__name__)

#: Unpacked bytes of a page.
MOST_PAGE = 8 * 1024 * 1024


class Pages:
    """The pages of one hub. ``own``: the till's own key; while personal data are sealed, no page comes or goes."""

    def __init__(self, folder: Path, own: OwnKey) -> None:
        self._folder = folder
        self._own = own

    def keep(self, page: SharedPage, text: str, signature: str) -> None:
        """Keep one. That there is no room for it is no reason not to take it ourselves."""
        try:
            with closing(HubFile(self._folder)) as file:
                self._forget_members(file, page)
                self._keep(file, page, text, signature)
        except (DataError, ValueError) as error:  # no room, or a time that is none
            _log.info("a page is not kept for the other tills: %s", error)

    def _keep(self, file: HubFile, page: SharedPage, text: str, signature: str) -> None:
        if at_rest := self._own.at_rest:
            sealed = at_rest.seal(_place(page.feed, page.to), zstandard.ZstdCompressor().compress(text.encode()))
            at_ms = iso_ms(page.time)
            file.keep_page(KeptPage(page.feed, page.epoch, page.from_, page.to, at_ms, signature, sealed))

    def _forget_members(self, file: HubFile, page: SharedPage) -> None:
        """A member whom HQ takes away (who may have asked to be forgotten) is in no older page any more.

        A till that needs such a page asks HQ.
        """
        gone = {row.k for row in page.rows if row.t == "member" and row.d is None}
        if gone:
            file.drop_pages([number for number, kept in file.pages_of(page.feed) if self._has_member(kept, gone)])

    def _has_member(self, kept: KeptPage, members: Collection[str]) -> bool:
        """Also of a page that cannot be opened."""
        at_rest = self._own.at_rest
        try:
            packed = at_rest.open(_place(kept.feed, kept.upto), kept.sealed) if at_rest else b""
            rows = SharedPage.model_validate(parsed(unpacked("zstd", packed, MOST_PAGE))).rows
        except (DataError, LinkError, ValidationError):
            return True
        return any(row.t == "member" and row.d is not None and row.k in members for row in rows)

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


class SignsPages(Protocol):
    """A line to an HQ that may sign pages (``HttpHq``)."""

    def signed_page(self, feed: str, epoch: str, after: int, limit: int) -> SignedPage: ...


class KeptPages:
    """What a hub pulls for itself is kept for the others, as far as HQ signs it. ``hq_key``: HQ's public one."""

    def __init__(self, hq_key: bytes, pages: Pages) -> None:
        self._hq_key, self._pages = hq_key, pages

    def page(self, line: SignsPages, feed: str, epoch: str, after: int, limit: int) -> SharedPage | None:
        """A page as HQ signs it; None where a plain one is to be asked for.

        That is one of this terminal's own feed, and any of an HQ that knows no hubs. It is asked again with each page:
        a gateway says 404 too, and later there are signed ones.
        """
        if feed.startswith("terminal:"):
            return None
        try:
            return self._kept(line.signed_page(feed, epoch, after, limit))
        except LinkError as error:
            if error.params.get("status") != 404:
                raise
            return None

    def _kept(self, signed: SignedPage) -> SharedPage:
        if not is_signed(self._hq_key, signed.signature, PAGE, signed.page):
            raise LinkError("not_hq", why="signature")
        try:
            page = SharedPage.model_validate(parsed(signed.page.encode()))
        except ValidationError as error:
            raise LinkError("not_hq", why="shape") from error
        if page.from_ < page.to:
            self._pages.keep(page, signed.page, signed.signature)
        return page


class KeepingHq(HttpHq):
    """A hub's line to HQ."""

    def __init__(self, url: str, who: Signer, pages: Pages, health: Callable[[], str]) -> None:
        super().__init__(url, who, health=health)
        self._kept_pages = KeptPages(who.hq_key, pages)

    def page(self, feed: str, epoch: str, after: int, limit: int) -> Page:
        """A page, kept for the other tills where it may be handed on."""
        return self._kept_pages.page(self, feed, epoch, after, limit) or super().page(feed, epoch, after, limit)
