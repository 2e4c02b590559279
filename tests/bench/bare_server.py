"""Serves bytes to a crowd and does nothing else: what HQ's news are measured by. ``bare_server.py POKE REPLY``.

Prints its port; pokes all who listen when a line comes in; POKE and REPLY are files.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import ClassVar


class Served(asyncio.Protocol):
    """One connection."""

    listening: ClassVar[list[asyncio.Transport]] = []
    reply = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        if data.startswith(b"GET /v1/news "):
            self.transport.write(b"HTTP/1.1 200 OK\r\n\r\n")
            self.listening.append(self.transport)
        else:
            self.transport.write(self.reply)


async def serve(poke: bytes) -> None:
    """Until whoever started us hangs up."""
    server = await asyncio.get_running_loop().create_server(Served, "127.0.0.1", 0, backlog=2048)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    for transport in Served.listening:
        transport.write(poke)
    await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    told, Served.reply = (Path(name).read_bytes() for name in sys.argv[1:])
    asyncio.run(serve(told))
