"""Where an HQ may be, what may stand in a path of its addresses, and whose certificates are believed there."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import quote, urlsplit
from urllib.request import getproxies, proxy_bypass

from posclient.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable
    from ssl import SSLContext
    from urllib.parse import SplitResult

_Proxy = TypeVar("_Proxy")


def checked_url(url: str) -> str:
    """The address of an HQ as it may be used; ``InputError("bad_url")``."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise InputError("bad_url", url=url) from None
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment or port == 0:
        raise InputError("bad_url", url=url)
    return url.rstrip("/")


def in_path(name: str) -> str:
    """A name as one part of a path."""
    return quote(name, safe=":")


def is_loopback(url: str) -> bool:
    """Is it this very machine?"""
    return urlsplit(url).hostname in {"127.0.0.1", "localhost", "::1"}


def proxy_for(url: str) -> str | None:
    """The proxy of this computer's settings, for an HQ that is not on this machine; None: it is asked directly.

    A desktop may name one that we cannot use (SOCKS), or one that is no address: it keeps no fact here.
    """
    parts = urlsplit(url)
    if is_loopback(url):
        return None
    known = getproxies()
    found = (known.get(parts.scheme) or known.get("all") or "").strip()
    proxy = found if "://" in found else f"http://{found}"
    try:
        usable = bool(found) and urlsplit(checked_url(proxy)).scheme in {"http", "https"}
    except InputError:
        usable = False
    return proxy if usable and not _goes_round(parts) else None


def proxy_by(make: Callable[[str], _Proxy], url: str) -> _Proxy | None:
    """What a library makes of it; None too where it looks like an address and the library can make nothing of it."""
    found = proxy_for(url)
    try:
        return make(found) if found else None
    except Exception:  # noqa: BLE001 - httpx has errors of its own for it that have no base of ours
        return None


def _goes_round(parts: SplitResult) -> bool:
    """Does that setting leave this address out, by its host alone or with its port? On Windows that asks a name server,
    so it is asked only where there is a proxy; for a host that cannot be a name it knows no answer.
    """
    port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    try:
        return bool(proxy_bypass(f"{parts.hostname}:{port}"))
    except UnicodeError:
        return False


def with_own_roots(context: SSLContext) -> SSLContext:
    """Beside the public roots those of the operating system, where a chain puts its own. One root there that is none
    makes Windows' Python refuse them all: the public ones are left then.
    """
    with suppress(OSError):  # as ssl.SSLError is one
        context.load_default_certs()
    return context
