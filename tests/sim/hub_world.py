"""A store with a hub: two tills of it, their whole sync programs, and whatever one of them does as the hub.

Played are the sockets alone, to HQ (``StoreLine``) and in the shop (``hub_lan``), and the hub's running clock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import pytest

from posclient.errors import NotFound
from sync import hub_part, running
from sync.accepting import Accepted
from sync.asking import HoldReply, HoldRequest
from sync.handed_on import SignedPage, SignedReply, SignedTime
from sync.hq.hub_routes import forwarded
from sync.hub import desk, line, serving
from sync.hub.keeping import KeptPages, Pages
from sync.protocol import MOST_BYTES, Page
from sync.replies import unpacked
from sync.report import CycleReport
from sync.running import FolderSync
from sync.signing import Signer
from tests.sim.chain_to_copy import HUB_TILLS
from tests.sim.deaths import Deaths
from tests.sim.hub_books import HubBooks, WatchedHolds
from tests.sim.hub_hands import StoreHands
from tests.sim.hub_lan import Lan, PlayedServer
from tests.sim.hub_madness import MadDesk
from tests.sim.network import Weather, unreachable
from tests.sim.till_hands import TillHands
from tests.sim.world import Dialled, Till, World

#: Where a new hub listens; each appointment names another port.
FIRST_PORT = 8001
#: How a question to an honest hub may end.
HUB_EXPECTED = {"hub_unreachable", "hub_refuses", "not_hub"}


class StoreWorld(World):
    """``store``: the tills that may be its hub."""

    def __init__(self, chain: Path, folder: Path, seed: int, deaths: Deaths) -> None:
        self.books, self.may_go_mad = HubBooks(), False
        self.lan = Lan(self, Random(f"lan {seed}"))
        self.port = FIRST_PORT
        super().__init__(chain, folder, seed, deaths)

    @property
    def store(self) -> list[StoreTill]:
        return [till for till in self.tills.values() if isinstance(till, StoreTill)]

    def pick_tills(self) -> list[str]:
        """The store's, and sometimes one of another store."""
        return [*HUB_TILLS, *(["south-1"] if self.chance.random() < 0.25 else [])]

    def make_till(self, name: str) -> Till:
        return StoreTill(self, name) if name in HUB_TILLS else super().make_till(name)

    def appoint(self, name: str | None) -> None:
        """By HQ; whoever it was before hears of it in its time."""
        self.port += 1
        terminal = self.tills[name].me.terminal if name else None
        with suppress(NotFound):  # revoked: it is nobody's hub
            self.hq.hubs.appoint("S001", terminal, f"shop.test:{self.port}" if name else "")
            self.note("hq", "appoints", name)

    def hub(self) -> StoreTill:
        """Whoever listens, or might."""
        listening = [till for till in self.store if till.program.is_hub]
        return listening[-1] if listening else self.store[0]

    def forgets(self, till: Till) -> None:
        """A hub that has forgotten what lay there; nobody can expect it to know."""
        self.books.handed = {place: number for place, number in self.books.handed.items() if place[0] != till.name}

    def by_terminal(self, terminal: str) -> StoreTill:
        return next(till for till in self.store if till.me.terminal == terminal)

    def is_mad(self) -> bool:
        """Is there a hub, or was there, of which nothing can be expected?"""
        return bool(self.books.tainted)

    def close(self) -> None:
        for till in self.store:
            till.program.close()
        super().close()


class StoreTill(Till):
    """``down``: it has no way to HQ until somebody mends that. ``mad``: as the hub it does what it wants."""

    world: StoreWorld
    down = mad = False
    speaking: StoreLine | None = None
    report: CycleReport | None = None

    def __init__(self, world: StoreWorld, name: str) -> None:
        super().__init__(world, name)
        self.world = world
        self.weather = StoreWeather(self, Random(world.chance.random()))

    def make_hands(self, chance: Random) -> TillHands:
        self._new_program()
        return StoreHands(self, chance)

    program: FolderSync

    def _new_program(self) -> None:
        self.report, self.speaking = None, None
        self.program = FolderSync(self.folder, self.clock, lambda: None, self.own)

    def start(self) -> None:
        """Its sync dies with the program."""
        self.program.close()
        super().start()
        self._new_program()

    def do(self, act: Callable[[], None], dies_in: int = 0) -> None:
        """A program that has just been started syncs before anybody does anything else, as a rule."""
        super().do(act, dies_in)
        if self.report is None and act != self.sync and self.world.chance.random() < 0.8:
            super().do(self.sync)

    def line(self) -> Dialled:
        """For what does not wait for a cycle."""
        if self._line is None:
            self._line = self.world.by_terminal(self.me.terminal).dialled()
        return self._line

    def dialled(self) -> StoreLine:
        found: Any = self.program.dial()
        assert isinstance(found, StoreLine)
        return found

    def as_it_was(self, go: Callable[[], Any]) -> Callable[[], Any]:
        said_by = self.speaking
        return partial(said_by.with_token, said_by.token, go) if said_by else go

    def run(self, accepted: Accepted) -> CycleReport:
        """HQ, and the hub where HQ is not there."""
        self.world.lan.caller = self
        report = self.report = self.program.run(accept=accepted)
        if report.hub is not None:
            hub, code = report.hub, report.hub.error.code if report.hub.error else None
            held = [(one.feed, one.code) for one in hub.held]
            self.world.note(self.name, hub.state, hub.handed, hub.told, hub.pages, held, code)
            known = HUB_EXPECTED | ({"bad_ack"} if self.replaced else set())  # for what the lost disk had sent
            assert code is None or code in known or self.world.is_mad(), hub.error
        return report

    def hold_at_hub(self, request: HoldRequest) -> HoldReply:
        self.world.lan.caller = self
        return self.program.hold_at_hub(request)


class StoreWeather(Weather):
    """What it does beside: nothing comes through while the way is down."""

    def __init__(self, till: StoreTill, chance: Random) -> None:
        super().__init__(till.world, till.name, chance)
        self.till = till

    def __call__(self, call: str, go: Callable[[], Any]) -> Any:
        if self.till.down and self.bad:
            raise unreachable("down")
        return super().__call__(call, go)


class StoreLine(Dialled):
    """A program's line to HQ, with the hub's two calls as their routes do them."""

    def __init__(self, till: StoreTill, signer: Signer) -> None:
        super().__init__(till, signer)
        self.till, self.meddle = till, self._meddled
        self.takes: frozenset[str] = frozenset()
        self.earlier: Any = None

    def close(self) -> None:
        """There is nothing to close."""

    def signed_page(self, feed: str, epoch: str, after: int, limit: int) -> SignedPage:
        def go() -> SignedPage:
            me = self._me()
            me.may_pull()
            return self.hq.hubs.signed_page(me.id, feed, epoch, after, limit)

        return self._do("signed page", go)

    def signed_time(self, terminal: str, nonce: str) -> SignedTime:
        def go() -> SignedTime:
            me = self._me()
            me.may_pull()
            return self.hq.hubs.signed_time(me.id, terminal, nonce)

        return self._do("signed time", go)

    def forward(self, terminal: str, packed: bytes, signature: str) -> SignedReply:
        body = unpacked("zstd", packed, MOST_BYTES)

        def go() -> SignedReply:
            me = self._me().id
            return forwarded(self.hq, me, terminal, body, signature)

        return self._do("forward", go)

    def _meddled(self, call: str, go: Callable[[], Any]) -> Any:
        self.till.speaking = self
        return self.till.weather(call, go)


class KeepingLine(StoreLine):
    """A hub's."""

    def __init__(self, till: StoreTill, signer: Signer, pages: Pages) -> None:
        super().__init__(till, signer)
        self._kept = KeptPages(signer.hq_key, pages)

    def page(self, feed: str, epoch: str, after: int, limit: int) -> Page:
        return self._kept.page(self, feed, epoch, after, limit) or super().page(feed, epoch, after, limit)


@contextmanager
def played(world: StoreWorld) -> Iterator[None]:
    """Within the block the store's programs find the played network."""

    def dial(_url: str, who: Signer, **_options: Any) -> StoreLine:
        return StoreLine(world.by_terminal(who.terminal), who)

    def dial_and_keep(_url: str, who: Signer, pages: Pages, _health: Any) -> StoreLine:
        return KeepingLine(world.by_terminal(who.terminal), who, pages)

    def listen(me: Signer, *arguments: Any) -> PlayedServer:
        return PlayedServer(world.by_terminal(me.terminal), me, *arguments)

    def sit(folder: Path, terminal: str, *arguments: Any) -> MadDesk:
        return MadDesk(world.by_terminal(terminal), folder, terminal, *arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(running, "HttpHq", dial)
        patch.setattr(hub_part, "HttpHq", dial)
        patch.setattr(serving, "KeepingHq", dial_and_keep)
        patch.setattr(serving, "HubServer", listen)
        patch.setattr(serving, "Desk", sit)
        patch.setattr(desk, "Holds", partial(WatchedHolds, world))
        patch.setattr(line, "socket", world.lan)
        yield
