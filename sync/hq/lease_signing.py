"""HQ's signature on each lease and hold, so that a till that is offline need not believe its own disk (S-23, S-24)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from posclient.domain.signatures import HELD, LEASE, VALUE_LEASE, array
from sync.hq.feeds import Change
from sync.signing import sign


def signed(seed: bytes, changes: Iterable[Change]) -> Iterator[Change]:
    """The same changes; the leases among them with their signature."""
    for change in changes:
        data = change.data
        if data is None or change.table not in {"coupon_lease", "value_lease"}:
            yield change
        elif change.table == "coupon_lease":
            signature = sign(seed, LEASE, array(data["coupon"], data["store"], data["not_after"]))
            yield replace(change, data={**data, "signature": signature})
        else:
            parts = data["id"], data["member"], data["unit"], data["amount"], data["not_after"]
            yield replace(change, data={**data, "signature": value_signature(seed, change.feed, *parts)})


def value_signature(seed: bytes, feed: str, lease: str, member: str, unit: str, amount: int, not_after: str) -> str:
    """Of what the terminal of ``feed`` may spend by itself."""
    return sign(seed, VALUE_LEASE, array(feed.partition(":")[2], lease, member, unit, amount, not_after))


def hold_signature(seed: bytes, terminal: str, coupon: str, until: str) -> str:
    """Of a coupon that is kept for a cart of ``terminal``."""
    return sign(seed, HELD, array(terminal, coupon, until))
