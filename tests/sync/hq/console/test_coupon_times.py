"""Until when a coupon is good, in the browser's zone as HQ's own times are, whatever zone the chain's file had."""

from __future__ import annotations

from pathlib import Path

import pytest

from sync.hq.imports.importing import import_folder
from tests.sync.conftest import HqServer
from tests.sync.hq.console.console_at_work import Visitor

COUPONS = """id,member,kind,amount,name,until
K7,M1,amount_off,100,秋季券,2026-12-31T16:00:00Z
K8,M1,amount_off,100,末日券,9999-12-31T23:59:59-08:00
"""


@pytest.mark.parametrize(("zone", "until"), [("Asia/Shanghai", "2027-01-01 00:00:00"), ("UTC", "2026-12-31 16:00:00")])
def test_a_coupon_ends_in_the_browsers_zone(
    visitor: Visitor, hq_server: HqServer, tmp_path: Path, zone: str, until: str
) -> None:
    """An ERP that wrote UTC had it end eight hours early in Shanghai; what is beyond all years stays as it is."""
    (tmp_path / "coupons.csv").write_text(COUPONS, encoding="utf-8")
    assert import_folder(hq_server.database, tmp_path, True, print).bad == 0
    visitor.log_in()
    visitor.cookies.set("timezone", zone)
    page = visitor.get("/admin/coupon/list").text
    assert (until in page, "9999-12-31T23:59:59-08:00" in page) == (True, True)
