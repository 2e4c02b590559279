"""People at HQ: they try facts in quarantine again, forget members, give coupons, note that somebody moved home, have
orders sent from elsewhere, and count stock.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from sqlmodel import col, select

from posclient.errors import InputError, NotFound
from sync.hq.chain_settings import settings_of
from sync.hq.chain_tables import MemberRow
from sync.hq.erasing import erase
from sync.hq.fact_tables import Quarantine, ValetOrderRow
from sync.hq.feeds import GLOBAL, Change
from sync.hq.imports.importing import import_folder
from sync.hq.repairing import dismiss
from sync.hq.rerouting import reroute
from tests.sim.chain_to_copy import MEMBERS, SKUS
from tests.sim.stock_books import StockBooks

if TYPE_CHECKING:
    from tests.sim.world import World

#: Who they are, for the audit.
WHO = "boss"
#: What they change, by and by, where the chain leases at all.
SETTINGS: dict[str, list[Any]] = {
    "coupon_leases": [True, True, False], "stored_value": [True, True, False], "points_offline": [True, False],
    "value_lease": [1000, 4000], "coupon_online_over": [150, 10_000], "lease_days": [1, 2],
}  # fmt: skip
#: Where they are busy, at one step of so many.
OFTEN = 4


class Headquarters:
    """``world``'s, by a chance of its own."""

    def __init__(self, world: World, seed: int) -> None:
        self.world, self.chance = world, Random(f"headquarters {seed}")
        self.busy, self.given, self.forgot = self.chance.random() < 1 / world.mix.headquarters, 0, False
        self.stock, self._counting = StockBooks(), Random(f"counts {seed}")
        self._moving = Random(f"moves {seed}")

    def act(self) -> None:
        """Perhaps one thing, and somebody counts in a store, or has orders sent from elsewhere."""
        if self.busy and self.chance.random() < 1 / OFTEN:
            self.work()
        if self.busy and self._counting.random() < 1 / OFTEN:
            self._counts_stock()
        if self.busy and self._moving.random() < 1 / OFTEN:
            self._moves_orders()

    def work(self) -> None:
        """One thing."""
        acts: list[Callable[[], None]] = [self._tries_again, self._dismisses, self._forgets]
        acts += [self._tries_again, self._gives_a_coupon, self._moves_a_member, self._changes_a_setting]
        acts.append(self._changes_a_price)
        self.chance.choice(acts)()

    def _tries_again(self) -> None:
        """What a revoked till had sent counts after all."""
        for number in self._aside():
            with suppress(InputError):  # it counts already, or never can
                self._note("tries again", number, self.world.hq.try_again(WHO, number).outcome)

    def _dismisses(self) -> None:
        for number in self._aside()[:1]:
            with self.world.database.write() as session:
                dismiss(session, self.world.hq_clock, WHO, number, "counted by hand")
            self._note("dismisses", number)

    def _forgets(self) -> None:
        """A member who has registered with us; those of the chain have stored value."""
        with self.world.database.read() as session:
            known = session.exec(select(MemberRow.id).where(col(MemberRow.id).not_in(MEMBERS))).all()
        if known:
            member, self.forgot = self.chance.choice(sorted(known)), True
            with suppress(NotFound):  # united with an older one
                self._note("forgets", member, erase(self.world.database, self.world.hq_clock, WHO, member).rows)

    def _gives_a_coupon(self) -> None:
        self.given += 1
        member = self.chance.choice(list(MEMBERS))
        self._import("coupons.csv", "id,member,kind,amount", f"N{self.given},C{member},amount_off,{50 + self.given}")

    def _moves_a_member(self) -> None:
        number = self.chance.randrange(len(MEMBERS))
        name, home = list(MEMBERS)[number], self.chance.choice(["S001", "S002"])
        self._import("members.csv", "code,phone,name,id,home_store", f"C{name},1380000000{number},Wang,{name},{home}")

    def _changes_a_setting(self) -> None:
        name, values = self.chance.choice(list(SETTINGS.items()))
        with self.world.database.read() as session:
            known = settings_of(session, "S001", [name])
        if known:
            value = self.chance.choice(values)
            self.world.publish(Change(GLOBAL, "setting", name, {"name": name, "value": value}))
            self._note("sets", name, value)

    def _changes_a_price(self) -> None:
        """Carts that are open follow it; a frozen quote does not."""
        sku, price = self.chance.choice(SKUS), 900 + self.chance.randrange(300)
        head = "sku,gtin,name,brand,department,category,size,price"
        self._import("products.csv", head, f"{sku},,Coat {sku},Q,K,coat,110,{price}")

    def _moves_orders(self) -> None:
        """What HQ has sent from one place comes from the other, where that has it."""
        with self.world.database.read() as session:
            orders = session.exec(select(ValetOrderRow.fact, ValetOrderRow.number).order_by(ValetOrderRow.id)).all()
        for fact, number in orders[-2:]:
            place = self._moving.choice(["S001", "S002"])
            with suppress(InputError):  # it has none, or sends it already
                reroute(self.world.database, self.world.hq_clock, WHO, fact, place)
                self._note("moves order", number, place)

    def _counts_stock(self) -> None:
        """As if nothing were on its way: what comes later is taken off all the same (docs/hq.md, import)."""
        sku, store = self._counting.choice(SKUS), self._counting.choice(["S001", "S002"])
        qty = self._counting.randint(0, 900)
        self._import("stock.csv", "store,sku,qty", f"{store},{sku},{qty}")
        with self.world.database.read() as session:
            self.stock.counted(session, (sku, store), qty)

    def _import(self, name: str, *lines: str) -> None:
        with TemporaryDirectory() as folder:
            (Path(folder) / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
            report = import_folder(self.world.database, Path(folder), True, print)
        assert not report.bad
        self._note("imports", lines[-1])

    def _aside(self) -> list[int]:
        with self.world.database.read() as session:
            found = [number for number in session.exec(select(Quarantine.number)) if number is not None]
        return sorted(found, key=lambda _one: self.chance.random())

    def _note(self, *words: object) -> None:
        self.world.note("hq", *words)
