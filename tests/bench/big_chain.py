"""A chain of 1,000,000 SKUs and 500,000 members, loaded as a till loads it.

``POSCLIENT_BENCH_DATA`` names a folder where it is kept from one run to the next; else it is made anew (two minutes).
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import zstandard

from posclient.db import live_cache, loading
from posclient.db.at_rest import OwnKey
from posclient.db.chunks import ChunkStore
from posclient.domain.feeds import row_checksum
from posclient.domain.gtin import ean13

SKUS, MEMBERS = 1_000_000, 500_000
NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
OWN = OwnKey(b"k" * 32)
WHO = ("男童", "女童", "婴儿", "中大童", "儿童", "幼童")
HOW = ("加厚", "轻薄", "纯棉", "速干", "印花", "条纹", "撞色", "卡通", "可拆卸", "羊羔绒", "防风", "抗菌")
WHAT = (
    "连帽羽绒服",
    "圆领T恤",
    "针织开衫",
    "牛仔裤",
    "连衣裙",
    "卫衣套装",
    "防晒衣",
    "运动鞋",
    "灯芯绒衬衫",
    "打底裤",
    "马甲",
)
COLORS = (("红色", "hs"), ("藏青", "zq"), ("米白", "mb"), ("浅粉", "qf"))
SIZES = ("100", "110", "120", "130")
#: Plain bytes of a chunk.
_CHUNK = 14_000_000


@dataclass(frozen=True)
class BigChain:
    """``seconds``: of the load of the catalogue, None if it was kept from an earlier run."""

    folder: Path
    seconds: float | None


def sku(number: int) -> str:
    return f"J{number // 16:05d}-{number % 16 // 4}-{SIZES[number % 4]}"


def gtin(number: int) -> str:
    return ean13(f"69{number:010d}")


def name(number: int) -> str:
    style = number // 16
    return f"{HOW[style % 12]}{WHO[style // 12 % 6]}{WHAT[style // 72 % 11]} {style % 1999}"


def initials(number: int) -> str:
    style = number // 16
    return f"{'jqcsyt'[style % 6]}{'nynyzr'[style // 12 % 6]}t{'ydznlw'[style // 72 % 6]}{style % 1999}"


def phone(number: int) -> str:
    return f"1{38_0000_0000 + number * 7919 % 10_0000_0000:010d}"[:11]


def make(folder: Path) -> BigChain:
    """The data folder of a till that has loaded it all."""
    kept = os.environ.get("POSCLIENT_BENCH_DATA")
    folder = Path(kept) if kept else folder
    if (folder / live_cache.CURRENT_FILE).exists():
        return BigChain(folder, None)
    folder.mkdir(parents=True, exist_ok=True)
    live_cache.prepare(folder)
    catalogue = [_pack(folder, "global", _products()), _pack(folder, "zone:z1", _prices())]
    begun = time.perf_counter()
    loading.swap(folder, loading.build(folder, catalogue, NOW, OWN))
    seconds = time.perf_counter() - begun
    loading.swap(folder, loading.build(folder, [_pack(folder, "store:S001", _members())], NOW, OWN))
    return BigChain(folder, seconds)


def _products() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for number in range(SKUS):
        style, (color, sign), kind = f"J{number // 16:05d}", COLORS[number % 16 // 4], number // 16 % 11
        yield "product", sku(number), {
            "sku": sku(number), "style": style, "name": name(number), "brand": "JOJO", "category": WHAT[kind],
            "color": color, "size": SIZES[number % 4], "initials": initials(number) + sign, "tax_bp": 1300,
            "tags": ["brand:JOJO", f"category:{kind}", f"style:{style}"], "gtins": [gtin(number)],
        }  # fmt: skip


def _prices() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for number in range(SKUS):
        amount = 9_900 + number % 300 * 100
        yield "price", f"P{number:07d}", {
            "id": f"P{number:07d}", "sku": sku(number), "price": amount, "from": "2026-01-01T00:00:00+08:00",
            "member_prices": {"gold": amount - 1_000} if number % 3 == 0 else {}, "until": None,
        }  # fmt: skip


def _members() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for number in range(MEMBERS):
        yield "member", f"M{number}", {
            "id": f"M{number}", "code": f"CODE{number}", "name": "王小明", "phone": phone(number), "birthday": None,
            "tier": "gold", "points": number, "stored_value": 0, "own_guide": None, "home_store": "S001", "tags": [],
        }  # fmt: skip


def _pack(folder: Path, feed: str, rows: Iterable[tuple[str, str, dict[str, Any]]]) -> ChunkStore:
    chunks: list[tuple[dict[str, Any], bytes]] = []
    plain, first, version, checksum = bytearray(), 0, 0, 0
    for table, key, data in rows:
        version += 1
        checksum += row_checksum(table, key, version)
        row = {"t": table, "k": key, "v": version, "d": data}
        plain += json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        if len(plain) > _CHUNK:
            chunks.append(_chunk(len(chunks), version - first, plain))
            plain, first = bytearray(), version
    chunks.append(_chunk(len(chunks), version - first, plain))
    manifest = {
        "snapshot": feed.replace(":", "-"), "feed": feed, "epoch": "e1", "version": version, "count": version,
        "checksum": checksum % 2**64, "applied_seq": 0, "chunks": [info for info, _ in chunks],
    }  # fmt: skip
    store = ChunkStore(folder, manifest, OWN.needed())
    for n, (_, packed) in enumerate(chunks):
        store.add(n, packed)
    return store


def _chunk(n: int, rows: int, plain: bytearray) -> tuple[dict[str, Any], bytes]:
    packed = zstandard.compress(bytes(plain), 3)
    return {"n": n, "rows": rows, "bytes": len(packed), "sha256": hashlib.sha256(packed).hexdigest()}, packed
