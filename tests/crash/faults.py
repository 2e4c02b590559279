"""A disk that refuses: the n-th write, sync or truncation of an action fails, once or from there on."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from posclient.actions import care, checkout, members, payment, valet
from posclient.actions.till import Till
from posclient.db import journal, open_cart
from posclient.domain.cart_text import read_cart
from posclient.errors import DataError, Refused
from tests.actions.kidswear import StandingClock, make_folder, open_shop, sku
from tests.crash.day import LOG_PAGES, Rows, of_facts
from tests.crash.disk import watched
from tests.crash.happened import FULL, SYNC_ERROR, TRUNCATE_ERROR, WRITE_ERROR, Disk

#: What fails, with which status, and the codes that a person may be told.
KINDS = {
    "no room": ("write", FULL, {"disk_full"}),
    "a write fails": ("write", WRITE_ERROR, {"io_error"}),
    "a sync fails": ("sync", SYNC_ERROR, {"io_error"}),
    "a truncation fails": ("truncate", TRUNCATE_ERROR, {"io_error"}),
}


class HalfDoneError(AssertionError):
    """Something is there that should not be, or the other way round."""


@dataclass
class Fault:
    """Fails the n-th call of ``kind``; all of them from there on if ``stays``."""

    kind: str
    status: int
    n: int
    stays: bool
    seen: int = 0

    def __call__(self, kind: str, _name: str) -> int:
        self.seen += kind == self.kind
        due = self.seen >= self.n if self.stays else self.seen == self.n
        return self.status if due and kind == self.kind else 0

    @property
    def struck(self) -> bool:
        return self.seen >= self.n


def _ready(till: Till) -> str:
    """A cart that is paid."""
    checkout.set_member(till, "M1")
    checkout.add(till, sku("A001"), 2)
    checkout.add(till, sku("T001"))
    cart = payment.open(till).cart_id
    payment.begin_card(till, 1000)
    payment.end_card(till, approved=True, reference="A1")
    payment.pay(till, "cash")
    return cart


def _charged(till: Till) -> None:
    checkout.add(till, sku("A001"))
    payment.open(till)
    payment.begin_card(till)


def _with_tasks(till: Till) -> str:
    payment.complete(till, _ready(till))
    return care.due(till, "G2", till.now() + timedelta(days=30))[0].id


Act = tuple[Callable[[Till], Any], Callable[[Till, Any], Any]]
#: What is prepared on a healthy disk, and what then fails.
ACTS: dict[str, Act] = {
    "sale": (_ready, payment.complete),
    "card": (_charged, lambda till, _: payment.end_card(till, approved=True, reference="A1")),
    "member": (lambda _: None, lambda till, _: members.register(till, "13900005678", "张三")),
    "valet order": (lambda _: None, lambda till, _: valet.place(till, ((sku("A001"), 1),), None, None, 0, "G1")),
    "care task": (_with_tasks, lambda till, task: care.change(till, task, "done", "")),
}


def template(folder: Path) -> Path:
    make_folder(folder, StandingClock())
    return folder


def strike(made: Path, place: Path, act: str, kind: str, n: int, stays: bool) -> bool:
    """Let the n-th call fail in a copy of ``made``; False if the action has fewer. ``HalfDoneError``: what is wrong."""
    call, status, codes = KINDS[kind]
    prepare, do = ACTS[act]
    shutil.copytree(made, place)
    with watched(place) as disk:
        till = open_shop(place, StandingClock())
        try:
            for con in (till.db, till.quick):
                con.execute(f"PRAGMA wal_autocheckpoint = {LOG_PAGES // 4}").fetchall()
            given = prepare(till)
            fault = Fault(call, status, n, stays)
            _struck(till, disk, fault, lambda: do(till, given), codes)
        finally:
            till.close()
            shutil.rmtree(place)
    return fault.struck


def _struck(till: Till, disk: Disk, fault: Fault, do: Callable[[], Any], codes: set[str]) -> None:
    before = of_facts(till.db)
    disk.fault = fault
    try:
        do()
    except DataError as error:
        disk.fault = lambda _kind, _name: 0
        if error.code not in codes:
            raise HalfDoneError(f"the till says {error}") from error
        _again(till, before, do)
    disk.fault = lambda _kind, _name: 0
    _check_file(till)
    _check_served(till)


def _again(till: Till, before: Rows, do: Callable[[], Any]) -> None:
    """Nothing of it is there, and it goes through now."""
    if till.db.in_transaction:
        raise HalfDoneError("a transaction is open")
    if of_facts(till.db) != before:
        raise HalfDoneError("it failed, and a part of it is there")
    try:
        do()
    except Refused as refused:
        raise HalfDoneError(f"a part of it is there; again: {refused}") from refused
    except sqlite3.Error as error:
        raise HalfDoneError(f"a part of it is in the way: {error}") from error


def _check_served(till: Till) -> None:
    """Whoever was registered is served, on the screen and on the disk."""
    text = open_cart.load(till.db)
    kept = read_cart(text).member if text else None
    for (member,) in till.db.execute("SELECT id FROM local_member"):
        if not kept == till.selling.cart.member == member:
            raise HalfDoneError("registered, and not served")


def _check_file(till: Till) -> None:
    counts = {till.db.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in ("fact", "outbox")}
    whole = till.db.execute("PRAGMA integrity_check").fetchall() == [("ok",)] and len(counts) == 1
    if not whole or journal.verify_chain(till.db) is not None:
        raise HalfDoneError("the file is damaged")
