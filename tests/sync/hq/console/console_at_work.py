"""An HQ with something to look at, and a person's browser without a window: forms, cookies, no scripts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import httpx

from sync.hq.administrators import set_password
from sync.hq.clock import UtcClock
from sync.signing import Signer
from tests.sync.hq.till_at_hq import TillAtHq, use

if TYPE_CHECKING:
    from pathlib import Path

    from tests.sync.conftest import HqServer

NAME, PASSWORD = "zhao", "correct horse battery"
PHONE = "13912345678"
MEMBERS = f"code,phone,name,home_store\nM1,{PHONE},王小明,S001\n"
COUPONS = "id,member,kind,amount,name\nK1,M1,amount_off,100,秋季券\n"


def fill(server: HqServer, folder: Path) -> Signer:
    """Two sales that used one coupon, a fact that cannot be read, a member, an administrator. S001-1's signer."""
    from sync.hq.imports.importing import import_folder

    set_password(server.database, UtcClock(), NAME, PASSWORD)
    till = TillAtHq(server.url, server.code())
    folder.mkdir()
    (folder / "members.csv").write_text(MEMBERS, encoding="utf-8")
    (folder / "coupons.csv").write_text(COUPONS, encoding="utf-8")
    assert import_folder(server.database, folder, True, print).bad == 0
    sales = [till.sale(member="M1", coupons=(use("K1"),)), till.sale(coupons=(use("K1"),))]
    odd = till.fact("SaleCompleted", {"phone": PHONE, "note": f"<b>ask</b> {PHONE}", "clock": {"offset_ms": -1500}})
    till.push(*sales, odd)
    till.close()
    return till.signer


class Visitor(httpx.Client):
    """At ``/admin``."""

    def token(self) -> str:
        """The form's token against forged requests."""
        found = re.search(r'name="csrftoken" value="([^"]+)"', self.get("/admin/login").text)
        return found[1] if found else self.cookies["starlette_admin_csrftoken"]

    def log_in(self, name: str = NAME, password: str = PASSWORD) -> httpx.Response:
        return self.post("/admin/login", data={"username": name, "password": password, "csrftoken": self.token()})

    def forms_token(self) -> dict[str, str]:
        """What the console's scripts send along."""
        return {"X-CSRFToken": self.cookies["starlette_admin_csrftoken"]}

    def act(self, view: str, name: str, pk: str, **form: str) -> httpx.Response:
        """What a row's button does."""
        path = f"/admin/_api/{view}/row-action"
        return self.post(path, params={"name": name, "pk": pk}, headers=self.forms_token(), data=form)

    def revoke(self, terminal: str = "S001-1") -> httpx.Response:
        """What the button of a till's page does."""
        return self.post(f"/admin/tills/{terminal}/revoke", headers=self.forms_token())
