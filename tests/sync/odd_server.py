"""A server that does what no HQ should: it answers each connection with the bytes (and pauses) that a test gives it."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

#: What is sent: bytes, or a pause in seconds.
Script = Iterable[bytes | float]


def http(status: str, body: bytes, media_type: str = "application/json", **headers: str) -> bytes:
    """A whole HTTP/1.1 reply, after which the line is closed."""
    extra = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    head = f"HTTP/1.1 {status}\r\nContent-Type: {media_type}\r\nContent-Length: {len(body)}\r\n"
    return f"{head}Connection: close\r\n{extra}\r\n".encode() + body


@contextmanager
def odd_server(script: Script, tls: ssl.SSLContext | None = None) -> Iterator[str]:
    """Serve ``script`` to every connection; give the address."""
    listener = socket.create_server(("127.0.0.1", 0))
    stop = threading.Event()
    thread = threading.Thread(target=_serve, args=(listener, script, tls, stop), daemon=True)
    thread.start()
    scheme = "https" if tls else "http"
    try:
        yield f"{scheme}://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        stop.set()
        listener.close()
        thread.join(5)


def _serve(listener: socket.socket, script: Script, tls: ssl.SSLContext | None, stop: threading.Event) -> None:
    listener.settimeout(0.1)
    while not stop.is_set():
        try:
            connection, _ = listener.accept()
        except TimeoutError:
            continue
        except OSError:
            return
        try:
            _answer(connection, script, tls, stop)
        except OSError:
            continue  # the till hung up: that is what the tests want to see


def _answer(connection: socket.socket, script: Script, tls: ssl.SSLContext | None, stop: threading.Event) -> None:
    with tls.wrap_socket(connection, server_side=True) if tls else connection as line:
        line.settimeout(5)
        _take_request(line)
        for step in script:
            if stop.is_set():
                return
            if isinstance(step, bytes):
                line.sendall(step)
            else:
                time.sleep(step)


def _take_request(line: socket.socket) -> None:
    """All of it: a reply before the last byte, and the till would see a line that was cut."""
    head, _, body = _until(line, b"", b"\r\n\r\n").partition(b"\r\n\r\n")
    lengths = [row.partition(b":")[2] for row in head.split(b"\r\n") if row.lower().startswith(b"content-length:")]
    while len(body) < int(lengths[0] if lengths else 0) and (more := line.recv(65536)):
        body += more


def _until(line: socket.socket, got: bytes, end: bytes) -> bytes:
    while end not in got and (more := line.recv(65536)):
        got += more
    return got
