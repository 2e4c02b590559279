"""Every write, truncation and sync of SQLite, seen where it leaves for the operating system.

The till's own ``sqlite3`` is watched, not another library in its place: its C library is asked (through ctypes, in the
very file that Python has loaded) for its default way to the disk (a VFS), and a copy of that becomes the default in
which four calls pass through here. So the product runs unchanged: same library, same connections, same pragmas.

    APSW's VFS                     is for APSW's own copy of SQLite: the product would run on another library
    LD_PRELOAD, strace, FUSE       need a compiler, a tracer or a kernel module where the tests run
    copies at each statement       never show a write without the ones before it, which is what a power cut does

It needs a Python whose ``sqlite3`` hands out its library's symbols, as on Debian and with pyenv.

The same way to the disk has no waiting in it, watched or not: what a kill leaves is in the machine's memory, and what a
power cut leaves is made of the record here, so that no folder of a harness has to lie in memory to be quick.
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

from tests.crash.happened import Disk

_OK = 0
_Call = Any


class Vfs(ctypes.Structure):
    """``sqlite3_vfs``; calls that are not watched are plain addresses."""

    _fields_: ClassVar[Any] = [
        ("version", ctypes.c_int), ("file_size", ctypes.c_int), ("longest_path", ctypes.c_int),
        ("next", ctypes.c_void_p), ("name", ctypes.c_char_p), ("app_data", ctypes.c_void_p),
        ("open", ctypes.c_void_p), ("delete", ctypes.c_void_p), ("others", ctypes.c_void_p * 13),
    ]  # fmt: skip


class Methods(ctypes.Structure):
    """``sqlite3_io_methods``: what can be done to one open file."""

    _fields_: ClassVar[Any] = [
        ("version", ctypes.c_int), ("close", ctypes.c_void_p), ("read", ctypes.c_void_p), ("write", ctypes.c_void_p),
        ("truncate", ctypes.c_void_p), ("sync", ctypes.c_void_p), ("others", ctypes.c_void_p * 13),
    ]  # fmt: skip


_INT, _AT, _TEXT, _LONG = ctypes.c_int, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int64
_OPEN = ctypes.CFUNCTYPE(_INT, _AT, _AT, _AT, _INT, _AT)
_DELETE = ctypes.CFUNCTYPE(_INT, _AT, _TEXT, _INT)
_CLOSE = ctypes.CFUNCTYPE(_INT, _AT)
_WRITE = ctypes.CFUNCTYPE(_INT, _AT, _AT, _INT, _LONG)
_TRUNCATE = ctypes.CFUNCTYPE(_INT, _AT, _LONG)
_SYNC = ctypes.CFUNCTYPE(_INT, _AT, _INT)


class WatchedVfs:
    """The one of this process. While ``disk`` is None everything goes straight through, and nothing waits."""

    def __init__(self) -> None:
        import _sqlite3

        self.library = ctypes.CDLL(_sqlite3.__file__)  # a symbol is looked up in what the module itself is linked with
        assert hasattr(self.library, "sqlite3_vfs_find"), "this Python's sqlite3 hides its library: take Debian's"
        self.library.sqlite3_vfs_find.restype = ctypes.POINTER(Vfs)
        found = self.library.sqlite3_vfs_find(None)
        assert found, "SQLite without a way to the disk"
        self.base, self.disk, self._users = found, None, 0
        self._audited = False
        self._files: dict[int, int] = {}
        self._tables: dict[tuple[int, bool], tuple[Methods, Methods]] = {}
        self._table_of: dict[int, Methods] = {}
        self._base_open, self._base_delete = _OPEN(found.contents.open), _DELETE(found.contents.delete)
        # held for as long as the process: SQLite keeps pointers to them in files that are still open
        self._calls: dict[str, _Call] = {
            "open": _OPEN(self._open), "delete": _DELETE(self._delete), "close": _CLOSE(self._close),
            "write": _WRITE(self._write), "truncate": _TRUNCATE(self._truncate), "sync": _SYNC(self._sync),
            "no sync": _SYNC(lambda _file, _flags: _OK),
        }  # fmt: skip
        self.own = Vfs.from_buffer_copy(found.contents)
        self.own.name = b"watched"
        self.own.open, self.own.delete = _address(self._calls["open"]), _address(self._calls["delete"])

    disk: Disk | None

    def install(self) -> None:
        """Databases that are opened from now on are watched."""
        self._users += 1
        self.library.sqlite3_vfs_register(ctypes.byref(self.own), 1)

    def remove(self) -> None:
        self._users -= 1
        if self._users:
            return
        self.library.sqlite3_vfs_unregister(ctypes.byref(self.own))
        self.library.sqlite3_vfs_register(self.base, 1)

    def audit(self) -> None:
        """See what Python does to files too. There is no way back, and it costs each call a little."""
        if not self._audited:
            self._audited = True
            sys.addaudithook(_audit)

    def _open(self, _vfs: int, name: int, file: int, flags: int, said: int) -> int:
        status: int = self._base_open(ctypes.addressof(self.base.contents), name, file, flags, said)
        if status == _OK:
            inode = self.disk.opened(Path(os.fsdecode(ctypes.string_at(name)))) if name and self.disk else None
            if inode is not None:
                self._files[file] = inode
            self._replace(file, watch=inode is not None)
        return status

    def _replace(self, file: int, *, watch: bool) -> None:
        """Put our table of methods into the file, which begins with a pointer to its own."""
        place = ctypes.c_void_p.from_address(file)
        theirs = place.value or 0
        if (theirs, watch) not in self._tables:
            table = Methods.from_address(theirs)
            ours = Methods.from_buffer_copy(table)
            if watch:
                for name in ("close", "write", "truncate", "sync"):
                    setattr(ours, name, _address(self._calls[name]))
            else:
                ours.sync = _address(self._calls["no sync"])
            self._tables[theirs, watch] = table, ours
        if watch:
            self._table_of[file] = self._tables[theirs, watch][0]
        place.value = ctypes.addressof(self._tables[theirs, watch][1])

    def _delete(self, _vfs: int, name: bytes, durable: int) -> int:
        status: int = self._base_delete(ctypes.addressof(self.base.contents), name, durable)
        if status == _OK and self.disk:
            self.disk.unlinked(Path(os.fsdecode(name)), bool(durable))
        return status

    def _close(self, file: int) -> int:
        table = self._table_of.pop(file)
        self._files.pop(file, None)
        status: int = _CLOSE(table.close)(file)
        return status

    def _write(self, file: int, data: int, size: int, offset: int) -> int:
        fault = self.disk.write(self._files[file], offset, ctypes.string_at(data, size)) if self.disk else _OK
        return fault or int(_WRITE(self._table_of[file].write)(file, data, size, offset))

    def _truncate(self, file: int, size: int) -> int:
        fault = self.disk.truncate(self._files[file], size) if self.disk else _OK
        return fault or int(_TRUNCATE(self._table_of[file].truncate)(file, size))

    def _sync(self, file: int, _flags: int) -> int:
        return self.disk.sync(self._files[file]) if self.disk else _OK


def _address(call: _Call) -> int:
    return ctypes.cast(call, ctypes.c_void_p).value or 0


_vfs: list[WatchedVfs] = []


def _watched() -> WatchedVfs:
    if not _vfs:
        _vfs.append(WatchedVfs())
    return _vfs[0]


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    """Files are renamed and removed by Python as well."""
    disk = _vfs[0].disk
    if disk is None or event not in ("os.rename", "os.remove"):
        return
    if event == "os.rename":
        disk.moved(Path(os.fsdecode(arguments[0])), Path(os.fsdecode(arguments[1])))
    elif isinstance(arguments[0], str | os.PathLike):
        disk.unlinked(Path(os.fsdecode(arguments[0])), durable=False)


@contextmanager
def unsynced() -> Iterator[None]:
    """Nothing within the block waits for the disk: neither databases that are opened in it, nor Python."""
    vfs, really = _watched(), os.fsync
    vfs.install()
    os.fsync = lambda _file: None  # type: ignore[assignment]
    try:
        yield
    finally:
        os.fsync = really
        vfs.remove()


@contextmanager
def watched(folder: Path) -> Iterator[Disk]:
    """All that happens within the block to the files of ``folder``; open databases there before it are not seen."""
    vfs = _watched()
    assert vfs.disk is None, "one folder at a time"
    vfs.disk = disk = Disk(folder)
    vfs.audit()
    really: Callable[[int], None] = os.fsync

    def fsync(file: int) -> None:
        disk.python_synced(Path(f"/proc/self/fd/{file}").readlink())

    os.fsync = fsync  # type: ignore[assignment]
    vfs.install()
    try:
        yield disk
    finally:
        vfs.remove()
        os.fsync = really  # type: ignore[assignment]
        vfs.disk = None
