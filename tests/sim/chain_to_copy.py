"""The chain that every schedule starts from: two stores, three enrolled and loaded tills, members with coupons.

Made once, then copied: that is a hundred times quicker than making it.
"""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterable, Sequence
from itertools import count
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from sync.credentials import signer_of
from sync.engine import cycle
from sync.enrolment import Enrolment, enrol
from sync.hq.database import open_database
from sync.hq.feeds import GLOBAL, Change, publish
from sync.hq.imports.importing import import_folder
from sync.hq.service import Hq
from sync.keeping import Keeper
from tests.actions.kidswear import StandingClock
from tests.sync.tills import Line

#: Folder of a till -> its store.
TILLS = {"north-1": "S001", "north-2": "S001", "south-1": "S002"}
#: The two of one store, of which one is the hub in ``KINDS["hub"]``.
HUB_TILLS = ("north-1", "north-2")
SKUS = ("A", "B", "C")
#: Pieces of each in each store, and points and stored value (fen) of each member, before anybody sells.
PIECES, POINTS, VALUE = 1000, 200, 3000
#: Members: of the chain, of the north, of the south. The first one's coupons can be used in every store.
MEMBERS = {"M1": "", "M2": "S001", "M3": "S002"}
#: Phones that people give: registered in two places before they hear of each other.
PHONES = ("13900000001", "13900000002", "13900000003")
STEP_MINUTES = 180
#: A manager's in each store, and fen a day that they may let through.
MANAGERS_PIN, OVERRIDE_CAP = "9999", 150
#: Days after which HQ drops a tombstone, and makes one of a row that is over: fewer than a holiday, so that tills come
#: back to feeds that have lost some.
TOMBSTONES: dict[str, Any] = {"tombstone_days": 2, "over_days": 1}
#: The chain as it is, and one that leases: little and for a day, so that leases end and run out.
KINDS: dict[str, dict[str, Any]] = {
    "plain": TOMBSTONES,
    "leasing": TOMBSTONES | {
        "coupon_leases": True, "stored_value": True, "lease_days": 1, "value_lease": 4000, "points_for_yuan": 10,
        "points_step": 10, "points_offline": True, "coupon_override_cap": OVERRIDE_CAP,
    },
}  # fmt: skip
#: The same with a hub in the north, whose member has coupons for many a day.
KINDS["hub"] = KINDS["leasing"] | {"lease_days": 7}
HUB_COUPONS = [f"H{n},CM2,amount_off,{200 + n},,,," for n in range(6)]
#: A public code: members and strangers show it.
PUBLIC_CODE = "LEAFLET"

_FILES = {
    "stores": ["id,name,zone,kind", "S001,North,z1,store", "S002,South,z2,store"],
    "staff": [
        "id,store,name,badge,roles,pin",
        "G1,S001,Lin,B1,guide cashier,1111", "G2,S002,Wang,B2,guide cashier,1111",
        *(f"L{n},S00{n},Chen,B{n}9,manager,{MANAGERS_PIN}" for n in (1, 2)),
    ],
    "tiers": ["id,name,rank", "basic,Basic,0", *(f"T{n},tier,{n}" for n in range(1, 6))],
    "cadences": ["id,step,after_minutes,name,script", f"3315,thanks,{STEP_MINUTES},Thanks,Hello"],
    "coupon_templates": [
        "id,name,rule,valid_days,newcomer", 'NEW,New,"{""kind"": ""amount_off"", ""amount"": 300}",30,true',
    ],
    "products": [
        "sku,gtin,name,brand,department,category,size,price", *(f"{sku},,Coat {sku},Q,K,coat,110,{1000 + 7 * n}"
        for n, sku in enumerate(SKUS)),
    ],
    "members": [
        "code,phone,name,id,points,stored_value,home_store,own_guide",
        *(f"C{name},1380000000{n},Wang,{name},{POINTS},{VALUE},{home},{'G2' if home == 'S002' else 'G1'}"
        for n, (name, home) in enumerate(MEMBERS.items())),
    ],
    "coupons": [
        "id,member,kind,amount,from,until,skus,single_use",
        f"{PUBLIC_CODE},,amount_off,90,,,,false",
        *(f"K{n},C{member},amount_off,{100 + n},,,," for n, member in enumerate(["M1", "M1", "M1", "M2", "M3"])),
    ],
    "stock": ["store,sku,qty", *(f"{store},{sku},{PIECES}" for store in ("S001", "S002") for sku in SKUS)],
}  # fmt: skip


def make_chain(folder: Path) -> None:
    """``hq.db`` and a folder for each till, of each of ``KINDS``."""
    clock, chance = StandingClock(), Random(1)
    # ids that HQ makes decide between coupons of one value: a seed is to mean the same tomorrow
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(secrets, "token_bytes", lambda n=32: chance.randbytes(n))
        patch.setattr(secrets, "token_hex", lambda n=32: chance.randbytes(n).hex())
        for kind, settings in KINDS.items():
            (folder / kind).mkdir()
            with TemporaryDirectory() as files:
                _make(folder / kind, Path(files), clock, settings, HUB_COUPONS if kind == "hub" else [])


def copy_chain(chain: Path, folder: Path, tills: Iterable[str]) -> None:
    """HQ's database and the folders of ``tills``, in the new folder ``folder``."""
    folder.mkdir()
    shutil.copy(chain / "hq.db", folder)
    for name in tills:
        shutil.copytree(chain / name, folder / name)


def _make(
    folder: Path, files: Path, clock: StandingClock, settings: dict[str, Any], coupons: Sequence[str]
) -> None:  # fmt: skip
    for name, lines in _FILES.items():
        more = coupons if name == "coupons" else []
        (files / f"{name}.csv").write_text("\n".join([*lines, *more]) + "\n", encoding="utf-8")
    database = open_database(f"sqlite:///{folder}/hq.db")
    try:
        hq = Hq(database, clock)
        report = import_folder(database, files, True, print)
        assert not report.bad
        rows = (Change(GLOBAL, "setting", name, {"name": name, "value": value}) for name, value in settings.items())
        with database.write() as session:
            publish(session, list(rows))
        numbers = count(1)
        for name, store in TILLS.items():
            wanted = Enrolment("http://hq.test", hq.enrolment_code(store)[1], "file")
            enrol(folder / name, wanted, lambda _url, signer: Line(hq, signer), clock, lambda: f"start-{next(numbers)}")
            load(folder / name, hq, clock)
        if coupons:
            hq.hubs.appoint("S001", "S001-1", "shop.test:8000")
            for name in HUB_TILLS:
                load(folder / name, hq, clock)
    finally:
        database.close()


def load(folder: Path, hq: Hq, clock: StandingClock) -> None:
    from posclient.db import terminal
    from posclient.db.till_file import open_till

    con = open_till(folder)
    try:
        line = Line(hq, signer_of(folder, terminal.read(con)))
        report = cycle(line, con, folder, clock, Keeper(folder))
        assert (report.error, report.held, report.unsent) == (None, (), 0)
    finally:
        con.close()
