"""What a store's hub does for the other tills of its store (docs/protocol.md, store hub).

One question at a time, whoever asks: a counter's work on this very till goes before.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from posclient.db import stock
from posclient.db.connection import TILL_FILE, connect
from posclient.db.hub_file import DAMAGED, Batch, HubFile, begin_anew
from posclient.domain import facts
from posclient.errors import DataError, LinkError, PosError
from sync.hub.channel import Said
from sync.hub.holds import HeldHere, Holds
from sync.hub.keeping import Pages
from sync.hub.times import Times
from sync.protocol import MOST_BYTES, PushRequest
from sync.replies import unpacked
from sync.signing import PUSH, is_signed

#: Bytes of a batch that HQ would take (docs/protocol.md, push).
MOST_PACKED = 1024 * 1024
#: Ids of one question, and their letters.
MOST_IDS, MOST_ID = 200, 200
#: Pieces of one article in one batch.
MOST_PIECES = 1_000_000


class Desk:
    """Answers questions, from any thread; ``terminal`` is the hub's own.

    ``handed_in`` is called when there is something new for HQ.
    """

    def __init__(self, folder: Path, terminal: str, pages: Pages, handed_in: Callable[[], None]) -> None:
        self._folder, self._terminal, self._pages, self._handed_in = folder, terminal, pages, handed_in
        self._turn = threading.Lock()
        self._calls: Mapping[str, Callable[[HubFile, str, bytes, Mapping[str, Any], bytes], Said]] = {
            "place": self._place,
            "hand": self._hand,
            "taken": self._taken,
            "page": self._page,
            "hold": self._hold,
            "stock": self._stock,
            "time": self._time,
        }
        self._holds = Holds(folder)
        self.times = Times(handed_in)

    def answer(self, terminal: str, key: bytes, asked: Mapping[str, Any], payload: bytes) -> Said:
        """The answer to a till that has proved that it is ``terminal``, with its public ``key``. Never raises."""
        call = self._calls.get(str(asked.get("call")))
        if call is None:
            return {"error": "unknown_call"}, b""
        try:
            with self._file() as file:
                return call(file, terminal, key, asked, payload)
        except DataError as error:
            return {"error": "hub_full" if error.code == "disk_full" else error.code}, b""
        except (PosError, ValidationError, ValueError, TypeError, LookupError, ArithmeticError):
            return {"error": "bad_request"}, b""

    @contextmanager
    def _file(self) -> Iterator[HubFile]:
        """For one question. Where it is damaged it is begun anew: the hub's own cycle sees little of it."""
        with self._turn:
            try:
                with closing(HubFile(self._folder)) as file:
                    yield file
            except DataError as error:
                if error.code in DAMAGED:
                    with suppress(OSError):
                        begin_anew(self._folder)
                raise

    def _place(self, file: HubFile, terminal: str, _key: bytes, _asked: Mapping[str, Any], _payload: bytes) -> Said:
        answers = [
            {"batch": one.batch, "reply": one.reply, "signature": one.signature} for one in file.answers(terminal)
        ]
        return {"has": file.has(terminal), "answers": answers}, b""

    def _hand(self, file: HubFile, terminal: str, key: bytes, asked: Mapping[str, Any], payload: bytes) -> Said:
        """Keep a batch. Whose it is, is proved as HQ will prove it."""
        if len(payload) > MOST_PACKED:
            raise LinkError("bad_request")
        body = unpacked("zstd", payload, MOST_BYTES)
        signature = str(asked.get("signature"))
        if not is_signed(key, signature, PUSH, terminal, body):
            return {"error": "bad_signature"}, b""
        request = PushRequest.model_validate_json(body)
        seqs = [one.seq for one in request.facts]
        if {one.terminal for one in request.facts} != {terminal} or len({one.incarnation for one in request.facts}) > 1:
            raise LinkError("bad_request")
        batch = Batch(
            hashlib.sha256(body).hexdigest(), terminal, request.facts[0].incarnation, min(seqs), max(seqs), signature,
            payload,
        )  # fmt: skip
        file.keep(batch, list(_used(request)), _moved(request))
        self._handed_in()
        return {"has": file.has(terminal)}, b""

    def _taken(self, file: HubFile, terminal: str, _key: bytes, asked: Mapping[str, Any], _payload: bytes) -> Said:
        file.taken(terminal, ids(asked["batches"]))
        return {}, b""

    def _page(self, file: HubFile, _terminal: str, _key: bytes, asked: Mapping[str, Any], _payload: bytes) -> Said:
        """Nothing of a terminal's own feed is ever kept, so none is here."""
        found = self._pages.find(file, str(asked["feed"]), str(asked["epoch"]), int(asked["after"]))
        if found is None:
            return {"error": "no_page"}, b""
        return {"signature": found[1]}, found[0]

    def hold(self, terminal: str, coupons: Sequence[str]) -> HeldHere:
        """Keep coupons that the store leases for the cart of ``terminal``; this very till asks here as well."""
        with self._file() as file:
            return self._holds.hold(file, terminal, coupons)

    def _hold(self, file: HubFile, terminal: str, _key: bytes, asked: Mapping[str, Any], _payload: bytes) -> Said:
        return self._holds.hold(file, terminal, ids(asked["coupons"])).model_dump(), b""

    def _time(self, _file: HubFile, terminal: str, _key: bytes, asked: Mapping[str, Any], _payload: bytes) -> Said:
        said = self.times.answer(terminal, str(asked["nonce"]))
        return said.model_dump() if said else {}, b""

    def moves(self, terminal: str) -> dict[str, int]:
        """Pieces by SKU that the store's tills other than ``terminal`` have moved and HQ does not know of."""
        with self._file() as file:
            return self._moves(file, terminal)

    def _stock(self, file: HubFile, terminal: str, _key: bytes, _asked: Mapping[str, Any], _payload: bytes) -> Said:
        return {"moves": self._moves(file, terminal)}, b""

    def _moves(self, file: HubFile, terminal: str) -> dict[str, int]:
        found = Counter(file.moves(terminal))
        if terminal != self._terminal:
            with closing(connect(self._folder / TILL_FILE, read_only=True)) as con:
                found.update(stock.unsent(con))
        return dict(found)


def ids(found: Any) -> list[str]:
    """A bounded list of texts; ``ValueError``."""
    if not isinstance(found, list) or len(found) > MOST_IDS:
        raise ValueError("no list of ids")
    if not all(isinstance(one, str) and len(one) <= MOST_ID for one in found):
        raise ValueError("no ids")
    return found


def _used(request: PushRequest) -> Iterator[str]:
    """Coupons that the sales of a batch use."""
    for sale in _sales(request):
        yield from (str(one["coupon"]) for one in sale["coupons"])


def _moved(request: PushRequest) -> dict[str, int]:
    """Pieces that they take out of the store, as the tills' own ``stock_move`` counts them."""
    found: Counter[str] = Counter()
    for sale in _sales(request):
        for line in sale["lines"]:
            found[str(line["sku"])] -= int(line["qty"])
    return {sku: qty for sku, qty in found.items() if 0 < abs(qty) < MOST_PIECES}


def _sales(request: PushRequest) -> Iterator[dict[str, Any]]:
    """A body that makes no sense is none: HQ will say what it is."""
    for fact in request.facts:
        if fact.kind == facts.SALE_COMPLETED:
            try:
                sale = json.loads(fact.body)
                lines, coupons = sale["lines"], sale["coupons"]
                makes_sense = all(isinstance(one["qty"], int) and one["sku"] for one in lines)
                makes_sense = makes_sense and all(one["coupon"] for one in coupons)
            except (ValueError, TypeError, LookupError, RecursionError):
                continue
            if makes_sense:
                yield sale
