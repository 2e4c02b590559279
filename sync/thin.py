"""A batch in its thin form (docs/protocol.md, push): without what HQ can work out, packed by what HQ has already.

Terminal, incarnation and the first seq are said once, a hash only where it does not follow from the fact before; then
zstd with the facts before the batch as its dictionary, which HQ stores byte for byte anyway. ``thick`` gives exactly
the ``PushRequest`` that ``thin`` was given: a fact's envelope, and what HQ stores and checks, know nothing of this.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import zstandard
from pydantic import Field, ValidationError

from posclient.domain.facts import chain_hash
from posclient.errors import LinkError
from sync.protocol import MOST_BYTES, MOST_FACTS, FactMessage, Lost, Message, PushRequest, SideRecord

#: The content coding, and how HQ says that it takes it (``SessionReply.takes``).
THIN = "posclient-thin-1"
#: The header that names the facts before the batch: ``incarnation/first-last``. Without it there is no dictionary.
BASE = "Posclient-Base"
#: Facts before the batch, and bytes of their bodies; HQ looks at no more.
MOST_BASE, MOST_BASE_BYTES = 256, 512 * 1024
#: Said of a batch whatever its form. Any other refusal of a thin one may come of its form, or of a proxy that does not
#: know it: the batch goes plain.
NOT_OF_THE_FORM = {"gap", "retry_after", "revoked", "revoked_unproved", "upgrade_required", "timeout", "unreachable"}
#: A millisecond for a batch; higher levels find little more.
LEVEL = 9
_LINE = re.compile(rb"([^ \n]*) ([^ \n]*) ([0-9]{1,10}) (-|[0-9a-f]{64}) (.*)", re.DOTALL)
_HASH = re.compile(r"[0-9a-f]{64}")
_BASE = re.compile(r"([!-.0-~]{1,200})/([0-9]{1,18})-([0-9]{1,18})", re.ASCII)


class ThinHead(Message):
    """The first line of a thin batch."""

    protocol: int
    terminal: str
    incarnation: str
    first: int = Field(ge=1)
    sides: list[SideRecord] = Field(default=[])
    lost: list[Lost] = Field(default=[], max_length=8)


@dataclass(frozen=True, slots=True)
class Base:
    """Bodies of facts that both ends have: seqs from ``first`` on, without a gap."""

    incarnation: str
    first: int
    bodies: Sequence[bytes]

    @property
    def name(self) -> str:
        """For the header."""
        return f"{self.incarnation}/{self.first}-{self.first + len(self.bodies) - 1}"


#: The facts before (incarnation, seq) that HQ has acknowledged, as far as they are worth it; None: there are none.
Earlier = Callable[[str, int], Base | None]


def thin(request: PushRequest) -> bytes | None:
    """The batch as lines; None where the form cannot hold it (facts of several chains, a line feed in a body)."""
    facts = request.facts
    if not facts or not _fits(facts):
        return None
    one = facts[0]
    head = ThinHead(
        protocol=request.protocol, terminal=one.terminal, incarnation=one.incarnation, first=one.seq,
        sides=request.sides, lost=request.lost,
    )  # fmt: skip
    lines = [head.model_dump_json(exclude_defaults=True)]
    previous = ""
    for fact in facts:
        said = "-" if previous and _hash(previous, fact) == fact.hash else fact.hash
        lines.append(f"{fact.id} {fact.kind} {fact.kind_version} {said} {fact.body}")
        previous = fact.hash
    return "\n".join(lines).encode()


def thick(lines: bytes) -> PushRequest:
    """The batch again; ``LinkError("bad_request")``."""
    first, *others = lines.split(b"\n", MOST_FACTS + 1)
    try:
        head = ThinHead.model_validate_json(first)
        facts: list[FactMessage] = []
        for seq, line in enumerate(others, head.first):
            facts.append(_fact(head, seq, line, facts[-1].hash if facts else ""))
        return PushRequest(protocol=head.protocol, facts=facts, sides=head.sides, lost=head.lost)
    except (ValidationError, UnicodeDecodeError):
        raise LinkError("bad_request", field="body") from None


def pack(lines: bytes, base: Base | None) -> bytes:
    """As it is sent. The frame's own checksum tells HQ at once whether it took the same facts."""
    options = zstandard.ZstdCompressionParameters.from_level(LEVEL, write_content_size=False, write_checksum=True)
    return zstandard.ZstdCompressor(compression_params=options, dict_data=_dictionary(base)).compress(lines)


def unpack(packed: bytes, base: Base | None) -> bytes:
    """The lines, within ``MOST_BYTES`` whatever the packed data claims (S-9).

    Raises:
        LinkError: ``too_large``, ``bad_request``; ``base_missing`` where a base is named: it may be another one.
    """
    reader = zstandard.ZstdDecompressor(dict_data=_dictionary(base), max_window_size=MOST_BYTES)
    try:
        with reader.stream_reader(packed) as stream:
            lines: bytes = stream.read(MOST_BYTES + 1)
    except (zstandard.ZstdError, MemoryError):
        raise LinkError("base_missing" if base else "bad_request", field="body") from None
    if len(lines) > MOST_BYTES:
        raise LinkError("too_large", most=MOST_BYTES)
    return lines


def named(header: str) -> tuple[str, int, int] | None:
    """Incarnation, first and last of a ``BASE`` header; None for one that HQ does not follow."""
    found = _BASE.fullmatch(header)
    if found is None:
        return None
    first, last = int(found[2]), int(found[3])
    return (found[1], first, last) if 1 <= first <= last < first + MOST_BASE else None


def _dictionary(base: Base | None) -> zstandard.ZstdCompressionDict | None:
    if base is None:
        return None
    return zstandard.ZstdCompressionDict(b"\n".join(base.bodies), dict_type=zstandard.DICT_TYPE_RAWCONTENT)


def _fits(facts: Sequence[FactMessage]) -> bool:
    one = facts[0]
    place = one.terminal, one.incarnation
    return all(
        (fact.terminal, fact.incarnation) == place and fact.seq == seq and 0 <= fact.kind_version < 10**10
        and _HASH.fullmatch(fact.hash) and "\n" not in fact.body and not re.search(r"[ \n]", fact.id + fact.kind)
        for seq, fact in enumerate(facts, one.seq)
    )  # fmt: skip


def _hash(previous: str, fact: FactMessage) -> str:
    """What the fact's hash is if it follows."""
    return chain_hash(
        bytes.fromhex(previous), fact.terminal, fact.incarnation, fact.seq, fact.id, fact.kind, fact.kind_version,
        fact.body.encode(),
    ).hex()  # fmt: skip


def _fact(head: ThinHead, seq: int, line: bytes, previous: str) -> FactMessage:
    found = _LINE.fullmatch(line)
    if found is None or (found[4] == b"-" and not previous):
        raise LinkError("bad_request", field=f"facts.{seq - head.first}")
    fact = FactMessage(
        terminal=head.terminal, incarnation=head.incarnation, seq=seq, id=found[1].decode(), kind=found[2].decode(),
        kind_version=int(found[3]), body=found[5].decode(), hash=found[4].decode(),
    )  # fmt: skip
    return fact.model_copy(update={"hash": _hash(previous, fact)}) if fact.hash == "-" else fact
