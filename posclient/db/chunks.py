"""Chunks of a snapshot on disk: fetched one by one, kept over restarts, unpacked within bounds (protocol.md, pull).

store = ChunkStore(folder, manifest, at_rest)   # folder: the till's data folder; manifest: the message as a dict
for n in store.missing(): store.add(n, api.chunk(store.snapshot.snapshot, n))
loading.build(folder, [store, ...], now, own)   # then loading.swap, store.drop()

A chunk may hold members, so each lies sealed under the till's key (S-20); one that another key sealed is not here.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from posclient.db.at_rest import AtRest
from posclient.errors import DataError

INCOMING_FOLDER = "incoming"
_MANIFEST = "manifest.json"
#: An empty file beside it: what came of these chunks was not taken.
_REFUSED = "refused"
_NAME = re.compile(r"[0-9A-Za-z_-]{1,64}", re.ASCII)
#: Plain bytes of one chunk at most: HQ closes a chunk at 16 MiB; what claims more is a bomb (S-9, S-10).
MOST_PLAIN = 32 * 1024 * 1024
#: HQ keeps a snapshot for a day (s).
KEEP_S = 24 * 3600
#: Plain bytes that are taken at once, so that memory stays bounded.
PIECE = 1024 * 1024
#: Memory that unpacking may take for its window.
_MOST_WINDOW = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Chunk:
    """Chunk ``n``: ``sha256`` (hex) of its ``bytes`` packed bytes, which hold ``rows`` rows."""

    n: int
    rows: int
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A whole feed at ``version`` (``sync.protocol.Manifest``)."""

    snapshot: str
    feed: str
    epoch: str
    version: int
    count: int
    checksum: int
    applied_seq: int
    chunks: tuple[Chunk, ...]

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Snapshot:
        """From the message as plain JSON. Error: ``bad_manifest``."""
        try:
            values = {name: data[name] for name in cls.__slots__}
            values["chunks"] = tuple(Chunk(**{name: one[name] for name in Chunk.__slots__}) for one in data["chunks"])
        except (KeyError, TypeError) as error:
            raise DataError("bad_manifest", why=str(error)) from error
        made = cls(**values)
        if not _NAME.fullmatch(made.snapshot) or [one.n for one in made.chunks] != list(range(len(made.chunks))):
            raise DataError("bad_manifest", why="names")
        return made


class ChunkStore:
    """One snapshot's chunks in ``incoming/<snapshot>/`` of a data folder."""

    def __init__(self, folder: Path, manifest: Mapping[str, Any], at_rest: AtRest) -> None:
        self.snapshot = Snapshot.read(manifest)
        self._at_rest = at_rest
        self._folder = folder / INCOMING_FOLDER / self.snapshot.snapshot
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            _write(self._folder / _MANIFEST, json.dumps(dict(manifest)).encode())
        except OSError as error:
            raise DataError("cannot_write", path=str(self._folder), detail=str(error)) from error

    @classmethod
    def open(cls, folder: Path, name: str, at_rest: AtRest) -> ChunkStore:
        """A snapshot that was begun earlier."""
        try:
            manifest = json.loads((folder / INCOMING_FOLDER / name / _MANIFEST).read_bytes())
        except (OSError, ValueError) as error:
            raise DataError("bad_manifest", why=str(error)) from error
        return cls(folder, manifest, at_rest)

    def missing(self) -> list[int]:
        """Numbers of the chunks that are not here, whole and right, yet."""
        return [chunk.n for chunk in self.snapshot.chunks if not self._is_here(chunk)]

    def add(self, n: int, packed: bytes) -> None:
        """Keep a chunk, whole or not at all. Errors: ``bad_chunk`` (not what the manifest says), ``cannot_write``."""
        chunk = next((one for one in self.snapshot.chunks if one.n == n), None)
        if chunk is None or len(packed) != chunk.bytes or hashlib.sha256(packed).hexdigest() != chunk.sha256:
            raise DataError("bad_chunk", snapshot=self.snapshot.snapshot, n=n)
        try:
            path = self._path(n)
            _write(path, self._at_rest.seal(place(path), packed))
        except OSError as error:
            raise DataError("cannot_write", path=str(self._folder), detail=str(error)) from error

    def paths(self) -> list[Path]:
        """The files, in order."""
        return [self._path(chunk.n) for chunk in self.snapshot.chunks]

    def drop(self) -> None:
        """Remove the chunks: they are loaded, or will never be."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def note_refused(self) -> None:
        """Its rows were not taken: HQ may have mended them, so the next load asks for what HQ has by then, and finds
        these chunks if that is still the same.
        """
        with suppress(OSError):
            (self._folder / _REFUSED).touch()

    def _path(self, n: int) -> Path:
        return self._folder / f"{n}.sealed"

    def _is_here(self, chunk: Chunk) -> bool:
        try:
            packed = read_packed(self._path(chunk.n), self._at_rest)
        except DataError:
            return False
        return len(packed) == chunk.bytes and hashlib.sha256(packed).hexdigest() == chunk.sha256


def begun(folder: Path, feed: str) -> Snapshot | None:
    """The snapshot of ``feed`` of which a load has left chunks here, unless it was refused."""
    for path in (folder / INCOMING_FOLDER).glob("*"):
        with suppress(OSError, ValueError, DataError):
            found = Snapshot.read(json.loads((path / _MANIFEST).read_bytes()))
            if found.feed == feed and any(path.glob("*.sealed")) and not (path / _REFUSED).exists():
                return found
    return None


def drop_earlier(folder: Path, now: Snapshot) -> None:
    """Remove chunks of the same feed's other snapshots: asked for the one that was ``begun``, HQ has named this one
    instead. On a line that fails day after day they would fill the disk. What has come of other feeds stays.
    """
    for path in (folder / INCOMING_FOLDER).glob("*"):
        try:
            feed = json.loads((path / _MANIFEST).read_bytes())["feed"]
        except (OSError, ValueError, KeyError, TypeError):
            feed = now.feed  # nobody can go on with it
        if feed == now.feed and path.name != now.snapshot:
            shutil.rmtree(path, ignore_errors=True)


def drop_old(folder: Path) -> None:
    """Remove chunks of snapshots of which nothing has come in a day; also where no load comes any more that would."""
    for path in (folder / INCOMING_FOLDER).glob("*"):
        try:
            # each attempt writes its manifest anew, also one that never gets any further
            came = [one.stat().st_mtime for one in path.glob("*.sealed")] or [(path / _MANIFEST).stat().st_mtime]
            is_old = time.time() - max(came) > KEEP_S
        except OSError:
            is_old = True
        if is_old:
            shutil.rmtree(path, ignore_errors=True)


def _write(path: Path, data: bytes) -> None:
    part = path.with_suffix(".part")
    try:
        part.write_bytes(data)
    except OSError:
        with suppress(OSError):
            part.unlink(missing_ok=True)  # of a full disk it would keep what room was left
        raise
    part.replace(path)


def read_packed(path: Path, at_rest: AtRest) -> bytes:
    """A chunk as it came. Error: ``bad_chunk`` (not there, altered, or sealed under another key)."""
    try:
        return at_rest.open(place(path), path.read_bytes())
    except (OSError, DataError) as error:
        raise DataError("bad_chunk", path=str(path), why=str(error)[:200]) from error


def place(path: Path) -> str:
    """What a chunk is bound to."""
    return f"{INCOMING_FOLDER}|{path.parent.name}|{path.stem}"


def read_rows(path: Path, at_rest: AtRest) -> Iterator[list[dict[str, Any]]]:
    """The rows of a chunk, a bounded number at a time. Error: ``bad_chunk``."""
    packed = read_packed(path, at_rest)
    try:
        yield from unpacked(packed)
    except (OSError, ValueError, RecursionError, MemoryError) as error:
        raise DataError("bad_chunk", path=str(path), why=str(error)[:200]) from error


def unpacked(packed: bytes) -> Iterator[list[dict[str, Any]]]:
    """The rows of a chunk that is not sealed: NDJSON lines as lists of objects; a newline is never inside one, so a
    piece becomes one JSON array. ``ValueError``: too long, cut off, or no zstd and JSON at all.
    """
    import zstandard

    left, size = b"", 0
    with zstandard.ZstdDecompressor(max_window_size=_MOST_WINDOW).stream_reader(packed) as reader:
        while piece := _read(reader, zstandard.ZstdError):
            size += len(piece)
            if size > MOST_PLAIN:
                raise ValueError("too long")
            lines, newline, rest = piece.rpartition(b"\n")
            if newline:
                yield json.loads(b"[" + (left + lines).replace(b"\n", b",") + b"]")
                left = rest
            else:
                left += piece
    if left:
        raise ValueError("cut off")


def _read(reader: Any, failure: type[Exception]) -> bytes:
    try:
        piece: bytes = reader.read(PIECE)
    except failure as error:
        raise ValueError(str(error)) from error
    return piece
