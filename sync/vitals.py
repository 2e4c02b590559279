"""The wire form of how a till is (docs/protocol.md, health): a header beside what it asks anyway."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from sync.protocol import PROTOCOL_VERSION, Message, Whole

#: The header of a till's ``Health``, as ASCII JSON; HQ ignores one that it cannot read or that is longer.
HEALTH = "Posclient-Health"
MOST_HEALTH = 2048


class Health(Message):
    """How a till is, in its own words: the header ``HEALTH`` of what it asks anyway. No personal data in it.

    ``oldest_unsent_s``: age of the first fact that HQ has not acknowledged; ``offset_ms``: HQ's clock minus the
    till's; ``clock_suspect``: its clock is behind its floor; ``trouble``: fork or revoked; ``held``: feeds that wait
    for a person, as ``feed=code``; ``printer``: its kind; ``unprinted``: of the last receipts, those without paper;
    ``seen``: "EPOCH/VERSION" of its own feed where nothing of HQ's decisions waits for a manager, else empty.
    """

    unsent: Whole = 0
    oldest_unsent_s: Whole | None = None
    program: str = Field(default="", max_length=40)
    python: str = Field(default="", max_length=40)
    system: str = Field(default="", max_length=80)
    protocol: Whole = PROTOCOL_VERSION
    offset_ms: Annotated[int, Field(gt=-(2**53), lt=2**53)] | None = None
    clock_suspect: bool = False
    trouble: str = Field(default="", max_length=20)
    held: list[Annotated[str, Field(max_length=120)]] = Field(default=[], max_length=8)
    printer: str = Field(default="", max_length=20)
    unprinted: Whole = 0
    seen: str = Field(default="", max_length=60)
