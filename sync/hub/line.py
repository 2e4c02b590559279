"""The till's side of the line to its store's hub: one connection, one question at a time."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Self, TypeVar

import zstandard
from pydantic import Field, ValidationError

from posclient.errors import LinkError
from sync.appointment import Appointment
from sync.handed_on import SharedPage, SignedReply, SignedTime
from sync.hub.channel import Channel, Said, call
from sync.hub.holds import HeldHere
from sync.hub.keeping import MOST_PAGE
from sync.protocol import Message, Whole
from sync.replies import parsed, unpacked
from sync.signing import FORWARDED, PAGE, Signer, is_signed

#: Seconds to reach a machine in the same house, for its greeting, and for a whole answer.
CONNECT_S, GREETING_S, ANSWER_S = 2.0, 3.0, 15.0
#: A line that takes longer is for the next cycle to go on with (s).
MOST_S = 60.0

_Reply = TypeVar("_Reply", bound=Message)


class KeptAnswer(SignedReply):
    """HQ's reply to the batch of that SHA-256 (hex)."""

    batch: str


class Place(Message):
    """What the hub has of us: the last seq of each incarnation; and what HQ answered."""

    has: dict[str, Whole]
    answers: list[KeptAnswer]


class Taken(Message):
    """What the hub has of us now."""

    has: dict[str, Whole]


class Moves(Message):
    """Pieces by SKU, below zero for what was sold."""

    moves: dict[Annotated[str, Field(max_length=200)], Annotated[int, Field(gt=-(2**31), lt=2**31)]]


class HubLine:
    """A line to the hub that ``appointment`` names. Errors: ``LinkError`` with hub_unreachable, not_hub, hub_refuses.

    ``appointment`` is the hub's own afterwards where that is newer: whoever holds it may be the hub no more.
    """

    def __init__(
        self, appointment: Appointment, me: Signer, connect_s: float = CONNECT_S, seconds: float = ANSWER_S
    ) -> None:
        hub = appointment.terminal
        if hub is None or hub not in appointment.tills:  # HQ has taken its place away
            raise LinkError("hub_unreachable", why="none")
        self._me, self._until = me, time.monotonic() + MOST_S
        try:
            line = socket.create_connection(appointment.place, connect_s)
        except (OSError, OverflowError, UnicodeError) as error:  # the last: no name that can be looked up
            raise LinkError("hub_unreachable", why="connect") from error
        try:
            self._channel = self._greeted(line, hub, appointment, min(seconds, GREETING_S))
            self._channel.seconds = seconds
        except BaseException:
            line.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Hang up."""
        self._channel.close()

    def place(self) -> Place:
        """How far the hub has our facts, and HQ's answers about them."""
        return _message(Place, self._ask({"call": "place"})[0])

    def hand(self, body: bytes, signature: str) -> Taken:
        """Hand in a batch, signed as for HQ."""
        packed = zstandard.ZstdCompressor().compress(body)
        return _message(Taken, self._ask({"call": "hand", "signature": signature}, packed)[0])

    def taken(self, batches: Iterable[str]) -> None:
        """We have HQ's answers to these."""
        self._ask({"call": "taken", "batches": list(batches)})

    def page(self, feed: str, epoch: str, after: int) -> SharedPage | None:
        """HQ's own page, proved by its signature, from version ``after`` on; None where the hub has none."""
        try:
            head, packed = self._ask({"call": "page", "feed": feed, "epoch": epoch, "after": after})
        except LinkError as error:
            if error.params.get("why") in {"no_page", "unknown_call"}:
                return None
            raise
        text = unpacked("zstd", packed, MOST_PAGE)
        if not is_signed(self._me.hq_key, str(head.get("signature")), PAGE, text):
            raise LinkError("not_hub", why="signature")
        page = _message(SharedPage, parsed(text))
        if (page.feed, page.epoch) != (feed, epoch) or not page.from_ <= after < page.to:
            raise LinkError("not_hub", why="another_page")
        return page

    def hold(self, coupons: Iterable[str]) -> HeldHere:
        """Keep coupons that the store leases for our cart."""
        return _message(HeldHere, self._ask({"call": "hold", "coupons": list(coupons)})[0])

    def stock(self) -> dict[str, int]:
        """Pieces by SKU that the store's other tills have moved; nothing of a hub that does not tell."""
        try:
            return _message(Moves, self._ask({"call": "stock"})[0]).moves
        except LinkError as error:
            if error.params.get("why") == "unknown_call":
                return {}
            raise

    def time(self, nonce: str) -> SignedTime | None:
        """HQ's time for our ``nonce``; None where the hub has none yet, or never will."""
        try:
            said, _ = self._ask({"call": "time", "nonce": nonce})
        except LinkError as error:
            if error.params.get("why") == "unknown_call":
                return None
            raise
        return _message(SignedTime, said) if said else None

    def proved(self, answer: KeptAnswer) -> bool:
        """Is it HQ's reply to a batch of ours?"""
        return is_signed(self._me.hq_key, answer.signature, FORWARDED, self._me.terminal, answer.batch, answer.reply)

    def _greeted(self, line: socket.socket, hub: str, appointment: Appointment, seconds: float) -> Channel:
        channel, proof = call(line, self._me, hub, appointment.tills[hub], seconds)
        channel.say({"call": "hello", "signature": proof, "appointment": appointment.as_json()})
        self.told: Any = _heard(channel)[0].get("appointment")
        return channel

    def _ask(self, question: Mapping[str, Any], payload: bytes = b"") -> Said:
        if time.monotonic() > self._until:  # HQ may be back
            raise LinkError("hub_unreachable", why="slow")
        self._channel.say(question, payload)
        return _heard(self._channel)


def _heard(channel: Channel) -> Said:
    head, payload = channel.hear()
    if "error" in head:
        raise LinkError("hub_refuses", why=str(head["error"])[:40])
    return head, payload


def _message(kind: type[_Reply], said: Any) -> _Reply:
    try:
        return kind.model_validate(said)
    except ValidationError as error:
        raise LinkError("not_hub", why="shape") from error
