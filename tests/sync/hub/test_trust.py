"""Who may talk to a hub, what it can do to what it carries, and which appointment counts."""

from __future__ import annotations

import json
import socket
import threading
from dataclasses import replace
from random import Random
from typing import Any

import pytest
import zstandard

from posclient.db import outbox
from posclient.db.at_rest import OwnKey
from posclient.errors import LinkError, PosError
from sync.appointment import FILE_NAME, Appointment, adopt, read
from sync.convert import push_request
from sync.hq.fact_tables import FactRow
from sync.hub.channel import send_frame
from sync.hub.desk import Desk
from sync.hub.keeping import Pages
from sync.hub.line import HubLine
from sync.proofs import signed_batch
from sync.signing import PUSH, new_seed, public_key, sign
from tests.sync.hub.shop import Shop
from tests.sync.tills import stored


def refusal(error: pytest.ExceptionInfo[LinkError]) -> tuple[str, object]:
    return error.value.code, error.value.params.get("why")


def test_a_laptop_in_the_shop_gets_nothing(shop: Shop) -> None:
    """It knows names and addresses, and has no till's key."""
    _, till, _ = shop.open()
    with pytest.raises(LinkError) as stranger:
        HubLine(till.appointment(), replace(till.signer, terminal="S009-1"))
    assert refusal(stranger) == ("hub_refuses", "unauthorized")
    with pytest.raises(LinkError) as thief:
        HubLine(till.appointment(), replace(till.signer, seed=new_seed()))
    assert refusal(thief) == ("hub_refuses", "unauthorized")


@pytest.mark.parametrize("frame", [b"", b"{}", b"[]", b"\xff", b"[" * 900, b'{"terminal": "S001-2", "share": "AAAA"}'])
def test_nonsense_is_answered_with_silence_or_a_no(shop: Shop, frame: bytes) -> None:
    _, till, _ = shop.open()
    with socket.create_connection(till.appointment().place, 5) as line:
        send_frame(line, frame, 5)
        line.settimeout(5)
        heard = b"".join(iter(lambda: line.recv(1024), b""))
        assert heard[4:] in {b"", b'{"error": "unauthorized"}'}
    with till.reached() as good:
        assert good.place().has == {}


def test_a_frame_that_is_announced_too_long_ends_the_line(shop: Shop) -> None:
    _, till, _ = shop.open()
    with socket.create_connection(till.appointment().place, 5) as line:
        line.sendall(b"\xff\xff\xff\xff")
        assert line.recv(1) == b""


def test_a_false_hub_is_found_out_before_anything_is_said(shop: Shop) -> None:
    """Whoever took the hub's address has not its key."""
    _, till, _ = shop.open()
    there = till.appointment()
    other = replace(there, tills={**there.tills, "S001-1": public_key(new_seed())})
    with pytest.raises(LinkError) as error:
        HubLine(other, till.signer)
    assert refusal(error) == ("not_hub", "signature")


def test_nothing_can_be_read_or_replayed_on_the_wire(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """The shop's network is anybody's."""
    _, till, _ = shop.open()
    shop.offline()
    seen: list[bytes] = []
    ours: list[bytes] = []
    honest = socket.socket.sendall

    def tapped(line: socket.socket, data: bytes, *flags: int) -> None:
        seen.append(bytes(data))
        if threading.current_thread() is threading.main_thread():
            ours.append(bytes(data))
        honest(line, data, *flags)

    monkeypatch.setattr(socket.socket, "sendall", tapped)
    till.note("A-WORD-TO-LOOK-FOR")
    assert till.through().hub is not None
    wire = b"".join(seen)
    assert len(wire) > 1000
    assert b'"call"' not in wire
    with till.reached() as line:
        line.place()
        honest(line._channel._line, ours[-1])  # the very same once more
        with pytest.raises(LinkError):
            line.place()


def test_a_batch_that_is_changed_on_the_hubs_disk_never_counts(shop: Shop) -> None:
    """HQ looks at the till's signature; the hub shows what HQ did not take, and the till has its fact still."""
    hub, till, _ = shop.open()
    shop.offline()
    till.sale()
    till.through()
    file = hub.hub_file()
    (packed,) = file.con.execute("SELECT packed FROM batch").fetchone()
    body = zstandard.ZstdDecompressor().decompress(packed).replace(b"1000", b"1001")
    file.con.execute("UPDATE batch SET packed = ?", (zstandard.ZstdCompressor().compress(body),))
    assert sum(file.moves("S001-1").values()) == -1
    hub.online = True
    hub.run()
    assert (shop.at_hq(), hub.lies_here().refused) == ({}, 1)
    assert file.moves("S001-1") == {}  # its till sends it by itself, and then HQ's own figures have it
    file.close()
    till.online = True
    assert till.run().unsent == 0
    assert shop.at_hq() == {"S001-2": 1}


def test_a_till_cannot_hand_in_for_another(shop: Shop) -> None:
    """S-14: other terminal's facts, old signature."""
    _, till, other = shop.open()
    till.note()
    body, signature = signed_batch(push_request(outbox.pending(till.con, 10, 10_000)), till.signer)
    with other.reached() as line:
        for forged in (signature, signed_batch(push_request(outbox.pending(till.con, 10, 9)), other.signer)[1], ""):
            with pytest.raises(LinkError) as error:
                line.hand(body, forged)
            assert error.value.params["why"] in {"bad_signature", "bad_request"}
    with till.reached() as line, pytest.raises(LinkError) as error:
        line.hand(body, sign(other.signer.seed, PUSH, "S001-2", body))
    assert error.value.params["why"] == "bad_signature"


def test_a_revoked_till_gets_nothing_from_the_hub_and_its_facts_go_aside(shop: Shop) -> None:
    """S-21, via hub."""
    hub, till, other = shop.open()
    shop.offline()
    till.sale()
    till.through()
    shop.hq.hq.revoke("S001-2")
    hub.online = True
    hub.run()
    hub.online = False
    report = till.through()
    assert report.hub is not None
    assert report.hub.error is not None
    assert (report.hub.error.code, report.hub.error.params["why"]) == ("hub_refuses", "unauthorized")
    (row,) = stored(shop.chain, FactRow)
    assert (row.terminal, row.outcome, row.code) == ("S001-2", "quarantined", "revoked")
    assert till.unsent() == 1
    assert other.through().hub is not None


def test_a_till_that_is_revoked_in_the_middle_of_a_line_hears_no_more(shop: Shop) -> None:
    hub, till, _ = shop.open()
    with till.reached() as line:
        assert line.place().has == {}
        shop.hq.hq.revoke("S001-2")
        hub.run()
        with pytest.raises(LinkError) as error:
            line.place()
    assert refusal(error) == ("hub_refuses", "unauthorized")


def test_an_old_appointment_never_comes_back(shop: Shop) -> None:
    """A hub of before, or a thief of its disk, shows the document of its time."""
    _, till, _ = shop.open()
    old = till.appointment()
    shop.appoint("S001-3")
    shop.settle()
    new = till.appointment()
    assert (old.terminal, new.terminal, new.serial > old.serial) == ("S001-1", "S001-3", True)
    assert adopt(till.folder, till.me, old.as_json()) == new
    (till.folder / FILE_NAME).write_text("{broken")
    assert till.appointment() == new  # HQ's row is in the cache all the same


def test_several_who_hear_of_an_appointment_at_once_all_hear_it(shop: Shop) -> None:
    """The cycle, a counter's question and the lines of a hub are threads of their own, and the file is one."""
    hub, till, _ = shop.open()
    heard: list[Appointment | None] = []
    errors: list[PosError] = []
    said = []
    for _ in range(20):
        shop.appoint("S001-1")
        assert till.run().error is None
        said.append(till.appointment().as_json())
    me = hub.me

    def hear() -> None:
        try:
            heard.extend(adopt(hub.folder, me, one) for one in said)
        except PosError as error:
            errors.append(error)

    threads = [threading.Thread(target=hear) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert (errors, len(heard)) == ([], 80)
    assert json.loads((hub.folder / FILE_NAME).read_text()) == said[-1]


def test_a_hub_whose_disk_is_full_hears_of_a_newer_appointment_all_the_same(shop: Shop) -> None:
    """T-5: it hung up on each till that knew one, which every till does once HQ has signed anew."""
    hub, till, _ = shop.open()
    hub.online = False
    shop.hq.hq.hubs.appoint("S001", "S001-1", till.appointment().address)
    assert till.run().error is None
    (hub.folder / "hub.new").mkdir()  # nothing can be written there
    with till.reached() as line:
        assert line.told == till.appointment().as_json()
        assert line.place().has == {}
    (hub.folder / "hub.new").rmdir()


def test_what_hq_did_not_sign_appoints_nobody(shop: Shop) -> None:
    _, till, _ = shop.open()
    good, me = till.appointment(), till.me
    more = json.loads(good.text) | {"serial": good.serial + 1, "terminal": "S001-2"}
    nothing: list[Any] = [None, [], {}, {"document": good.text}]
    for said in (
        *nothing, {"document": good.text, "signature": ""},
        {"document": json.dumps(more), "signature": good.signature}, {"document": 1, "signature": 2},
    ):  # fmt: skip
        assert read(said, me.hq, me.hq_key, me.store) is None
    assert read(good.as_json(), me.hq, me.hq_key, "S002") is None
    assert read(good.as_json(), me.hq, me.hq_key, "S001") == good


def test_a_store_without_a_hub_again(shop: Shop) -> None:
    hub, till, _ = shop.open()
    shop.hq.hq.hubs.appoint("S001", None, "")
    shop.settle()
    assert till.appointment().terminal is None
    shop.offline()
    till.note()
    assert till.through().hub is None
    assert not hub.sync._hub.is_hub


def test_an_appointment_that_is_over_counts_no_more(shop: Shop) -> None:
    """Judged by the later of clock and floor: putting the clock back does not help."""
    _, till, _ = shop.open()
    shop.offline()
    till.clock.forward(days=31)
    assert till.through().hub is None
    till.clock.forward(days=-31)
    assert till.through().hub is not None
    floor = till.appointment().not_after_ms + 1
    till.con.execute("UPDATE terminal SET floor_ms = ?", (floor,))
    assert till.through().hub is None


def test_any_question_of_a_proved_till_is_answered(shop: Shop, seed: int) -> None:
    """A till may be broken, or a thief's: whatever it says, the hub answers and goes on. 400 by chance."""
    random = Random(seed)
    hub, till, _ = shop.open()
    desk = Desk(hub.folder, "S001-1", Pages(hub.folder, OwnKey(b"k" * 32)), lambda: None)
    calls = ["place", "hand", "taken", "page", "hold", "stock", "time", "hello", "", "parked"]
    values: list[Any] = [
        None,
        1,
        -1,
        2**70,
        "x",
        "x" * 10_000,
        [],
        ["K1"],
        [None],
        {},
        True,
        1.5,
        "global",
        "\0",
        "\ud800",
    ]
    names = ["signature", "batches", "feed", "epoch", "after", "coupons", "nonce"]
    key = till.appointment().tills["S001-2"]
    for _ in range(400):
        asked = {name: random.choice(values) for name in names} | {"call": random.choice(calls)}
        head, payload = desk.answer("S001-2", key, asked, random.randbytes(random.randrange(40)))
        assert json.dumps(head), f"SEED={seed}"
        assert isinstance(payload, bytes)
    assert desk.answer("S001-2", key, {"call": "place"}, b"")[0] == {"has": {}, "answers": []}
