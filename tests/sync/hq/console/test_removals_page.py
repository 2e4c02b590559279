"""The console shows what was rung up and taken out again before anybody paid, and who does that most (M7)."""

from __future__ import annotations

from datetime import timedelta

from posclient.domain.cart import Cart, Removal
from posclient.domain.facts import CART_CLEARED, cart_cleared
from sync.hq.clock import UtcClock
from tests.sync.conftest import HqServer
from tests.sync.hq.console.console_at_work import PHONE, Visitor
from tests.sync.hq.till_at_hq import STAMP, TillAtHq, new_id


def test_removals_are_listed_and_summed_by_who_made_them(visitor: Visitor, hq_server: HqServer) -> None:
    """The sums are of the last week; older ones stay in the list, and a phone in a reason is masked (S-26)."""
    till, now = TillAtHq(hq_server.url, hq_server.code("S009")), UtcClock().now()
    for days, price, reason in ((0, 25900, f"call {PHONE}"), (30, 99_00, "")):
        at = now - timedelta(days=days)
        cart = Cart(new_id()).noting(Removal("1", "A", "大衣", 2, price, "G7", at.isoformat()))
        content = cart_cleared(cart, ("S009", 1), at, "G7", reason, STAMP)
        assert till.codes(till.fact(CART_CLEARED, content)) == [("applied", None)]
    till.close()
    visitor.log_in()
    page = visitor.get("/admin/removal/list").text
    assert "未成交 · call 139****5678" in page
    assert PHONE not in page
    sums, _, rows = page.partition("</table>")
    assert ("518.00" in sums, "198.00" in sums, "198.00" in rows) == (True, False, True)
    for term, count in (("S009-1", 2), ("S009", 2), ("S001", 0), ("S009-1-20261121-000001", 0)):
        assert visitor.get(f"/admin/removal/list?q={term}").text.count('<td data-column="name"') == count, term
