"""A network that does to each call what chance says, between a till and HQ in one thread."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import TYPE_CHECKING, Any

from posclient.errors import LinkError
from sync.protocol import PushReply
from tests.sim.deaths import KilledError

if TYPE_CHECKING:
    from tests.sim.world import World

#: What may happen to a call, and how often of a hundred in bad weather; a mix says how often one is late or doubled.
FATES = {
    "good": 56, "cut": 8, "lost reply": 8, "twice": 6, "late": 6, "earlier reply": 4, "hq dies": 5, "hq dies after": 2,
    "till dies before": 2, "till dies after": 3,
}  # fmt: skip


def unreachable(why: str) -> LinkError:
    return LinkError("unreachable", why=why)


class Weather:
    """``meddle`` of a ``Line``; ``late`` calls are done at HQ later, when nobody waits for their answer any more.

    ``odd``: the till has heard an answer that was to another question.
    """

    def __init__(self, world: World, name: str, chance: Random) -> None:
        self.world, self.name, self.chance = world, name, chance
        self.bad, self.odd = True, False
        self._fates = FATES | {"late": world.mix.late, "twice": world.mix.twice}
        self.earlier: dict[str, Any] = {}

    def __call__(self, call: str, go: Callable[[], Any]) -> Any:
        if self.world.is_dead(self.name):
            raise KilledError
        fate = self.chance.choices(list(self._fates), list(self._fates.values()))[0] if self.bad else "good"
        self.world.counters.go_on(self.name)
        self.world.note(self.name, call, fate)
        if fate == "earlier reply" and call in self.earlier:
            self.odd = True
            return self.earlier[call]
        answer = getattr(self, fate.replace(" ", "_"))(call, go)
        self.world.counters.go_on(self.name)
        return answer

    def good(self, call: str, go: Callable[[], Any]) -> Any:
        answer = self.earlier[call] = self._asked(go)
        if isinstance(answer, PushReply):
            self.world.see_that_all_is_there([one.id for one in answer.outcomes])
        return answer

    earlier_reply = good

    def cut(self, _call: str, _go: Callable[[], Any]) -> Any:
        raise unreachable("cut")

    def lost_reply(self, _call: str, go: Callable[[], Any]) -> Any:
        self._asked(go)
        raise unreachable("reply lost")

    def twice(self, call: str, go: Callable[[], Any]) -> Any:
        self._asked(go)
        return self.good(call, go)

    def late(self, _call: str, go: Callable[[], Any]) -> Any:
        self.world.late.append(self.world.tills[self.name].as_it_was(go))
        raise LinkError("timeout")

    def hq_dies(self, call: str, go: Callable[[], Any]) -> Any:
        """In the middle of what it does for this call, if that takes so many statements; or right before a commit."""
        at_commit = self.chance.random() < 0.3
        self.world.deaths.plan_hq(self.chance.randint(1, 3 if at_commit else 40), at_commit=at_commit)
        try:
            return self.good(call, go)
        finally:
            self.world.deaths.hq_in = 0

    def hq_dies_after(self, _call: str, go: Callable[[], Any]) -> Any:
        self._asked(go)
        self.world.restart_hq()
        raise unreachable("reset")

    def till_dies_before(self, _call: str, _go: Callable[[], Any]) -> Any:
        raise KilledError

    def till_dies_after(self, _call: str, go: Callable[[], Any]) -> Any:
        self._asked(go)
        raise KilledError

    def _asked(self, go: Callable[[], Any]) -> Any:
        """HQ's answer, or its end."""
        self.world.asking = self.name if self.bad else ""
        try:
            return go()
        except KilledError:
            self.world.restart_hq()
            raise unreachable("HQ is gone") from None
        finally:
            self.world.asking = ""
