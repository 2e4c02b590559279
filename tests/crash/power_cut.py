"""What a power cut can leave of the files: any prefix of what happened, and of what was not synced yet any part.

The model, which is that of a journalling file system on a disk with a volatile cache:

- data written to a file since its last sync may be there or not, each write for itself and in any order; one write may
  be torn at sectors of 512 bytes, but never touches a byte beside it (SQLite's "powersafe overwrite");
- a truncation is one such write;
- names (made, renamed, removed) come to the disk in their order, and any sync brings all that happened to them before;
- what was synced stays.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from random import Random

from tests.crash.happened import Barrier, Disk, Event, Link, Said, Sync, Truncate, Write

SECTOR = 512
#: How much of what was not synced survives: all (the program was killed), nothing, the first part, any part.
FATES = ("killed", "lost", "first part", "any part", "any part, any order")


@dataclass(frozen=True)
class Left:
    """The files after a crash behind ``at`` events; ``said``: what had been told to somebody."""

    at: int
    fate: str
    files: Mapping[str, bytes]
    said: tuple[str, ...]


@dataclass
class _File:
    durable: bytearray = field(default_factory=bytearray)
    pending: list[Write | Truncate] = field(default_factory=list)

    def sync(self) -> None:
        for one in self.pending:
            _apply(self.durable, one)
        self.pending.clear()


def crashes(disk: Disk, chance: Random, number: int) -> Iterator[Left]:
    """``number`` crash states, over all moments alike; the same for the same ``chance``."""
    moments = sorted(chance.randrange(len(disk.events) + 1) for _ in range(number))
    if number > len(disk.events):
        moments = sorted([*range(len(disk.events) + 1), *moments[: number - len(disk.events) - 1]])
    machine, at = _Machine(disk), 0
    for moment in moments:
        for event in disk.events[at:moment]:
            machine.step(event)
        at = moment
        yield machine.crash(at, chance)


class _Machine:
    """The disk as it is after some events."""

    def __init__(self, disk: Disk) -> None:
        self._files = {inode: _File(bytearray(data)) for inode, data in disk.first.items()}
        self._names = dict(disk.at_first)
        self._moves: list[Link] = []
        self._said: list[str] = []

    def step(self, event: Event) -> None:
        if isinstance(event, Write | Truncate):
            self._files[event.inode].pending.append(event)
        elif isinstance(event, Link):
            self._moves.append(event)
            if event.inode is not None:
                self._files.setdefault(event.inode, _File())
        elif isinstance(event, Said):
            self._said.append(event.what)
        else:
            self._settle(event)

    def _settle(self, event: Sync | Barrier) -> None:
        if isinstance(event, Sync):
            self._files[event.inode].sync()
        _rename(self._names, self._moves)
        self._moves.clear()

    def crash(self, at: int, chance: Random) -> Left:
        fate = chance.choice(FATES)
        names, moves = dict(self._names), len(self._moves)
        moves = moves if fate == "killed" else 0 if fate == "lost" else chance.randint(0, moves)
        _rename(names, self._moves[:moves])
        files = {name: self._content(self._files[inode], fate, chance) for name, inode in names.items()}
        return Left(at, fate, files, tuple(self._said))

    def _content(self, file: _File, fate: str, chance: Random) -> bytes:
        found = bytearray(file.durable)
        for one in _survivors(file.pending, fate, chance):
            _apply(found, one)
        return bytes(found)


def _rename(names: dict[str, int], moves: Sequence[Link]) -> None:
    for move in moves:
        if move.inode is None:
            names.pop(move.name, None)
        else:
            names[move.name] = move.inode


def _survivors(pending: Sequence[Write | Truncate], fate: str, chance: Random) -> list[Write | Truncate]:
    if fate in ("killed", "lost"):
        return list(pending) if fate == "killed" else []
    if fate == "first part":
        kept = chance.randint(0, len(pending))
        return [*pending[:kept], *(part for one in pending[kept : kept + 1] for part in _torn(one, chance))]
    share = chance.random()
    found = [part for one in pending if chance.random() < share for part in _perhaps_torn(one, chance)]
    if fate == "any part, any order":
        chance.shuffle(found)
    return found


def _perhaps_torn(one: Write | Truncate, chance: Random) -> list[Write | Truncate]:
    return _torn(one, chance) if chance.random() < 0.2 else [one]


def _torn(one: Write | Truncate, chance: Random) -> list[Write | Truncate]:
    """Some of a write's sectors."""
    if isinstance(one, Truncate):
        return []
    cuts = [0, *range(SECTOR - one.offset % SECTOR, len(one.data), SECTOR), len(one.data)]
    parts = [Write(one.inode, one.offset + a, one.data[a:b]) for a, b in pairwise(cuts)]
    return [part for part in parts if chance.random() < 0.5]


def _apply(content: bytearray, one: Write | Truncate) -> None:
    if isinstance(one, Truncate):
        del content[one.size :]
        content.extend(bytes(one.size - len(content)))
        return
    end = one.offset + len(one.data)
    if len(content) < end:
        content.extend(bytes(end - len(content)))
    content[one.offset : end] = one.data
