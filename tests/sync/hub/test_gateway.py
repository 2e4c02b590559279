"""What stands between a hub and its HQ knows no such address for a moment, as a gateway that is being changed."""

from __future__ import annotations

from typing import Any

import pytest

from posclient.errors import LinkError
from sync.transport import HttpHq
from tests.sync.hub.shop import Shop
from tests.sync.tills import tiers


def not_found(_line: HttpHq, *_asked: Any) -> Any:
    raise LinkError("not_hq", status=404)


def test_a_hub_goes_on_keeping_pages_behind_it(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other tills had no page of it in any outage until the hub's program was started anew."""
    hub, till, _ = shop.open()
    shop.hq.publish(*tiers(range(3), "first"))
    with monkeypatch.context() as patched:
        patched.setattr(HttpHq, "signed_page", not_found)
        patched.setattr(HttpHq, "page", not_found)
        assert hub.run().error is not None
    assert hub.run().error is None
    shop.offline()
    report = till.through()
    assert report.hub is not None
    assert (report.hub.pages, report.hub.error) == (1, None)
    assert dict(till.rows("SELECT key, name FROM tier"))["T0"] == "first"


def test_an_hq_that_signs_no_pages_is_asked_for_plain_ones(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    hub, *_ = shop.open()
    shop.hq.publish(*tiers(range(3), "first"))
    with monkeypatch.context() as patched:
        patched.setattr(HttpHq, "signed_page", not_found)
        assert hub.run().error is None
    assert dict(hub.rows("SELECT key, name FROM tier"))["T0"] == "first"
