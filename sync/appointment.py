"""Which till is a store's hub: a document that HQ signs and numbers (docs/protocol.md, store hub)."""

from __future__ import annotations

import base64
import binascii
import json
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from posclient.db import chain
from posclient.db.instants import iso_ms
from posclient.db.live_cache import LiveCache
from posclient.db.terminal import Terminal
from posclient.errors import DataError
from sync.handed_on import SETTING, Document
from sync.signing import HUB, KEY_BYTES, is_signed

FILE_NAME = "hub.json"
#: The cycle, a counter's question and each line of a hub may hear of an appointment at once: one of them writes.
_writing = threading.Lock()


@dataclass(frozen=True, slots=True)
class Appointment:
    """A document of our HQ's about our store. ``tills``: public keys; ``text`` and ``signature`` to hand it on."""

    serial: int
    terminal: str | None
    address: str
    not_after_ms: int
    tills: Mapping[str, bytes]
    text: str = field(repr=False)
    signature: str = field(repr=False)

    @property
    def place(self) -> tuple[str, int]:
        """Host and port; an address that is none is that of nobody."""
        host, _, port = self.address.rpartition(":")
        return host.strip("[]"), int(port) if port.isascii() and port.isdigit() and len(port) < 6 else 0

    def serves(self, terminal: str, now_ms: int) -> bool:
        """Is there another till that is the hub of ``terminal`` at ``now_ms``?"""
        return self.terminal not in {None, terminal} and now_ms < self.not_after_ms

    def as_json(self) -> dict[str, str]:
        """As settings, files and hubs pass it on."""
        return {"document": self.text, "signature": self.signature}


def read(said: Any, hq: str, hq_key: bytes, store: str) -> Appointment | None:
    """``said`` (``as_json``) if HQ signed it and it is about this store; None for anything else, whoever sent it."""
    if not isinstance(said, dict):
        return None
    text, signature = said.get("document"), said.get("signature")
    if not isinstance(text, str) or not isinstance(signature, str) or not is_signed(hq_key, signature, HUB, text):
        return None
    try:
        found = Document.model_validate(json.loads(text))
        tills = {name: base64.b64decode(key, validate=True) for name, key in found.tills.items()}
        not_after_ms = iso_ms(found.not_after)
    except (ValueError, ValidationError, RecursionError, OverflowError, binascii.Error):
        return None
    if (found.hq, found.store) != (hq, store) or any(len(key) != KEY_BYTES for key in tills.values()):
        return None
    return Appointment(found.serial, found.terminal, found.address, not_after_ms, tills, text, signature)


def here(folder: Path, me: Terminal, cache: LiveCache) -> Appointment | None:
    """The appointment that counts for this till. Errors: those of a cache that cannot be read."""
    return adopt(folder, me, chain.settings(cache, me.store).get(SETTING))


def adopt(folder: Path, me: Terminal, said: Any) -> Appointment | None:
    """The newest of ``said``, whoever said it, and what was adopted before; a newer one is kept.

    The file is beside the cache, which HQ may be restored under, and which a person may throw away.
    """
    path = folder / FILE_NAME
    with _writing:
        known, told = (read(one, me.hq, me.hq_key, me.store) for one in (_kept(path), said))
        found = newest((known, told))
        if found is not None and found is not known:
            fresh = path.with_suffix(".new")
            try:
                fresh.write_text(json.dumps(found.as_json()), encoding="utf-8")
                fresh.replace(path)
            except OSError as error:
                raise DataError("cannot_write", path=str(path)) from error
    return found


def _kept(path: Path) -> Any:
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None


def newest(found: Iterable[Appointment | None]) -> Appointment | None:
    """The one that counts: of two the higher serial, for ever, so that none comes back."""
    return max((one for one in found if one is not None), key=lambda one: one.serial, default=None)
