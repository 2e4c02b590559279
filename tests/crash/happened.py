"""What happened to the files of a folder, in order, and the faults that a disk can answer with.

An inode is a file whatever its name; a name is an entry of the folder. Only files that hold something over a crash
count: not the lock, nor the ``-shm`` that SQLite makes anew from its log.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Write:
    """Bytes on their way to the disk, which may come there torn, late, or never."""

    inode: int
    offset: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Truncate:
    inode: int
    size: int


@dataclass(frozen=True, slots=True)
class Sync:
    """All that was written to the inode before is on the disk."""

    inode: int


@dataclass(frozen=True, slots=True)
class Link:
    """A name for an inode, or none any more."""

    name: str
    inode: int | None


@dataclass(frozen=True, slots=True)
class Barrier:
    """The folder's entries are on the disk."""


@dataclass(frozen=True, slots=True)
class Said:
    """The program has told somebody ``what``: from here on it must be true after any crash."""

    what: str


Event = Write | Truncate | Sync | Link | Barrier | Said

#: What SQLite is told: no room, and three ways of an error.
FULL, WRITE_ERROR, SYNC_ERROR, TRUNCATE_ERROR = 13, 10 | 3 << 8, 10 | 4 << 8, 10 | 6 << 8
_LASTING = ("", ".db", ".current", ".db-wal", ".db-journal", ".part")


@dataclass
class Disk:
    """``fault(kind, name)`` may answer a write, truncation or sync with a status other than 0: then it is not done."""

    folder: Path
    events: list[Event] = field(default_factory=list)
    names: dict[str, int] = field(default_factory=dict)
    first: dict[int, bytes] = field(default_factory=dict)
    fault: Callable[[str, str], int] = lambda _kind, _name: 0
    _of: dict[int, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for path in sorted(self.folder.rglob("*")):
            name = self._name(path)
            if name is not None and path.is_file():
                inode = self._new(name)
                self.first[inode] = path.read_bytes()
        self.at_first = dict(self.names)

    def said(self, what: str) -> None:
        self.events.append(Said(what))

    def opened(self, path: Path) -> int | None:
        """The inode of a file that was opened, and made if it is new; None if it does not count."""
        name = self._name(path)
        if name is None:
            return None
        if name not in self.names:
            self.events.append(Link(name, self._new(name)))
        return self.names[name]

    def write(self, inode: int, offset: int, data: bytes) -> int:
        if status := self.fault("write", self._of[inode]):
            return status
        self.events.append(Write(inode, offset, data))
        return 0

    def truncate(self, inode: int, size: int) -> int:
        if status := self.fault("truncate", self._of[inode]):
            return status
        self.events.append(Truncate(inode, size))
        return 0

    def sync(self, inode: int) -> int:
        if status := self.fault("sync", self._of[inode]):
            return status
        self.events.append(Sync(inode))
        return 0

    def python_synced(self, path: Path) -> None:
        """A file that Python wrote, or SQLite: it is on the disk as it is now."""
        name = self._name(path)
        if name is not None:
            self._plain(path)
            self.events.append(Sync(self.names[name]))

    def moved(self, old: Path, new: Path) -> None:
        """About to be renamed."""
        name, other = self._name(old), self._name(new)
        if name is None or other is None:
            return
        self._plain(old)
        inode = self.names.pop(name)
        self.names[other] = inode
        self._of[inode] = other
        self.events += [Link(other, inode), Link(name, None)]

    def unlinked(self, path: Path, durable: bool) -> None:
        name = self._name(path)
        if name is not None and self.names.pop(name, None) is not None:
            self.events.append(Link(name, None))
            if durable:
                self.events.append(Barrier())

    def _plain(self, path: Path) -> None:
        """A file that SQLite did not write is seen when it is synced or renamed: all of it at once."""
        name = self._name(path) or ""
        if name in self.names and path.suffix == ".db":
            return
        known = self.names.get(name)
        if known is None:
            known = self._new(name)
            self.events.append(Link(name, known))
        if not any(isinstance(one, Write) and one.inode == known for one in self.events):
            self.events.append(Write(known, 0, path.read_bytes()))

    def _name(self, path: Path) -> str | None:
        """Relative to the folder; None for what does not count."""
        try:
            name = path.relative_to(self.folder)
        except ValueError:
            return None
        lasting = path.suffix in _LASTING and name.parts[0] != "incoming"
        return str(name) if lasting and path.suffix else None

    def _new(self, name: str) -> int:
        inode = len(self._of) + 1
        self.names[name] = inode
        self._of[inode] = name
        return inode
