"""Set the stage: the demo chain's files, a local HQ with them, a till of store S001 enrolled at it.

Everything goes through the program's own commands, as a chain's IT would do it.
"""

from __future__ import annotations

import csv
import json
import os
import socket
import subprocess
import sys
import time
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.request import ProxyHandler, build_opener

from posclient.errors import PosError
from resources.demo import write_chain

STORE = "S001"
#: Asks this machine, whatever proxy its settings name.
_HERE = build_opener(ProxyHandler({}))


def own_command(*words: str) -> list[str]:
    """This very program as a command: the frozen one by its own name, else through the interpreter."""
    program = [sys.executable] if getattr(sys, "frozen", False) else [sys.executable, "-m", "ui.cli"]
    return [*program, *words]


def call(*words: str) -> str:
    """Run one command of ours to its end; its standard output."""
    done = subprocess.run(own_command(*words), capture_output=True, text=True, encoding="utf-8", check=False)
    if done.returncode:
        raise PosError("demo_step", step=" ".join(words[:2]), detail=done.stderr.strip()[-400:])
    return done.stdout


class LocalHq:
    """A real HQ process on a free port of this machine. Stopping it is the network cut of the demo."""

    def __init__(self, folder: Path) -> None:
        self.db = f"sqlite:///{folder / 'hq.db'}"
        self.port = _port(folder / "port")
        self.url = f"http://127.0.0.1:{self.port}"
        self._log = folder / "hq.log"
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self, patience_s: float = 60) -> None:
        """Start it and wait until it answers."""
        with self._log.open("ab") as log:
            command = own_command("hq", "serve", "--db", self.db, "--port", str(self.port))
            self._process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        deadline = time.monotonic() + patience_s
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise PosError("demo_step", step="hq serve", detail=self._log.read_text(errors="replace")[-400:])
            time.sleep(0.1)

    def stop(self) -> None:
        """Stop it as an operator would."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None

    def stats(self) -> dict[str, Any]:
        """What HQ's own records say."""
        found: dict[str, Any] = json.loads(call("hq", "stats", "--db", self.db))
        return found

    def _answers(self) -> bool:
        try:
            with _HERE.open(f"{self.url}/v1/health", timeout=2) as reply:
                return bool(reply.status == 200)
        except OSError:
            return False


def build_hq(folder: Path, today: date) -> LocalHq:
    """Import the demo chain into a new HQ database, unless an earlier demo in this folder did."""
    folder.mkdir(parents=True, exist_ok=True)
    hq = LocalHq(folder)
    if not (folder / "imported").exists():
        write_chain(folder / "chain", today)
        call("hq", "import", "--db", hq.db, os.fspath(folder / "chain"))
        (folder / "imported").touch()
    return hq


def enrol_till(hq: LocalHq, till: Path) -> None:
    """Enrol a till at the running HQ, unless an earlier demo did at this address."""
    marker = till / "demo-hq"
    if marker.exists() and marker.read_text() == hq.url:
        return
    code = call("hq", "enrol", "--db", hq.db, "--store", STORE, "--slot", "1").split()[-1]
    call("enrol", "--data", os.fspath(till), "--hq", hq.url, "--code", code, "--credentials", "file")
    marker.write_text(hq.url)


def labels(folder: Path) -> dict[str, str]:
    """The barcode of the first article of each style of the demo chain."""
    with (folder / "chain" / "products.csv").open(encoding="utf-8", newline="") as file:
        return {row["style"]: row["gtin"] for row in reversed(list(csv.DictReader(file)))}


def _port(remembered: Path) -> int:
    """The port of the last demo in this folder while it is free, so that the till finds HQ again; else a new one."""
    for wanted in (int(remembered.read_text()) if remembered.exists() else 0, 0):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", wanted))
            except OSError:
                continue
            port: int = probe.getsockname()[1]
            remembered.write_text(str(port))
            return port
    raise PosError("demo_step", step="hq serve", detail="no free port")
