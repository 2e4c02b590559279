"""A hub that does what it wants with what it was given: it has its own key and its own disk, and nothing else."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from contextlib import closing
from random import Random
from typing import TYPE_CHECKING, Any

import zstandard

from posclient.db.hub_file import HUB_FILE, HubFile
from sync.hub.channel import Said
from sync.hub.desk import Desk

if TYPE_CHECKING:
    from tests.sim.hub_world import StoreTill

#: More than any till ever made.
ALL_OF_IT = 10_000


class MadDesk(Desk):
    """Answers as a desk does until its till has gone mad. ``earlier``: what it has said, to whomever."""

    def __init__(self, till: StoreTill, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.till, self.earlier = till, list[tuple[str, Said]]()
        self.chance = Random(till.world.chance.random())

    def answer(self, terminal: str, key: bytes, asked: Mapping[str, Any], payload: bytes) -> Said:
        honest = super().answer
        call = str(asked.get("call"))
        if not (self.till.mad and self.till.weather.bad):
            said = honest(terminal, key, asked, payload)
            if not self.till.world.is_dead(self.till.name):
                self.till.world.books.answered(self.till.name, terminal, asked, payload, said[0])
            self.earlier.append((call, said))
            return said
        tricks = [honest, self._drop, self._again, self._boast, *[self._forge] * (6 if call == "page" else 1)]
        trick: Callable[..., Said] = self.chance.choice(tricks)
        self.till.world.note(self.till.name, "mad", trick.__name__, call)
        return trick(terminal, key, asked, payload)

    def _drop(self, *_asked: Any) -> Said:
        return {}, b""

    def _again(self, _terminal: str, _key: bytes, asked: Mapping[str, Any], _payload: bytes) -> Said:
        """What it said to somebody else, or to another question."""
        same = [said for call, said in self.earlier if call == asked["call"] or self.chance.random() < 0.1]
        return self.chance.choice(same) if same else ({}, b"")

    def _boast(self, terminal: str, key: bytes, asked: Mapping[str, Any], payload: bytes) -> Said:
        """It has everything, holds everything, keeps nothing."""
        if asked["call"] == "hold":
            return {"held": asked["coupons"], "refused": [], "seconds": 600}, b""
        if asked["call"] == "stock":
            return {"moves": {"A": -ALL_OF_IT}}, b""
        head, page = super().answer(terminal, key, {"call": "place"}, payload)
        return head | {"has": dict.fromkeys(self._incarnations(payload), ALL_OF_IT)}, page

    def _incarnations(self, payload: bytes) -> set[str]:
        try:
            body = zstandard.ZstdDecompressor().decompressobj().decompress(payload)
            return {one["incarnation"] for one in json.loads(body)["facts"]}
        except (zstandard.ZstdError, ValueError):
            return {till.me.incarnation for till in self.till.world.store}

    def _forge(self, *asked: Any) -> Said:
        """Other rows in a page, other words in HQ's answers."""
        head, payload = super().answer(*asked)
        if payload:
            text = zstandard.ZstdDecompressor().decompressobj().decompress(payload)
            forged = re.sub(rb'"name":"n\d+"', b'"name":"n0"', text)
            return head, zstandard.ZstdCompressor().compress(forged)
        answers = [one | {"reply": one["reply"].replace("applied", "duplicate")} for one in head.get("answers", [])]
        return head | ({"answers": answers} if answers else {}), payload


def tamper(till: StoreTill, chance: Random) -> str:
    """Do something to what lies at the hub; says what. Nothing that was sealed or signed by others can be made."""
    if not (till.folder / HUB_FILE).exists():
        return "nothing there"
    name = chance.choice(list(_TRICKS))
    with closing(HubFile(till.folder)) as file:
        _TRICKS[name](file, chance)
    return name


def _alter(file: HubFile, chance: Random) -> None:
    """Another total in a batch."""
    rows = file.con.execute("SELECT number, packed FROM batch ORDER BY number").fetchall()
    if rows:
        number, packed = chance.choice(rows)
        body = zstandard.ZstdDecompressor().decompressobj().decompress(packed)
        forged = re.sub(rb'(total\\":)\d', rb"\g<1>9", body)
        file.con.execute(
            "UPDATE batch SET packed = ? WHERE number = ?", (zstandard.ZstdCompressor().compress(forged), number)
        )


def _sql(*statements: str) -> Callable[[HubFile, Random], None]:
    def run(file: HubFile, _chance: Random) -> None:
        for sql in statements:
            file.con.execute(sql)

    return run


_TRICKS: dict[str, Callable[[HubFile, Random], None]] = {
    "batches dropped": _sql("DELETE FROM batch"),
    "answers dropped": _sql("DELETE FROM answer"),
    "all forgotten": _sql(*(f"DELETE FROM {name}" for name in ("batch", "answer", "place", "used", "moved", "page"))),
    "places ahead": _sql(f"UPDATE place SET last = last + {ALL_OF_IT}"),
    "batches turned round": _sql("UPDATE batch SET first = -first"),
    "a batch altered": _alter,
    "signatures swapped": _sql("UPDATE batch SET signature = (SELECT max(signature) FROM batch)"),
    "whose it is swapped": _sql(
        "UPDATE batch SET terminal = (SELECT max(terminal) FROM place)",
        "UPDATE answer SET terminal = (SELECT max(terminal) FROM place)",
    ),
    "answers swapped": _sql("UPDATE answer SET reply = (SELECT max(reply) FROM answer)"),
    "coupons used": _sql("INSERT OR IGNORE INTO used SELECT 'K' || number, 'S001-9', 'none' FROM batch"),
    "pages mixed up": _sql("UPDATE page SET upto = upto + 1, after = after - 1"),
    "old pages only": _sql("DELETE FROM page WHERE number > (SELECT min(number) FROM page)"),
}
