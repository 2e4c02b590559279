"""S-20: a till has lived a day at a real HQ, and then somebody carves every byte of its disk for planted canaries."""

from __future__ import annotations

import base64
import json
import logging
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import keyring
import pytest

from posclient.actions import care, checkout, login, members, payment, receipts, valet
from posclient.actions.till import Till, open_till
from posclient.config import PrinterSettings
from posclient.db import loading, migrations, terminal
from posclient.db.at_rest import AtRest, OwnKey
from posclient.db.chunks import ChunkStore
from posclient.db.terminal import Terminal
from posclient.db.till_file import open_till as open_file
from posclient.devices.printer import printer_of
from posclient.domain.receipt_layout import lay_out
from posclient.domain.valet import Address
from posclient.errors import Refused
from sync.credentials import secrets_of, signer_of
from sync.enrolment import Enrolment, enrol
from sync.hq.imports.importing import import_folder
from sync.running import FolderSync
from sync.transport import HttpHq
from tests.sync.conftest import HqServer
from tests.sync.test_credentials import MemoryKeyring
from ui.commands.doctor import examine
from ui.commands.journal import verified
from ui.opening import SystemClock, new_id
from ui.printing import slip

CLOCK = SystemClock()
#: Of a member who came from HQ, of one who registered here, of an address, of somebody who changed at HQ.
CANARIES = {
    "name": "欧阳震华", "phone": "13926481735", "birthday": "1987-06-05",
    "new name": "司徒月娥", "new phone": "13758264193", "new birthday": "1991-11-23",
    "to": "诸葛长风", "to phone": "13645827391", "address": "梧桐苑路 7788 弄 19 号 602",
    "changed name": "慕容晓白", "changed phone": "13594817263", "pin": "86420975",
}  # fmt: skip
FILES = {
    "stores": ["id,name,zone,kind", "S001,North,z1,store"],
    "staff": ["id,store,name,badge,roles,pin", f"G1,S001,Lin,B1,guide cashier manager,{CANARIES['pin']}"],
    "tiers": ["id,name,rank", "basic,Basic,0"],
    "cadences": ["id,step,after_minutes,name,script", "3315,thanks,1,Thanks,{name} 您好"],
    "products": ["sku,gtin,name,brand,department,category,size,price", "A,,Coat A,Q,K,coat,110,10000"],
    "stock": ["store,sku,qty", "S001,A,50"],
    "members": [
        "code,phone,name,id,birthday,home_store,own_guide",
        f"C1,{CANARIES['phone']},{CANARIES['name']},M1,{CANARIES['birthday']},S001,G1",
        "C2,13011112222,Wang,M2,,S001,G1",
    ],
}


@dataclass
class Day:
    """``folder``: the till's disk; ``keys``: what must not lie on it either."""

    folder: Path
    keys: Mapping[str, bytes | str]


def forms(canary: bytes | str) -> list[bytes]:
    """How it may lie there: as it is, UTF-16, escaped JSON, hex, and base64 at each of its three places."""
    plain = canary.encode() if isinstance(canary, str) else canary
    found = [plain, plain.hex().encode(), plain.hex().upper().encode()]
    if isinstance(canary, str):
        found += [canary.encode("utf-16-le"), json.dumps(canary)[1:-1].encode(), canary.encode("gb18030")]
    for shift in range(3):
        coded = base64.b64encode(bytes(shift) + plain)
        whole = coded[4 * (shift > 0) : (shift + len(plain)) // 3 * 4]  # groups that hold nothing else
        found += [whole, whole.replace(b"+", b"-").replace(b"/", b"_")]
    return found


def carved(folder: Path, canaries: Mapping[str, bytes | str]) -> set[tuple[str, str]]:
    """What is found in any byte of any file: name of the canary and of the file."""
    needles = [(name, form) for name, canary in canaries.items() for form in forms(canary)]
    found = set()
    for path in folder.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            found |= {(name, str(path.relative_to(folder))) for name, form in needles if form in content}
    return found


@pytest.fixture
def vault() -> Iterator[None]:
    """The operating system's keyring: not on the till's disk."""
    before = keyring.get_keyring()
    keyring.set_keyring(MemoryKeyring())
    yield
    keyring.set_keyring(before)


@pytest.fixture
def day(
    hq_server: HqServer, tmp_path: Path, vault: None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> Day:
    """A whole day, with everything that writes."""
    folder = tmp_path / "disk" / "till"
    (folder.parent / "tmp").mkdir(parents=True)
    monkeypatch.setenv("SQLITE_TMPDIR", str(folder.parent / "tmp"))
    monkeypatch.setattr(tempfile, "tempdir", str(folder.parent / "tmp"))
    caplog.set_level(logging.DEBUG)
    imported(hq_server, tmp_path)
    code = hq_server.code()
    enrol(folder, Enrolment(hq_server.url, code, "keyring"), HttpHq, CLOCK, new_id)
    own = OwnKey()
    cycles = FolderSync(folder, CLOCK, own=own)
    assert cycles.run().error is None
    till = open_till(folder, clock=CLOCK, new_id=new_id, own=own)
    lived(till)
    (tmp_path / "chain" / "members.csv").write_text(
        f"code,phone,name,id,home_store\nC1,{CANARIES['changed phone']},{CANARIES['changed name']},M1,S001\n"
    )
    import_folder(hq_server.database, tmp_path / "chain", True, print)
    report = cycles.run()
    assert (report.error, report.unsent, report.held) == (None, 0, ())
    half_loaded(folder, own)
    checkout.set_member(till, "M1")  # an open cart
    migrations.backup(till.db, folder / "backup", "till-v4")
    shutil.copytree(folder, folder.parent / "crash", ignore=shutil.ignore_patterns("till.lock"))
    till.close()
    told(folder, caplog)
    cycles.close()
    me = me_in(folder)
    held = secrets_of(folder, me)
    keys: dict[str, bytes | str] = {
        "code": code,
        "seed": held.seed,
        "own": held.key,
        "index": terminal.index_key(me, own),
    }
    with HttpHq(me.hq_url, signer_of(folder, me)) as line:
        given = line.unseal()
        assert given is not None
        keys |= {"unseal": given.key, "token": line._session.token}
    return Day(folder.parent, keys)


def imported(hq_server: HqServer, tmp_path: Path) -> None:
    (tmp_path / "chain").mkdir()
    for name, lines in FILES.items():
        (tmp_path / "chain" / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert not import_folder(hq_server.database, tmp_path / "chain", True, print).bad


def me_in(folder: Path) -> Terminal:
    with closing(open_file(folder, read_only=True)) as con:
        return terminal.read(con)


def lived(till: Till) -> None:
    """What people do: everybody is looked up, sold to, registered, sent something."""
    login.log_in(till, CANARIES["pin"])
    (found,) = members.find(till, CANARIES["phone"])
    assert members.find(till, CANARIES["phone"][-4:]) == (found,)
    assert checkout.scan(till, CANARIES["phone"]).kind.value == "unknown"
    checkout.set_member(till, found.id)
    sold(till)
    born = date.fromisoformat(CANARIES["new birthday"])
    members.register(till, CANARIES["new phone"], CANARIES["new name"], born)
    with pytest.raises(Refused, match="known_phone"):
        members.register(till, CANARIES["phone"])
    sold(till)
    to = Address(CANARIES["to"], CANARIES["to phone"], CANARIES["address"])
    valet.place(till, (("A", 1),), "M1", to, 0, "G1")
    for task in care.due(till, "G1", till.now().replace(year=till.now().year + 1)):
        care.change(till, task.id, "done", "called")


def sold(till: Till) -> None:
    """One piece for cash, with its slip in the spool of the file printer, which lies in the data folder."""
    checkout.add(till, "A")
    cart = payment.open(till).cart_id
    payment.pay(till, "cash")
    done = payment.complete(till, cart)
    settings = PrinterSettings(kind="file")
    printer = printer_of(settings, till.folder)
    assert printer is not None
    data = receipts.receipt(till, done.sale_id)
    printer.send(data.number, slip(lambda labels, columns: lay_out(data, labels, columns), settings, "zh_CN"))


def half_loaded(folder: Path, own: OwnKey) -> None:
    """A snapshot whose chunks have come and that was not built yet: the program was ended."""
    me = me_in(folder)
    with HttpHq(me.hq_url, signer_of(folder, me)) as line:
        manifest = line.manifest("store:S001")
        store = ChunkStore(folder, manifest.model_dump(), own.needed())
        for n in store.missing():
            store.add(n, line.chunk(manifest.snapshot, n))
    assert store.missing() == []


def told(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    """What the program says of itself, kept beside it as support people would."""
    (folder.parent / "log").write_text(caplog.text)
    (folder.parent / "doctor.json").write_text(json.dumps(examine(folder), ensure_ascii=False, default=str))
    with closing(open_file(folder, read_only=True)) as con:
        (folder.parent / "journal.json").write_text(json.dumps(verified(con), ensure_ascii=False))


@pytest.mark.slow
def test_nobody_is_found_on_a_stolen_disk(day: Day) -> None:
    """S-20: no name, phone, birthday, address, PIN, key or token, in databases, logs of writes, chunks, backups,
    crash copies, slips, reports; in no encoding that a carver tries."""
    names = {path.name for path in day.folder.rglob("*") if path.is_file()}
    assert {"till.db", "till.db-wal", "cache.current", "till-v4.db", "doctor.json", "log"} <= names
    assert any(name.endswith(".sealed") for name in names)
    assert any(name.startswith("S001-1-") for name in names)
    assert carved(day.folder, {**CANARIES, **day.keys}) == set()


@pytest.mark.skipif(sys.platform == "win32", reason="no such limit")
def test_a_crash_leaves_no_image_of_the_program(tmp_path: Path) -> None:
    """S-20: nor is there one where the system would have kept it."""
    program = "from ui.commands.run import leave_no_core; leave_no_core(); import os; os.abort()"
    command = ["sh", "-c", 'ulimit -c unlimited 2>/dev/null; exec "$0" "$@"', sys.executable, "-c", program]
    done = subprocess.run(command, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(Path.cwd())}, check=False)
    assert done.returncode == -signal.SIGABRT
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("form", range(len(forms("司徒月娥 13926481735"))))
def test_the_carver_finds_what_lies_there(tmp_path: Path, form: int) -> None:
    """S-20: a search that could not find anything would prove nothing."""
    text = "司徒月娥 13926481735"
    (tmp_path / "till.db").write_bytes(b"x" * 4096 + forms(text)[form] + b"y")
    assert carved(tmp_path, {"canary": text, "other": "欧阳震华"}) == {("canary", "till.db")}


def test_without_the_sealing_it_would_find_everybody(
    monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    """S-20: the same day, with values kept as they are; the cache is built in this process, to be so too."""
    monkeypatch.setattr(
        loading,
        "build",
        lambda folder, stores, now, own, gone: loading.make(
            folder, list(stores), int(now.timestamp() * 1000), own.key, gone
        ),
    )
    monkeypatch.setattr(AtRest, "seal", lambda _self, _place, plain: bytes(40) + plain)
    monkeypatch.setattr(AtRest, "open", lambda _self, _place, sealed: sealed[40:])
    lives: Day = request.getfixturevalue("day")
    found = {name for name, _ in carved(lives.folder, {**CANARIES, **lives.keys})}
    assert {"name", "phone", "birthday", "changed name", "changed phone", "index"} <= found
