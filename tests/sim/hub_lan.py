"""The network of a shop, in one thread: the hub's real ear and the till's real line, with sockets that are played.

Greeting, keys, seals and frames are the product's own; a question that reaches the hub is answered before the till
looks for the answer. What a network does to a question is ``LAN_FATES``.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from random import Random
from typing import TYPE_CHECKING, Any, cast

from posclient.errors import DataError, LinkError
from sync.hub.server import HubServer
from tests.sim.deaths import KilledError

if TYPE_CHECKING:
    from tests.sim.hub_world import StoreTill, StoreWorld

#: What may happen to a question, and how often of a hundred in bad weather; a line to the hub has some eight of them.
LAN_FATES = {
    "good": 89, "cut": 2, "lost answer": 2, "hub dies": 4, "hub dies after": 1, "till dies before": 1,
    "till dies after": 1,
}  # fmt: skip


class Lan:
    """Who listens where; ``caller`` is the till that acts."""

    def __init__(self, world: StoreWorld, chance: Random) -> None:
        self.world, self.chance = world, chance
        self.listening: dict[tuple[str, int], PlayedServer] = {}

    caller: StoreTill

    def create_connection(self, place: tuple[str, int], _seconds: float) -> Wire:
        """As ``socket`` has it."""
        server = self.listening.get(place)
        if server is None or self.world.is_dead(server.till.name):
            raise ConnectionRefusedError
        return Wire(self, self.caller, server)


class PlayedServer(HubServer):
    """Listens on the played network: as ``HubServer`` does, but for its sockets and threads."""

    def __init__(self, till: StoreTill, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.till, self._place = till, ("", 0)

    def start(self, place: tuple[str, int]) -> None:
        listening = self.till.world.lan.listening
        if place in listening:
            raise DataError("hub_cannot_listen", address=f"{place[0]}:{place[1]}", detail="taken")
        listening[place], self._place, self._server = self, place, cast("Any", place)

    def stop(self) -> None:
        self.till.world.lan.listening.pop(self._place, None)
        self._place, self._server = ("", 0), None


class Wire:
    """Both ends of a line: to the till it is its socket."""

    def __init__(self, lan: Lan, till: StoreTill, server: PlayedServer) -> None:
        self._lan, self._till, self._hub = lan, till, server.till
        self._to_hub, self._to_till = bytearray(), bytearray()
        self._steps: Iterator[None] | None = server.talk(cast("Any", _HubEnd(self._to_hub, self._to_till)))

    def settimeout(self, _seconds: float) -> None:
        """Nobody waits here."""

    def close(self) -> None:
        self._steps = None

    def sendall(self, data: bytes) -> None:
        self._to_hub += data

    def recv(self, count: int) -> bytes:
        if not self._to_till:
            self._ask()
        return _taken(self._to_till, count)

    def _ask(self) -> None:
        """The hub's answer to what was sent, in the weather there is."""
        if self._lan.world.is_dead(self._till.name):
            raise KilledError
        self._lan.world.counters.go_on(self._till.name)
        fate = "good"
        if self._till.weather.bad:
            fate = self._lan.chance.choices(list(LAN_FATES), list(LAN_FATES.values()))[0]
        self._till.world.note(self._till.name, "to hub", self._hub.name, fate)
        if fate == "till dies before":
            raise KilledError
        if fate == "cut":
            self.close()
        self._answer(dies_in=self._lan.chance.randint(1, 25) if fate == "hub dies" else 0)
        if fate == "hub dies after":
            self._hub.start_again()
        if fate == "till dies after":
            raise KilledError
        if fate in {"lost answer", "hub dies after"}:
            self.close()
            self._to_till.clear()

    def _answer(self, dies_in: int) -> None:
        deaths = self._till.world.deaths
        if dies_in and deaths.till is None:
            deaths.plan_till(self._hub.folder, dies_in)
        else:
            dies_in = 0
        with suppress(LinkError):  # the hub hangs up
            if self._steps is None or next(self._steps, self) is self:
                self._steps = None
        if dies_in:
            deaths.cancel()
        if deaths.is_dead(self._hub.folder):
            self._till.world.note(self._hub.name, "killed as the hub")
            self._steps = None
            self._to_till.clear()
            self._hub.start_again()


class _HubEnd:
    """The hub's socket."""

    def __init__(self, to_hub: bytearray, to_till: bytearray) -> None:
        self._to_hub, self._to_till = to_hub, to_till

    def settimeout(self, _seconds: float) -> None:
        """Nobody waits here."""

    def sendall(self, data: bytes) -> None:
        self._to_till += data

    def recv(self, count: int) -> bytes:
        return _taken(self._to_hub, count)


def _taken(data: bytearray, count: int) -> bytes:
    piece = bytes(data[:count])
    del data[:count]
    return piece
