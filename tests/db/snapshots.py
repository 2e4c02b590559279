"""Snapshots for the tests, packed as HQ packs them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import zstandard

from posclient.db.at_rest import AtRest
from posclient.db.chunks import ChunkStore
from posclient.domain.feeds import row_checksum
from sync.protocol import Row
from tests.db.shop import OWN_KEY

Packed = tuple[dict[str, Any], list[bytes]]


def packed(feed: str, rows: Sequence[Row], per_chunk: int = 3, name: str = "", **changes: Any) -> Packed:
    """Manifest and chunks of a feed at the version of its last row."""
    parts = [rows[first : first + per_chunk] for first in range(0, len(rows), per_chunk)]
    lines = [b"".join(row.model_dump_json().encode() + b"\n" for row in part) for part in parts]
    chunks = [zstandard.compress(one) for one in lines]
    infos = [
        {"n": n, "rows": len(part), "bytes": len(chunk), "sha256": hashlib.sha256(chunk).hexdigest()}
        for n, (part, chunk) in enumerate(zip(parts, chunks, strict=True))
    ]
    manifest = {
        "snapshot": name or feed.replace(":", "-"), "feed": feed, "epoch": "e1", "applied_seq": 3,
        "version": max((row.v for row in rows), default=0), "count": len(rows), "chunks": infos,
        "checksum": sum(row_checksum(row.t, row.k, row.v) for row in rows) % 2**64,
    }  # fmt: skip
    return manifest | changes, chunks


def stored(folder: Path, made: Packed) -> ChunkStore:
    """The same with all chunks fetched."""
    manifest, chunks = made
    store = ChunkStore(folder, manifest, AtRest(OWN_KEY))
    for n, chunk in enumerate(chunks):
        store.add(n, chunk)
    return store


def repacked(made: Packed, lines: Iterable[bytes]) -> Packed:
    """One chunk of these very lines in place of the chunks, its sum right."""
    manifest, _ = made
    chunk = zstandard.compress(b"".join(lines))
    info = {"n": 0, "rows": 1, "bytes": len(chunk), "sha256": hashlib.sha256(chunk).hexdigest()}
    return manifest | {"chunks": [info]}, [chunk]


def line(table: str, key: str, data: object, version: int = 1) -> bytes:
    """One row as NDJSON."""
    return json.dumps({"t": table, "k": key, "v": version, "d": data}).encode() + b"\n"
