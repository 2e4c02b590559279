"""A store with a hub: a real HQ, real till folders, real sockets; lines are cut by the address that a till dials."""

from __future__ import annotations

import secrets
import socket
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from posclient.db.hub_file import Held, HubFile
from sync.appointment import Appointment
from sync.credentials import signer_of
from sync.hq.fact_tables import FactRow
from sync.hub.line import HubLine
from sync.hub_part import appointed
from sync.report import CycleReport
from sync.running import FolderSync
from sync.signing import Signer
from tests.sync.conftest import HqServer
from tests.sync.tills import Chain, HandClock, TillFolder, stored

#: Nobody listens there.
NOWHERE = "http://127.0.0.1:9"


class ShopTill(TillFolder):
    """A till of the store, with its own cycles. It begins with a line to HQ."""

    def __init__(self, shop: Shop, folder: Path, slot: int) -> None:
        super().__init__(shop.chain, folder, "" if folder.exists() else shop.chain.code("S001", slot))
        self.shop, self.woken = shop, 0
        self.clock = HandClock(datetime.now(UTC))
        self.sync = FolderSync(folder, self.clock, self._wake)
        self.online = True

    def _wake(self) -> None:
        self.woken += 1

    @property
    def online(self) -> bool:
        return self._online

    @online.setter
    def online(self, online: bool) -> None:
        self._online = online
        self.con.execute("UPDATE terminal SET hq_url = ?", (self.shop.hq.url if online else NOWHERE,))

    @property
    def signer(self) -> Signer:
        return signer_of(self.folder, self.me)

    def appointment(self) -> Appointment:
        found = appointed(self.folder, self.me)
        assert found is not None
        return found

    def run(self) -> CycleReport:
        return self.sync.run()

    def through(self) -> CycleReport:
        """A cycle that HQ does not answer."""
        report = self.run()
        assert report.error is not None
        assert report.error.code == "unreachable"
        return report

    def reached(self) -> HubLine:
        return HubLine(self.appointment(), self.signer)

    def hub_file(self) -> HubFile:
        return HubFile(self.folder)

    def lies_here(self) -> Held:
        file = self.hub_file()
        try:
            return file.held()
        finally:
            file.close()

    def stop(self) -> None:
        self.sync.close()
        self.close()


@dataclass
class Shop:
    """Store S001 of one HQ, in a copy of ``loaded_shop``: ``tills[0]`` is the hub."""

    hq: HqServer
    folder: Path
    chain: Chain = field(init=False)
    tills: list[ShopTill] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.chain = Chain(self.hq.database, HandClock(datetime.now(UTC)))

    def till(self) -> ShopTill:
        """One more."""
        slot = len(self.tills) + 1
        self.tills.append(ShopTill(self, self.folder / f"till{slot}", slot))
        return self.tills[-1]

    def open(self, count: int = 3) -> list[ShopTill]:
        """Tills that know their hub, which listens."""
        made = [self.till() for _ in range(count)]
        assert made[0].run().error is None
        return made

    def appoint(self, terminal: str | None) -> str:
        """By HQ, at a free port; the address."""
        address = f"127.0.0.1:{free_port()}"
        self.hq.hq.hubs.appoint("S001", terminal, address)
        return address

    def settle(self) -> None:
        """All tills in sync with HQ."""
        for till in self.tills:
            assert till.run().error is None

    def offline(self, online: bool = False) -> None:
        """The store's line is down."""
        for till in self.tills:
            till.online = online

    def at_hq(self) -> Counter[str]:
        """Facts by the terminal that made them; each is there once."""
        rows = stored(self.chain, FactRow)
        assert len({row.id for row in rows}) == len(rows)
        return Counter(row.terminal for row in rows)

    def close(self) -> None:
        for till in self.tills:
            till.stop()


def free_port() -> int:
    """One that no system hands out by itself, so that nothing else takes it before the hub does."""
    while True:
        port = secrets.choice(range(15_000, 32_000))
        try:
            with socket.create_server(("127.0.0.1", port)):
                return port
        except OSError:
            continue
