"""Whatever a till pushes, HQ answers: an outcome for every fact, or a problem; never a crash, never a wedge (T-18)."""

from __future__ import annotations

import base64
import json
from collections import Counter
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest
import zstandard

from posclient.domain import facts
from posclient.domain.attribution import Share
from posclient.domain.valet import ValetLine, ValetOrder
from posclient.errors import LinkError
from sync.hq import asking, bodies
from sync.hq.asking import read_message
from sync.hq.bodies import UnreadableError
from sync.hq.fact_tables import FactRow
from sync.hq.statistics import count_all
from sync.proofs import open_session
from sync.protocol import MOST_BYTES, PROTOCOL_VERSION, EnrolRequest, FactMessage, PushRequest
from sync.signing import Signer, new_seed
from tests.fuzz.mutants import broken, dumped, mutated
from tests.fuzz.runs import examples
from tests.sync.conftest import HqServer
from tests.sync.hq.till_at_hq import STAMP, TillAtHq, enrol_request, make_sale, new_id, use
from tests.sync.tills import Chain, stored

COUPON = {"id": "K1", "template": "T1", "until": "2026-12-21T00:00:00+08:00"}
ORDER = ValetOrder(
    "O1", "S001-1-V1", datetime(2026, 11, 21, 14, tzinfo=UTC), "S001", (ValetLine("A", "A", "", 1, 1000),), 0, 1000,
    "G1", None, None, (Share("1", "G1", "selling", 10_000, 1000),), expected="W001",
)  # fmt: skip
CONTENTS: tuple[tuple[str, dict[str, Any]], ...] = (
    (facts.SALE_COMPLETED, facts.sale_completed(make_sale(1, coupons=(use("K1"),), member="M1"), STAMP)),
    (facts.MEMBER_REGISTERED, facts.member_registered("M1", "C1", "G1", "S001", "basic", [COUPON], "00" * 32, STAMP)),
    (facts.VALET_ORDER_PLACED, facts.valet_order_placed(ORDER, None, STAMP)),
    (facts.CARE_TASK_CHANGED, facts.care_task_changed("T1", "done", "好", None, "G1", STAMP)),
    (facts.RULE_SKIPPED, facts.rule_skipped("P1", "odd", STAMP)),
)
ENVELOPE = {"terminal": "S001-1", "incarnation": "i", "seq": 1, "id": "f", "kind": "SaleCompleted", "kind_version": 1,
            "body": "{}", "hash": "ab" * 32}  # fmt: skip
SIDE = {"id": "s", "fact": "f", "salt": "AA==", "sealed": "AA=="}
PUSH = {"protocol": PROTOCOL_VERSION, "facts": [ENVELOPE, {**ENVELOPE, "seq": 2}], "sides": [SIDE]}
PACKER = zstandard.ZstdCompressor(level=1)
#: Packed already: it is large, and chance would pack it again and again.
BOMB = PACKER.compress(json.dumps(PUSH).encode() + b" " * (MOST_BYTES + 1))
ENROL = {
    "code": "ABCDEFGHJK",
    "incarnation": "i",
    "protocol": PROTOCOL_VERSION,
    "version": "0.1",
    "key": "AA==",
    "proof": "AA==",
}


def test_any_body_is_a_message_or_a_problem() -> None:
    """S-9: what the routes make of bytes, before anything touches the database."""
    ends: Counter[str] = Counter()
    for random in examples(3000):
        kind, good = random.choice(((PushRequest, PUSH), (EnrolRequest, ENROL)))
        body = dumped(mutated(random, good))
        body = broken(random, body) if random.random() < 0.3 else body
        coding = random.choice(("identity", "identity", "zstd", "br"))
        if coding == "zstd":
            body = PACKER.compress(body)
            body = broken(random, body) if random.random() < 0.3 else body
            body = BOMB if random.random() < 0.01 else body
        try:
            plain = asking.plain_body(coding, body)
            assert len(plain) <= MOST_BYTES, "a bomb went off"
            ends[type(asking.read_message(kind, plain)).__name__] += 1
        except LinkError as error:
            ends[error.code] += 1
    assert ends["PushRequest"] > 0 < ends["bad_request"]


def test_any_body_of_a_fact_is_read_or_unreadable() -> None:
    ends: Counter[str] = Counter()
    for random in examples(3000):
        kind, content = random.choice(CONTENTS)
        body = dumped(mutated(random, content))
        body = broken(random, body) if random.random() < 0.3 else body
        try:
            found = bodies.read_body(kind, random.choice((1, 1, 1, 2, 0)), body)
            # without escaped backslashes, which may stand before a plain u0000
            assert "\\u0000" not in found.model_dump_json().replace("\\\\", ""), "PostgreSQL would not take it"
            ends[type(found).__name__] += 1
        except UnreadableError as fault:
            ends[fault.code] += 1
    assert ends["SaleCompletedV1"] > 0 < ends["unreadable"]


def spoiled(random: Random, till: TillAtHq) -> FactMessage | None:
    """The next fact of the chain with something wrong in its content; None where that cannot be sent as UTF-8."""
    kind, content = random.choice(CONTENTS)
    content = {**content, "id": new_id()} if "id" in content and random.random() < 0.8 else content
    content = mutated(random, content) if random.random() < 0.7 else content
    if not isinstance(content, dict):
        return None
    place, till.seq, before = till.seq, till.seq, till.previous
    try:
        return till.fact(kind, content)
    except (UnicodeEncodeError, ValueError):
        till.seq, till.previous = place, before
        return None


@pytest.mark.slow
def test_every_fact_of_a_chain_is_answered_and_kept(hq_server: HqServer) -> None:
    """T-18, G-7: contents that HQ's tables, feeds and effects choke on are set aside, and those behind them pass."""
    till = TillAtHq(hq_server.url, hq_server.code())
    ends: Counter[str] = Counter()
    for random in examples(30, share=50):
        batch = [one for _ in range(random.randrange(1, 5)) if (one := spoiled(random, till)) is not None]
        reply = till.push(*batch)
        assert [one.id for one in reply.outcomes] == [one.id for one in batch]
        assert reply.received_seq == till.seq
        ends.update(one.outcome for one in reply.outcomes)
    assert ends["applied"] > 0 < ends["quarantined"]
    assert count_all(hq_server.database)["quarantined"] == ends["quarantined"]
    till.close()


def test_any_well_formed_push_is_answered(chain: Chain) -> None:
    """Envelopes and side records with something wrong: of another terminal, doubled, out of order, too long."""
    seed = new_seed()
    reply = chain.hq.enrol(enrol_request(chain.code(), "i2", seed))
    signer = Signer(reply.hq, reply.terminal, seed, base64.b64decode(reply.hq_key))
    me = chain.hq.terminal(open_session(signer, chain.hq.challenge, chain.hq.open_session)[0].token)
    good = json.loads(json.dumps(PUSH).replace("S001-1", me.id).replace('"i"', '"i2"'))
    ends: Counter[str] = Counter()
    for random in examples(100, share=50):
        for number, fact in enumerate(good["facts"], len(stored(chain, FactRow)) + 1):
            fact.update(seq=number, id=new_id())
        try:
            request = read_message(PushRequest, dumped(mutated(random, good)))
            ends.update(one.outcome for one in me.push(request).outcomes)
        except LinkError as error:
            ends[error.code] += 1
    assert ends["quarantined"] > 0 < ends["bad_request"]
