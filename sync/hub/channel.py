"""The line between a till and its store's hub: frames on one TCP connection, sealed end to end.

Both ends sign the two fresh shares of the key, and who they are; so neither talks to anybody else, what they said stays
closed to whoever learns a till's key later, and nothing on the wire can be replayed, left out or turned round.
"""

from __future__ import annotations

import base64
import binascii
import json
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nacl.bindings import crypto_secretbox, crypto_secretbox_open
from nacl.encoding import RawEncoder
from nacl.exceptions import CryptoError
from nacl.hash import blake2b
from nacl.public import Box, PrivateKey, PublicKey

from posclient.errors import LinkError
from sync.replies import parsed
from sync.signing import LAN_HUB, LAN_TILL, Signer, is_signed, sign

#: A batch takes up to 1 MiB, a page of long rows a little more.
MOST_FRAME = 4 * 1024 * 1024
#: What whoever has not proved anything yet may send.
MOST_GREETING = 1024
_TO_HUB, _TO_TILL = b"to hub", b"to till"

#: One line of JSON, and the bytes behind it.
Said = tuple[dict[str, Any], bytes]


class Channel:
    """One end, after the greeting. ``seconds``: for a whole frame. Errors: ``LinkError`` (hub_unreachable, not_hub)."""

    def __init__(self, line: socket.socket, send_key: bytes, receive_key: bytes, seconds: float) -> None:
        self._line, self._send_key, self._receive_key = line, send_key, receive_key
        self._sent = self._received = 0
        self.seconds = seconds

    def say(self, head: Mapping[str, Any], payload: bytes = b"") -> None:
        """Send a frame."""
        plain = json.dumps(head, ensure_ascii=False, separators=(",", ":")).encode() + b"\n" + payload
        send_frame(self._line, crypto_secretbox(plain, _nonce(self._sent), self._send_key), self.seconds)
        self._sent += 1

    def hear(self) -> Said:
        """Wait for a frame."""
        sealed = receive_frame(self._line, self.seconds, MOST_FRAME)
        try:
            plain = crypto_secretbox_open(sealed, _nonce(self._received), self._receive_key)
        except CryptoError as error:
            raise LinkError("not_hub", why="seal") from error
        self._received += 1
        line, _, payload = plain.partition(b"\n")
        return read_head(line), payload

    def close(self) -> None:
        """Hang up."""
        self._line.close()


@dataclass(frozen=True, slots=True)
class Ends:
    """Who is at either end of a line, and the shares of its key (base64)."""

    hq: str
    hub: str
    till: str
    till_share: str
    hub_share: str

    def sign(self, seed: bytes, purpose: str) -> str:
        """The signature of one end."""
        return sign(seed, purpose, self.hq, self.hub, self.till, self.till_share, self.hub_share)

    def is_signed(self, key: bytes, signature: str, purpose: str) -> bool:
        """Is it that of the other?"""
        return is_signed(key, signature, purpose, self.hq, self.hub, self.till, self.till_share, self.hub_share)


def call(line: socket.socket, me: Signer, hub: str, hub_key: bytes, seconds: float) -> tuple[Channel, str]:
    """The till's end, and the signature with which its first frame has to prove who it is."""
    own = PrivateKey.generate()
    share = _text(bytes(own.public_key))
    send_frame(line, json.dumps({"terminal": me.terminal, "share": share}).encode(), seconds)
    said = read_head(receive_frame(line, seconds, MOST_GREETING))
    if "error" in said:
        raise LinkError("hub_refuses", why=str(said["error"])[:40])
    ends = Ends(me.hq, hub, me.terminal, share, str(said.get("share")))
    if not ends.is_signed(hub_key, str(said.get("signature")), LAN_HUB):
        raise LinkError("not_hub", why="signature")
    to_hub, to_till = _keys(own, ends.hub_share)
    return Channel(line, to_hub, to_till, seconds), ends.sign(me.seed, LAN_TILL)


def answer(line: socket.socket, me: Signer, tills: Mapping[str, bytes], seconds: float) -> tuple[Channel, Ends]:
    """The hub's end: the till has proved nothing until its first frame has brought its signature."""
    said = read_head(receive_frame(line, seconds, MOST_GREETING))
    terminal, till_share = str(said.get("terminal")), str(said.get("share"))
    if terminal not in tills:
        send_frame(line, json.dumps({"error": "unauthorized"}).encode(), seconds)
        raise LinkError("unauthorized", terminal=terminal)
    own = PrivateKey.generate()
    to_hub, to_till = _keys(own, till_share)
    ends = Ends(me.hq, me.terminal, terminal, till_share, _text(bytes(own.public_key)))
    greeting = {"share": ends.hub_share, "signature": ends.sign(me.seed, LAN_HUB)}
    send_frame(line, json.dumps(greeting).encode(), seconds)
    return Channel(line, to_till, to_hub, seconds), ends


def send_frame(line: socket.socket, frame: bytes, seconds: float) -> None:
    """Its length, and the frame."""
    try:
        line.settimeout(seconds)
        line.sendall(len(frame).to_bytes(4, "big") + frame)
    except OSError as error:
        raise LinkError("hub_unreachable", why=_why(error)) from error


def receive_frame(line: socket.socket, seconds: float, most: int) -> bytes:
    """One frame, all of it within ``seconds``: a byte now and then holds nobody up."""
    until = time.monotonic() + seconds
    length = int.from_bytes(_bytes(line, 4, until), "big")
    if length > most:
        raise LinkError("not_hub", why="too_long")
    return _bytes(line, length, until)


def read_head(text: bytes) -> dict[str, Any]:
    """A JSON object, judged as HQ's replies are; ``LinkError("not_hub")``."""
    try:
        found = parsed(text)
    except LinkError as error:
        raise LinkError("not_hub", why="json") from error
    if not isinstance(found, dict):
        raise LinkError("not_hub", why="json")
    return found


def _bytes(line: socket.socket, count: int, until: float) -> bytes:
    found = bytearray()
    while len(found) < count:
        try:
            line.settimeout(max(0.001, until - time.monotonic()))
            piece = line.recv(min(count - len(found), 64 * 1024))
        except OSError as error:
            raise LinkError("hub_unreachable", why=_why(error)) from error
        if not piece or time.monotonic() > until:
            raise LinkError("hub_unreachable", why="cut" if not piece else "slow")
        found += piece
    return bytes(found)


def _keys(own: PrivateKey, share: str) -> tuple[bytes, bytes]:
    """To the hub, to the till."""
    try:
        shared = Box(own, PublicKey(base64.b64decode(share, validate=True))).shared_key()
    except (CryptoError, ValueError, TypeError, binascii.Error) as error:
        raise LinkError("not_hub", why="share") from error
    to_hub, to_till = (blake2b(name, digest_size=32, key=shared, encoder=RawEncoder) for name in (_TO_HUB, _TO_TILL))
    return to_hub, to_till


def _nonce(number: int) -> bytes:
    return number.to_bytes(24, "big")


def _text(key: bytes) -> str:
    return base64.b64encode(key).decode()


def _why(error: OSError) -> str:
    return "timeout" if isinstance(error, TimeoutError) else "cut"
