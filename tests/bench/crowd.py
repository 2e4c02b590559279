"""Thousands of tills as the network sees them: an open stream of news each, and a line that is kept for questions.

They are bytes and no more, so that the load takes little of the processor that it shares with HQ. What they send is
what ``sync.transport`` sends (``tests/bench/test_bench_news.py`` holds one against the other).
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Awaitable, Callable, Iterator
from random import Random

_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)
_HEADERS = (
    "Host: 127.0.0.1\r\nAccept: application/json, application/zstd\r\nAccept-Encoding: zstd\r\n"
    "Connection: keep-alive\r\nUser-Agent: python-httpx/0.28.1\r\nContent-Type: application/json\r\n"
)
#: Seconds over which tills spread by themselves where HQ does not say (``sync.listening``).
SPREAD_S = 1.0
#: Connections that are opened at once.
AT_ONCE = 50


def request(path: str, token: str) -> bytes:
    """A till's question."""
    return f"GET {path} HTTP/1.1\r\n{_HEADERS}Authorization: Bearer {token}\r\n\r\n".encode()


class Line(asyncio.Protocol):
    """Asks one question after another."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._came = b""
        self._end = 0
        self._then: Callable[[bytes], None] = lambda _body: None

    @property
    def is_open(self) -> bool:
        return self._transport is not None and not self._transport.is_closing()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def ask(self, question: bytes, then: Callable[[bytes], None]) -> None:
        """``then`` is given the whole answer with its last byte."""
        assert self._transport is not None
        self._came, self._end, self._then = b"", 0, then
        self._transport.write(question)

    def data_received(self, data: bytes) -> None:
        self._came += data
        if not self._end and (head := self._came.find(b"\r\n\r\n")) >= 0:
            length = _LENGTH.search(self._came, 0, head)
            assert self._came.startswith(b"HTTP/1.1 200 "), self._came
            assert length is not None
            self._end = head + 4 + int(length[1])
        if self._end and len(self._came) >= self._end:
            self._then(self._came)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


class Ear(asyncio.Protocol):
    """Hears pokes: (feed, version, seconds to spread over)."""

    def __init__(self, question: bytes, hear: Callable[[str, int, float | None], None]) -> None:
        self._question, self._hear = question, hear
        self._transport: asyncio.Transport | None = None
        self._rest = b""
        self.opened = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(self._question)

    def data_received(self, data: bytes) -> None:
        if not self.opened.done():
            assert data.startswith(b"HTTP/1.1 200 "), data
            self.opened.set_result(None)
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            if line.startswith(b"data: "):
                said = json.loads(line[6:])
                self._hear(said["feed"], said["version"], said.get("within"))

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


class Crowd:
    """``tills`` of them at ``port``. ``questions``: what one asks of a feed that moved, in turn, by its number."""

    def __init__(self, port: int, tills: int, feed: str, known: int, questions: Callable[[int], list[bytes]]) -> None:
        self._port, self._tills, self._feed, self._known, self._questions = port, tills, feed, known, questions
        self._random = Random(1)
        self._ears: list[Ear] = []
        self._lines: list[Line] = []
        #: When the poke came, and the last byte of the last answer; and that answer.
        self.heard: list[float] = []
        self.done: list[float] = []
        self.answers: list[bytes] = []

    async def wait_for(self, change: Callable[[], Awaitable[None]], seconds: float = 120.0) -> None:
        """From before ``change`` until every till has its answer; times are seconds from then."""
        door = asyncio.Semaphore(AT_ONCE)
        await asyncio.gather(*(self._open(number, door) for number in range(self._tills)))
        await asyncio.sleep(2)  # the pokes of the begin
        begun = time.perf_counter()
        await change()
        while len(self.done) < self._tills and time.perf_counter() < begun + seconds:  # noqa: ASYNC110 - an event an answer would be timed too
            await asyncio.sleep(0.01)
        self.heard = [one - begun for one in self.heard]
        self.done = [one - begun for one in self.done]
        for ear in self._ears:
            ear.close()
        for line in self._lines:
            line.close()
        await asyncio.sleep(0)

    async def _open(self, number: int, door: asyncio.Semaphore) -> None:
        loop = asyncio.get_running_loop()
        async with door:
            line = Line()
            await loop.create_connection(lambda: line, "127.0.0.1", self._port)

            def hear(feed: str, version: int, within: float | None) -> None:
                if feed == self._feed and version > self._known:
                    self.heard.append(time.perf_counter())
                    spread = self._random.uniform(0, SPREAD_S if within is None else within)
                    loop.call_later(spread, self._pull, line, iter(self._questions(number)))

            ear = Ear(request("/v1/news", f"token-{number}"), hear)
            await loop.create_connection(lambda: ear, "127.0.0.1", self._port)
            await ear.opened
        self._lines.append(line)
        self._ears.append(ear)

    def _pull(self, line: Line, questions: Iterator[bytes], answer: bytes = b"") -> None:
        question = next(questions, None)
        if question is None:
            self.done.append(time.perf_counter())
            self.answers.append(answer)
        elif line.is_open:
            line.ask(question, lambda came: self._pull(line, questions, came))
        else:
            asyncio.get_running_loop().create_task(self._ask_anew(line, question, questions))

    async def _ask_anew(self, line: Line, question: bytes, questions: Iterator[bytes]) -> None:
        """HQ has closed the line meanwhile."""
        await asyncio.get_running_loop().create_connection(lambda: line, "127.0.0.1", self._port)
        line.ask(question, lambda came: self._pull(line, questions, came))
